import type { RunChange } from '../../ports.ts';
import { withBranch } from './branch-checkout.ts';
import { commitFile } from './commit-file.ts';
import type { GitRemote } from './git-command.ts';
import { pushCommit } from './push-commit.ts';
import { readBranchRuns } from './read-branch-runs.ts';
import { packRun } from './stored-run-file.ts';

/**
 * One try to commit the run `id` as `change` makes it of the run on the branch's present tip. Git pushes it, also to
 * GitHub, as pruning does. `not-there`: no run of the branch has this id.
 */
export function tryReviseBranchRun(
  remote: GitRemote,
  branch: string,
  id: string,
  change: RunChange,
): Promise<'revised' | 'not-there' | 'conflict' | 'unanswered'> {
  return withBranch(remote, branch, async (checkout) => {
    const { runs } = await readBranchRuns(checkout);
    const found = runs.find(({ record }) => record.id === id);
    if (found === undefined) return 'not-there';
    const record = change(found.record);
    if (record === found.record) return 'revised';
    const file = { path: found.path, bytes: packRun(record), message: `Revise run ${id}` };
    const outcome = await pushCommit(checkout, remote, branch, await commitFile(checkout, file));
    return outcome === 'pushed' ? 'revised' : outcome;
  });
}
