import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { rankTrend } from '../../../src/core/stats/rank-trend.ts';

describe('rankTrend', () => {
  it('follows the formula by hand, ties included', () => {
    expect(rankTrend([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]).z).toBeCloseTo(44 / Math.sqrt(125), 12);
    // S = 5 of 6 pairs, one tie: variance (4 * 3 * 13 - 2 * 1 * 9) / 18.
    expect(rankTrend([1, 2, 2, 3]).z).toBeCloseTo(4 / Math.sqrt(138 / 18), 12);
  });

  it('measures the change along the middle slope, whatever single values do', () => {
    const values = Array.from({ length: 21 }, (_, i) => 3 + 0.5 * i);
    values[7] = 900;
    expect(rankTrend(values).change).toBeCloseTo(10, 6);
  });

  it('finds none in equal values, in one value and in none', () => {
    for (const values of [[], [4], [5, 5, 5, 5]]) expect(rankTrend(values)).toEqual({ z: 0, change: 0 });
  });

  test.prop([fc.array(fc.double({ min: -1e6, max: 1e6, noNaN: true }), { minLength: 2, maxLength: 40 })])(
    'is the opposite backwards',
    (values) => {
      const [forwards, backwards] = [rankTrend(values), rankTrend(values.toReversed())];
      expect(backwards.z).toBeCloseTo(-forwards.z, 9);
      expect(backwards.change).toBeCloseTo(-forwards.change, 3);
    },
  );
});
