import { perQuantile, type Quantile, quantiles } from '../thresholds/quantiles.ts';

/** How one quantile's part of the build's alpha is divided among the three ways in which it can fail. */
export interface LatencyShares {
  /** One endpoint slowed beside the others: tests of specific shifts. */
  readonly specific: number;
  /** An endpoint slowed, whatever the others did: tests of total shifts. */
  readonly total: number;
  /** All endpoints slowed together: one test of the shared shift. */
  readonly shared: number;
}

/** Shares of the build's alpha; together at most 1. */
export interface AlphaShares {
  readonly latency: Readonly<Record<Quantile, LatencyShares>>;
  readonly errors: number;
  /** Metrics listed in the configuration. */
  readonly metrics: number;
}

/** Part of a build's alpha that failed requests and failed checks have, in every mode. */
export const errorShare = 0.2;

/** Part of a build's alpha that all latency quantiles of a paired test, one family, have. */
export const pairedLatencyShare = 1 - errorShare;

/** Part of a build's alpha that metrics listed in the configuration have in a comparison with stored runs. */
const metricShare = 0.1;

/**
 * One alpha for a build, shared once for everything that can turn it red. Of .05: p95 .0225, p50 .015, p99 .0025, errors
 * and failed checks .010. Metrics that the configuration lists take .005 from p95 and p50.
 */
export function defaultAlphaShares(hasListedMetrics: boolean): AlphaShares {
  return {
    latency: perQuantile((quantile) => {
      const { alone, besideMetrics } = quantiles[quantile].alphaShare;
      return latencyShares(hasListedMetrics ? besideMetrics : alone);
    }),
    errors: errorShare,
    metrics: hasListedMetrics ? metricShare : 0,
  };
}

/**
 * The shares by which the deployments of a duet are judged against earlier ones of equal code: the latency family's four
 * fifths, with p99 at a tenth.
 */
export function deploymentShares(): Readonly<Record<Quantile, LatencyShares>> {
  return perQuantile((quantile) => latencyShares(quantiles[quantile].alphaShare.ofDeployments));
}

/** `total` divided 45 : 35 : 20; specific shifts get most, since a change usually slows one endpoint. */
export function latencyShares(total: number): LatencyShares {
  return { specific: 0.45 * total, total: 0.35 * total, shared: 0.2 * total };
}

/** Whether any of alpha is spent on the quantile. */
export function isTested({ specific, total, shared }: LatencyShares): boolean {
  return specific + total + shared > 0;
}

/** The same shares of a part (0..1) of the alpha. */
export function partOf({ specific, total, shared }: LatencyShares, part: number): LatencyShares {
  return { specific: specific * part, total: total * part, shared: shared * part };
}

/** The same shares of half the alpha, for windows that break the promise among their own runs. */
export function halved(shares: AlphaShares): AlphaShares {
  return { ...shares, latency: perQuantile((quantile) => partOf(shares.latency[quantile], 0.5)) };
}
