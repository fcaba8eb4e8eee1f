import { bucketIndex } from '../sketch/bucket-mapping.ts';
import { designEffect, effective, newcombeInterval, wilsonInterval } from '../stats/proportion.ts';
import { marginsFor, type Thresholds } from '../thresholds/thresholds.ts';
import {
  type Comparison,
  type EndpointVerdict,
  type Estimate,
  type NotComparedReason,
  type Quantile,
  quantileProbability,
} from './comparison.ts';
import { intervalAlpha, type LatencyFinding } from './latency-family.ts';
import type { RateFinding } from './paired-errors.ts';
import type { SideSeries } from './paired-series.ts';

/** Confidence of the intervals shown: each end is missed in at most 5 % of builds, wherever the test stops. */
const level = 1 - 2 * intervalAlpha;

/** What a row needs to know beside its finding. */
export interface RowContext {
  readonly thresholds: Thresholds;
  readonly pairs: number;
  /** Adjusted p-values are divided by the family's share, so that the build's alpha decides. */
  readonly share: number;
}

/** The relative (as logarithm) and absolute increase that matter for one quantile of one endpoint. */
export function latencyMargin(
  endpoint: string,
  quantile: Quantile,
  thresholds: Thresholds,
): { readonly log: number; readonly ms: number } {
  const margins = marginsFor(endpoint, thresholds);
  const factor = thresholds.sensitivity === 'sensitive' ? 0.5 : 1;
  return {
    log: Math.log1p(margins.relativeIncrease[quantile] * factor),
    ms: margins.latencyIncreaseMsOf[quantile] * factor,
  };
}

export function latencyRow(finding: LatencyFinding, context: RowContext, hasMoreErrors: boolean): Comparison {
  const { series, quantile } = finding.hypothesis;
  const baselineMs = series.baseline.quantileMs(quantile);
  const candidateMs = series.candidate.quantileMs(quantile);
  const change = Math.log(candidateMs / baselineMs);
  const interval = [Math.min(change, finding.bounds[0]), Math.max(change, finding.bounds[1])] as const;
  const margin = latencyMargin(series.endpoint, quantile, context.thresholds);
  const side = (values: SideSeries, point: number): Estimate => ({
    point,
    interval: quantileInterval(values, quantile),
    level,
    n: context.pairs,
  });
  return {
    endpoint: series.endpoint,
    metric: quantile,
    unit: 'ms',
    direction: 'up',
    verdict: latencyVerdict(finding, change, candidateMs - baselineMs, interval[1], margin, hasMoreErrors),
    baseline: side(series.baseline, baselineMs),
    candidate: side(series.candidate, candidateMs),
    relativeChange: {
      point: Math.expm1(change),
      interval: [Math.expm1(interval[0]), Math.expm1(interval[1])],
      level,
      n: context.pairs,
    },
    pValue: finding.pValue,
    adjustedPValue: Math.min(1, finding.adjustedPValue / context.share),
    minimumDetectableEffect: Math.expm1(Math.max(margin.log, finding.detectable)),
    impact: 0,
    warnings: [],
  };
}

function latencyVerdict(
  finding: LatencyFinding,
  change: number,
  changeMs: number,
  upper: number,
  margin: { readonly log: number; readonly ms: number },
  hasMoreErrors: boolean,
): EndpointVerdict {
  if (finding.isSlower) return change >= margin.log && changeMs >= margin.ms ? 'regressed' : 'slower-within-margin';
  const isFaster = finding.isFaster && change <= -margin.log && -changeMs >= margin.ms;
  if (isFaster && !hasMoreErrors) return 'improved';
  return upper < margin.log ? 'not-regressed' : 'inconclusive';
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
    verdict: rateVerdict(finding, difference, interval[1], context.thresholds),
    baseline: { point: point(baseline), interval: wilsonInterval(before, level), level, n: baseline.total },
    candidate: { point: point(candidate), interval: wilsonInterval(after, level), level, n: candidate.total },
    relativeChange: { point: difference, interval, level, n: context.pairs },
    pValue: finding.pValue,
    adjustedPValue: Math.min(1, finding.adjustedPValue / context.share),
    impact: 0,
    warnings: [],
  };
}

/** Unadjusted p-value at which a rate above the ceiling counts as risen. */
const ceilingP = 0.01;

function rateVerdict(finding: RateFinding, difference: number, upper: number, thresholds: Thresholds): EndpointVerdict {
  const margin = marginsFor(finding.rate.endpoint, thresholds).errorRateIncrease;
  const { failed, total } = finding.candidate;
  const isAboveCeiling = finding.rate.metric === 'errorRate' && failed / total > thresholds.errorRateCeiling;
  if (isAboveCeiling && difference >= margin && finding.pValue <= ceilingP) return 'regressed';
  if (finding.hasRisen) return difference >= margin ? 'regressed' : 'slower-within-margin';
  if (finding.hasFallen && difference <= -margin) return 'improved';
  return upper < margin ? 'not-regressed' : 'inconclusive';
}
