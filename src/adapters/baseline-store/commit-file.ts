import type { BranchFile } from '../../ports.ts';
import type { BranchCheckout } from './branch-checkout.ts';
import { mustGit } from './push-commit.ts';

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
