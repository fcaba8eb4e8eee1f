import type { Comparison, ComparisonResult, Estimate } from '../../src/core/comparison/comparison.ts';

/** An estimate of `point` with an interval of `spread` (relative) around it. */
export function estimate(point: number, spread = 0.05, n = 6): Estimate {
  return { point, interval: [point - Math.abs(point) * spread, point + Math.abs(point) * spread], level: 0.95, n };
}

/** p95 of one endpoint, 100 ms on the baseline, unchanged unless `overrides` say otherwise. */
export function aComparison(overrides: Partial<Comparison> = {}): Comparison {
  const change = overrides.relativeChange?.point ?? 0.01;
  return {
    endpoint: 'GET /items',
    metric: 'p95',
    unit: 'ms',
    direction: 'up',
    verdict: 'inconclusive',
    baseline: estimate(100),
    candidate: estimate(100 * (1 + change)),
    relativeChange: { point: change, interval: [change - 0.08, change + 0.08], level: 0.95, n: 6 },
    pValue: 0.4,
    adjustedPValue: 1,
    minimumDetectableEffect: 0.24,
    impact: 0,
    warnings: [],
    ...overrides,
  };
}

/** A rise of p95 from 100 to 152 ms; by as much as the sides differ where `overrides` give them. */
export function aRegression(overrides: Partial<Comparison> = {}): Comparison {
  const { baseline = estimate(100), candidate = estimate(152) } = overrides;
  const change = candidate.point / baseline.point - 1;
  const [point = 0, lower = 0, upper = 0] = [change, 0.77 * change, 1.25 * change].map(
    (x) => Math.round(x * 100) / 100,
  );
  return aComparison({
    verdict: 'regressed',
    relativeChange: { point, interval: [lower, upper], level: 0.95, n: 6 },
    candidate: estimate(152),
    pValue: 0.00001,
    adjustedPValue: 0.0003,
    ...overrides,
  });
}

export function aComparisonResult(
  comparisons: readonly Comparison[],
  overrides: Partial<ComparisonResult> = {},
): ComparisonResult {
  return { comparisons, baselineRuns: 5, candidateRuns: 1, common: {}, suspects: [], warnings: [], ...overrides };
}
