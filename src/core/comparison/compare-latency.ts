import { mean, median } from '../stats/sample-moments.ts';
import { tCritical } from '../stats/student-t.ts';
import { marginsFor, type Thresholds } from '../thresholds/thresholds.ts';
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
import { judgeLatency, type LatencyJudgement, type QuantileJudgement } from './judge-latency.ts';
import { type MatchedEndpoint, minimumRequests, minimumWindowRuns } from './match-endpoints.ts';
import type { LogTable } from './shift-table.ts';
import { type CandidateRuns, pFaster, pSlower, type ShiftTest } from './shift-tests.ts';

export interface LatencyComparison {
  readonly comparisons: Comparison[];
  readonly common: Partial<Record<Quantile, Estimate>>;
  readonly suspects: Suspect[];
}

const quantiles: readonly Quantile[] = ['p50', 'p95', 'p99'];

/** Confidence of the intervals shown. */
const level = 0.95;

/** A suspicion is worth fresh runs where the adjusted p-value is at most this many alphas: about one unchanged build in three. */
export const suspicionFactor = 6.5;

/** Compares the latency quantiles of all matched endpoints; those with too few requests are `not-compared`. */
export function compareLatency(
  matched: readonly MatchedEndpoint[],
  runs: CandidateRuns,
  thresholds: Thresholds,
  shares: Readonly<Record<Quantile, LatencyShares>>,
  errorsRoseIn: ReadonlySet<string>,
): LatencyComparison {
  const comparisons: Comparison[] = [];
  const suspects: Suspect[] = [];
  const common: Partial<Record<Quantile, Estimate>> = {};
  const moves = new Map<string, number>();
  for (const quantile of quantiles) {
    const judged = matched.filter((endpoint) => hasEnoughRequests(endpoint, quantile));
    for (const endpoint of matched) if (!judged.includes(endpoint)) comparisons.push(tooFew(endpoint, quantile));
    if (judged.length === 0) continue;
    const table = toLogTable(judged, quantile);
    const margins = judged.map(({ endpoint }) => marginOf(endpoint, quantile, thresholds));
    const nulls = margins.map((margin) => (thresholds.sensitivity === 'strict' ? margin.log : 0));
    const judgement = judgeLatency(table, runs, shares[quantile], thresholds.alpha, nulls);
    for (const [j, endpoint] of judged.entries()) {
      const verdictOf = judgement.endpoints[j] as LatencyJudgement;
      if (quantile === 'p99') {
        // p99 alone is too restless between runs to be believed; the same endpoint must move elsewhere too.
        const elsewhere = moves.get(endpoint.endpoint);
        if (elsewhere !== undefined && elsewhere <= 0 && verdictOf.adjustedSlower <= thresholds.alpha) {
          comparisons.push(
            toComparison(endpoint, quantile, { ...verdictOf, adjustedSlower: 1 }, margins[j] as Margin, context()),
          );
          continue;
        }
      } else
        moves.set(
          endpoint.endpoint,
          Math.max(moves.get(endpoint.endpoint) ?? Number.NEGATIVE_INFINITY, verdictOf.whole.shift),
        );
      const row = toComparison(endpoint, quantile, verdictOf, margins[j] as Margin, context());
      comparisons.push(row);
      const suspect = toSuspect(row, verdictOf, context());
      if (suspect !== undefined) suspects.push(suspect);
    }
    function context(): Context {
      return { runs, thresholds, shares: shares[quantile], families: judged.length, errorsRoseIn };
    }
    if (judgement.common !== undefined) {
      common[quantile] = toRelative(judgement.common.test, runs);
      comparisons.push(toCommonComparison(quantile, judgement, thresholds, context()));
    }
  }
  return { comparisons, common, suspects };
}

interface Margin {
  /** ln(1 + relative margin). */
  readonly log: number;
  readonly ms: number;
}

interface Context {
  readonly runs: CandidateRuns;
  readonly thresholds: Thresholds;
  readonly shares: LatencyShares;
  readonly families: number;
  readonly errorsRoseIn: ReadonlySet<string>;
}

function marginOf(endpoint: string, quantile: Quantile, thresholds: Thresholds): Margin {
  const margins = marginsFor(endpoint, thresholds);
  const factor = thresholds.sensitivity === 'sensitive' ? 0.5 : 1;
  return {
    log: Math.log1p(margins.relativeIncrease[quantile] * factor),
    ms: margins.latencyIncreaseMsOf[quantile] * factor,
  };
}

/** Every candidate run and the typical window run must have enough; single window runs may fall short. */
function hasEnoughRequests(endpoint: MatchedEndpoint, quantile: Quantile): boolean {
  const needed = minimumRequests[quantile];
  const window = endpoint.window.filter((summary) => summary !== undefined).map((summary) => summary.succeeded);
  const usable = window.filter((count) => count >= needed / 2);
  return (
    usable.length >= Math.min(minimumWindowRuns, endpoint.window.length) &&
    median(window) >= needed &&
    endpoint.candidate.every((summary) => summary.succeeded >= needed)
  );
}

function toLogTable(judged: readonly MatchedEndpoint[], quantile: Quantile): LogTable {
  return {
    window: judged.map(({ window }) =>
      window.map((summary) =>
        summary === undefined || summary.succeeded < minimumRequests[quantile] / 2
          ? Number.NaN
          : Math.log(summary.latencyMs[quantile]),
      ),
    ),
    candidate: judged.map(({ candidate }) => candidate.map((summary) => Math.log(summary.latencyMs[quantile]))),
  };
}

