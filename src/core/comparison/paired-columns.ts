import { gamma } from '../sketch/bucket-mapping.ts';
import { BucketTail } from '../sketch/bucket-tail.ts';
import { type Quantile, quantileProbability } from './comparison.ts';
import type { EndpointPairs } from './paired-series.ts';

/**
 * A series of paired differences, one per pair, positive where the candidate is slower. `ratio` holds ln of the
 * candidate's block quantile over the baseline's: in a short block that is a mean of the upper values, so it sees
 * slowdowns of all requests. `exceedance` holds the difference of the shares of requests above a common limit, the
 * quantile of both sides together: it sees slowdowns of the tail alone, and its inversion estimates the pooled ratio.
 */
export interface LatencyColumn {
  readonly endpoint: string;
  readonly quantile: Quantile;
  readonly kind: 'ratio' | 'exceedance';
  /** The differences if the candidate were `shift` (ln ratio) faster than it was. */
  at(shift: number): Float64Array;
}

export function ratioColumn(series: EndpointPairs, quantile: Quantile): LatencyColumn {
  const before = series.baseline.lnQuantiles[quantile];
  const after = series.candidate.lnQuantiles[quantile];
  const differences = Float64Array.from(after, (value, i) => value - (before[i] as number));
  const at = (shift: number) => differences.map((difference) => (Number.isNaN(difference) ? 0 : difference - shift));
  return { endpoint: series.endpoint, quantile, kind: 'ratio', at };
}

/**
 * Shares are weighted by the harmonic mean of the two request counts, as in the Mantel-Haenszel test, so that pairs of
 * a few requests don't drown the others. The weight is the same after a swap of the sides.
 */
export function exceedanceColumn(series: EndpointPairs, quantile: Quantile): LatencyColumn {
  const { baseline, candidate } = series;
  const pooledBefore = new BucketTail(baseline.pooled);
  const pooledAfter = new BucketTail(candidate.pooled);
  const at = (shift: number): Float64Array => {
    const steps = Math.round(shift / Math.log(gamma));
    const limit = limitIndex(pooledBefore, pooledAfter, steps, quantileProbability[quantile]);
    return Float64Array.from(baseline.tails, (before, i) => {
      const after = candidate.tails[i] as BucketTail;
      if (before.count === 0 || after.count === 0) return 0;
      const weight = (before.count * after.count) / (before.count + after.count);
      return weight * (after.countAbove(limit + steps) / after.count - before.countAbove(limit) / before.count);
    });
  };
  return { endpoint: series.endpoint, quantile, kind: 'exceedance', at };
}

/** Lowest bucket above which at most 1 - `probability` of both sides' values lie, the candidate's moved down by `steps` buckets. */
function limitIndex(before: BucketTail, after: BucketTail, steps: number, probability: number): number {
  const allowed = (1 - probability) * (before.count + after.count);
  let low = Math.min(before.first, after.first - steps) - 1;
  let high = Math.max(before.last, after.last - steps);
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (before.countAbove(middle) + after.countAbove(middle + steps) <= allowed) high = middle;
    else low = middle + 1;
  }
  return low;
}
