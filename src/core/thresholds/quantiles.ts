/** What one latency quantile is to the gate. Adding a quantile means adding a row to `quantiles`. */
export interface QuantileSpec {
  /** Share of requests that are at most this slow, 0..1. */
  readonly probability: number;
  /** `judged` can turn a build red. `shown` stands beside the judged ones in tables and files, and has no verdict. */
  readonly role: 'judged' | 'shown';
  /** Relative increase that matters unless the configuration says otherwise (0.1 = 10 %). */
  readonly usualMargin: number;
  /** Fewest expected responses per run for it to be judged: ten values above it (p50: enough for a median within 10 %). */
  readonly minRequests: number;
  /**
   * Part of a build's alpha in a comparison with stored runs, by itself and beside metrics that the configuration lists,
   * and where a duet is judged against earlier ones of equal code; 0 for what is only shown.
   */
  readonly alphaShare: { readonly alone: number; readonly besideMetrics: number; readonly ofDeployments: number };
  /**
   * By what factor the two columns of a paired test count in the joint test: the ratio of the quantiles, and the share of
   * requests above their pooled value; 0: for intervals only.
   */
  readonly pairedWeight: { readonly ratio: number; readonly exceedance: number };
  /** Believed only where a quantile that needs no backing moved the same way, by however little. */
  readonly needsBacking: boolean;
  /** Of the quantiles of an endpoint that regressed, the one of the lowest rank stands for it. */
  readonly leadRank: number;
}

/**
 * The latency quantiles, in the order in which they are judged and shown.
 *
 * p50 is the easiest to see and judged for the most endpoints: in a paired test, counted by nine tenths it takes about a
 * quarter of the family's alpha, and leaves the rest to the tail, which needs it. The shares of requests above the median
 * add nothing to the ratio of medians; they serve p50's interval only.
 *
 * p99 is the quantile that differs most between runs: one stall that hits a hundredth of the requests moves it and nothing
 * else, so it needs backing.
 */
export const quantiles = {
  p50: {
    probability: 0.5,
    role: 'judged',
    usualMargin: 0.1,
    minRequests: 50,
    alphaShare: { alone: 0.3, besideMetrics: 0.25, ofDeployments: 0.25 },
    pairedWeight: { ratio: 0.9, exceedance: 0 },
    needsBacking: false,
    leadRank: 1,
  },
  p95: {
    probability: 0.95,
    role: 'judged',
    usualMargin: 0.1,
    minRequests: 200,
    alphaShare: { alone: 0.45, besideMetrics: 0.4, ofDeployments: 0.45 },
    pairedWeight: { ratio: 1, exceedance: 1 },
    needsBacking: false,
    leadRank: 0,
  },
  p99: {
    probability: 0.99,
    role: 'judged',
    usualMargin: 0.15,
    minRequests: 1000,
    alphaShare: { alone: 0.05, besideMetrics: 0.05, ofDeployments: 0.1 },
    pairedWeight: { ratio: 1, exceedance: 1 },
    needsBacking: true,
    leadRank: 2,
  },
} as const satisfies Readonly<Record<string, QuantileSpec>>;

export type Quantile = keyof typeof quantiles;

/** Every quantile, judged or shown. */
export const quantileNames = Object.keys(quantiles) as readonly Quantile[];

/** The quantile that speaks for an endpoint as a whole: the one that teams know best. */
export const leadQuantile: Quantile = quantileNames.toSorted(
  (a, b) => quantiles[a].leadRank - quantiles[b].leadRank,
)[0] as Quantile;

/** Those that can turn a build red. */
export const judgedQuantiles: readonly Quantile[] = quantileNames.filter((name) => specOf(name).role === 'judged');

/** Those that stand beside the judged ones without a verdict. */
export const shownQuantiles: readonly Quantile[] = quantileNames.filter((name) => specOf(name).role === 'shown');

/** What the table says of it. */
export function specOf(quantile: Quantile): QuantileSpec {
  return quantiles[quantile];
}

/** Whether the metric is a latency quantile of the table. */
export function isQuantile(metric: string): metric is Quantile {
  return Object.hasOwn(quantiles, metric);
}

/** One value per quantile. */
export function perQuantile<T>(compute: (quantile: Quantile, spec: QuantileSpec) => T): Record<Quantile, T> {
  return Object.fromEntries(quantileNames.map((name) => [name, compute(name, quantiles[name])])) as Record<Quantile, T>;
}

/** Whether it speaks of the slow requests and not of the usual ones: short blocks say little about it. */
export function isTail(quantile: Quantile): boolean {
  return quantiles[quantile].probability > 0.5;
}
