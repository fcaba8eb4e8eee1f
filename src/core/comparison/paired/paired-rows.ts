import { endpointSubject } from '../../run-record/subject.ts';
import { bucketIndex } from '../../sketch/bucket-mapping.ts';
import { designEffect, effective, newcombeInterval, wilsonInterval } from '../../stats/proportion.ts';
import { type Quantile, quantiles } from '../../thresholds/quantiles.ts';
import { marginOf, type Thresholds } from '../../thresholds/thresholds.ts';
import {
  type Estimate,
  isAboveCeiling,
  isDifference,
  latencyIdentity,
  limitOf,
  type Row,
  type RowVerdict,
  rowVerdict,
} from '../row.ts';
import type { PlacedFinding } from './duet-placement.ts';
import type { RateFinding } from './paired-errors.ts';
import type { EndpointPairs, SideSeries } from './paired-series.ts';

/** Two-sided confidence of the intervals shown: each end is missed in at most 5 % of builds, wherever the test stops. */
export const shownLevel = 0.9;

/** What a row needs to know beside its finding. */
export interface RowContext {
  readonly thresholds: Thresholds;
  readonly pairs: number;
  /** Adjusted p-values are divided by the family's share, so that the build's alpha decides. */
  readonly share: number;
}

/** The verdict on one hypothesis; cheap, since it is asked for at every look. */
export function pairedVerdict(placed: PlacedFinding, hasMoreErrors: boolean): RowVerdict {
  const { family, change, changeMs, margin, isBacked = true } = placed.finding.case.hypothesis;
  return rowVerdict(
    {
      worseBy: change,
      ...(changeMs !== undefined && { worseByMs: changeMs }),
      isWorse: placed.isSlower,
      isBetter: placed.isFaster,
      isShownWithinMargin: () => placed.isShownBelow(limitOf(family, margin)),
      isBacked,
      hasMoreErrors,
      mayBeEnvironment: placed.isEnvironment,
    },
    family,
    margin,
  );
}

/** `hasMoreErrors`: failures rose, so that being faster is no improvement. */
export function latencyRow(placed: PlacedFinding, context: RowContext, hasMoreErrors: boolean): Row {
  const { finding } = placed;
  const { subject, family, metric, unit, direction, change, margin, sides, warnings } = finding.case.hypothesis;
  const bounds = finding.bounds();
  const verdict = pairedVerdict(placed, hasMoreErrors);
  // At the first looks a row by itself has no lower end yet, while the joint test has shown that there is an increase.
  const lowest = verdict === 'regressed' ? Math.max(bounds[0], 0) : bounds[0];
  const [least, most] = [Math.min(change, lowest), Math.max(change, bounds[1])];
  // Changes are positive where worse; a reader expects the change of the figure itself.
  const [point, lower, upper] = direction === 'up' ? [change, least, most] : [-change, -most, -least];
  const shown = { level: shownLevel, n: context.pairs };
  const both = sides?.();
  const byDeployment = placed.deploymentDetectable();
  const limit = limitOf(family, margin);
  const told = isDifference(family) ? (value: number) => Math.min(1, Math.max(-1, value)) : Math.expm1;
  return {
    ...{ subject, family, metric, unit, direction, verdict, margin },
    ...(both && { baseline: { ...both.baseline, ...shown }, candidate: { ...both.candidate, ...shown } }),
    relativeChange: { point: told(point), interval: [told(lower), told(upper)], ...shown },
    pValue: finding.pValue,
    adjustedPValue: Math.min(1, finding.adjustedPValue() / context.share),
    minimumDetectableEffect: told(Math.max(limit, finding.detectable(), byDeployment)),
    ...(verdict === 'inconclusive' && {
      pairsNeeded: byDeployment > limit ? Number.POSITIVE_INFINITY : finding.pairsFor(limit),
    }),
    impact: 0,
    warnings: warnings ?? [],
  };
}

/**
 * The figures of a quantile that is shown beside the judged ones. Its change lies within the ratios of the two sides'
 * intervals, which is wider than a test would say.
 */
export function shownRow(series: EndpointPairs, quantile: Quantile, { thresholds, pairs }: RowContext): Row {
  const subject = endpointSubject(series.endpoint);
  const side = (values: SideSeries): Estimate => ({
    point: values.quantileMs(quantile),
    interval: quantileInterval(values, quantile),
    level: shownLevel,
    n: pairs,
  });
  const [baseline, candidate] = [side(series.baseline), side(series.candidate)];
  const change = (after: number, before: number) => after / before - 1;
  const [low, high] = [
    change(candidate.interval[0], baseline.interval[1]),
    change(candidate.interval[1], baseline.interval[0]),
  ];
  return {
    ...latencyIdentity(subject, quantile),
    verdict: 'not-compared',
    notComparedReason: 'not-judged',
    margin: marginOf(subject, quantile, thresholds),
    ...{ baseline, candidate },
    relativeChange: {
      point: change(candidate.point, baseline.point),
      interval: [low, high],
      level: shownLevel,
      n: pairs,
    },
    impact: 0,
    warnings: [],
  };
}

/** The row of one rate of failures. */
export function rateRow(finding: RateFinding, { thresholds, pairs, share }: RowContext): Row {
  const { rate, baseline, candidate } = finding;
  const { identity } = rate;
  const before = effective(baseline, finding.designEffect);
  const after = effective(candidate, finding.designEffect);
  const point = (count: { failed: number; total: number }) => count.failed / count.total;
  const difference = point(candidate) - point(baseline);
  // Looked at again and again, it has to be wider than that of a single look.
  const widened = finding.intervalLevel();
  const interval = newcombeInterval(before, after, widened);
  const margin = marginOf(identity.subject, identity.metric, thresholds);
  const verdict = rowVerdict(
    {
      worseBy: difference,
      isWorse: finding.hasRisen,
      isBetter: finding.hasFallen,
      isShownWithinMargin: () => interval[1] < margin.relative,
      isAboveCeiling: isAboveCeiling(identity, point(candidate), thresholds),
    },
    identity.family,
    margin,
  );
  return {
    ...identity,
    verdict,
    margin,
    baseline: {
      point: point(baseline),
      interval: wilsonInterval(before, widened),
      level: shownLevel,
      n: baseline.total,
    },
    candidate: {
      point: point(candidate),
      interval: wilsonInterval(after, widened),
      level: shownLevel,
      n: candidate.total,
    },
    relativeChange: { point: difference, interval, level: shownLevel, n: pairs },
    pValue: finding.pValue,
    adjustedPValue: Math.min(1, finding.adjustedPValue / share),
    impact: 0,
    warnings: [],
  };
}

/**
 * Interval of one side's quantile over all pairs, in ms: Wilson's limits of the share of requests below it, for as many
 * independent requests as the blocks' shares above it show there to be, read back from the sketch.
 */
export function quantileInterval(side: SideSeries, quantile: Quantile): readonly [number, number] {
  const probability = quantiles[quantile].probability;
  const limit = bucketIndex(side.quantileMs(quantile));
  const counts = side.tails.map((tail) => ({ failed: tail.countAbove(limit), total: tail.count }));
  const independent = side.pooled.count / designEffect(counts);
  const [low, high] = wilsonInterval({ failed: probability * independent, total: independent }, shownLevel);
  return [side.pooled.quantile(low), side.pooled.quantile(high)];
}
