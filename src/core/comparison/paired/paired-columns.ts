import { bucketValue, gamma } from '../../sketch/bucket-mapping.ts';
import type { BucketTail } from '../../sketch/bucket-tail.ts';
import { mean, median, present } from '../../stats/sample-moments.ts';
import { rootOfSquares } from '../../stats/sequential-max-test.ts';
import { isTail, type Quantile, quantiles } from '../../thresholds/quantiles.ts';
import type { EndpointPairs } from './paired-series.ts';

/**
 * Paired differences as a function of a supposed shift: `at(s)` gives one value per pair, positive where the candidate
 * would be slower if it were faster by `s` (ln ratio) than it was. 0 for a pair in which one side has no requests.
 */
export interface PairedColumn {
  readonly key: string;
  /** Columns of one group are alike in noise and share one estimate of autocorrelation. */
  readonly group: string;
  /** By what factor its statistic counts in the joint test; 0: for intervals only. */
  readonly weight: number;
  at(shift: number): Float64Array;
}

/**
 * Per pair ln of the candidate's block quantile over the baseline's; NaN where a side has no requests. In a short block
 * the quantile is rather a mean of the upper values, so this sees slowdowns of all requests well and slowdowns of the
 * tail alone badly. It also grows with the number of requests, so where the sides made unlike numbers of few requests a
 * block's p95 and p99 are not compared at all (NaN in every pair).
 */
export function logRatios(series: EndpointPairs, quantile: Quantile): Float64Array {
  if (isTail(quantile) && areBlocksUnlike(series))
    return new Float64Array(series.candidate.tails.length).fill(Number.NaN);
  const before = series.baseline.lnQuantiles[quantile];
  const after = series.candidate.lnQuantiles[quantile];
  const logs = new Float64Array(after.length);
  for (let i = 0; i < logs.length; i++) logs[i] = (after[i] as number) - (before[i] as number);
  return logs;
}

/** Numbers of requests that differ by more than this factor make block quantiles unlike, */
const unlikeCounts = 1.25;
/** unless each block has so many that its quantiles no longer depend on their number. */
export const manyPerBlock = 100;

function areBlocksUnlike({ baseline, candidate }: EndpointPairs): boolean {
  const [before, after] = [baseline.pooled.count, candidate.pooled.count];
  const fewest = Math.min(before, after);
  return Math.max(before, after) > unlikeCounts * fewest && fewest < manyPerBlock * candidate.tails.length;
}

/** The column of ln ratios; missing ones become 0. */
export function ratioColumn(key: string, group: string, weight: number, logs: Float64Array): PairedColumn {
  const shifted = (shift: number): Float64Array => {
    const values = new Float64Array(logs.length);
    for (let i = 0; i < values.length; i++) {
      const log = logs[i] as number;
      values[i] = Number.isNaN(log) ? 0 : log - shift;
    }
    return values;
  };
  const measured = shifted(0);
  return { key, group, weight, at: (shift) => (shift === 0 ? measured : shifted(shift)) };
}

/** Width of a sketch bucket as ln ratio. */
const bucketWidth = Math.log(gamma);

/**
 * The difference of the shares of requests above a common limit, which is the quantile of both sides together. It sees
 * slowdowns of the tail alone, and the shift that makes it vanish is the ratio of the pooled quantiles.
 *
 * Shares are weighted by half the harmonic mean of the two request counts, as in the Mantel-Haenszel test, so that
 * pairs of a few requests don't drown the others. Limit and weight stay the same when the sides of a pair are swapped.
 */
