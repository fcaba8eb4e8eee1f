import { reasonAgainst } from '../core/baseline/select-window.ts';
import { equalCodeDuets } from '../core/comparison/paired/deployment-model.ts';
import { isClosedModel } from '../core/comparison/paired/duet-hypotheses.ts';
import { followDuet } from '../core/comparison/paired/duet-test.ts';
import { pairBlocks } from '../core/comparison/paired/paired-blocks.ts';
import { joinJobs, matchJobs } from '../core/joining/join-jobs.ts';
import { areFresh, endOf, type MeasuredDuet, type MeasuredJob } from '../core/joining/measured-job.ts';
import type { RunRecord } from '../core/run-record/run-record.ts';
import type { Thresholds } from '../core/thresholds/thresholds.ts';
import { judgePairValidity } from '../core/validity/judge-pair-validity.ts';
import { judgeValidity } from '../core/validity/judge-validity.ts';
import { outcomeOf } from '../core/verdict/build-verdict.ts';
import { type Judged, type JudgingPlan, judgeNothing, judgePair, judgeRuns, overrule } from './judge.ts';

export interface JobsPlan extends JudgingPlan {
  /** Names of the jobs that must be there; absent: whatever is there. */
  readonly jobs?: readonly string[];
  /** Jobs that were not measured because nothing of theirs changed. */
  readonly unchangedJobs: readonly string[];
  /** What several runs of one candidate are to each other; `auto`: fresh where the records show it. */
  readonly repeats: 'auto' | 'fresh' | 'same-runner';
}

/** What other jobs measured, and what it is compared with. */
export interface JobsFacts {
  readonly jobs: readonly MeasuredJob[];
  /** More runs of the one candidate, by jobs that measured it again. */
  readonly furtherRuns: readonly RunRecord[];
  readonly stored: readonly RunRecord[];
  readonly storeLabel: string;
  /** Which of the store's runs `stored` are. */
  readonly baselineChoice?: string;
  readonly warnings: readonly string[];
}

/**
 * The verdict on what other jobs measured, and its report. One job is judged as the job that measured it would; several
 * share one alpha, of which each gets an equal part. Pure: the same facts give the same bytes, and runs that were stored
 * after the measuring change nothing.
 */
export function judgeJobs(plan: JobsPlan, facts: JobsFacts): Judged {
  const jobs = facts.jobs.length > 0 ? facts.jobs : jobOfRuns(plan.name, facts.furtherRuns);
  const matched = matchJobs(jobs, plan.jobs, plan.unchangedJobs);
  const { present, missing, notRun } = matched;
  const isMatrix = plan.jobs !== undefined || notRun.length > 0 || present.length > 1;
  const [only] = present;
  if (!isMatrix) return only === undefined ? judgeMissing(plan, facts) : judgeJob(plan, only.job, facts, 1);
  const judged = present.map(({ name, job }) => {
    const others = present.filter((other) => other.job !== job).map((other) => other.job);
    const own = { ...plan, thresholds: thresholdsOf(job, others, plan.thresholds, facts.stored) };
    return { name, facts: judgeJob(own, job, facts, present.length) };
  });
  return joinJobs(plan, {
    ...{ jobs: judged, missing, notRun, storeLabel: facts.storeLabel },
    isListed: plan.jobs !== undefined,
    warnings: facts.warnings,
  });
}

/** A metric that another job measures is not missing in this one. */
function thresholdsOf(
  job: MeasuredJob,
  others: readonly MeasuredJob[],
  thresholds: Thresholds,
  stored: readonly RunRecord[],
): Thresholds {
  const [own, elsewhere] = [metricsOf([job], stored), metricsOf(others, stored)];
  const metrics = thresholds.metrics.filter(({ metric }) => own.has(metric) || !elsewhere.has(metric));
  return metrics.length === thresholds.metrics.length ? thresholds : { ...thresholds, metrics };
}

/** Of the runs of the jobs and of those that they are compared with. */
function metricsOf(jobs: readonly MeasuredJob[], stored: readonly RunRecord[]): ReadonlySet<string> {
  const measured = jobs.flatMap(({ records, duet }) => (duet === undefined ? records : [...records, duet.baseline]));
  const names = new Set(measured.map(({ fingerprint }) => fingerprint.hard.name));
  const runs = [...measured, ...stored.filter(({ fingerprint }) => names.has(fingerprint.hard.name))];
  return new Set(runs.flatMap(({ metrics }) => metrics.map(({ metric }) => metric)));
}

/** Where only further runs are given, the first of them is the run that is judged. */
function jobOfRuns(name: string, runs: readonly RunRecord[]): MeasuredJob[] {
  const [first] = runs.toSorted((a, b) => (a.startedAt < b.startedAt ? -1 : 1));
  return first === undefined ? [] : [{ artifact: name, records: [first] }];
}

function judgeMissing(plan: JobsPlan, { warnings }: JobsFacts): Judged {
  const detail = 'no other job left anything measured behind';
  return judgeNothing({ ...plan, mode: 'stored' }, { kind: 'invalid', reason: 'job-missing', detail, hint }, warnings);
}

const hint =
  'See whether the measuring job ran to its end and uploaded its report folder as the artifact `tailgate-NAME`; run it again where it was canceled.';

