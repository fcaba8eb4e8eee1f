import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

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

async function git(directory: string, ...args: string[]): Promise<string | undefined> {
  try {
    const { stdout } = await runFile('git', ['-C', directory, ...args], { timeout: 10_000 });
    return stdout.trim();
  } catch {
    return undefined;
  }
}
