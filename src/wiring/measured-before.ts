import { fetchedArtifacts } from '../adapters/artifacts/fetched-artifacts.ts';
import type { GitHubClient } from '../adapters/github/github-client.ts';
import { mergedPullRequest, pullRequestNow } from '../adapters/github/look-up-commit.ts';
import type { Config } from '../config/config.ts';
import { findMeasuredTree, type MeasuredTree } from '../core/joining/measured-job.ts';
import type { PullRequestOfCommit } from '../core/platform/commit-facts.ts';
import { isFromFork, type PlatformEvent } from '../core/platform/platform-event.ts';
import type { Provenance, RunRecord } from '../core/run-record/run-record.ts';
import { GateError } from '../errors.ts';
import { runDecision } from '../gate/decide.ts';
import { type GateResult, runGate, type World } from '../gate/gate.ts';

interface MeasuredBefore {
  readonly api: GitHubClient | undefined;
  readonly event: PlatformEvent;
  /** Of the commit that this job is about. */
  readonly provenance: Provenance;
  readonly world: World;
}

/** What a job came to without any load, or why it can't. */
type WithoutLoad =
  | { readonly kind: 'decided'; readonly result: GateResult }
  | { readonly kind: 'not-possible'; readonly why: string };

/**
 * What this job can come to without load: on a push of the default branch without a target, the run of the merged pull
 * request; in a merge queue, the verdict on an equal tree. Undefined where neither is asked for.
 */
export async function decideWithoutLoad(
  config: Config,
  mode: 'stored' | 'duet' | 'record' | 'decide',
  given: MeasuredBefore,
): Promise<WithoutLoad | undefined> {
  if (mode === 'record') return config.target === undefined ? promoteMerged(config, given) : undefined;
  const isAsked = given.event.mergeGroup !== undefined && mode !== 'decide' && config.mode !== 'measure';
  if (!isAsked) return undefined;
  return reuseVerdict(config, given).catch((error: unknown) => {
    if (!(error instanceof GateError)) throw error;
    return notPossible(`what its pull request measured can't be read: ${error.message} (${error.hint})`);
  });
}

/**
 * Stores the run that the merged pull request was measured with as a run of the default branch, where both have the same
 * tree: for teams whose default branch is deployed nowhere. It is judged, quarantined and accepted as a recorded run is.
 */
async function promoteMerged(config: Config, given: MeasuredBefore): Promise<WithoutLoad> {
  const { api, event, provenance, world } = given;
  const { commit, branch } = event;
  if (api === undefined || commit === undefined || branch === undefined) return notPossible('GitHub can’t be asked');
  const pull = await mergedPullRequest(api, commit, branch);
  if (pull === undefined) return notPossible(`no pull request was merged as ${commit.slice(0, 7)}`);
  const found = await measuredAs(config, api, event, pull, provenance.tree);
  if (found.kind === 'none') return notPossible(`pull request ${pull.number}: ${found.why}`);
  if (found.job.duet !== undefined) {
    return notPossible(`pull request ${pull.number}: it was measured beside its baseline, which later runs are not`);
  }
  const record = asRunOf(found.record, { ...provenance, commit, branch });
  const { name, thresholds, failOn, scripts } = config;
  const notice = `This run was measured as pull request ${pull.number} (${pull.headCommit.slice(0, 7)}), whose tree is that of this commit; nothing was measured anew.`;
  const result = await runGate(
    { name, thresholds, failOn, scripts, mode: 'record' },
    {
      ...world,
      notices: [...(world.notices ?? []), notice],
      measurer: { measure: async () => ({ kind: 'measured', record }) },
    },
  );
  return { kind: 'decided', result };
}

/** The verdict on a merge group whose tree is the one that its pull request was measured with. */
async function reuseVerdict(config: Config, given: MeasuredBefore): Promise<WithoutLoad> {
  const { api, event, world } = given;
  const { tree, pullRequest } = event.mergeGroup ?? {};
  if (api === undefined || pullRequest === undefined) return notPossible('the pull request of the group is not known');
  const pull = await pullRequestNow(api, pullRequest);
  const found = await measuredAs(config, api, event, pull, tree);
  if (found.kind === 'none') return notPossible(`pull request ${pull.number}: ${found.why}`);
  const { name, thresholds, failOn, scripts, betweenJobs } = config;
  const notice = `Decided from what pull request ${pull.number} (${pull.headCommit.slice(0, 7)}) measured, whose tree is that of this merge group; nothing was measured anew.`;
  const result = await runDecision(
    { name, thresholds, failOn, scripts, unchangedJobs: [], repeats: betweenJobs.repeats },
    {
      ...world,
      notices: [...(world.notices ?? []), notice],
      reports: { label: `pull request ${pull.number}`, read: async () => [found.job] },
    },
  );
  return { kind: 'decided', result };
}

/** What a stranger's job left behind may hold anything; a baseline and a merge queue take nobody's word. */
async function measuredAs(
  { name }: Config,
  api: GitHubClient,
  { repository }: PlatformEvent,
  { headCommit, headRepository }: PullRequestOfCommit,
  tree: string | undefined,
): Promise<MeasuredTree> {
  const origin = { ...(repository && { repository }), ...(headRepository && { headRepository }) };
  if (isFromFork({ name: 'pull_request', ...origin }) !== false) {
    return { kind: 'none', why: 'it came from a fork, whose runs are not taken over' };
  }
  return findMeasuredTree(await fetchedArtifacts(api, { names: [name], commit: headCommit }).read(), tree);
}

/** The workflow run stays the one that measured. */
function asRunOf(record: RunRecord, { commit, branch, tree }: Provenance): RunRecord {
  const { quarantined: _, accepted: __, ...measured } = record;
  return {
    ...measured,
    provenance: {
      ...record.provenance,
      ...(commit !== undefined && { commit }),
      ...(branch !== undefined && { branch }),
      ...(tree !== undefined && { tree }),
    },
  };
}

function notPossible(why: string): WithoutLoad {
  return { kind: 'not-possible', why };
}
