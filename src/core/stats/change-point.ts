import { mean, sampleVariance } from './sample-moments.ts';
import { tUpperTail } from './student-t.ts';

export interface ChangePointOptions {
  /** A split counts when its t test is at most this likely without a change. */
  readonly maxP: number;
  /** Fewest points on either side of a split. */
  readonly minSegment: number;
  /** Relative change of the mean below which a split is dropped (0.05 = 5 %); 0 keeps all. */
  readonly minRelativeChange: number;
}

/**
 * Where did a series change its level? Returns the index of the first point of every new segment, ascending.
 *
 * E-divisive means: the split that maximizes the scaled energy distance between both sides, tested by a two-sided t test
 * with pooled variance instead of permutations (so the answer has no chance in it), recursively while it is significant.
 * Splits are first accepted ten times as leniently, then the weakest are merged until all hold at `maxP`: a lenient
 * first pass finds changes that hide one another. Points of a segment are taken as independent.
 *
 * Sources: Matteson, James (2014), A nonparametric approach for multiple change point analysis, JASA 109(505);
 * Fleming, Kolaczkowski et al. (2023), Hunter, ICPE '23 (t test and merging). O(n^2) per split.
 */
export function changePoints(series: readonly number[], options: ChangePointOptions): number[] {
  const found: number[] = [];
  split(series, 0, series.length, { ...options, maxP: options.maxP * 10 }, found);
  const points = found.sort((a, b) => a - b);
  return mergeWeak(series, points, options);
}

function split(
  series: readonly number[],
  start: number,
  end: number,
  options: ChangePointOptions,
  found: number[],
): void {
  const at = bestSplit(series.slice(start, end), options.minSegment);
  if (at === undefined) return;
  const left = series.slice(start, start + at);
  const right = series.slice(start + at, end);
  if (twoSidedP(left, right) > options.maxP) return;
  found.push(start + at);
  split(series, start, start + at, options, found);
  split(series, start + at, end, options, found);
}

function mergeWeak(series: readonly number[], points: number[], options: ChangePointOptions): number[] {
  const kept = [...points];
  for (;;) {
    let weakest = -1;
    let weakestP = -1;
    for (let i = 0; i < kept.length; i++) {
      const left = series.slice(kept[i - 1] ?? 0, kept[i]);
      const right = series.slice(kept[i], kept[i + 1] ?? series.length);
      const p = twoSidedP(left, right);
      const change = Math.abs(mean(right) / mean(left) - 1);
      const isWeak = p > options.maxP || change < options.minRelativeChange;
      if (isWeak && p > weakestP) {
        weakest = i;
        weakestP = p;
      }
    }
    if (weakest < 0) return kept;
    kept.splice(weakest, 1);
  }
}

/** The split that maximizes the energy statistic (exponent 1); undefined when no split leaves enough points. */
function bestSplit(values: readonly number[], minSegment: number): number | undefined {
  const n = values.length;
  if (n < 2 * minSegment) return undefined;
  // Sums of |x_i - x_j| within the left part, within the right part, and between them, updated point by point.
  let within = 0;
  let right = pairSum(values);
  let between = 0;
  let best: number | undefined;
  let bestValue = Number.NEGATIVE_INFINITY;
  for (let k = 1; k < n; k++) {
    const moved = values[k - 1] as number;
    let toLeft = 0;
    let toRight = 0;
    for (let i = 0; i < k - 1; i++) toLeft += Math.abs(moved - (values[i] as number));
    for (let i = k; i < n; i++) toRight += Math.abs(moved - (values[i] as number));
    within += toLeft;
    right -= toRight;
    between += toRight - toLeft;
    if (k < minSegment || n - k < minSegment) continue;
    const m = n - k;
    const energy =
      (2 * between) / (k * m) - (k > 1 ? (2 * within) / (k * (k - 1)) : 0) - (m > 1 ? (2 * right) / (m * (m - 1)) : 0);
    const value = ((k * m) / (k + m)) * energy;
    if (value > bestValue) {
      bestValue = value;
      best = k;
    }
  }
  return best;
}

function pairSum(values: readonly number[]): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) {
    for (let j = 0; j < i; j++) sum += Math.abs((values[i] as number) - (values[j] as number));
  }
  return sum;
}

function twoSidedP(left: readonly number[], right: readonly number[]): number {
  const df = left.length + right.length - 2;
  if (left.length < 2 || right.length < 2) return 1;
  const pooled = ((left.length - 1) * sampleVariance(left) + (right.length - 1) * sampleVariance(right)) / df;
  const difference = Math.abs(mean(left) - mean(right));
  if (difference === 0) return 1;
  return 2 * tUpperTail(difference / Math.sqrt(pooled * (1 / left.length + 1 / right.length)), df);
}
