import { describe, expect, it } from 'vitest';
import { binomialInterval, pairedMedian, quantile } from '../../evaluation/live/live-statistics.ts';

describe('binomialInterval', () => {
  it.each([
    // binom.test(k, n)$conf.int in R.
    [0, 40, 0, 0.0881],
    [4, 40, 0.0279, 0.2366],
    [10, 10, 0.6915, 1],
  ])('is exact for %i of %i', (count, builds, low, high) => {
    const [lower, upper] = binomialInterval(count, builds);
    expect(lower).toBeCloseTo(low, 3);
    expect(upper).toBeCloseTo(high, 3);
  });
});

describe('quantile', () => {
  it('is linear between order statistics', () => {
    expect(quantile([4, 1, 3, 2], 0.5)).toBe(2.5);
    expect(quantile([10, 20], 0.9)).toBeCloseTo(19, 10);
    expect(quantile([7], 0.1)).toBe(7);
  });
});

describe('pairedMedian', () => {
  it('has the interval of the sign test', () => {
    // With ten pairs the sign test's 95 % interval lies between the second and the ninth order statistic.
    expect(pairedMedian([10, 9, 8, 7, 6, 5, 4, 3, 2, 1])).toEqual({ median: 5.5, interval: [2, 9], pairs: 10 });
  });

  it('has no ends with five pairs or fewer', () => {
    expect(pairedMedian([1, 2, 3, 4, 5]).interval).toEqual([Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY]);
  });
});
