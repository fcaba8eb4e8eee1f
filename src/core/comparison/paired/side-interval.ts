import { bucketIndex } from '../../sketch/bucket-mapping.ts';
import { designEffect, wilsonInterval } from '../../stats/proportion.ts';
import { type Quantile, quantiles } from '../../thresholds/quantiles.ts';
import type { SideSeries } from './paired-series.ts';

/** Two-sided confidence of the intervals that a duet shows: each end is missed in at most 5 % of builds. */
export const duetIntervalLevel = 0.9;

/**
 * Interval of one side's quantile over all pairs, in ms: Wilson's limits of the share of requests below it, for as many
 * independent requests as the blocks' shares above it show there to be, read back from the sketch.
 */
export function quantileInterval(side: SideSeries, quantile: Quantile): readonly [number, number] {
  const probability = quantiles[quantile].probability;
  const limit = bucketIndex(side.quantileMs(quantile));
  const counts = side.tails.map((tail) => ({ failed: tail.countAbove(limit), total: tail.count }));
  const independent = side.pooled.count / designEffect(counts);
  const [low, high] = wilsonInterval({ failed: probability * independent, total: independent }, duetIntervalLevel);
  return [side.pooled.quantile(low), side.pooled.quantile(high)];
}
