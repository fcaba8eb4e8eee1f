import { effective, newcombeInterval, wilsonInterval } from '../stats/proportion.ts';
import type { Thresholds } from '../thresholds/thresholds.ts';
import type { Comparison, NotComparedReason, Quantile } from './comparison.ts';
import type { RateFinding } from './paired-errors.ts';
import { type LatencyJudgement, latencyVerdict, rateVerdict } from './paired-verdicts.ts';
import { duetIntervalLevel } from './side-interval.ts';

/** Confidence of the intervals shown: each end is missed in at most 5 % of builds, wherever the test stops. */
const level = duetIntervalLevel;

/** What a row needs to know beside its finding. */
export interface RowContext {
  readonly thresholds: Thresholds;
  readonly pairs: number;
  /** Adjusted p-values are divided by the family's share, so that the build's alpha decides. */
  readonly share: number;
}

export function latencyRow(judgement: LatencyJudgement, context: RowContext, hasMoreErrors: boolean): Comparison {
  const { finding } = judgement;
  const { endpoint, metric, unit, direction, change, margin, sides } = finding.case.hypothesis;
  const bounds = finding.bounds();
  const verdict = latencyVerdict(judgement, hasMoreErrors);
  // At the first looks a row by itself has no lower end yet, while the joint test has shown that there is an increase.
  const lowest = verdict === 'regressed' ? Math.max(bounds[0], 0) : bounds[0];
  const [least, most] = [Math.min(change, lowest), Math.max(change, bounds[1])];
  // Changes are positive where worse; a reader expects the change of the figure itself.
  const [point, lower, upper] = direction === 'up' ? [change, least, most] : [-change, -most, -least];
  const shown = { level, n: context.pairs };
  const both = sides?.();
  const byDeployment = judgement.deploymentDetectable();
  return {
    endpoint,
    metric,
    unit,
    direction,
    verdict,
    ...(both && { baseline: { ...both.baseline, ...shown }, candidate: { ...both.candidate, ...shown } }),
    relativeChange: { point: Math.expm1(point), interval: [Math.expm1(lower), Math.expm1(upper)], ...shown },
    pValue: finding.pValue,
    adjustedPValue: Math.min(1, finding.adjustedPValue() / context.share),
    minimumDetectableEffect: Math.expm1(Math.max(margin.log, finding.detectable(), byDeployment)),
    ...(verdict === 'inconclusive' && {
      pairsNeeded: byDeployment > margin.log ? Number.POSITIVE_INFINITY : finding.pairsFor(margin.log),
    }),
    impact: 0,
    warnings: [],
  };
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
