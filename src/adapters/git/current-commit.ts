import { execFile } from 'node:child_process';
import { userInfo } from 'node:os';
import { dirname, resolve } from 'node:path';
import { promisify } from 'node:util';
import type { ScriptOrigin } from '../../core/platform/script-trust.ts';

const runFile = promisify(execFile);

export interface Commit {
  readonly commit?: string;
  readonly branch?: string;
  readonly tree?: string;
}

/** The commit that `directory` has checked out; empty outside a repository or without git, which is no error. */
export async function currentCommit(directory: string): Promise<Commit> {
  const [commit, tree, branch] = await Promise.all([
    git(directory, 'rev-parse', 'HEAD'),
    git(directory, 'rev-parse', 'HEAD^{tree}'),
    git(directory, 'symbolic-ref', '--short', '-q', 'HEAD'),
  ]);
  return { ...(commit ? { commit } : {}), ...(tree ? { tree } : {}), ...(branch ? { branch } : {}) };
}

/** Whether tracked files in `directory` differ from its commit; false outside a repository or without git. */
export async function hasUncommittedChanges(directory: string): Promise<boolean> {
  return Boolean(await git(directory, 'status', '--porcelain', '--untracked-files=no'));
}

async function git(directory: string, ...args: string[]): Promise<string | undefined> {
  try {
    const { stdout } = await runFile('git', ['-C', directory, ...args], { timeout: 10_000 });
    return stdout.trim();
  } catch {
    return undefined;
  }
}

/** What the person at this machine is called: as git signs commits in `directory`, otherwise as the system knows them. */
export async function currentPerson(directory: string): Promise<string> {
  try {
    const { stdout } = await runFile('git', ['-C', directory, 'config', 'user.name'], { timeout: 10_000 });
    if (stdout.trim() !== '') return stdout.trim();
  } catch {
    // No git, or nobody's name in it.
  }
  try {
    return userInfo().username;
  } catch {
    // A container may run as a number that nobody is called by.
    return 'somebody';
  }
}

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
