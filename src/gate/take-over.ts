import { findMeasuredTree, type MeasuredJob, type MeasuredTree } from '../core/joining/measured-job.ts';
import type { PullRequestOfCommit } from '../core/platform/commit-facts.ts';
import { isFromFork, type PlatformEvent } from '../core/platform/platform-event.ts';
import type { Provenance, RunRecord } from '../core/run-record/run-record.ts';
import { defined } from '../defined.ts';
import { GateError } from '../errors.ts';
import { runDecision } from './decide.ts';
import { type GateResult, runGate, type World } from './gate.ts';
import type { JudgingPlan } from './judge.ts';
import type { JobsPlan } from './judge-jobs.ts';

/** What was measured for pull requests, as the platform knows it. */
export interface PullRequestRuns {
  /** The pull request whose merge made `commit` on `branch`; undefined when none did. */
  mergedAs(commit: string, branch: string): Promise<PullRequestOfCommit | undefined>;
  /** As it is now. */
  pullRequest(number: number): Promise<PullRequestOfCommit>;
  /** What the jobs of `commit` left behind for the gate called `name`. */
  jobsOf(commit: string, name: string): Promise<readonly MeasuredJob[]>;
}

/** Where a job stands that may do without load. */
export interface TakeOver {
  /** Absent where the platform can't be asked. */
  readonly runs: PullRequestRuns | undefined;
  readonly event: PlatformEvent;
  readonly world: World;
}

/** What a job came to without any load, or why it can't. */
export type WithoutLoad =
  | { readonly kind: 'decided'; readonly result: GateResult }
  | { readonly kind: 'not-possible'; readonly why: string };

/**
 * Stores the run that the merged pull request was measured with as a run of the default branch, where both have the same
 * tree: for teams whose default branch is deployed nowhere. It is judged, quarantined and accepted as a recorded run is.
 * `provenance` is of the commit that this job is about.
 */
export async function promoteMerged(plan: JudgingPlan, provenance: Provenance, given: TakeOver): Promise<WithoutLoad> {
  const { runs, event, world } = given;
  const { commit, branch } = event;
  if (runs === undefined || commit === undefined || branch === undefined) return notPossible('GitHub can’t be asked');
  const pull = await runs.mergedAs(commit, branch);
  if (pull === undefined) return notPossible(`no pull request was merged as ${commit.slice(0, 7)}`);
  const found = await measuredAs(plan.name, runs, event, pull, provenance.tree);
  if (found.kind === 'none') return notPossible(`pull request ${pull.number}: ${found.why}`);
  if (found.job.duet !== undefined) {
    return notPossible(`pull request ${pull.number}: it was measured beside its baseline, which later runs are not`);
  }
  const record = asRunOf(found.record, { ...provenance, commit, branch });
  const notice = `This run was measured as pull request ${pull.number} (${pull.headCommit.slice(0, 7)}), whose tree is that of this commit; nothing was measured anew.`;
  const result = await runGate(
    { ...plan, mode: 'record' },
    {
      ...world,
      notices: [...(world.notices ?? []), notice],
      measurer: { measure: async () => ({ kind: 'measured', record }) },
    },
  );
  return { kind: 'decided', result };
}

/**
 * The verdict on a merge group whose tree is the one that its pull request was measured with. What can't be read of the
 * pull request is a reason to measure, not to fail.
 */
export async function reuseVerdict(plan: JobsPlan, given: TakeOver): Promise<WithoutLoad> {
  try {
    return await decideAsPullRequest(plan, given);
  } catch (error) {
    if (!(error instanceof GateError)) throw error;
    return notPossible(`what its pull request measured can't be read: ${error.message} (${error.hint})`);
  }
}

async function decideAsPullRequest(plan: JobsPlan, { runs, event, world }: TakeOver): Promise<WithoutLoad> {
  const { tree, pullRequest } = event.mergeGroup ?? {};
  if (runs === undefined || pullRequest === undefined) return notPossible('the pull request of the group is not known');
  const pull = await runs.pullRequest(pullRequest);
  const found = await measuredAs(plan.name, runs, event, pull, tree);
  if (found.kind === 'none') return notPossible(`pull request ${pull.number}: ${found.why}`);
  const notice = `Decided from what pull request ${pull.number} (${pull.headCommit.slice(0, 7)}) measured, whose tree is that of this merge group; nothing was measured anew.`;
  const result = await runDecision(plan, {
    ...world,
    notices: [...(world.notices ?? []), notice],
    reports: { label: `pull request ${pull.number}`, read: async () => [found.job] },
  });
  return { kind: 'decided', result };
}

/** What a stranger's job left behind may hold anything; a baseline and a merge queue take nobody's word. */
async function measuredAs(
  name: string,
  runs: PullRequestRuns,
  { repository }: PlatformEvent,
  { headCommit, headRepository }: PullRequestOfCommit,
  tree: string | undefined,
): Promise<MeasuredTree> {
  const origin = { ...(repository && { repository }), ...(headRepository && { headRepository }) };
  if (isFromFork({ name: 'pull_request', ...origin }) !== false) {
    return { kind: 'none', why: 'it came from a fork, whose runs are not taken over' };
  }
  return findMeasuredTree(await runs.jobsOf(headCommit, name), tree);
}

/** The workflow run stays the one that measured. */
function asRunOf(record: RunRecord, { commit, branch, tree }: Provenance): RunRecord {
  const { quarantined: _, accepted: __, ...measured } = record;
  return {
    ...measured,
    provenance: {
      ...record.provenance,
      ...defined({ commit, branch, tree }),
    },
  };
}

function notPossible(why: string): WithoutLoad {
  return { kind: 'not-possible', why };
}
