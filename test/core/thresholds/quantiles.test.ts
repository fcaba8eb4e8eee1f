import { describe, expect, it } from 'vitest';
import { isTail, judgedQuantiles, leadQuantile, quantiles } from '../../../src/core/thresholds/quantiles.ts';

describe('the table of quantiles', () => {
  const specs = judgedQuantiles.map((name) => quantiles[name]);
  const sum = (of: (spec: (typeof specs)[number]) => number) => specs.reduce((total, spec) => total + of(spec), 0);

  it('spends no more of alpha than errors and listed metrics leave', () => {
    expect(sum(({ alphaShare }) => alphaShare.alone)).toBeCloseTo(0.8, 12);
    expect(sum(({ alphaShare }) => alphaShare.besideMetrics)).toBeCloseTo(0.7, 12);
    expect(sum(({ alphaShare }) => alphaShare.ofDeployments)).toBeCloseTo(0.8, 12);
  });

  it('lets exactly one quantile speak for an endpoint as a whole', () => {
    expect(new Set(specs.map(({ leadRank }) => leadRank)).size).toBe(specs.length);
    expect(leadQuantile).toBe('p95');
  });

  it('needs ten requests beyond each quantile of the tail', () => {
    for (const name of judgedQuantiles.filter(isTail)) {
      const { probability, minRequests } = quantiles[name];
      expect(minRequests * (1 - probability)).toBeGreaterThanOrEqual(10 - 1e-9);
    }
  });
});
