import type { BranchWriter } from '../../ports.ts';
import { withBranch } from './branch-checkout.ts';
import type { GitRemote } from './git-command.ts';
import { mustGit, pushCommit } from './push-commit.ts';

/** Writes to `branch` with nothing but git, for every forge and for a bare repository on a disk. */
export function gitPushBranch(remote: GitRemote, branch: string): BranchWriter {
  return {
    tryAdd: ({ path, bytes, message }) =>
      withBranch(remote, branch, async (checkout) => {
        const { git, tip } = checkout;
        if (tip !== undefined) {
          const there = await git(['ls-tree', '--name-only', tip, '--', path]);
          if (there.stdout.length > 0) return 'already-there';
        }
        const blob = await mustGit(checkout, ['hash-object', '-w', '--stdin'], { input: bytes });
        await mustGit(checkout, tip === undefined ? ['read-tree', '--empty'] : ['read-tree', tip]);
        await mustGit(checkout, ['update-index', '--add', '--cacheinfo', `100644,${blob},${path}`]);
        const tree = await mustGit(checkout, ['write-tree']);
        const parents = tip === undefined ? [] : ['-p', tip];
        const commit = await mustGit(checkout, ['commit-tree', tree, ...parents, '-m', message]);
        const outcome = await pushCommit(checkout, remote, branch, commit);
        return outcome === 'pushed' ? 'added' : outcome;
      }),
  };
}
