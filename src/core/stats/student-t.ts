import tCdf from '@stdlib/stats-base-dists-t-cdf';
import tQuantile from '@stdlib/stats-base-dists-t-quantile';

/** Chance that a t variable with `df` degrees of freedom (> 0, fractions allowed) exceeds `t`. Never exactly 0. */
export function tUpperTail(t: number, df: number): number {
  if (t === Number.POSITIVE_INFINITY) return Number.MIN_VALUE;
  return Math.max(tCdf(-t, df), Number.MIN_VALUE);
}

/** The value that a t variable with `df` degrees of freedom exceeds with chance `tail` (0..1). */
export function tCritical(tail: number, df: number): number {
  return -tQuantile(tail, df);
}
