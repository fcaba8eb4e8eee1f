import { createHash } from 'node:crypto';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { shortPatience, startK6, stopK6 } from '../../../../src/adapters/k6/run/run-k6-process.ts';
import { isRunning } from '../../../support/is-running.ts';
import { runNode } from '../../../support/spawn-and-wait.ts';

afterEach(() => vi.unstubAllEnvs());

/** Starts a Node program in place of k6, and waits until it has printed something. */
async function start(program: string) {
  let printed = '';
  const started = await startK6({
    path: process.execPath,
    args: ['-e', program],
    cwd: tmpdir(),
    environment: {},
    onStdout: (chunk) => {
      printed += chunk.toString();
    },
    onStderr: () => {},
  });
  await expect.poll(() => printed, { timeout: 20_000 }).not.toBe('');
  return { started, printed: () => printed };
}

const deaf = `process.on('SIGINT', () => {}); process.on('SIGTERM', () => {}); setInterval(() => {}, 1000);`;

describe('stopK6', () => {
  it('is content with SIGINT when that is enough', async () => {
    const { started } = await start(
      `process.on('SIGINT', () => process.exit(105)); setInterval(() => {}, 1000); console.log('up');`,
    );
    await stopK6(started, shortPatience);
    expect(await started.ended).toEqual({ code: 105, signal: undefined });
  });

  it('kills what listens to no signal, together with what it has started', async () => {
    const child = `require('node:child_process').spawn(process.execPath, ['-e', ${JSON.stringify(`${deaf}`)}], { stdio: 'ignore' })`;
    const { started, printed } = await start(`${deaf} console.log(${child}.pid);`);
    const grandchild = Number(printed());
    expect(isRunning(grandchild)).toBe(true);
    await stopK6(started, shortPatience);
    expect(await started.ended).toEqual({ code: undefined, signal: 'SIGKILL' });
    await expect.poll(() => isRunning(grandchild), { timeout: 20_000 }).toBe(false);
  });
});

describe('startK6', () => {
  it('reads everything that is printed, in order, before the end is told', async () => {
    // Small writes as k6 makes them, more in sum than any socket holds.
    const program = `const { writeSync } = require('node:fs');
      for (let line = 0; line < 20_000; line++) {
        const bytes = Buffer.from(String(line).padStart(199, '.') + '\\n');
        for (let at = 0; at < bytes.length; ) at += writeSync(1, bytes, at);
      }`;
    const hash = createHash('sha256');
    let length = 0;
    const running = await startK6({
      path: process.execPath,
      args: ['-e', program],
      cwd: tmpdir(),
      environment: {},
      onStdout: (chunk) => {
        hash.update(chunk);
        length += chunk.length;
      },
      onStderr: () => {},
    });
    expect(await running.ended).toEqual({ code: 0, signal: undefined });
    const lines = Array.from({ length: 20_000 }, (_, line) => `${String(line).padStart(199, '.')}\n`);
    expect(length).toBe(4_000_000);
    expect(hash.digest('hex')).toBe(createHash('sha256').update(lines.join('')).digest('hex'));
  });

  it('tells the end though something that k6 has started holds its output open', async () => {
    const { started, printed } = await start(
      `const child = require('node:child_process').spawn(process.execPath, ['-e', 'setTimeout(() => {}, 60_000)'], { stdio: 'inherit' });
      console.log(child.pid);
      setTimeout(() => process.exit(0), 100);`,
    );
    expect(await started.ended).toEqual({ code: 0, signal: undefined });
    expect(isRunning(Number(printed()))).toBe(true);
    started.stop('SIGKILL');
    await expect.poll(() => isRunning(Number(printed())), { timeout: 20_000 }).toBe(false);
  });

  it('takes along a process that prints nothing when we are killed ourselves', async () => {
    const module = fileURLToPath(new URL('../../../../src/adapters/k6/run/run-k6-process.ts', import.meta.url));
    const parent = `const { startK6 } = await import(${JSON.stringify(module)});
      const args = ['-c', 'sleep 300; true'];
      const k6 = await startK6({ path: '/bin/sh', args, cwd: '/', environment: process.env, onStdout: () => {}, onStderr: () => {} });
      console.log(k6.pid);
      await new Promise((resolve) => setTimeout(resolve, 500));
      process.kill(process.pid, 'SIGKILL');
      await new Promise((resolve) => setTimeout(resolve, 60_000));`;
    const { stdout } = await runNode(['--input-type=module', '-e', parent]);
    await expect.poll(() => isRunning(Number(stdout)), { timeout: 20_000 }).toBe(false);
  });

  it('leaves nothing in the temporary folder while the process runs', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'tailgate-test-'));
    vi.stubEnv('TMPDIR', folder);
    const { started } = await start(`console.log('up'); setInterval(() => {}, 1000);`);
    const left = await readdir(folder);
    started.stop('SIGKILL');
    await started.ended;
    await rm(folder, { recursive: true });
    expect(left).toEqual([]);
  });

  it('reads through a plain pipe where no socket can be made', async () => {
    vi.stubEnv('TMPDIR', '/nowhere');
    let printed = '';
    const running = await startK6({
      ...{ path: process.execPath, args: ['-e', `console.log('up')`], cwd: '/', environment: {}, onStderr: () => {} },
      onStdout: (chunk) => {
        printed += chunk.toString();
      },
    });
    expect(await running.ended).toEqual({ code: 0, signal: undefined });
    expect(printed).toBe('up\n');
  });

  it('keeps the process out of reach of signals to our own process group', async () => {
    const { started } = await start(`console.log('up'); setInterval(() => {}, 1000);`);
    expect(started.pid).toBeDefined();
    // A group of its own can be signaled by the pid of its leader.
    expect(() => process.kill(-(started.pid ?? 0), 0)).not.toThrow();
    started.stop('SIGKILL');
    expect((await started.ended).signal).toBe('SIGKILL');
  });

  it('tells why a program could not be started', async () => {
    const missing = await startK6({
      ...{ path: '/nowhere/k6', args: [], cwd: tmpdir(), environment: {}, onStdout: () => {}, onStderr: () => {} },
    });
    expect(await missing.ended).toMatchObject({ startError: expect.stringContaining('ENOENT') });
    missing.stop('SIGINT');
  });
});
