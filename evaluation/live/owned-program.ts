import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';

const running = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of running) child.kill('SIGTERM');
});

export interface OwnedProgram extends AsyncDisposable {
  readonly child: ChildProcess;
  /** Resolves to what it printed and its exit code. */
  readonly ended: Promise<{ readonly code: number | null; readonly stdout: string; readonly stderr: string }>;
}

/** A TypeScript program of ours, run by this Node; ends with `await using` and with this process. */
export function startProgram(
  args: readonly string[],
  options: { readonly cwd: string; readonly env?: Readonly<Record<string, string>>; readonly timeoutMs?: number },
): OwnedProgram {
  const { cwd, env, timeoutMs } = options;
  const child = spawn(process.execPath, args, {
    cwd,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(timeoutMs !== undefined && { timeout: timeoutMs }),
  });
  running.add(child);
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    stdout += chunk;
  });
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    stderr = (stderr + chunk).slice(-20_000);
  });
  const ended = once(child, 'close').then(([code]) => ({ code: code as number | null, stdout, stderr }));
  void ended.finally(() => running.delete(child)).catch(() => {});
  return {
    child,
    ended,
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGTERM');
      await ended;
    },
  };
}

/** A shop of its own process on a free port. */
export async function startShopProgram(
  root: string,
  switches: Readonly<Record<string, string>>,
  shop = 'examples/demo-shop/server.ts',
) {
  const program = startProgram([shop, '--port', '0'], { cwd: root, env: switches });
  const { child, ended } = program;
  let text = '';
  const url = await new Promise<string>((resolve, reject) => {
    child.stdout?.on('data', (chunk: string) => {
      text += chunk;
      const found = /listening on (\S+)/.exec(text)?.[1];
      if (found !== undefined) resolve(found);
    });
    ended.then(({ stderr }) => reject(new Error(`${shop} did not start: ${stderr}`)), reject);
  });
  return { ...program, url };
}
