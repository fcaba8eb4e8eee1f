import gammaln from '@stdlib/math-base-special-gammaln';

/**
 * Chance of `failed` or more failures among `total` when the rate itself varies from run to run with mean `rate` and
 * intraclass correlation `correlation` (0: binomial, 1: all or nothing). Sums the tail by the recurrence of its terms.
 *
 * @param rate 0..1; @param correlation 0..1, values below 1e-9 count as that
 * @returns 1 for `failed` <= 0
 *
 * Source: Skellam (1948), J. R. Statist. Soc. B 10, 257-261.
 */
export function betaBinomialUpperTail(failed: number, total: number, rate: number, correlation: number): number {
  const from = Math.ceil(failed);
  if (from <= 0) return 1;
  if (from > total) return Number.MIN_VALUE;
  if (!(rate > 0)) return Number.MIN_VALUE;
  if (rate >= 1 || correlation >= 1) return Math.min(1, rate);
  const strength = 1 / Math.max(correlation, 1e-9) - 1;
  const a = rate * strength;
  const b = (1 - rate) * strength;
  let term = Math.exp(logChoose(total, from) + logBeta(from + a, total - from + b) - logBeta(a, b));
  let sum = 0;
  for (let k = from; k <= total; k++) {
    sum += term;
    if (term < sum * 1e-15 && k > total * rate) break;
    term *= ((total - k) / (k + 1)) * ((k + a) / (total - k - 1 + b));
  }
  return Math.min(1, Math.max(sum, Number.MIN_VALUE));
}

function logChoose(n: number, k: number): number {
  return gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1);
}

function logBeta(a: number, b: number): number {
  return gammaln(a) + gammaln(b) - gammaln(a + b);
}
