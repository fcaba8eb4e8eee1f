import { fc, test as propertyTest } from '@fast-check/vitest';
import { describe, expect, test } from 'vitest';
import { designEffect, fisherMidP, newcombeInterval, wilsonInterval } from '../../../src/core/stats/proportion.ts';

describe('fisherMidP', () => {
  test('agrees with SciPy', () => {
    // h = stats.hypergeom(n1 + n2, k1 + k2, n2); h.sf(k2) + h.pmf(k2) / 2
    expect(fisherMidP({ failed: 5, total: 1000 }, { failed: 8, total: 300 })).toBeCloseTo(0.0018235626736743645, 9);
    expect(fisherMidP({ failed: 0, total: 500 }, { failed: 3, total: 500 })).toBeCloseTo(0.06231231231231231, 9);
  });

  test('can say nothing when a side has no trials', () => {
    expect(fisherMidP({ failed: 0, total: 0 }, { failed: 3, total: 5 })).toBe(1);
    expect(fisherMidP({ failed: 1, total: 5 }, { failed: 0, total: 0 })).toBe(1);
  });

  test('finds it likely when everything failed on both sides', () => {
    expect(fisherMidP({ failed: 50, total: 50 }, { failed: 10, total: 10 })).toBeCloseTo(0.5, 9);
  });
});

describe('wilsonInterval', () => {
  test('agrees with the closed form', () => {
    const [lower, upper] = wilsonInterval({ failed: 5, total: 50 }, 0.95);
    expect(lower).toBeCloseTo(0.04347576493189041, 8);
    expect(upper).toBeCloseTo(0.21360231437479654, 8);
  });

  test('is everything without trials', () => {
    expect(wilsonInterval({ failed: 0, total: 0 }, 0.95)).toEqual([0, 1]);
  });
});

describe('newcombeInterval', () => {
  test('agrees with method 10', () => {
    const [lower, upper] = newcombeInterval({ failed: 5, total: 50 }, { failed: 20, total: 80 }, 0.95);
    expect(lower).toBeCloseTo(0.00993119737591297, 8);
    expect(upper).toBeCloseTo(0.26911267496432023, 8);
  });

  propertyTest.prop([fc.nat(50), fc.nat(50)])('is mirrored when the sides are swapped', (a, b) => {
    const [first, second] = [
      { failed: a, total: 50 },
      { failed: b, total: 50 },
    ];
    const [lower, upper] = newcombeInterval(first, second, 0.95);
    const [mirroredLower, mirroredUpper] = newcombeInterval(second, first, 0.95);
    expect(mirroredLower).toBeCloseTo(-upper, 9);
    expect(mirroredUpper).toBeCloseTo(-lower, 9);
  });
});

describe('designEffect', () => {
  test('is 1 without failures, with one part, and for evenly spread failures', () => {
    expect(
      designEffect([
        { failed: 0, total: 10 },
        { failed: 0, total: 10 },
      ]),
    ).toBe(1);
    expect(designEffect([{ failed: 3, total: 10 }])).toBe(1);
    expect(
      designEffect([
        { failed: 2, total: 20 },
        { failed: 2, total: 20 },
        { failed: 2, total: 20 },
      ]),
    ).toBe(1);
  });

  test('counts a block that failed as a whole as about one failure', () => {
    const parts = Array.from({ length: 20 }, (_, i) => ({ failed: i === 7 ? 50 : 0, total: 50 }));
    // 19 blocks at 0 of 50, one at 50: chi-square 1000, 19 degrees of freedom.
    expect(designEffect(parts)).toBeCloseTo(1000 / 19, 9);
  });
});