function toComparison(
  endpoint: MatchedEndpoint,
  quantile: Quantile,
  judgement: LatencyJudgement,
  margin: Margin,
  context: Context,
): Comparison {
  const { whole } = judgement;
  const baselineMs = geometricMean(
    endpoint.window.flatMap((summary) => (summary ? [summary.latencyMs[quantile]] : [])),
  );
  const candidateMs = baselineMs * Math.exp(whole.shift);
  const verdict = verdictOf(judgement, margin, candidateMs - baselineMs, context, endpoint.endpoint);
  return {
    endpoint: endpoint.endpoint,
    metric: quantile,
    unit: 'ms',
    direction: 'up',
    verdict,
    baseline: around(baselineMs, whole, 1 / whole.windowRuns, whole.windowRuns),
    candidate: around(candidateMs, whole, sharedFactor(context.runs), context.runs.count),
    relativeChange: toRelative(whole, context.runs),
    pValue: judgement.pSlower,
    adjustedPValue: judgement.adjustedSlower,
    minimumDetectableEffect: Math.expm1(
      detectableShift(judgement, margin.log, context.shares, context.families, context.thresholds.alpha),
    ),
    impact: 0,
    warnings: [],
  };
}

function verdictOf(
  judgement: LatencyJudgement,
  margin: Margin,
  changeMs: number,
  context: Context,
  endpoint: string,
): EndpointVerdict {
  const { alpha } = context.thresholds;
  const { whole } = judgement;
  if (judgement.adjustedSlower <= alpha) {
    return whole.shift >= margin.log && changeMs >= margin.ms ? 'regressed' : 'slower-within-margin';
  }
  const isFaster = judgement.adjustedFaster <= alpha && whole.shift <= -margin.log && -changeMs >= margin.ms;
  if (isFaster && !context.errorsRoseIn.has(endpoint)) return 'improved';
  return pFaster(whole, margin.log) <= alpha ? 'not-regressed' : 'inconclusive';
}

function toCommonComparison(
  quantile: Quantile,
  judgement: QuantileJudgement,
  thresholds: Thresholds,
  context: Context,
): Comparison {
  const common = judgement.common as NonNullable<QuantileJudgement['common']>;
  const margin = marginOf(allEndpoints, quantile, thresholds);
  const asEndpoint: LatencyJudgement = {
    whole: common.test,
    own: common.test,
    pSlower: pSlower(common.test),
    pFaster: pFaster(common.test),
    adjustedSlower: common.adjustedSlower,
    adjustedFaster: common.adjustedFaster,
  };
  const verdict = verdictOf(asEndpoint, { log: margin.log, ms: 0 }, 0, context, allEndpoints);
  return {
    endpoint: allEndpoints,
    metric: quantile,
    unit: 'ms',
    direction: 'up',
    verdict,
    relativeChange: toRelative(common.test, context.runs),
    pValue: asEndpoint.pSlower,
    adjustedPValue: common.adjustedSlower,
    minimumDetectableEffect: Math.expm1(
      detectableShift(asEndpoint, margin.log, { own: 0, whole: context.shares.common, common: 0 }, 1, thresholds.alpha),
    ),
    impact: 0,
    warnings: [],
  };
}

function toSuspect(row: Comparison, judgement: LatencyJudgement, context: Context): Suspect | undefined {
  if (row.verdict === 'regressed' || judgement.whole.shift <= 0) return undefined;
  if (judgement.adjustedSlower > suspicionFactor * context.thresholds.alpha) return undefined;
  return {
    endpoint: row.endpoint,
    metric: row.metric,
    relativeChange: Math.expm1(judgement.whole.shift),
    needed: neededRuns(judgement, context.shares, context.families, context.thresholds.alpha),
  };
}

function tooFew(endpoint: MatchedEndpoint, quantile: Quantile): Comparison {
  const fewest = Math.min(...endpoint.candidate.map((summary) => summary.succeeded));
  return {
    endpoint: endpoint.endpoint,
    metric: quantile,
    unit: 'ms',
    direction: 'up',
    verdict: 'not-compared',
    notComparedReason: 'too-few-requests',
    impact: 0,
    warnings: [
      `${quantile} needs ${minimumRequests[quantile]} expected responses per run on both sides; the candidate has ${fewest}`,
    ],
  };
}

function toRelative(test: ShiftTest, runs: CandidateRuns): Estimate {
  const reach = tCritical((1 - level) / 2, test.df) * test.standardError;
  return {
    point: Math.expm1(test.shift),
    interval: [Math.expm1(test.shift - reach), Math.expm1(test.shift + reach)],
    level,
    n: test.windowRuns + runs.count,
  };
}

function around(point: number, test: ShiftTest, factor: number, n: number): Estimate {
  const reach = tCritical((1 - level) / 2, test.df) * test.runDeviation * Math.sqrt(factor);
  return { point, interval: [point * Math.exp(-reach), point * Math.exp(reach)], level, n };
}

function sharedFactor(runs: CandidateRuns): number {
  return runs.shared + (1 - runs.shared) / runs.count;
}

function geometricMean(values: readonly number[]): number {
  return Math.exp(mean(values.map(Math.log)));
}
