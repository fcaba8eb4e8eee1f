import type { Subject } from '../run-record/subject.ts';
import type { Quantile } from '../thresholds/quantiles.ts';
import type { Metric } from '../thresholds/thresholds.ts';
import type { Estimate, Row } from './row.ts';

/** Everything that comparing found; no policy is applied beyond margins and alpha. */
export interface ComparisonResult {
  readonly comparisons: readonly Row[];
  readonly baselineRuns: number;
  readonly candidateRuns: number;
  /** Shift shared by all endpoints per quantile, as relative change. */
  readonly sharedChange: Partial<Record<Quantile, Estimate>>;
  /** Rows that look slower, but not surely: more runs would settle it. */
  readonly suspects: readonly Suspect[];
  readonly warnings: readonly string[];
  /** Paired comparisons only. */
  readonly pairs?: PairCounts;
  /** Whether a paired test ended before its budget because the answer was known; figures are then those at the stop. */
  readonly stoppedEarly?: boolean;
  /** Set when something is faster than can be believed; the warnings say what. */
  readonly isDoubtful?: boolean;
  /**
   * Set when all endpoints together differ between two environments of which it isn't known yet by how much they differ
   * with equal code: such a shift is no regression, and it can hide one.
   */
  readonly environmentsDiffer?: boolean;
  /**
   * Set when nothing that the first run of a candidate made suspicious reaches half of its margins in the repeats: further
   * ones would only acquit it again.
   */
  readonly isAcquitted?: true;
  /** Set when the repeats could not judge what the first run made suspicious: nothing is known of it then. */
  readonly isSuspicionLost?: true;
  /** Set when the one run is no more unusual, by rank among the stored ones, than one in twenty of them. */
  readonly isOrdinaryRun?: true;
  /** What else the endpoints may be called, by their labels: other runs, and what was said of them, know them so. */
  readonly otherLabels?: ReadonlyMap<string, readonly string[]>;
}

/** How many block pairs a paired comparison planned and used, and how many blocks lacked their counterpart. */
export interface PairCounts {
  readonly planned: number;
  readonly used: number;
  readonly onlyBaseline?: number;
  readonly onlyCandidate?: number;
}

export interface Suspect {
  readonly subject: Subject;
  readonly metric: Metric;
  readonly relativeChange: number;
  /** So many times the build's alpha would have made it significant. */
  readonly alphas: number;
  /** Fresh candidate runs (stored mode) or pairs (duet) that would settle it with 80 % probability. */
  readonly needed: number;
}
