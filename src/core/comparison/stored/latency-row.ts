import { allEndpoints, endpointSubject, type Subject } from '../../run-record/subject.ts';
import { mean, present } from '../../stats/sample-moments.ts';
import { tCritical } from '../../stats/student-t.ts';
import { type Quantile, quantiles } from '../../thresholds/quantiles.ts';
import { logOf, type Margin, marginOf, type Thresholds } from '../../thresholds/thresholds.ts';
import type { LatencyShares } from '../alpha-shares.ts';
import type { Suspect } from '../comparison-result.ts';
import { type Estimate, latencyIdentity, notComparedRow, type Row, type RowVerdict, rowVerdict } from '../row.ts';
import { detectableShift, neededRuns } from './detectable-shift.ts';
import type { CommonJudgement, LatencyJudgement } from './judge-latency.ts';
import { windowLogs } from './latency-table.ts';
import type { MatchedEndpoint } from './match-endpoints.ts';
import { type CandidateRuns, pFaster, pSlower, type ShiftTest, sharedFactor } from './shift-tests.ts';

/** What the rows of one quantile have in common. */
export interface LatencyContext {
  readonly quantile: Quantile;
  readonly runs: CandidateRuns;
  readonly thresholds: Thresholds;
  readonly shares: LatencyShares;
  /** One per endpoint that is judged at this quantile. */
  readonly margins: readonly Margin[];
  /** Whether failures rose there: then it is never called improved. */
  readonly hasMoreErrors: (subject: Subject) => boolean;
}

/** Confidence of the intervals shown. */
const level = 0.95;

const leastShareOfMargin = 0.5;

export function toLatencyRow(
  endpoint: MatchedEndpoint,
  judgement: LatencyJudgement,
  margin: Margin,
  context: LatencyContext,
): Row {
  const { quantile, runs } = context;
  const { whole } = judgement;
  const baselineMs = Math.exp(mean(present(windowLogs(endpoint.window, quantile))));
  const candidateMs = baselineMs * Math.exp(whole.shift);
  const reach = tCritical((1 - level) / 2, whole.df);
  return {
    ...rowOf(endpointSubject(endpoint.endpoint), judgement, margin, candidateMs - baselineMs, context),
    baseline: around(baselineMs, (reach * whole.runDeviation) / Math.sqrt(whole.windowRuns), whole.windowRuns),
    candidate: around(
      candidateMs,
      reach * whole.runDeviation * Math.sqrt(sharedFactor(runsOf(whole, runs))),
      whole.candidateRuns,
    ),
    warnings:
      whole.candidateRuns < runs.count
        ? [`only ${whole.candidateRuns} of ${runs.count} candidate runs have this endpoint`]
        : [],
  };
}

/**
 * The row for all endpoints together: no milliseconds are shown, since endpoints differ in theirs. `changeMs`: the
 * largest change of one of them.
 */
export function toCommonRow(common: CommonJudgement, changeMs: number, context: LatencyContext): Row {
  const own = commonContext(context);
  return rowOf(allEndpoints, commonAsEndpoint(common), own.margins[0] as Margin, changeMs, own);
}

/** By how much the quantile of `row` moved, in ms. */
export function changeMsOf({ baseline, candidate }: Row): number {
  return (candidate?.point ?? Number.NaN) - (baseline?.point ?? Number.NaN);
}

/**
 * Words `judgement` as a suspicion, or undefined when it is settled, not significant even at `limit` alphas, or so far
 * below the margin that the mean of three runs would hardly end beyond it.
 */
export function toSuspect(
  row: Row,
  changeMs: number,
  judgement: LatencyJudgement | CommonJudgement,
  limit: number,
  context: LatencyContext,
): Suspect | undefined {
  const isCommon = 'test' in judgement;
  const asEndpoint = isCommon ? commonAsEndpoint(judgement) : judgement;
  const isSettled = row.verdict === 'regressed' || row.verdict === 'slower-within-margin';
  const { margin } = row;
  const isFarBelow =
    asEndpoint.whole.shift <= leastShareOfMargin * logOf(margin) ||
    changeMs < leastShareOfMargin * (margin.absolute ?? 0);
  if (isSettled || isFarBelow || asEndpoint.alphasToSlower > limit) return undefined;
  const { shares, margins, thresholds } = isCommon ? commonContext(context) : context;
  return {
    subject: row.subject,
    metric: row.metric,
    relativeChange: Math.expm1(asEndpoint.whole.shift),
    needed: neededRuns(asEndpoint, shares, margins.length, thresholds.alpha),
  };
}

