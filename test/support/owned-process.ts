import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { once } from 'node:events';

/** A child process that doesn't outlive the test that started it. */
export interface OwnedProcess extends AsyncDisposable {
  readonly pid: number;
  readonly child: ChildProcess;
  /** What it printed so far on both streams, the last 8,000 characters. */
  output(): string;
  hasEnded(): boolean;
  /** Resolves to what `read` finds in the output; throws with the output when the process ends before. */
  printed<T>(read: (output: string) => T | undefined): Promise<T>;
  /** Kills it, even while it is stopped by SIGSTOP, and waits until it is gone. */
  kill(): Promise<void>;
}

/** Starts a program whose end is certain: by `kill`, by `await using`, or with the process that runs the tests. */
export async function startOwned(
  command: string,
  args: readonly string[],
  options: Pick<SpawnOptions, 'env' | 'stdio'> = {},
): Promise<OwnedProcess> {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], ...options });
  const killNow = () => void child.kill('SIGKILL');
  process.once('exit', killNow);
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (chunk: string) => {
      text = (text + chunk).slice(-8_000);
    });
  }
  const ended = once(child, 'close').finally(() => process.off('exit', killNow));
  ended.catch(() => {});
  await once(child, 'spawn');
  const hasEnded = () => child.exitCode !== null || child.signalCode !== null;
  const kill = async () => {
    killNow();
    await ended;
  };
  const printed = async <T>(read: (output: string) => T | undefined): Promise<T> => {
    for (;;) {
      const value = read(text);
      if (value !== undefined) return value;
      if (hasEnded()) throw new Error(`${command} ended early: ${text}`);
      await Promise.race([once(child.stdout ?? child, 'data'), ended]);
    }
  };
  return { pid: child.pid as number, child, output: () => text, hasEnded, printed, kill, [Symbol.asyncDispose]: kill };
}
