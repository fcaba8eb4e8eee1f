import { reasonAgainst } from '../core/baseline/select-window.ts';
import { equalCodeDuets } from '../core/comparison/paired/deployment-model.ts';
import { isClosedModel } from '../core/comparison/paired/duet-hypotheses.ts';
import { followDuet } from '../core/comparison/paired/duet-test.ts';
import { pairBlocks } from '../core/comparison/paired/paired-blocks.ts';
import { joinLegs, matchLegs } from '../core/joining/join-jobs.ts';
import { areFresh, type MeasuredDuet, type MeasuredLeg } from '../core/joining/measured-job.ts';
import type { RunRecord } from '../core/run-record/run-record.ts';
import type { Thresholds } from '../core/thresholds/thresholds.ts';
import { judgePairValidity } from '../core/validity/judge-pair-validity.ts';
import { judgeValidity } from '../core/validity/judge-validity.ts';
import { outcomeOf } from '../core/verdict/build-verdict.ts';
import { type Judged, type JudgingPlan, judgeNothing, judgePair, judgeRuns, overrule } from './judge.ts';

export interface LegsPlan extends JudgingPlan {
  /** Names of the legs that must be there; absent: whatever is there. */
  readonly legs?: readonly string[];
  /** Legs that were not measured because nothing of theirs changed. */
  readonly unchangedLegs: readonly string[];
  /** What several runs of one candidate are to each other; `auto`: fresh where the records show it. */
  readonly repeats: 'auto' | 'fresh' | 'same-runner';
}

/** What other jobs measured, and what it is compared with. */
export interface LegsFacts {
  readonly legs: readonly MeasuredLeg[];
  /** More runs of the one candidate, by jobs that measured it again. */
  readonly furtherRuns: readonly RunRecord[];
  readonly stored: readonly RunRecord[];
  readonly storeLabel: string;
  /** Which of the store's runs `stored` are. */
  readonly baselineChoice?: string;
  readonly warnings: readonly string[];
}

/**
 * The verdict on what other jobs measured, and its report. One leg is judged as the job that measured it would; several
 * share one alpha, of which each gets an equal part. Pure: the same facts give the same bytes, and runs that were stored
 * after the measuring change nothing.
 */
export function judgeLegs(plan: LegsPlan, facts: LegsFacts): Judged {
  const legs = facts.legs.length > 0 ? facts.legs : legOfRuns(plan.name, facts.furtherRuns);
  const matched = matchLegs(legs, plan.legs, plan.unchangedLegs);
  const { present, missing, notRun } = matched;
  const isMatrix = plan.legs !== undefined || notRun.length > 0 || present.length > 1;
  const [only] = present;
  if (!isMatrix) return only === undefined ? judgeMissing(plan, facts) : judgeLeg(plan, only.leg, facts, 1);
  const judged = present.map(({ name, leg }) => ({ name, facts: judgeLeg(plan, leg, facts, present.length) }));
  return joinLegs(plan, {
    ...{ legs: judged, missing, notRun, storeLabel: facts.storeLabel },
    isListed: plan.legs !== undefined,
    warnings: facts.warnings,
  });
}

/** Where only further runs are given, the first of them is the run that is judged. */
function legOfRuns(name: string, runs: readonly RunRecord[]): MeasuredLeg[] {
  const [first] = runs.toSorted((a, b) => (a.startedAt < b.startedAt ? -1 : 1));
  return first === undefined ? [] : [{ artifact: name, records: [first] }];
}

function judgeMissing(plan: LegsPlan, { warnings }: LegsFacts): Judged {
  const detail = 'no other job left anything measured behind';
  return judgeNothing({ ...plan, mode: 'stored' }, { kind: 'invalid', reason: 'leg-missing', detail, hint }, warnings);
}

const hint =
  'See whether the measuring job ran to its end and uploaded its report folder as the artifact `tailgate-NAME`; run it again where it was cancelled.';

