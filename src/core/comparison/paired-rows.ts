import { bucketIndex } from '../sketch/bucket-mapping.ts';
import { designEffect, effective, newcombeInterval, wilsonInterval } from '../stats/proportion.ts';
import type { Thresholds } from '../thresholds/thresholds.ts';
import {
  type Comparison,
  type Estimate,
  type NotComparedReason,
  type Quantile,
  quantileProbability,
} from './comparison.ts';
import { intervalAlpha } from './latency-family.ts';
import type { RateFinding } from './paired-errors.ts';
import type { EndpointPairs, SideSeries } from './paired-series.ts';
import { type LatencyJudgement, latencyMargin, latencyVerdict, rateVerdict } from './paired-verdicts.ts';

/** Confidence of the intervals shown: each end is missed in at most 5 % of builds, wherever the test stops. */
const level = 1 - 2 * intervalAlpha;

/** What a row needs to know beside its finding. */
export interface RowContext {
  readonly thresholds: Thresholds;
  readonly pairs: number;
  /** Adjusted p-values are divided by the family's share, so that the build's alpha decides. */
  readonly share: number;
}

export function latencyRow(
  judgement: LatencyJudgement,
  sides: EndpointPairs | undefined,
  context: RowContext,
  hasMoreErrors: boolean,
): Comparison {
  const { finding } = judgement;
  const { endpoint, quantile, change } = finding.case.hypothesis;
  const margin = latencyMargin(endpoint, quantile, context.thresholds);
  const bounds = finding.bounds();
  const interval = [Math.expm1(Math.min(change, bounds[0])), Math.expm1(Math.max(change, bounds[1]))] as const;
  return {
    endpoint,
    metric: quantile,
    unit: 'ms',
    direction: 'up',
    verdict: latencyVerdict(judgement, margin, hasMoreErrors),
    ...(sides && {
      baseline: sideEstimate(sides.baseline, quantile, context.pairs),
      candidate: sideEstimate(sides.candidate, quantile, context.pairs),
    }),
    relativeChange: { point: Math.expm1(change), interval, level, n: context.pairs },
    pValue: finding.pValue,
    adjustedPValue: Math.min(1, finding.adjustedPValue() / context.share),
    minimumDetectableEffect: Math.expm1(Math.max(margin.log, finding.detectable())),
    impact: 0,
    warnings: [],
  };
}

function sideEstimate(side: SideSeries, quantile: Quantile, pairs: number): Estimate {
  return { point: side.quantileMs(quantile), interval: quantileInterval(side, quantile), level, n: pairs };
}

/**
 * Interval of one side's pooled quantile: Wilson's limits of the share of requests below it, for as many independent
 * requests as the blocks' shares above it show there to be, read back from the sketch.
 */
function quantileInterval(side: SideSeries, quantile: Quantile): readonly [number, number] {
  const probability = quantileProbability[quantile];
  const limit = bucketIndex(side.quantileMs(quantile));
  const counts = side.tails.map((tail) => ({ failed: tail.countAbove(limit), total: tail.count }));
  const independent = side.pooled.count / designEffect(counts);
  const [low, high] = wilsonInterval({ failed: probability * independent, total: independent }, level);
  return [side.pooled.quantile(low), side.pooled.quantile(high)];
}

export function notComparedRow(
  endpoint: string,
  metric: Quantile,
  reason: NotComparedReason,
  warning: string,
): Comparison {
  return {
    endpoint,
    metric,
    unit: 'ms',
    direction: 'up',
    verdict: 'not-compared',
    notComparedReason: reason,
    impact: 0,
    warnings: [warning],
  };
}

export function rateRow(finding: RateFinding, context: RowContext): Comparison {
  const { rate, baseline, candidate } = finding;
  const before = effective(baseline, finding.designEffect);
  const after = effective(candidate, finding.designEffect);
  const point = (count: { failed: number; total: number }) => count.failed / count.total;
  const difference = point(candidate) - point(baseline);
  const interval = newcombeInterval(before, after, level);
  return {
    endpoint: rate.endpoint,
    metric: rate.metric,
    unit: 'fraction',
    direction: 'up',
    verdict: rateVerdict(finding, interval[1], context.thresholds),
    baseline: { point: point(baseline), interval: wilsonInterval(before, level), level, n: baseline.total },
    candidate: { point: point(candidate), interval: wilsonInterval(after, level), level, n: candidate.total },
    relativeChange: { point: difference, interval, level, n: context.pairs },
    pValue: finding.pValue,
    adjustedPValue: Math.min(1, finding.adjustedPValue / context.share),
    impact: 0,
    warnings: [],
  };
}
