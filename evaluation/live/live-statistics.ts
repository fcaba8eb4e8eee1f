import betaQuantile from '@stdlib/stats-base-dists-beta-quantile';
import binomialCdf from '@stdlib/stats-base-dists-binomial-cdf';

export type Interval = readonly [lower: number, upper: number];

/** Exact 95 % interval of a share (Clopper, Pearson 1934). */
export function binomialInterval(count: number, builds: number): Interval {
  if (builds === 0) return [0, 1];
  return [
    count === 0 ? 0 : betaQuantile(0.025, count, builds - count + 1),
    count === builds ? 1 : betaQuantile(0.975, count + 1, builds - count),
  ];
}

/** Linear between order statistics (type 7 of Hyndman and Fan 1996); NaN for no values. */
export function quantile(values: readonly number[], probability: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (sorted.length - 1) * probability;
  const low = sorted[Math.floor(at)] ?? Number.NaN;
  const high = sorted[Math.ceil(at)] ?? Number.NaN;
  return low + (high - low) * (at - Math.floor(at));
}

export interface PairedFigure {
  readonly median: number;
  /** Between two order statistics; unbounded where there are too few pairs for the level. */
  readonly interval: Interval;
  readonly pairs: number;
}

/**
 * Median of paired differences with the interval that the sign test gives: assumes nothing but that pairs are independent.
 * The level is the least possible that isn't under 95 %.
 */
export function pairedMedian(differences: readonly number[]): PairedFigure {
  const sorted = differences.toSorted((a, b) => a - b);
  const pairs = sorted.length;
  // The largest rank below which the true median lies with at most 2.5 %.
  let rank = 0;
  while (rank < pairs && binomialCdf(rank, pairs, 0.5) <= 0.025) rank++;
  return {
    median: quantile(sorted, 0.5),
    interval: [sorted[rank - 1] ?? Number.NEGATIVE_INFINITY, sorted[pairs - rank] ?? Number.POSITIVE_INFINITY],
    pairs,
  };
}
