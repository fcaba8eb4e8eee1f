import type { BranchWriter } from '../../ports.ts';
import { withBranch } from './branch-checkout.ts';
import { commitFile } from './commit-file.ts';
import type { GitRemote } from './git-command.ts';
import { pushCommit } from './push-commit.ts';

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
