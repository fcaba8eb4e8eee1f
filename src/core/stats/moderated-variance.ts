import digamma from '@stdlib/math-base-special-digamma';
import trigamma from '@stdlib/math-base-special-trigamma';
import { mean, sampleVariance } from './sample-moments.ts';

/** A variance with the degrees of freedom behind it. */
export interface VarianceEstimate {
  readonly variance: number;
  readonly df: number;
}

/** One series whose variance is to be moderated by those of the others. */
export interface VarianceSeries extends VarianceEstimate {
  /**
   * The part of the variance that is known from within single runs (few requests make a noisy quantile); 0 when
   * nothing is known of it. Only its size beside that of the other series matters.
   */
  readonly samplingVariance: number;
}

/**
 * Which variance do the other series make likely for each of them? With three to five runs a series' own variance is
 * close to a guess, and the others know better; the answer is a prior per series, worth `df` further observations.
 *
 * Model: the expected variance of series j is v_j + t, its known sampling variance and one excess shared by all; the
 * true variance scatters around that by a scaled inverse chi-square law. t follows from the mean, the law's degrees of
 * freedom from the variance of the logarithms of s_j^2 / (v_j + t). Without the v_j the noisy endpoints would borrow
 * the steadiness of the busy ones, and that is where false alarms come from when the window is small.
 * The series are taken as independent; where they share noise, `df` comes out too large, hence the cap.
 *
 * @param maxPriorDf upper limit of every prior's degrees of freedom
 * @returns one prior per series, in order; `df` 0 (no prior) for fewer than two series
 *
 * Sources: Smyth (2004), Linear models and empirical Bayes methods, Stat. Appl. Genet. Mol. Biol. 3(1), section 6.2;
 * Law, Chen, Shi, Smyth (2014), voom, Genome Biology 15:R29 (prior with a trend).
 */
export function fitVariancePriors(series: readonly VarianceSeries[], maxPriorDf: number): VarianceEstimate[] {
  if (series.length < 2) return series.map(() => ({ variance: Number.NaN, df: 0 }));
  const biases = series.map(({ df }) => digamma(df / 2) - Math.log(df / 2));
  const shared = sharedExcess(series, biases);
  const logs = series.map(({ variance, samplingVariance }, j) => {
    return Math.log(variance / (samplingVariance + shared)) - (biases[j] as number);
  });
  const scale = Math.exp(mean(logs));
  const scatter = sampleVariance(logs) - mean(series.map(({ df }) => trigamma(df / 2)));
  const half = scatter > 1e-6 ? inverseTrigamma(scatter) : Number.POSITIVE_INFINITY;
  const center = scale * (Number.isFinite(half) ? Math.exp(digamma(half) - Math.log(half)) : 1);
  const df = Math.min(2 * half, maxPriorDf);
  return series.map(({ samplingVariance }) => ({ variance: center * (samplingVariance + shared), df }));
}

/** The excess t that makes the mean logarithm of s^2 / (v + t) what it should be; bisection on ln t, since it falls in t. */
function sharedExcess(series: readonly VarianceSeries[], biases: readonly number[]): number {
  const wanted = mean(biases);
  let low = Math.log(1e-12);
  let high = Math.log(Math.max(...series.map(({ variance }) => variance))) + 10;
  for (let step = 0; step < 60 && high - low > 1e-6; step++) {
    const middle = (low + high) / 2;
    const excess = Math.exp(middle);
    let sum = 0;
    for (const { variance, samplingVariance } of series) sum += Math.log(variance / (samplingVariance + excess));
    if (sum / series.length < wanted) high = middle;
    else low = middle;
  }
  return Math.exp((low + high) / 2);
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
    const change = (value * (1 - value / x)) / tetragamma(y);
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
