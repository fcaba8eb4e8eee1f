import { describe, expect, test } from 'vitest';
import { tCritical, tUpperTail } from '../../../src/core/stats/student-t.ts';

describe('tUpperTail', () => {
  test('agrees with SciPy, for fractional degrees of freedom too', () => {
    // scipy 1.17: stats.t.sf(2.5, 7.3), stats.t.sf(-1, 4)
    expect(tUpperTail(2.5, 7.3)).toBeCloseTo(0.019825117332800214, 10);
    expect(tUpperTail(-1, 4)).toBeCloseTo(0.8130495168499705, 10);
  });

  test('never says that something is impossible', () => {
    expect(tUpperTail(Number.POSITIVE_INFINITY, 3)).toBeGreaterThan(0);
    expect(tUpperTail(1e300, 50)).toBeGreaterThan(0);
  });
});

describe('tCritical', () => {
  test('agrees with SciPy', () => {
    // stats.t.isf(.0008, 10), stats.t.isf(.025, 4.5)
    expect(tCritical(0.0008, 10)).toBeCloseTo(4.28450316375548, 8);
    expect(tCritical(0.025, 4.5)).toBeCloseTo(2.658912347204404, 8);
  });

  test.each([
    [3, 3.371708921694098],
    [5, 2.335321148032005],
    [8, 2.0095040687251404],
    [15, 1.819073286229994],
    [30, 1.7272136735331227],
  ])('gives the prediction factor for one more run after %i', (runs, factor) => {
    // stats.t.isf(.05, B - 1) * sqrt(1 + 1 / B)
    expect(tCritical(0.05, runs - 1) * Math.sqrt(1 + 1 / runs)).toBeCloseTo(factor, 8);
  });
});
