import { mean, present } from '../stats/sample-moments.ts';
import { tCritical } from '../stats/student-t.ts';
import type { Thresholds } from '../thresholds/thresholds.ts';
import type { LatencyShares } from './alpha-shares.ts';
import {
  allEndpoints,
  type Comparison,
  type EndpointVerdict,
  type Estimate,
  type Quantile,
  type Suspect,
} from './comparison.ts';
import { detectableShift, neededRuns } from './detectable-shift.ts';
import type { CommonJudgement, LatencyJudgement } from './judge-latency.ts';
import { type LatencyMargin, latencyMargin } from './latency-margin.ts';
import { windowLogs } from './latency-table.ts';
import { type MatchedEndpoint, minimumRequests } from './match-endpoints.ts';
import { type CandidateRuns, pFaster, pSlower, type ShiftTest, sharedFactor } from './shift-tests.ts';

/** What the rows of one quantile have in common. */
export interface LatencyContext {
  readonly quantile: Quantile;
  readonly runs: CandidateRuns;
  readonly thresholds: Thresholds;
  readonly shares: LatencyShares;
  /** Endpoints judged at this quantile. */
  readonly familySize: number;
  /** Whether failures rose there: then it is never called improved. */
  readonly hasMoreErrors: (endpoint: string) => boolean;
}

/** Confidence of the intervals shown. */
const level = 0.95;

const leastShareOfMargin = 0.5;

export function toLatencyRow(
  endpoint: MatchedEndpoint,
  judgement: LatencyJudgement,
  context: LatencyContext,
): Comparison {
  const { quantile, runs } = context;
  const { whole } = judgement;
  const baselineMs = Math.exp(mean(present(windowLogs(endpoint.window, quantile))));
  const candidateMs = baselineMs * Math.exp(whole.shift);
  const reach = tCritical((1 - level) / 2, whole.df);
  return {
    ...rowOf(endpoint.endpoint, judgement, candidateMs - baselineMs, context),
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
export function toCommonRow(common: CommonJudgement, changeMs: number, context: LatencyContext): Comparison {
  return rowOf(allEndpoints, commonAsEndpoint(common), changeMs, commonContext(context));
}

/** By how much the quantile of `row` moved, in ms. */
export function changeMsOf({ baseline, candidate }: Comparison): number {
  return (candidate?.point ?? Number.NaN) - (baseline?.point ?? Number.NaN);
}

/**
 * Words `judgement` as a suspicion, or undefined when it is settled, not significant even at `limit` alphas, or so far
 * below the margin that the mean of three runs would hardly end beyond it.
 */
export function toSuspect(
  row: Comparison,
  changeMs: number,
  judgement: LatencyJudgement | CommonJudgement,
  limit: number,
  context: LatencyContext,
): Suspect | undefined {
  const isCommon = 'test' in judgement;
  const asEndpoint = isCommon ? commonAsEndpoint(judgement) : judgement;
  const isSettled = row.verdict === 'regressed' || row.verdict === 'slower-within-margin';
  const margin = latencyMargin(row.endpoint, context.quantile, context.thresholds);
  const isFarBelow =
    asEndpoint.whole.shift <= leastShareOfMargin * margin.log || changeMs < leastShareOfMargin * margin.ms;
  if (isSettled || isFarBelow || asEndpoint.alphasToSlower > limit) return undefined;
  const { shares, familySize, thresholds } = isCommon ? commonContext(context) : context;
  return {
    endpoint: row.endpoint,
    metric: row.metric,
    relativeChange: Math.expm1(asEndpoint.whole.shift),
    needed: neededRuns(asEndpoint, shares, familySize, thresholds.alpha),
  };
}

export function toTooFewRow(endpoint: MatchedEndpoint, quantile: Quantile): Comparison {
  const fewest = Math.min(...endpoint.candidate.map((summary) => summary?.succeeded ?? Number.POSITIVE_INFINITY));
  const needed = minimumRequests[quantile];
  return {
    ...identity(endpoint.endpoint, quantile),
    verdict: 'not-compared',
    notComparedReason: 'too-few-requests',
    warnings: [`${quantile} needs ${needed} expected responses per run on both sides; the candidate has ${fewest}`],
  };
}

function rowOf(endpoint: string, judgement: LatencyJudgement, changeMs: number, context: LatencyContext): Comparison {
  const margin = latencyMargin(endpoint, context.quantile, context.thresholds);
  const verdict = verdictOf(endpoint, judgement, margin, changeMs, context);
  return {
    ...identity(endpoint, context.quantile),
    verdict,
    relativeChange: shownChange(verdict, judgement),
    pValue: judgement.pSlower,
    adjustedPValue: judgement.adjustedSlower,
    minimumDetectableEffect: Math.expm1(
      detectableShift(judgement, margin.log, context.shares, context.familySize, context.thresholds.alpha),
    ),
    warnings: [],
  };
}

function identity(endpoint: string, metric: Quantile) {
  return { endpoint, metric, unit: 'ms', direction: 'up', impact: 0 } as const;
}

function verdictOf(
  endpoint: string,
  judgement: LatencyJudgement,
  margin: LatencyMargin,
  changeMs: number,
  { thresholds: { alpha }, hasMoreErrors }: LatencyContext,
): EndpointVerdict {
  const { whole } = judgement;
  // A change that is not known is never within a margin.
  const isBeyondMs = !(Math.abs(changeMs) < margin.ms);
  if (judgement.adjustedSlower <= alpha) {
    return whole.shift >= margin.log && isBeyondMs ? 'regressed' : 'slower-within-margin';
  }
  const isFaster = judgement.adjustedFaster <= alpha && whole.shift <= -margin.log && isBeyondMs;
  if (isFaster && !hasMoreErrors(endpoint)) return 'improved';
  return pFaster(whole, margin.log) <= alpha ? 'not-regressed' : 'inconclusive';
}

function commonAsEndpoint(common: CommonJudgement): LatencyJudgement {
  const { test } = common;
  return { ...common, whole: test, own: test, pSlower: pSlower(test), pFaster: pFaster(test) };
}

function commonContext(context: LatencyContext): LatencyContext {
  return { ...context, familySize: 1, shares: { own: 0, whole: context.shares.common, common: 0 } };
}

/**
 * The change as people read it. Where the endpoint stands out from the others although all of them wobble, the interval
 * is that of the part it doesn't share with them, which is what was found.
 */
function shownChange(verdict: EndpointVerdict, { whole, own }: LatencyJudgement): Estimate {
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
