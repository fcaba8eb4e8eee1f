import type { Thresholds } from '../../src/core/thresholds/thresholds.ts';

/** The default thresholds, with `overrides`. */
export function someThresholds(overrides: Partial<Thresholds> = {}): Thresholds {
  return {
    margins: {
      relativeIncrease: { p50: 0.1, p95: 0.1, p99: 0.15 },
      latencyIncreaseMs: 5,
      errorRateIncrease: 0.005,
    },
    rules: [],
    metrics: [],
    sensitivity: 'balanced',
    alpha: 0.05,
    errorRateCeiling: 0.05,
    judgeAgainst: 'baseline',
    ...overrides,
  };
}
