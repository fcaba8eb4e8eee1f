import type { Quantile } from './comparison.ts';

/** How one quantile's part of the build's alpha is divided among the three ways in which it can fail. */
export interface LatencyShares {
  /** One endpoint slowed beside the others: tests of own parts. */
  readonly own: number;
  /** An endpoint slowed, whatever the others did: tests of whole shifts. */
  readonly whole: number;
  /** All endpoints slowed together: one test of the common part. */
  readonly common: number;
}

/** Shares of the build's alpha; together at most 1. */
export interface AlphaShares {
  readonly latency: Readonly<Record<Quantile, LatencyShares>>;
  readonly errors: number;
  /** Metrics listed in the configuration. */
  readonly metrics: number;
}

/**
 * One alpha for a build, shared once for everything that can turn it red (of .05: p95 .020, p50 .0125, p99 .0025,
 * errors and failed checks .010, listed metrics the remaining .005). Within a quantile own parts get two fifths, since
 * a change usually slows one endpoint.
 */
export const defaultAlphaShares: AlphaShares = {
  latency: { p50: latencyShares(0.25), p95: latencyShares(0.4), p99: latencyShares(0.05) },
  errors: 0.2,
  metrics: 0.1,
};

/** `total` divided 40 : 30 : 30 among own parts, whole shifts and the common part. */
export function latencyShares(total: number): LatencyShares {
  return { own: 0.4 * total, whole: 0.3 * total, common: 0.3 * total };
}
