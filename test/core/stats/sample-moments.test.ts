import { describe, expect, test } from 'vitest';
import { mean, median, present, sampleVariance } from '../../../src/core/stats/sample-moments.ts';

describe('median', () => {
  test('is the middle value, or the mean of the middle two', () => {
    expect(median([5, 1, 3])).toBe(3);
    expect(median([4, 1, 3, 2])).toBe(2.5);
  });

  test('of nothing is not a number', () => {
    expect(median([])).toBeNaN();
    expect(mean([])).toBeNaN();
    expect(sampleVariance([1])).toBeNaN();
  });
});

describe('present', () => {
  test('leaves out what is missing and keeps the order of the rest', () => {
    expect(present([Number.NaN, 2, -Infinity, Number.NaN, 0])).toEqual([2, -Infinity, 0]);
  });
});
