import tCdf from '@stdlib/stats-base-dists-t-cdf';
import tQuantile from '@stdlib/stats-base-dists-t-quantile';

/** Chance that a t variable with `df` degrees of freedom (> 0, fractions allowed) exceeds `t`. Never exactly 0. */
export function tUpperTail(t: number, df: number): number {
  if (t === Number.POSITIVE_INFINITY) return Number.MIN_VALUE;
  return Math.max(tCdf(-t, df), Number.MIN_VALUE);
}

/** The value that a t variable with `df` degrees of freedom exceeds with chance `tail` (0..1). */
export function tCritical(tail: number, df: number): number {
  const key = `${tail} ${df}`;
  let value = recent.get(key);
  if (value === undefined) {
    value = -tQuantile(tail, df);
    if (recent.size >= 64) recent.clear();
    recent.set(key, value);
  }
  return value;
}

/** Endpoints of one family share their degrees of freedom, and a quantile costs a search. */
const recent = new Map<string, number>();
