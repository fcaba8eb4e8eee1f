import { spawn } from 'node:child_process';
import { basename } from 'node:path';
import { keptOutput, usedSecret } from './kept-output.ts';

export interface Finished {
  /** Exit code; null when a signal ended it. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly durationMs: number;
}

export interface SpawnOptions {
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
  /** Called with the process id once `text` was printed on either stream. */
  readonly onText?: { readonly text: string; readonly call: (pid: number) => void };
}

/** Runs a program of our own with this Node to its end, as a user's shell or the runner would. */
export function runNode(args: readonly string[], options: SpawnOptions = {}): Promise<Finished> {
  return runProgram(process.execPath, args, options);
}

export function runProgram(command: string, args: readonly string[], options: SpawnOptions = {}): Promise<Finished> {
  for (const secret of secretsAmong(options.env ?? {})) usedSecret(secret);
  const began = performance.now();
  const child = spawn(command, args, {
    env: { ...process.env, ...options.env },
    cwd: options.cwd,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  let isTold = false;
  const listen = () => {
    if (isTold || options.onText === undefined || !(stdout + stderr).includes(options.onText.text)) return;
    isTold = true;
    options.onText.call(child.pid as number);
  };
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
    listen();
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
    listen();
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => {
      keptOutput(basename(args[0] ?? command), `${stdout}\n${stderr}`);
      resolve({ code, stdout, stderr, durationMs: performance.now() - began });
    });
  });
}

/** Values of variables that are called like secrets; of a header what stands behind its name. */
function secretsAmong(env: NonNullable<SpawnOptions['env']>): string[] {
  return Object.entries(env).flatMap(([name, value = '']) => {
    if (/bypass-header$/i.test(name)) return [value.slice(value.indexOf(':') + 1).trim()];
    return /(?:token|api[-_]key|secret|password)$/i.test(name) ? [value] : [];
  });
}
