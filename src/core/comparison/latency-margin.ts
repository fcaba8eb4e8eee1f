import { marginsFor, type Thresholds } from '../thresholds/thresholds.ts';
import type { Quantile } from './comparison.ts';

/** The relative increase (as logarithm) and the absolute one that matter. */
export interface LatencyMargin {
  readonly log: number;
  readonly ms: number;
}

/** The margins of one quantile of one endpoint; `sensitive` halves them. */
export function latencyMargin(endpoint: string, quantile: Quantile, thresholds: Thresholds): LatencyMargin {
  const margins = marginsFor(endpoint, thresholds);
  const factor = thresholds.sensitivity === 'sensitive' ? 0.5 : 1;
  return {
    log: Math.log1p(margins.relativeIncrease[quantile] * factor),
    ms: margins.latencyIncreaseMsOf[quantile] * factor,
  };
}
