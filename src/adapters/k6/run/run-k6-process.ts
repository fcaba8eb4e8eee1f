import { type ChildProcess, spawn } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { type K6Output, openK6Output } from '../output/k6-output.ts';
import { cleanUpIfKilled } from './clean-up-if-killed.ts';
import type { ProcessEnd } from './exit-class.ts';

/** A running k6. */
export interface K6Process {
  /** Absent when the process could not be started. */
  readonly pid: number | undefined;
  /** Resolves when the process is gone and its output was read; never rejects. */
  readonly ended: Promise<ProcessEnd & { readonly startError?: string }>;
  /** Sends a signal to k6 and whatever it started. */
  stop(signal: NodeJS.Signals): void;
}

/** How long to wait for output that a grandchild may hold open after k6 itself has ended. */
const closeGraceMs = 1_000;

/**
 * Starts k6 in a process group of its own: a Ctrl-C in the terminal reaches only us, and we decide how k6 ends. When we
 * end, k6 is killed, also when we are killed ourselves.
 * A piece of its output is valid until the function that takes it returns.
 */
export async function startK6(options: {
  readonly path: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly onStdout: (chunk: Buffer) => void;
  readonly onStderr: (chunk: Buffer) => void;
}): Promise<K6Process> {
  const output = await openK6Output(options.onStdout);
  const child = spawn(options.path, options.args, {
    cwd: options.cwd,
    env: options.environment,
    stdio: ['ignore', output?.writingEnd ?? 'pipe', 'pipe'],
    detached: process.platform !== 'win32',
    windowsHide: true,
  });
  output?.start();
  const stop = (signal: NodeJS.Signals) => signalGroup(child.pid, signal);
  const killOnExit = () => stop('SIGKILL');
  process.once('exit', killOnExit);
  const will = child.pid === undefined ? undefined : cleanUpIfKilled('kill-group', String(child.pid));
  child.stdout?.on('data', options.onStdout);
  child.stderr?.on('data', options.onStderr);
  const ended = endOf(child, output).finally(() => {
    process.removeListener('exit', killOnExit);
    will?.revoke();
    output?.stop();
  });
  return { pid: child.pid, ended, stop };
}

function endOf(child: ChildProcess, output: K6Output | undefined): K6Process['ended'] {
  return new Promise((resolve) => {
    child.once('error', (error) => resolve({ code: undefined, signal: undefined, startError: error.message }));
    child.once('exit', (code, signal) => {
      const end = { code: code ?? undefined, signal: signal ?? undefined };
      const closed = new Promise<void>((isClosed) => child.once('close', () => isClosed()));
      void Promise.all([closed, output?.ended]).then(() => resolve(end));
      setTimeout(() => resolve(end), closeGraceMs).unref();
    });
  });
}

/** How long k6 has after SIGINT and after SIGTERM before the next stronger signal. */
export interface StopPatience {
  readonly interruptMs: number;
  readonly terminateMs: number;
}

/** For a person or a runner that waits: k6 is gone within about 3 s. */
export const shortPatience: StopPatience = { interruptMs: 1_500, terminateMs: 800 };

/** SIGINT (k6 runs teardown and flushes its outputs), then SIGTERM (k6 ends at once), then SIGKILL. */
export async function stopK6(k6: K6Process, patience: StopPatience): Promise<void> {
  k6.stop('SIGINT');
  if (await endsWithin(k6, patience.interruptMs)) return;
  k6.stop('SIGTERM');
  if (await endsWithin(k6, patience.terminateMs)) return;
  k6.stop('SIGKILL');
}

async function endsWithin(k6: K6Process, ms: number): Promise<boolean> {
  const waiting = new AbortController();
  const timedOut = delay(ms, false, { signal: waiting.signal }).catch(() => false);
  const hasEnded = await Promise.race([k6.ended.then(() => true), timedOut]);
  waiting.abort();
  return hasEnded;
}

/** Sends a signal to a process that leads a group, and to all in that group. */
export function signalGroup(pid: number | undefined, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(process.platform === 'win32' ? pid : -pid, signal);
  } catch {
    // Already gone.
  }
}
