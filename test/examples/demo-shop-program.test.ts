import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';

const program = fileURLToPath(new URL('../../examples/demo-shop/server.ts', import.meta.url));
const started: ChildProcess[] = [];
afterEach(() => {
  for (const child of started.splice(0)) if (child.exitCode === null) child.kill('SIGKILL');
});

/** Starts the program; `output` grows while it runs, `ended` gives its exit code. */
function start(environment: Record<string, string>, ...flags: string[]) {
  const child = spawn(process.execPath, [program, ...flags], { env: { ...process.env, ...environment } });
  started.push(child);
  const run = { child, output: '', ended: once(child, 'close').then(([code]) => code as number | null) };
  child.stdout.on('data', (chunk) => {
    run.output += chunk;
  });
  child.stderr.on('data', (chunk) => {
    run.output += chunk;
  });
  return run;
}

/** The address that the program prints once it listens. */
async function addressOf(run: ReturnType<typeof start>): Promise<string> {
  for (;;) {
    const address = /listening on (http:\S+)\n/.exec(run.output)?.[1];
    if (address !== undefined) return address;
    await Promise.race([
      once(run.child.stdout as NodeJS.ReadableStream, 'data'),
      run.ended.then(() => failed(run.output)),
    ]);
  }
}

function failed(output: string): never {
  throw new Error(`the program ended early: ${output}`);
}

describe('server.ts', () => {
  it.each(['SIGTERM', 'SIGINT'] as const)('finishes the running request and ends well on %s', async (signal) => {
    const run = start({ SHOP_SLOW_DEPENDENCY_MS: '300' }, '--port', '0');
    const address = await addressOf(run);
    expect((await fetch(`${address}/health`)).status).toBe(200);
    const running = fetch(`${address}/products/7/recommendations`);
    // The health check's answer shows that the shop has taken up the request sent before it.
    await fetch(`${address}/health`);
    run.child.kill(signal);
    expect((await running).status).toBe(200);
    expect(await run.ended).toBe(0);
    await expect(fetch(`${address}/health`)).rejects.toThrow();
    expect(run.output).toBe(`listening on ${address}\n`);
  });

  it('takes its switches from the environment', async () => {
    const run = start({ SHOP_ERROR_RATE: '1' }, '--port', '0');
    expect((await fetch(`${await addressOf(run)}/carts/7`)).status).toBe(500);
  });

  it('refuses a wrong switch and a wrong port with a message that quotes them', async () => {
    const switchRun = start({ SHOP_CPU_MS: 'much' }, '--port', '0');
    expect(await switchRun.ended).toBe(1);
    expect(switchRun.output).toContain('SHOP_CPU_MS is "much", expected a number from 0 to 1000');
    const portRun = start({}, '--port', '70000');
    expect(await portRun.ended).toBe(1);
    expect(portRun.output).toContain('--port is 70000');
  });

  it('says that a port is taken', async () => {
    const address = await addressOf(start({}, '--port', '0'));
    const second = start({}, '--port', new URL(address).port);
    expect(await second.ended).toBe(1);
    expect(second.output).toContain('EADDRINUSE');
  });
});