export function toTooFewRow(endpoint: MatchedEndpoint, quantile: Quantile, thresholds: Thresholds): Row {
  const fewest = Math.min(...endpoint.candidate.map((summary) => summary?.succeeded ?? Number.POSITIVE_INFINITY));
  const needed = quantiles[quantile].minRequests;
  const warning = `${quantile} needs ${needed} expected responses per run on both sides; the candidate has ${fewest}`;
  const subject = endpointSubject(endpoint.endpoint);
  const margin = marginOf(subject, quantile, thresholds);
  return notComparedRow(latencyIdentity(subject, quantile), margin, 'too-few-requests', warning);
}

function rowOf(
  subject: Subject,
  judgement: LatencyJudgement,
  margin: Margin,
  changeMs: number,
  context: LatencyContext,
): Row {
  const { quantile, thresholds, shares, margins } = context;
  const verdict = verdictOf(subject, judgement, margin, changeMs, context);
  return {
    ...latencyIdentity(subject, quantile),
    verdict,
    margin,
    relativeChange: shownChange(verdict, judgement),
    pValue: judgement.pSlower,
    adjustedPValue: judgement.adjustedSlower,
    minimumDetectableEffect: Math.expm1(
      detectableShift(judgement, logOf(margin), shares, margins.length, thresholds.alpha),
    ),
    impact: 0,
    warnings: [],
  };
}

function verdictOf(
  subject: Subject,
  { whole, adjustedSlower, adjustedFaster }: LatencyJudgement,
  margin: Margin,
  worseByMs: number,
  { thresholds: { alpha }, hasMoreErrors }: LatencyContext,
): RowVerdict {
  return rowVerdict(
    {
      worseBy: whole.shift,
      worseByMs,
      isWorse: adjustedSlower <= alpha,
      isBetter: adjustedFaster <= alpha,
      isShownWithinMargin: () => pFaster(whole, logOf(margin)) <= alpha,
      hasMoreErrors: hasMoreErrors(subject),
    },
    'latency',
    margin,
  );
}

function commonAsEndpoint(common: CommonJudgement): LatencyJudgement {
  const { test } = common;
  return { ...common, whole: test, own: test, pSlower: pSlower(test), pFaster: pFaster(test) };
}

function commonContext(context: LatencyContext): LatencyContext {
  const margins = [marginOf(allEndpoints, context.quantile, context.thresholds)];
  return { ...context, margins, shares: { own: 0, whole: context.shares.common, common: 0 } };
}

/**
 * The change as people read it. Where the endpoint stands out from the others although all of them wobble, the interval
 * is that of the part it doesn't share with them, which is what was found.
 */
function shownChange(verdict: RowVerdict, { whole, own }: LatencyJudgement): Estimate {
  const change = toRelativeChange(whole);
  if (verdict !== 'regressed' || change.interval[0] > 0) return change;
  return toRelativeChange({ ...own, shift: whole.shift });
}

export function toRelativeChange(test: ShiftTest): Estimate {
  const reach = tCritical((1 - level) / 2, test.df) * test.standardError;
  return {
    point: Math.expm1(test.shift),
    interval: [Math.expm1(test.shift - reach), Math.expm1(test.shift + reach)],
    level,
    n: test.windowRuns + test.candidateRuns,
  };
}

function runsOf(test: ShiftTest, runs: CandidateRuns): CandidateRuns {
  return { ...runs, count: test.candidateRuns };
}

/** `reach` is half the width of the interval of the logarithm. */
function around(point: number, reach: number, n: number): Estimate {
  return { point, interval: [point * Math.exp(-reach), point * Math.exp(reach)], level, n };
}
