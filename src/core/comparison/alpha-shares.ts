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
 * One alpha for a build, shared once for everything that can turn it red. Of .05: p95 .0225, p50 .015, p99 .0025, errors
 * and failed checks .010. Metrics that the configuration lists take .005 from p95 and p50.
 */
export function defaultAlphaShares(hasListedMetrics: boolean): AlphaShares {
  return hasListedMetrics
    ? { latency: quantileShares(0.25, 0.4, 0.05), errors: 0.2, metrics: 0.1 }
    : { latency: quantileShares(0.3, 0.45, 0.05), errors: 0.2, metrics: 0 };
}

function quantileShares(p50: number, p95: number, p99: number): Record<Quantile, LatencyShares> {
  return { p50: latencyShares(p50), p95: latencyShares(p95), p99: latencyShares(p99) };
}

/** `total` divided 45 : 35 : 20; own parts get most, since a change usually slows one endpoint. */
export function latencyShares(total: number): LatencyShares {
  return { own: 0.45 * total, whole: 0.35 * total, common: 0.2 * total };
}

/** The same shares of half the alpha, for windows that break the promise among their own runs. */
export function halved(shares: AlphaShares): AlphaShares {
  const half = ({ own, whole, common }: LatencyShares) => ({ own: own / 2, whole: whole / 2, common: common / 2 });
  const { p50, p95, p99 } = shares.latency;
  return { ...shares, latency: { p50: half(p50), p95: half(p95), p99: half(p99) } };
}
