import { execFile } from 'node:child_process';
import { dirname, resolve } from 'node:path';
import { promisify } from 'node:util';
import type { ScriptOrigin } from '../../core/platform/script-trust.ts';

const runFile = promisify(execFile);

/** The commit whose checkout holds `path` as it was committed; without one for a changed, an untracked or an unknown file. */
export async function scriptOrigin(path: string): Promise<ScriptOrigin> {
  const file = resolve(path);
  const git = async (...args: string[]) =>
    (await runFile('git', ['-C', dirname(file), ...args], { timeout: 10_000 })).stdout;
  try {
    await git('ls-files', '--error-unmatch', '--', file);
    const status = await git('status', '--porcelain', '--ignored', '--', file);
    if (status.trim() !== '') return { path };
    return { path, commit: (await git('rev-parse', 'HEAD')).trim() };
  } catch {
    return { path };
  }
}
