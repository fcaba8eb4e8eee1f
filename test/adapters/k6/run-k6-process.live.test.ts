import { tmpdir } from 'node:os';
import { describe, expect, it } from 'vitest';
import { shortPatience, startK6, stopK6 } from '../../../src/adapters/k6/run-k6-process.ts';
import { isRunning } from '../../support/is-running.ts';

/** Starts a Node program in place of k6, and waits until it has printed something. */
async function start(program: string) {
  let printed = '';
  const started = startK6({
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
  it('keeps the process out of reach of signals to our own process group', async () => {
    const { started } = await start(`console.log('up'); setInterval(() => {}, 1000);`);
    expect(started.pid).toBeDefined();
    // A group of its own can be signalled by the pid of its leader.
    expect(() => process.kill(-(started.pid ?? 0), 0)).not.toThrow();
    started.stop('SIGKILL');
    expect((await started.ended).signal).toBe('SIGKILL');
  });

  it('tells why a program could not be started', async () => {
    const missing = startK6({
      ...{ path: '/nowhere/k6', args: [], cwd: tmpdir(), environment: {}, onStdout: () => {}, onStderr: () => {} },
    });
    expect(await missing.ended).toMatchObject({ startError: expect.stringContaining('ENOENT') });
    missing.stop('SIGINT');
  });
});