function judgeLeg(plan: LegsPlan, leg: MeasuredLeg, facts: LegsFacts, legs: number): Judged {
  const part = { ...plan, thresholds: { ...plan.thresholds, alpha: plan.thresholds.alpha / legs } };
  const [record] = leg.records;
  const ownWarnings = legs === 1 ? facts.warnings : [];
  if (record === undefined) {
    const reason = leg.notMeasured ?? 'leg-missing';
    const detail = `the job of ${leg.artifact} measured nothing${leg.notMeasured === undefined ? '' : ` (${reason})`}`;
    return judgeNothing({ ...part, mode: 'stored' }, { kind: 'invalid', reason, detail, hint: seeLog }, ownWarnings);
  }
  const stored = facts.stored.filter(({ startedAt }) => startedAt < record.startedAt);
  if (leg.duet !== undefined) return judgeDuet(part, record, leg.duet, { stored, warnings: ownWarnings }, legs);
  return judgeStored(part, leg, { ...facts, stored, warnings: ownWarnings });
}

const seeLog = 'See the log of the job that measured.';

function judgeStored(plan: LegsPlan, leg: MeasuredLeg, facts: LegsFacts): Judged {
  const [record, ...own] = leg.records as [RunRecord, ...RunRecord[]];
  const { further, leftOut } = furtherRunsOf(leg, facts.furtherRuns);
  // Repeats on one machine would blur whether the others are fresh, and add nothing to them.
  const repeats = further.length > 0 ? further : own;
  const isFresh = plan.repeats === 'fresh' || (plan.repeats === 'auto' && areFresh([record, ...repeats]));
  const { stored, storeLabel, baselineChoice } = facts;
  return judgeRuns(
    { ...plan, mode: 'stored' },
    {
      ...{ record, stored, storeLabel },
      ...(baselineChoice !== undefined && { baselineChoice }),
      validity: judgeValidity(record, { targetWasReady: true }),
      ...(repeats.length > 0 && { repeats }),
      ...(isFresh && repeats.length > 0 && { sharedVariance: 0 }),
      ...(leg.isUnsettled === true && repeats.length === 0 && { unsettled }),
      warnings: [...facts.warnings, ...leftOut],
    },
  );
}

const unsettled = 'a slowdown is suspected, and measuring it beside a baseline could not settle it';

/** The runs of the same load that are fit to be judged with the leg's own, each once; of its own leg where there are several. */
function furtherRunsOf({ records }: MeasuredLeg, runs: readonly RunRecord[]) {
  const [record] = records as [RunRecord, ...RunRecord[]];
  const ofLeg = runs.filter(
    ({ id, fingerprint }, i) =>
      fingerprint.hard.name === record.fingerprint.hard.name &&
      !records.some((known) => known.id === id) &&
      runs.findIndex((run) => run.id === id) === i,
  );
  const reasons = ofLeg.map((run) => ({ run, reason: reasonAgainst(run, record) ?? reasonOfUnfitness(run) }));
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
  plan: LegsPlan,
  candidate: RunRecord,
  duet: MeasuredDuet,
  facts: Pick<LegsFacts, 'stored' | 'warnings'>,
  legs: number,
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
  const judged = judgePair(plan, { ...pair, followed: result });
  const isUndecided = legs > 1 && look.reason === 'ended-early' && judged.decided.verdict.verdict !== 'fail';
  // By itself the leg was sure and ended; among several the same pairs don't suffice.
  const whole = { ...plan.thresholds, alpha: plan.thresholds.alpha * legs };
  return isUndecided && follow(whole).look.reason === 'regressed' ? leaveUnsettled(plan, judged, pairs.length) : judged;
}

function leaveUnsettled(plan: LegsPlan, judged: Judged, pairs: number): Judged {
  const verdict = {
    verdict: 'inconclusive',
    reason: 'unsettled',
    detail: `after ${pairs} pairs a slowdown is suspected and not sure: one leg of several needs stronger evidence than one by itself`,
    hint: 'Measure this leg again, for longer.',
  } as const;
  return overrule(judged, { ...judged.decided, verdict, outcome: outcomeOf(verdict, plan.failOn, 'duet') }, []);
}