export function exceedanceColumn(
  key: string,
  group: string,
  weight: number,
  series: EndpointPairs,
  quantile: Quantile,
): PairedColumn {
  const { baseline, candidate } = series;
  const pooledBefore = baseline.pooledTail;
  const pooledAfter = candidate.pooledTail;
  const measured = new Map<number, Float64Array>();
  const at = (shift: number): Float64Array => {
    const steps = Math.round(shift / bucketWidth);
    const known = measured.get(steps);
    if (known !== undefined) return known;
    const limit = limitIndex(pooledBefore, pooledAfter, steps, quantiles[quantile].probability);
    const values = new Float64Array(baseline.tails.length);
    for (let i = 0; i < values.length; i++) {
      const before = baseline.tails[i] as BucketTail;
      const after = candidate.tails[i] as BucketTail;
      if (before.count === 0 || after.count === 0) continue;
      const excess = after.countAbove(limit + steps) * before.count - before.countAbove(limit) * after.count;
      values[i] = excess / (before.count + after.count);
    }
    measured.set(steps, values);
    return values;
  };
  return { key, group, weight, at };
}

/**
 * The same shares as a function of a supposed difference of them: how much more often the candidate's requests lay above
 * the pooled quantile than the baseline's, less `shift`. For an endpoint with two modes, of which no ratio tells anything.
 */
export function shareColumn(key: string, group: string, series: EndpointPairs, quantile: Quantile): PairedColumn {
  const measured = exceedanceColumn(key, group, 1, series, quantile).at(0);
  const { baseline, candidate } = series;
  const at = (shift: number): Float64Array =>
    shift === 0
      ? measured
      : measured.map((excess, i) => {
          const [before, after] = [baseline.tails[i]?.count ?? 0, candidate.tails[i]?.count ?? 0];
          return before === 0 || after === 0 ? 0 : excess - (shift * before * after) / (before + after);
        });
  return { key, group, weight: 1, at };
}

/** Shares of either side's requests above the quantile of both together, with the limit in ms. */
export function sharesAbove({ baseline, candidate }: EndpointPairs, quantile: Quantile) {
  const [before, after] = [baseline.pooledTail, candidate.pooledTail];
  const limit = limitIndex(before, after, 0, quantiles[quantile].probability);
  return {
    baseline: before.countAbove(limit) / before.count,
    candidate: after.countAbove(limit) / after.count,
    limitMs: bucketValue(limit),
  };
}

/** Lowest bucket above which at most 1 - `probability` of all values lie, the candidate's moved down by `steps` buckets. */
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

/** The column as it would be if the candidate were `offset` (ln ratio) faster throughout. */
export function offsetColumn(key: string, column: PairedColumn, offset: number): PairedColumn {
  return { ...column, key, at: (shift) => column.at(shift + offset) };
}

/**
 * The columns of all endpoints added up, each standardized by its own size, which no flip of signs changes: a shift of
 * all endpoints shows here before it shows in any of them.
 */
export function summedColumn(key: string, columns: readonly PairedColumn[]): PairedColumn {
  const [first] = columns;
  const scales = columns.map((column) => 1 / rootOfSquares(column.at(0)));
  const summed = (shift: number): Float64Array => {
    const sum = new Float64Array(first?.at(0).length ?? 0);
    columns.forEach((column, j) => {
      const scale = scales[j] as number;
      if (!Number.isFinite(scale)) return;
      const values = column.at(shift);
      for (let i = 0; i < sum.length; i++) sum[i] = (sum[i] as number) + (values[i] as number) * scale;
    });
    return sum;
  };
  const measured = summed(0);
  return { key, group: key, weight: first?.weight ?? 0, at: (shift) => (shift === 0 ? measured : summed(shift)) };
}

/** What all endpoints have in common in each pair: the median of their ln ratios; NaN where none has any. */
export function medianPerPair(logs: readonly Float64Array[]): Float64Array {
  return combined(logs, median);
}

/** The mean of all endpoints' ln ratios in each pair; NaN where none has any. */
export function meanPerPair(logs: readonly Float64Array[]): Float64Array {
  return combined(logs, mean);
}

function combined(logs: readonly Float64Array[], combine: (values: readonly number[]) => number): Float64Array {
  const result = new Float64Array(logs[0]?.length ?? 0);
  for (let i = 0; i < result.length; i++) {
    result[i] = combine(present(logs.map((row) => row[i] as number)));
  }
  return result;
}