function judgeJob(plan: JobsPlan, job: MeasuredJob, facts: JobsFacts, jobs: number): Judged {
  const part = { ...plan, thresholds: { ...plan.thresholds, alpha: plan.thresholds.alpha / jobs } };
  const [record] = job.records;
  const ownWarnings = jobs === 1 ? facts.warnings : [];
  if (record === undefined) {
    const reason = job.notMeasured ?? 'job-missing';
    const detail = `the job of ${job.artifact} measured nothing${job.notMeasured === undefined ? '' : ` (${reason})`}`;
    return judgeNothing({ ...part, mode: 'stored' }, { kind: 'invalid', reason, detail, hint: seeLog }, ownWarnings);
  }
  const stored = facts.stored.filter(({ startedAt }) => startedAt < record.startedAt);
  if (job.duet !== undefined) return judgeDuet(part, record, job.duet, { stored, warnings: ownWarnings }, jobs);
  return judgeStored(part, job, { ...facts, stored, warnings: ownWarnings });
}

const seeLog = 'See the log of the job that measured.';

function judgeStored(plan: JobsPlan, job: MeasuredJob, facts: JobsFacts): Judged {
  const [record, ...own] = job.records as [RunRecord, ...RunRecord[]];
  const { further, leftOut } = furtherRunsOf(job, facts.furtherRuns);
  // Repeats on one machine would blur whether the others are fresh, and add nothing to them.
  const repeats = further.length > 0 ? further : own;
  const isFresh = plan.repeats === 'fresh' || (plan.repeats === 'auto' && areFresh([record, ...repeats]));
  const { stored, storeLabel, baselineChoice } = facts;
  const storedPlan = { ...plan, mode: 'stored' } as const;
  const known = {
    ...{ record, stored, storeLabel },
    ...(baselineChoice !== undefined && { baselineChoice }),
    validity: judgeValidity(record, { targetWasReady: true }),
    ...(job.isUnsettled === true && further.length === 0 && { unsettled }),
    warnings: [...facts.warnings, ...leftOut],
  };
  if (own.length > 0 && further.length === 0) {
    return judgeRuns(storedPlan, { ...known, repeats: own, areSameDeployment: true });
  }
  return judgeRuns(storedPlan, {
    ...known,
    ...(repeats.length > 0 && { repeats }),
    ...(isFresh && repeats.length > 0 && { sharedVariance: 0 }),
  });
}

const unsettled = 'a slowdown is suspected, and measuring more could not settle it';

/** The runs of the same load that are fit to be judged with the job's own, each once; of its own job where there are several. */
function furtherRunsOf({ records }: MeasuredJob, runs: readonly RunRecord[]) {
  const [record] = records as [RunRecord, ...RunRecord[]];
  const ofJob = runs.filter(
    ({ id, fingerprint }, i) =>
      fingerprint.hard.name === record.fingerprint.hard.name &&
      !records.some((known) => known.id === id) &&
      runs.findIndex((run) => run.id === id) === i,
  );
  const reasons = ofJob.map((run) => ({ run, reason: reasonAgainst(run, record) ?? reasonOfUnfitness(run) }));
  return {
    further: reasons.flatMap(({ run, reason }) => (reason === undefined ? [run] : [])),
    leftOut: reasons.flatMap(({ run, reason }) =>
      reason === undefined ? [] : [`further run ${run.id} was left out: ${reason}`],
    ),
  };
}

function reasonOfUnfitness(run: RunRecord): string | undefined {
  const validity = judgeValidity(run, { targetWasReady: true });
  return validity.kind === 'valid' ? undefined : validity.detail;
}

/** The duet followed once more from its first pair, at the looks that were fixed before it. */
function judgeDuet(
  plan: JobsPlan,
  candidate: RunRecord,
  duet: MeasuredDuet,
  facts: Pick<JobsFacts, 'stored' | 'warnings'>,
  jobs: number,
): Judged {
  const { baseline, order, placement, looks, seed } = duet;
  const { stored, warnings } = facts;
  const pair = {
    baseline,
    candidate,
    targetWasReady: true,
    paired: { order, placement },
    fixed: { looks, seed },
    warnings,
  };
  if (judgePairValidity(baseline, candidate, pair).kind !== 'valid') return judgePair(plan, pair);
  const { name } = candidate.fingerprint.hard;
  const { pairs } = pairBlocks(baseline, candidate);
  const follow = (thresholds: Thresholds) => {
    const followed = followDuet({
      ...{ thresholds, placement, order, looks, seed },
      isClosedModel: isClosedModel(baseline) || isClosedModel(candidate),
      equalCodeDuets: equalCodeDuets(stored, name),
    });
    followed.look(pairs);
    return { look: followed.conclude(), result: followed.result() };
  };
  const { look, result } = follow(plan.thresholds);
  const judged = judgePair(plan, { ...pair, followed: result, end: endOf(look) });
  const isUndecided = jobs > 1 && look.reason === 'ended-early' && judged.decided.verdict.verdict !== 'fail';
  // By itself the job was sure and ended; among several the same pairs don't suffice.
  const whole = { ...plan.thresholds, alpha: plan.thresholds.alpha * jobs };
  return isUndecided && follow(whole).look.reason === 'regressed' ? leaveUnsettled(plan, judged, pairs.length) : judged;
}

function leaveUnsettled(plan: JobsPlan, judged: Judged, pairs: number): Judged {
  const verdict = {
    verdict: 'inconclusive',
    reason: 'unsettled',
    detail: `after ${pairs} pairs a slowdown is suspected and not sure: one job of several needs stronger evidence than one by itself`,
    hint: 'Measure this job again, for longer.',
  } as const;
  return overrule(judged, { ...judged.decided, verdict, outcome: outcomeOf(verdict, plan.failOn, 'duet') }, []);
}
