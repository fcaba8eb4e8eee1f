import { setTimeout as sleep } from 'node:timers/promises';
import { runPath } from '../../core/baseline/run-path.ts';
import { byStart } from '../../core/run-record/by-start.ts';
import { GateError } from '../../errors.ts';
import type { BaselineStore, BranchWriter, Pruned } from '../../ports.ts';
import { withBranch } from './branch-checkout.ts';
import type { GitRemote } from './git-command.ts';
import { tryPruneBranch } from './prune-branch.ts';
import { readBranchRuns } from './read-branch-runs.ts';
import { type Redoable, redoOnConflict, type Waiting } from './redo-on-conflict.ts';
import { tryReviseBranchRun } from './revise-branch-run.ts';
import { packRun } from './stored-run-file.ts';

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
  /** One run of the gate asks several times (which k6, which window) and fetches once. */
  let listed: ReturnType<BaselineStore['list']> | undefined;
  return {
    label: `branch:${branch}`,
    list: () => {
      listed ??= readRuns(remote, branch).catch((error: unknown) => {
        listed = undefined;
        throw error;
      });
      return listed;
    },
    append: async (record) => {
      listed = undefined;
      const target = writer(await remote());
      const file = { path: runPath(record), bytes: packRun(record), message: `Add run ${record.id}` };
      const outcome = await redoOnConflict(() => target.tryAdd(file), waiting);
      if (outcome === 'conflict' || outcome === 'unanswered') {
        throw gaveUp(branch, `run ${record.id} could not be stored in`, outcome);
      }
    },
    revise: async (id, change) => {
      listed = undefined;
      const from = await remote();
      const outcome = await redoOnConflict(() => tryReviseBranchRun(from, branch, id, change), waiting);
      if (outcome === 'revised' || outcome === 'not-there') return outcome;
      throw gaveUp(branch, `run ${id} could not be changed in`, outcome);
    },
    prune: async (choose) => {
      listed = undefined;
      const from = await remote();
      let pruned: Pruned = { removed: [], kept: 0 };
      const outcome = await redoOnConflict(async () => {
        const result = await tryPruneBranch(from, branch, choose);
        if (typeof result === 'string') return result;
        pruned = result;
        return 'pruned';
      }, waiting);
      if (outcome !== 'pruned') throw gaveUp(branch, 'no run was removed from', outcome);
      return pruned;
    },
  };
}

async function readRuns(remote: BranchStoreOptions['remote'], branch: string): ReturnType<BaselineStore['list']> {
  const { runs, warnings } = await withBranch(await remote(), branch, readBranchRuns);
  return { records: runs.map(({ record }) => record).sort(byStart), warnings };
}

function gaveUp(branch: string, what: string, outcome: Redoable): GateError {
  const why = outcome === 'conflict' ? 'other jobs went on writing to it' : 'the server went on failing';
  return new GateError(
    'STORE_WRITE_FAILED',
    `${what} the branch ${branch}: ${why} for two minutes`,
    outcome === 'conflict'
      ? 'The verdict itself stands. Run the job again when fewer jobs write at once.'
      : 'The verdict itself stands. Run the job again when the server is well.',
  );
}
