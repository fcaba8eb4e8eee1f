import { LatencySketch } from '../sketch/latency-sketch.ts';
import type { JudgedMetric } from '../thresholds/thresholds.ts';

/** Values at or below this are taken as this: a logarithm must exist. */
export const smallestValue = 1e-6;

/** The one number of a trend that is judged: its 95th percentile, or the 5th where down is worse. */
export function trendValue(sketches: readonly LatencySketch[], direction: JudgedMetric['direction']): number {
  return LatencySketch.merged(sketches).quantile(direction === 'up' ? 0.95 : 0.05);
}
