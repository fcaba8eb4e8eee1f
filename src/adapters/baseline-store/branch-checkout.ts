import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { GateError } from '../../errors.ts';
import {
  authentication,
  type GitOptions,
  type GitOutcome,
  type GitRemote,
  isPassingTrouble,
  runGit,
} from './git-command.ts';

/** One branch as it was a moment ago, in a bare repository of its own that is gone afterwards. */
export interface BranchCheckout {
  readonly branch: string;
  /** Its newest commit; undefined where there is no such branch. */
  readonly tip: string | undefined;
  /** Runs git there. Throws `GateError` STORE_UNREADABLE when git can't be run. */
  readonly git: (args: readonly string[], options?: GitOptions) => Promise<GitOutcome>;
}

/**
 * Fetches the newest commit of `branch`, without its history, and hands it to `work`. One fetch brings all runs and costs
 * no request of the API. The repository that we run in isn't touched: a shallow fetch would make it a shallow one.
 */
export async function withBranch<Result>(
  remote: GitRemote,
  branch: string,
  work: (checkout: BranchCheckout) => Promise<Result>,
): Promise<Result> {
  const directory = await mkdtemp(join(tmpdir(), 'tailgate-branch-'));
  const git = async (args: readonly string[], options?: GitOptions): Promise<GitOutcome> => {
    try {
      return await runGit(directory, args, options);
    } catch (cause) {
      throw unreadableBranch(branch, `git ${args[0]} failed: ${(cause as Error).message}`, cause);
    }
  };
  try {
    // Without the user's template: its hooks are not meant for this repository.
    const made = await git(['init', '--quiet', '--bare', '--template=', '.']);
    if (made.code !== 0) throw unreadableBranch(branch, made.stderr);
    return await work({ branch, git, tip: await fetchTip(git, remote, branch) });
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** A run that was measured for minutes isn't given up for one broken connection. */
const waitsMs = [1000, 4000];

async function fetchTip(git: BranchCheckout['git'], remote: GitRemote, branch: string): Promise<string | undefined> {
  const from = `refs/heads/${branch}`;
  const args = ['fetch', '--quiet', '--no-tags', '--depth=1', '--end-of-options', remote.url, from];
  for (let tries = 0; ; tries++) {
    const fetched = await git(args, { env: authentication(remote) });
    if (fetched.code === 0) return (await git(['rev-parse', 'FETCH_HEAD'])).stdout.toString('utf8').trim();
    if (/couldn't find remote ref/i.test(fetched.stderr)) return undefined;
    const waitMs = waitsMs[tries];
    if (waitMs === undefined || !isPassingTrouble(fetched.stderr))
      throw unreadableBranch(branch, lastLine(fetched.stderr));
    await sleep(waitMs);
  }
}

/** What git said in the end, without the address it may have quoted a password in. */
export function lastLine(text: string): string {
  const line = text.split('\n').findLast((candidate) => candidate.trim() !== '') ?? 'git failed without a word';
  return line.replaceAll(/\/\/[^/@\s]+@/g, '//***@');
}

/** The error for a branch that can't be fetched. People read `reason`, so it must hold no address with a token. */
export function unreadableBranch(branch: string, reason: string, cause?: unknown): GateError {
  return new GateError(
    'STORE_UNREADABLE',
    `the branch ${branch} with the stored runs can't be fetched: ${reason}`,
    'The job needs git, network access to the repository, and `contents: read` under `permissions:`.',
    cause,
  );
}
