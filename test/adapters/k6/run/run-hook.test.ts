import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Hook, runHook } from '../../../../src/adapters/k6/run/run-hook.ts';
import { isRunning } from '../../../support/is-running.ts';
import { startOwned } from '../../../support/owned-process.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tailgate-hook-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const hook = (command: string, name: Hook['name'] = 'reset-command'): Hook => ({
  ...{ name, command, side: 'candidate', url: 'http://a' },
});
const setting = (signal = new AbortController().signal) => ({
  ...{ environment: { PATH: process.env['PATH'] }, directory: folder, folder, signal },
});

/** A command that notes its own process and one that it starts, and then goes on for a minute. */
const long = 'sleep 60 & echo $$ $! > started; wait';
const started = () => readFileSync(join(folder, 'started'), 'utf8').trim().split(' ').map(Number);
const isStarted = () => existsSync(join(folder, 'started')) && started().length === 2;

describe('runHook', () => {
  it.each(['reset-command', 'restart-command'] as const)(
    'takes a %s along with its children when we are killed',
    async (name) => {
      const program = `import { runHook } from ${JSON.stringify(import.meta.resolve('../../../../src/adapters/k6/run/run-hook.ts'))};
      const [folder, hook] = process.argv.slice(1);
      await runHook(JSON.parse(hook), { environment: process.env, directory: folder, folder, signal: new AbortController().signal });`;
      const args = ['--input-type=module', '-e', program, folder, JSON.stringify(hook(long, name))];
      await using gate = await startOwned(process.execPath, args);
      await expect.poll(isStarted, { timeout: 20_000 }).toBe(true);
      expect(started().filter(isRunning)).toHaveLength(2);
      await gate.kill();
      await expect.poll(() => started().filter(isRunning), { timeout: 20_000 }).toEqual([]);
    },
  );

  it('ends a command and its children when the run is interrupted, even if they will not hear of it', async () => {
    const stop = new AbortController();
    const running = runHook(hook(`trap '' TERM; ${long}; wait`), setting(stop.signal));
    await expect.poll(isStarted, { timeout: 20_000 }).toBe(true);
    stop.abort();
    expect(await running).toMatchObject({
      reason: 'hook-failed',
      detail: 'reset-command for the candidate side failed: it was interrupted',
    });
    await expect.poll(() => started().filter(isRunning), { timeout: 20_000 }).toEqual([]);
  });

  it('ends what a shell started that goes at once, when that will not hear of it', async () => {
    const stop = new AbortController();
    const stubborn = `sh -c "trap '' TERM INT HUP; sleep 60 & echo \\$\\$ \\$! > started; wait; wait"`;
    const running = runHook(hook(`${stubborn}; true`), setting(stop.signal));
    await expect.poll(isStarted, { timeout: 20_000 }).toBe(true);
    stop.abort();
    expect(await running).toMatchObject({ reason: 'hook-failed' });
    await expect.poll(() => started().filter(isRunning), { timeout: 20_000 }).toEqual([]);
  });

  it('leaves what a command has started in the background', async () => {
    expect(await runHook(hook('sleep 60 >/dev/null 2>&1 & echo $$ $! > started'), setting())).toBeUndefined();
    const server = started()[1] ?? 0;
    expect(isRunning(server)).toBe(true);
    process.kill(server, 'SIGKILL');
  });
});
