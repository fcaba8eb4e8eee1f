import { describe, expect, test } from 'vitest';
import { betaBinomialUpperTail } from '../../../src/core/stats/beta-binomial.ts';

describe('betaBinomialUpperTail', () => {
  test('agrees with SciPy', () => {
    // stats.betabinom.sf(4, 200, .01 * 49, .99 * 49); stats.betabinom.sf(0, 50, .1 * (1 / .3 - 1), .9 * (1 / .3 - 1))
    expect(betaBinomialUpperTail(5, 200, 0.01, 0.02)).toBeCloseTo(0.1460117570538857, 8);
    expect(betaBinomialUpperTail(1, 50, 0.1, 0.3)).toBeCloseTo(0.5468956236002671, 8);
  });

  test('is the binomial tail without correlation', () => {
    // stats.binom.sf(4, 200, .01)
    expect(betaBinomialUpperTail(5, 200, 0.01, 0)).toBeCloseTo(0.05174626363078591, 5);
  });

  test('is certain of no failure or more, and never finds anything impossible', () => {
    expect(betaBinomialUpperTail(0, 10, 0.1, 0.1)).toBe(1);
    expect(betaBinomialUpperTail(11, 10, 0.1, 0.1)).toBeGreaterThan(0);
    expect(betaBinomialUpperTail(3, 10, 0, 0.1)).toBeGreaterThan(0);
  });
});
