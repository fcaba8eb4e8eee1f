import hypergeometricCdf from '@stdlib/stats-base-dists-hypergeometric-cdf';
import hypergeometricPmf from '@stdlib/stats-base-dists-hypergeometric-pmf';
import normalQuantile from '@stdlib/stats-base-dists-normal-quantile';

/** `failed` of `total` trials; fractions allowed where counts were divided by a design effect. */
export interface Count {
  readonly failed: number;
  readonly total: number;
}

/**
 * How much more do failures clump than independent ones would? Pearson's chi-square over the parts divided by its
 * degrees of freedom, at least 1 (never less: that would claim more information than there are trials).
 *
 * @param parts the same rate observed in several blocks or runs; empty parts are ignored
 * @returns 1 with fewer than two parts or without any failure
 */
export function designEffect(parts: readonly Count[]): number {
  const { chiSquare, df } = pearsonChiSquare(parts);
  return df > 0 ? Math.max(1, chiSquare / df) : 1;
}

/** Homogeneity of the parts' rates. Empty parts are ignored; 0 on 0 df with fewer than two or without variation. */
export function pearsonChiSquare(parts: readonly Count[]): { readonly chiSquare: number; readonly df: number } {
  const used = parts.filter((part) => part.total > 0);
  const { failed, total } = sumOf(used);
  const rate = failed / total;
  if (used.length < 2 || !(rate > 0 && rate < 1)) return { chiSquare: 0, df: 0 };
  let chiSquare = 0;
  for (const part of used) chiSquare += (part.failed - part.total * rate) ** 2 / (part.total * rate * (1 - rate));
  return { chiSquare, df: used.length - 1 };
}

/** The parts as one count. */
export function sumOf(parts: readonly Count[]): Count {
  let failed = 0;
  let total = 0;
  for (const part of parts) {
    failed += part.failed;
    total += part.total;
  }
  return { failed, total };
}

/** Counts worth as much as independent trials: both divided by the design effect. */
export function effective(count: Count, design: number): Count {
  return { failed: count.failed / design, total: count.total / design };
}

/**
 * Did failures become more frequent? Fisher's exact test, one-sided, with the mid-p correction (half of the probability
 * of the very table seen), on counts rounded to whole ones.
 *
 * @returns 1 where either side has no trials
 *
 * Source: Lancaster (1961), Significance tests in discrete distributions, JASA 56, 223-234.
 */
export function fisherMidP(baseline: Count, candidate: Count): number {
  const failed = Math.round(candidate.failed);
  const total = Math.round(candidate.total);
  const allFailed = failed + Math.round(baseline.failed);
  const all = total + Math.round(baseline.total);
  if (total < 1 || all - total < 1) return 1;
  const point = hypergeometricPmf(failed, all, allFailed, total);
  const upTo = hypergeometricCdf(failed, all, allFailed, total);
  return Math.min(1, Math.max(Number.MIN_VALUE, 1 - upTo + point / 2));
}

/** Wilson's score interval of a rate; `level` is two-sided, from 1 on it says nothing. Its upper end at zero failures is about 3.8 / n at 95 %. */
export function wilsonInterval(count: Count, level: number): readonly [number, number] {
  if (count.total <= 0 || level >= 1) return [0, 1];
  const z = normalQuantile((1 + level) / 2, 0, 1);
  const rate = count.failed / count.total;
  const z2n = (z * z) / count.total;
  const center = (rate + z2n / 2) / (1 + z2n);
  const reach = (z / (1 + z2n)) * Math.sqrt((rate * (1 - rate)) / count.total + z2n / (4 * count.total));
  return [Math.max(0, center - reach), Math.min(1, center + reach)];
}

/**
 * Interval of the difference candidate - baseline of two rates.
 *
 * Source: Newcombe (1998), Interval estimation for the difference between independent proportions, Stat. Med. 17, method 10.
 */
export function newcombeInterval(baseline: Count, candidate: Count, level: number): readonly [number, number] {
  if (baseline.total <= 0 || candidate.total <= 0 || level >= 1) return [-1, 1];
  const p1 = baseline.failed / baseline.total;
  const p2 = candidate.failed / candidate.total;
  const [l1, u1] = wilsonInterval(baseline, level);
  const [l2, u2] = wilsonInterval(candidate, level);
  return [p2 - p1 - Math.hypot(p2 - l2, u1 - p1), p2 - p1 + Math.hypot(u2 - p2, p1 - l1)];
}
