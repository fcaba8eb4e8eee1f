import { describe, expect, it } from 'vitest';
import { LatencySketch, quantileMs } from '../../../src/core/sketch/latency-sketch.ts';

describe('quantileMs', () => {
  it('is the quantile, but never below a microsecond, so that its logarithm exists', () => {
    const latency = LatencySketch.of([0, 1e-5, 80]);
    expect(quantileMs(latency, 0)).toBe(1e-3);
    expect(quantileMs(latency, 0.5)).toBe(1e-3);
    expect(quantileMs(latency, 1)).toBe(latency.quantile(1));
  });

  it('of nothing is not a number', () => {
    expect(quantileMs(new LatencySketch(), 0.5)).toBeNaN();
  });
});
