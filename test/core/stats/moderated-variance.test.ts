import trigamma from '@stdlib/math-base-special-trigamma';
import { describe, expect, test } from 'vitest';
import { fitVariancePriors, inverseTrigamma, moderate } from '../../../src/core/stats/moderated-variance.ts';

const plain = (variances: readonly number[], df: number) =>
  variances.map((variance) => ({ variance, df, samplingVariance: 0 }));

describe('fitVariancePriors', () => {
  test("is Smyth's estimate when nothing is known of the sampling variance", () => {
    // SciPy, Smyth (2004) section 6.2: e = log(s2) - digamma(2) + log(2); brentq on polygamma(1, d0 / 2) = var(e) - polygamma(1, 2)
    const [prior] = fitVariancePriors(plain([0.0004, 0.03, 0.0025, 0.09, 0.006, 0.0015], 4), 100);
    expect(prior?.df).toBeCloseTo(1.266350738309094, 4);
    expect(prior?.variance).toBeCloseTo(0.0026783842507115386, 6);
  });

  test('takes the cap where the series agree as well as chance allows', () => {
    const priors = fitVariancePriors(plain([0.006, 0.0061, 0.0059, 0.006], 4), 10);
    expect(priors[0]?.df).toBe(10);
  });

  test('expects more of a series whose quantile is noisy within runs', () => {
    const series = [0.002, 0.0025, 0.03, 0.028].map((variance, j) => ({
      variance,
      df: 4,
      samplingVariance: j < 2 ? 0.0005 : 0.02,
    }));
    const [steady, , noisy] = fitVariancePriors(series, 10);
    expect(noisy?.variance).toBeGreaterThan(5 * (steady?.variance ?? 0));
  });

  test('has nothing to say about a series that is alone', () => {
    const [prior] = fitVariancePriors(plain([0.01], 4), 10);
    expect(prior?.df).toBe(0);
    expect(moderate({ variance: 0.01, df: 4 }, { variance: Number.NaN, df: 0 })).toEqual({ variance: 0.01, df: 4 });
  });
});

describe('moderate', () => {
  test('is the mean weighted by degrees of freedom', () => {
    expect(moderate({ variance: 2, df: 4 }, { variance: 1, df: 6 })).toEqual({ variance: 1.4, df: 10 });
  });
});

describe('inverseTrigamma', () => {
  test.each([1e-8, 1e-3, 0.1, 1, 10, 1e4, 1e9])('undoes trigamma at %d', (x) => {
    expect(trigamma(inverseTrigamma(x)) / x).toBeCloseTo(1, 3);
  });

  test('agrees with SciPy', () => {
    // optimize.brentq(lambda y: special.polygamma(1, y) - x, 1e-6, 1e6)
    expect(inverseTrigamma(0.1)).toBeCloseTo(10.491681821078421, 8);
    expect(inverseTrigamma(10)).toBeCloseTo(0.3350810443780387, 8);
  });
});
