/** One number with its uncertainty; `interval` holds `level` (0..1) of the confidence, `n` counts runs or block pairs. */
export interface Estimate {
  readonly point: number;
  readonly interval: readonly [lower: number, upper: number];
  readonly level: number;
  readonly n: number;
}

/** Latency quantiles judged in both modes. */
export type Quantile = 'p50' | 'p95' | 'p99';

export const quantileProbability: Record<Quantile, number> = { p50: 0.5, p95: 0.95, p99: 0.99 };

/** A quantile, `errorRate`, `checkFailureRate`, or the name of a metric listed in the configuration. */
export type Metric = Quantile | 'errorRate' | 'checkFailureRate' | (string & {});

export type NotComparedReason = 'new' | 'gone' | 'changed' | 'too-few-requests' | 'other-host' | 'ignored';

/** What is known of one metric of one endpoint. `inconclusive`: neither shown slower nor shown not slower. */
export type EndpointVerdict =
  | 'regressed'
  | 'slower-within-margin'
  | 'not-regressed'
  | 'inconclusive'
  | 'improved'
  | 'not-compared';

/** One metric of one endpoint (or of all of them: `endpoint` is `allEndpoints`), both sides and what was concluded. */
export interface Comparison {
  readonly endpoint: string;
  readonly metric: Metric;
  readonly unit: 'ms' | 'fraction' | '';
  /** Which direction is worse. */
  readonly direction: 'up' | 'down';
  readonly verdict: EndpointVerdict;
  /** Set exactly when the verdict is `not-compared`. */
  readonly notComparedReason?: NotComparedReason;
  /** Absent on the side that has no data. */
  readonly baseline?: Estimate;
  readonly candidate?: Estimate;
  /** Candidate relative to baseline: 0.1 = 10 % slower. For error rates the absolute difference in fractions. */
  readonly relativeChange?: Estimate;
  readonly pValue?: number;
  /** Adjusted for every test of the build; at most the family's alpha means significant. */
  readonly adjustedPValue?: number;
  /** Smallest true relative change that this measurement finds in 80 % of builds. */
  readonly minimumDetectableEffect?: number;
  /** Paired and inconclusive rows: pairs after which an increase by the margin would be found or excluded in 80 % of builds. */
  readonly pairsNeeded?: number;
  /** Filled in by ranking; 0 for what is no regression. */
  readonly impact: number;
  readonly warnings: readonly string[];
}

/** Stands in `Comparison.endpoint` for tests over all endpoints together. */
export const allEndpoints = '(all endpoints)';

/** Everything that comparing found; no policy is applied beyond margins and alpha. */
export interface ComparisonResult {
  readonly comparisons: readonly Comparison[];
  readonly baselineRuns: number;
  readonly candidateRuns: number;
  /** Shift shared by all endpoints per quantile, as relative change. */
  readonly common: Partial<Record<Quantile, Estimate>>;
  /** Endpoint and metric pairs that look slower, but not surely: more runs would settle it. */
  readonly suspects: readonly Suspect[];
  readonly warnings: readonly string[];
  /** Paired comparisons only. */
  readonly pairs?: PairCounts;
  /** Whether a paired test ended before its budget because the answer was known; figures are then those at the stop. */
  readonly stoppedEarly?: boolean;
  /**
   * Set when all endpoints together differ between two environments of which it isn't known yet by how much they differ
   * with equal code: such a shift is no regression, and it can hide one.
   */
  readonly environmentsDiffer?: boolean;
}

/** How many block pairs a paired comparison planned and used, and how many blocks lacked their counterpart. */
export interface PairCounts {
  readonly planned: number;
  readonly used: number;
  readonly onlyBaseline?: number;
  readonly onlyCandidate?: number;
}

export interface Suspect {
  readonly endpoint: string;
  readonly metric: Metric;
  readonly relativeChange: number;
  /** Fresh candidate runs (stored mode) or pairs (duet) that would settle it with 80 % probability. */
  readonly needed: number;
}
