import digamma from '@stdlib/math-base-special-digamma';
import trigamma from '@stdlib/math-base-special-trigamma';
import { mean, sampleVariance } from './sample-moments.ts';

/** A variance with the degrees of freedom behind it. */
export interface VarianceEstimate {
  readonly variance: number;
  readonly df: number;
}

/**
 * How much do the variances of many alike series agree, and around which value? The answer is a prior for each of
 * them, worth `df` further observations: with three to five runs a series' own variance is close to a guess, and the
 * others know better.
 *
 * Model: each true variance is drawn from a scaled inverse chi-square law with `df` and `variance`; both follow from
 * mean and variance of the logarithms of the sample variances. The series are taken as independent; where they share
 * noise, `df` comes out too large, which is why callers pass a cap and split shared noise off first.
 *
 * @param variances sample variances (> 0), one per series
 * @param df degrees of freedom behind each (> 0), in the same order
 * @param maxPriorDf upper limit of the prior's degrees of freedom
 * @returns `df` 0 (no prior) for fewer than two series
 *
 * Source: Smyth (2004), Linear models and empirical Bayes methods, Stat. Appl. Genet. Mol. Biol. 3(1), section 6.2.
 */
export function fitVariancePrior(
  variances: readonly number[],
  df: readonly number[],
  maxPriorDf: number,
): VarianceEstimate {
  if (variances.length < 2) return { variance: Number.NaN, df: 0 };
  const logs = variances.map((variance, i) => {
    const half = (df[i] as number) / 2;
    return Math.log(variance) - digamma(half) + Math.log(half);
  });
  const excess = sampleVariance(logs) - mean(df.map((value) => trigamma(value / 2)));
  if (!(excess > 0)) return { variance: Math.exp(mean(logs)), df: maxPriorDf };
  const half = inverseTrigamma(excess);
  return { variance: Math.exp(mean(logs) + digamma(half) - Math.log(half)), df: Math.min(2 * half, maxPriorDf) };
}

/** The variance of one series after the prior had its say: a mean weighted by degrees of freedom. */
export function moderate(own: VarianceEstimate, prior: VarianceEstimate): VarianceEstimate {
  if (prior.df === 0) return own;
  const df = own.df + prior.df;
  return { variance: (own.df * own.variance + prior.df * prior.variance) / df, df };
}

/**
 * The y > 0 with trigamma(y) = `x` (> 0), by Newton's method on 1 / trigamma.
 *
 * Source: Smyth (2004), appendix.
 */
export function inverseTrigamma(x: number): number {
  if (x > 1e7) return 1 / Math.sqrt(x);
  if (x < 1e-6) return 1 / x;
  let y = 0.5 + 1 / x;
  for (let step = 0; step < 50; step++) {
    const value = trigamma(y);
    const slope = tetragamma(y);
    const change = (value * (1 - value / x)) / slope;
    y += change;
    if (-change / y < 1e-10) break;
  }
  return y;
}

/** Derivative of trigamma, by recurrence up to 6 and the asymptotic series there. */
function tetragamma(y: number): number {
  let shifted = y;
  let sum = 0;
  while (shifted < 6) {
    sum -= 2 / shifted ** 3;
    shifted++;
  }
  const s2 = 1 / (shifted * shifted);
  return sum - s2 * (1 + 1 / shifted + s2 * (0.5 - s2 * (1 / 6 - s2 * (1 / 6 - s2 * 0.3))));
}
