import type { LatencySketch } from './latency-sketch.ts';

/** Latencies below this (1 µs, far below what k6 can time over a network) are all taken as this, so that ratios exist. */
const smallestLatencyMs = 1e-3;

/** The `probability` quantile (0..1) of latencies as a figure with a logarithm, ms; NaN when empty. */
export function quantileMs(latency: LatencySketch, probability: number): number {
  return Math.max(latency.quantile(probability), smallestLatencyMs);
}
