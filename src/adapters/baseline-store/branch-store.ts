import { setTimeout as sleep } from 'node:timers/promises';
import { runPath } from '../../core/baseline/run-path.ts';
import { GateError } from '../../errors.ts';
import type { BaselineStore, BranchWriter, Pruned } from '../../ports.ts';
import { withBranch } from './branch-checkout.ts';
import type { GitRemote } from './git-command.ts';
import { tryPruneBranch } from './prune-branch.ts';
import { readBranchRuns } from './read-branch-runs.ts';
import { redoOnConflict, type Waiting } from './redo-on-conflict.ts';
import { byStart, packRun } from './stored-run-file.ts';

export interface BranchStoreOptions {
  readonly branch: string;
  /** Read from by git, whoever writes. Asked for when it is first needed. */
  readonly remote: () => Promise<GitRemote>;
  readonly writer: (remote: GitRemote) => BranchWriter;
  readonly waiting?: Waiting;
}

const realWaiting: Waiting = { now: () => performance.now(), random: Math.random, sleep: (ms) => sleep(ms) };

/**
 * A baseline store on an orphan branch of a repository: one file per run, nothing shared between writers but the branch
 * itself. Writers that meet redo their commit from the new tip for up to two minutes.
 */
export function branchStore({ branch, remote, writer, waiting = realWaiting }: BranchStoreOptions): BaselineStore {
  return {
    label: `branch:${branch}`,
    list: async () => {
      const { runs, warnings } = await withBranch(await remote(), branch, readBranchRuns);
      return { records: runs.map(({ record }) => record).sort(byStart), warnings };
    },
    append: async (record) => {
      const target = writer(await remote());
      const file = { path: runPath(record), bytes: packRun(record), message: `Add run ${record.id}` };
      const outcome = await redoOnConflict(() => target.tryAdd(file), waiting);
      if (outcome === 'conflict') throw tooBusy(branch, `run ${record.id} could not be stored in`);
    },
    prune: async (choose) => {
      const from = await remote();
      let pruned: Pruned = { removed: [], kept: 0 };
      const outcome = await redoOnConflict(async () => {
        const result = await tryPruneBranch(from, branch, choose);
        if (result === 'conflict') return 'conflict';
        pruned = result;
        return 'pruned';
      }, waiting);
      if (outcome === 'conflict') throw tooBusy(branch, 'no run was removed from');
      return pruned;
    },
  };
}

function tooBusy(branch: string, what: string): GateError {
  return new GateError(
    'STORE_WRITE_FAILED',
    `${what} the branch ${branch}: other jobs went on writing to it for two minutes`,
    'The verdict itself stands. Run the job again when fewer jobs write at once.',
  );
}
