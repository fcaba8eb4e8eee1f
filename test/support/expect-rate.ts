import { expect } from 'vitest';

/** 99.9 % limits of a count of `trials` at `rate`, by the normal approximation with continuity correction. */
function binomialLimits(rate: number, trials: number): { readonly low: number; readonly high: number } {
  const reach = 3.29 * Math.sqrt(rate * (1 - rate) * trials) + 0.5;
  return { low: Math.max(0, rate * trials - reach), high: rate * trials + reach };
}

/** The count fits `rate`: neither too many nor too few. */
export function expectRate(count: number, trials: number, rate: number): void {
  const { low, high } = binomialLimits(rate, trials);
  expect(count).toBeGreaterThanOrEqual(low);
  expect(count).toBeLessThanOrEqual(high);
}

/** The count is no more than `rate` explains; conservative tests need only this. */
export function expectAtMostRate(count: number, trials: number, rate: number): void {
  expect(count).toBeLessThanOrEqual(binomialLimits(rate, trials).high);
}
