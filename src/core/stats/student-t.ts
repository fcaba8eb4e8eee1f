import tCdf from '@stdlib/stats-base-dists-t-cdf';
import tQuantile from '@stdlib/stats-base-dists-t-quantile';

/** Chance that a t variable with `df` degrees of freedom (> 0, fractions allowed) exceeds `t`. Never exactly 0. */
export function tUpperTail(t: number, df: number): number {
  if (t === Number.POSITIVE_INFINITY) return Number.MIN_VALUE;
  return Math.max(tCdf(-t, df), Number.MIN_VALUE);
}

/** Chance that a standard normal variable exceeds `z`; the t law of so many degrees of freedom is the normal one. */
export function normalUpperTail(z: number): number {
  return tUpperTail(z, 1e9);
}

/** The value that a t variable with `df` degrees of freedom exceeds with chance `tail` (0..1). */
export function tCritical(tail: number, df: number): number {
  for (const known of recent) if (known.df === df && known.tail === tail) return known.value;
  const value = -tQuantile(tail, df);
  recent[oldest] = { tail, df, value };
  oldest = (oldest + 1) % remembered;
  return value;
}

/** Endpoints of one family share their degrees of freedom, and a quantile costs a search: the last few are kept. */
const remembered = 12;
const recent: { readonly tail: number; readonly df: number; readonly value: number }[] = [];
let oldest = 0;
