import { GateError } from '../../errors.ts';
import type { BranchFile, BranchWriter } from '../../ports.ts';
import { type BranchCheckout, lastLine, withBranch } from './branch-checkout.ts';
import { authentication, type GitOptions, type GitRemote, isPassingTrouble } from './git-command.ts';

const identity = {
  GIT_AUTHOR_NAME: 'Tailgate',
  GIT_AUTHOR_EMAIL: 'tailgate@localhost',
  GIT_COMMITTER_NAME: 'Tailgate',
  GIT_COMMITTER_EMAIL: 'tailgate@localhost',
};

/** Runs git and gives back its trimmed output. Throws `GateError` STORE_WRITE_FAILED when git refuses. */
export async function mustGit(
  { git }: BranchCheckout,
  args: readonly string[],
  options: GitOptions = {},
): Promise<string> {
  const { code, stdout, stderr } = await git(args, { ...options, env: { ...identity, ...options.env } });
  if (code === 0) return stdout.toString('utf8').trim();
  throw new GateError(
    'STORE_WRITE_FAILED',
    `git ${args[0]} failed: ${lastLine(stderr)}`,
    'Check that the disk has room and that git works on this machine; the verdict itself stands.',
  );
}

/**
 * Moves `branch` of the remote from the fetched tip to `commit`, which must be the tip still: git compares and swaps on
 * the server (`--force-with-lease`), also where the new commit doesn't descend from the old one.
 */
export async function pushCommit(
  { git, tip }: BranchCheckout,
  remote: GitRemote,
  branch: string,
  commit: string,
): Promise<'pushed' | 'conflict' | 'unanswered'> {
  const ref = `refs/heads/${branch}`;
  const lease = `--force-with-lease=${ref}:${tip ?? ''}`;
  // Hooks that the user has set for all repositories are not meant for this one.
  const flags = ['--quiet', '--porcelain', '--no-verify', lease];
  const args = ['push', ...flags, '--end-of-options', remote.url, `${commit}:${ref}`];
  const { code, stdout, stderr } = await git(args, { env: authentication(remote) });
  if (code === 0) return 'pushed';
  const said = `${stdout.toString('utf8')}\n${stderr}`;
  if (isProtection(said)) {
    throw new GateError(
      'STORE_PROTECTED',
      `a rule of the server protects the branch ${branch}: ${reasonOf(said)}`,
      `Exempt ${branch} from the rule, or name another branch in baseline-store.`,
    );
  }
  if (
    /stale info|fetch first|non-fast-forward|cannot lock ref|failed to update ref|already exists|incorrect old value/i.test(
      said,
    )
  ) {
    return 'conflict';
  }
  if (isPassingTrouble(said)) return 'unanswered';
  throw new GateError(
    'STORE_WRITE_FAILED',
    `the branch ${branch} can't be pushed: ${reasonOf(said)}`,
    'The credentials of this job must allow a push to that branch (on GitHub `contents: write` under `permissions:`).',
  );
}

function isProtection(said: string): boolean {
  return /GH006|GH013|rule violations|protected branch|pre-receive hook declined|hook declined|not allowed to (?:force )?push|deny(?:ing)? non-fast-forward/i.test(
    said,
  );
}

/** The line that explains; git's own closing remark never does. */
function reasonOf(said: string): string {
  const lines = said
    .split('\n')
    .filter((line) => line.trim() !== '' && !/^(error: failed to push|To |Done|hint:)/.test(line));
  const telling =
    lines.find((line) => /remote: error|fatal:|\[remote rejected\]|GH0\d\d/.test(line)) ?? lines.join(' ');
  return lastLine(telling.replace(/^remote: /, '').replaceAll('\t', ' '));
}

/** A commit on top of the fetched tip with `file` in it, whether or not there was one of its path. Nothing is pushed. */
export async function commitFile(checkout: BranchCheckout, { path, bytes, message }: BranchFile): Promise<string> {
  const { tip } = checkout;
  const blob = await mustGit(checkout, ['hash-object', '-w', '--stdin'], { input: bytes });
  await mustGit(checkout, tip === undefined ? ['read-tree', '--empty'] : ['read-tree', tip]);
  await mustGit(checkout, ['update-index', '--add', '--cacheinfo', `100644,${blob},${path}`]);
  const tree = await mustGit(checkout, ['write-tree']);
  const parents = tip === undefined ? [] : ['-p', tip];
  return mustGit(checkout, ['commit-tree', tree, ...parents, '-m', message]);
}

/** Writes to `branch` with nothing but git, for every forge and for a bare repository on a disk. */
export function gitPushBranch(remote: GitRemote, branch: string): BranchWriter {
  return {
    tryAdd: (file) =>
      withBranch(remote, branch, async (checkout) => {
        const { git, tip } = checkout;
        if (tip !== undefined) {
          const there = await git(['ls-tree', '--name-only', tip, '--', file.path]);
          if (there.stdout.length > 0) return 'already-there';
        }
        const outcome = await pushCommit(checkout, remote, branch, await commitFile(checkout, file));
        return outcome === 'pushed' ? 'added' : outcome;
      }),
  };
}
