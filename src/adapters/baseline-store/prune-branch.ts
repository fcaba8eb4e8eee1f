import type { RunRecord } from '../../core/run-record/run-record.ts';
import type { Pruned } from '../../ports.ts';
import { withBranch } from './branch-checkout.ts';
import type { GitRemote } from './git-command.ts';
import { mustGit, pushCommit } from './push-commit.ts';
import { readBranchRuns } from './read-branch-runs.ts';

/**
 * One try to replace the branch by a single commit without the runs that `choose` names. Git pushes it, also to GitHub:
 * its API can force a ref but not compare it first, and a run stored in between would be lost. Files that can't be read
 * stay, since nobody knows what they are.
 */
export function tryPruneBranch(
  remote: GitRemote,
  branch: string,
  choose: (records: readonly RunRecord[]) => readonly RunRecord[],
): Promise<Pruned | 'conflict' | 'unanswered'> {
  return withBranch(remote, branch, async (checkout) => {
    const { runs } = await readBranchRuns(checkout);
    const chosen = new Set(choose(runs.map(({ record }) => record)).map(({ id }) => id));
    const expired = runs.filter(({ record }) => chosen.has(record.id));
    const pruned = { removed: expired.map(({ record }) => record.id), kept: runs.length - expired.length };
    if (checkout.tip === undefined || !(await isWorthwhile(checkout.git, expired.length))) return pruned;
    await mustGit(checkout, ['read-tree', checkout.tip]);
    const lines = expired.map(({ path }) => `0 ${'0'.repeat(40)}\t${path}\0`).join('');
    await mustGit(checkout, ['update-index', '-z', '--index-info'], { input: lines });
    const tree = await mustGit(checkout, ['write-tree']);
    const message = `Keep ${pruned.kept} runs, remove ${expired.length}, and forget the history`;
    const commit = await mustGit(checkout, ['commit-tree', tree, '-m', message]);
    const outcome = await pushCommit(checkout, remote, branch, commit);
    return outcome === 'pushed' ? pruned : outcome;
  });
}

/** A shallow fetch knows whether the tip has parents: without any and with nothing to remove there is nothing to do. */
async function isWorthwhile(
  git: (args: readonly string[]) => Promise<{ readonly stdout: Buffer }>,
  expired: number,
): Promise<boolean> {
  if (expired > 0) return true;
  const { stdout } = await git(['cat-file', 'commit', 'FETCH_HEAD']);
  return /^parent /m.test(stdout.toString('utf8').split('\n\n')[0] ?? '');
}
