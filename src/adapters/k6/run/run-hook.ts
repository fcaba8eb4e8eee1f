import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { NotMeasured } from '../../../ports.ts';
import { cleanUpIfKilled } from './clean-up-if-killed.ts';
import { signalGroup } from './run-k6-process.ts';

/** A command of the user's that brings a side into a known state. */
export interface Hook {
  /** The input that holds it. */
  readonly name: 'reset-command' | 'restart-command';
  readonly command: string;
  readonly side: 'baseline' | 'candidate';
  /** Address that the side has now. */
  readonly url: string;
}

export interface HookSetting {
  readonly environment: NodeJS.ProcessEnv;
  readonly directory: string;
  /** For what the command prints. */
  readonly folder: string;
  readonly signal: AbortSignal;
}

const longestHookMs = 300_000;
const shownBytes = 500;
/** How long a command has to end by itself once it is stopped. */
const terminateMs = 2_000;
const pollMs = 50;

/**
 * Runs the command in a shell, with the side in `TAILGATE_SIDE` and its address in `TAILGATE_URL`; undefined when it
 * succeeded. Whatever it leaves running in the background stays; a command under way ends when we
 * end, with all that it has started, also when we are killed.
 */
export async function runHook(hook: Hook, setting: HookSetting): Promise<NotMeasured | undefined> {
  const printed = join(setting.folder, `${hook.name}-${hook.side}.log`);
  // A file, not a pipe: a server that the command leaves behind would die of the closed pipe.
  const output = await open(printed, 'w');
  try {
    const child = spawn(hook.command, {
      shell: true,
      cwd: setting.directory,
      env: { ...setting.environment, TAILGATE_SIDE: hook.side, TAILGATE_URL: hook.url },
      stdio: ['ignore', output.fd, output.fd],
      detached: process.platform !== 'win32',
    });
    const killOnExit = () => signalGroup(child.pid, 'SIGKILL');
    process.once('exit', killOnExit);
    const will = child.pid === undefined ? undefined : cleanUpIfKilled('kill-group', String(child.pid));
    const ended = once(child, 'exit') as Promise<[number | null, string | null]>;
    const stopped = new AbortController();
    const given = AbortSignal.any([setting.signal, stopped.signal]);
    const outcome = await Promise.race([
      ended.then(([code, signal]) => (code === 0 ? undefined : `it ended with ${code ?? signal}`)),
      delay(longestHookMs, `it had not ended after ${longestHookMs / 1000} s`, { signal: given }).catch(
        () => 'it was interrupted',
      ),
    ]).finally(() => stopped.abort());
    if (outcome !== undefined) {
      signalGroup(child.pid, 'SIGTERM');
      // The shell may go at once, and leave what it started behind.
      for (let waitedMs = 0; waitedMs < terminateMs && isGroupThere(child.pid); waitedMs += pollMs) await delay(pollMs);
      signalGroup(child.pid, 'SIGKILL');
    }
    process.removeListener('exit', killOnExit);
    will?.revoke();
    return outcome === undefined ? undefined : failed(hook, outcome, await readFile(printed, 'utf8'));
  } finally {
    await output.close();
  }
}

function isGroupThere(leader: number | undefined): boolean {
  if (leader === undefined) return false;
  try {
    process.kill(process.platform === 'win32' ? leader : -leader, 0);
    return true;
  } catch {
    return false;
  }
}

function failed({ name, command, side }: Hook, outcome: string, printed: string): NotMeasured {
  const tail = printed.trim().slice(-shownBytes);
  return {
    kind: 'not-measured',
    reason: 'hook-failed',
    detail: `${name} for the ${side} side failed: ${outcome}${tail === '' ? '' : `. It printed: ${tail}`}`,
    hint: `Run it by hand, with TAILGATE_SIDE=${side} and the address of that side in TAILGATE_URL: ${command}`,
  };
}
