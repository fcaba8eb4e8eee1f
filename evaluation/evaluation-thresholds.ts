import type { Thresholds } from '../src/core/thresholds/thresholds.ts';

/**
 * The default margins but for the absolute one, which is 0 here: +30 % of a 4 ms endpoint is no change that anybody acts
 * on, but finding it is what the tests are measured by. Rows with the default 5 ms say so.
 */
export const evaluationThresholds: Thresholds = {
  margins: {
    relativeIncrease: { p50: 0.1, p95: 0.1, p99: 0.15 },
    latencyIncreaseMs: 0,
    errorRateIncrease: 0.005,
  },
  rules: [],
  metrics: [],
  sensitivity: 'balanced',
  alpha: 0.05,
  errorRateCeiling: 0.05,
  judgeAgainst: 'baseline',
};

export const defaultThresholds: Thresholds = {
  ...evaluationThresholds,
  margins: { ...evaluationThresholds.margins, latencyIncreaseMs: 5 },
};
