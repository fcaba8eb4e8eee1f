/**
 * What a paragraph may tell. Every number is a finished text, rounded once and with its unit; names are raw and come from
 * outside, so that they are shown only by a renderer that escapes them, and never to a model.
 */
export interface NarrativeFacts {
  readonly situation: Situation;
  /** What got worse, worst first, as in the table; at most as many as it shows. */
  readonly findings: readonly Fact[];
  /** How many endpoints were judged and have no finding. */
  readonly quietEndpoints?: number;
  /** Regressions beyond those in `findings`: `3 further regressions`. */
  readonly furtherFindings?: string;
  /** Slower, but by less than its margin; the first of them. */
  readonly tolerated?: Fact;
  /** The busiest endpoint that got better. */
  readonly improved?: Fact;
  /** The first one that looks worse without being surely so. */
  readonly suspectName?: string;
}

/** Reason of the verdict, or the verdict where it has none. */
export type Situation =
  | 'regressed'
  | 'all-failed'
  | 'k6-thresholds'
  | 'invalid'
  | 'no-baseline'
  | 'nothing-judged'
  | 'metric-not-judged'
  | 'environments-differ'
  | 'unsettled'
  | 'too-weak'
  | 'no-access'
  | 'accepted'
  | 'within-margin'
  | 'within-objective'
  | 'nothing-found'
  | 'doubtful'
  | 'shown';

/** One endpoint, check or metric and how it changed. */
export interface Fact {
  /** `f1`, `f2`, … in the order of importance. */
  readonly id: string;
  readonly kind: 'latency' | 'errors' | 'checks' | 'metric';
  /** Absent for all endpoints together. */
  readonly name?: string;
  /** What was measured: `p95`, `errors`, `failed checks`, or the metric's own name (raw). */
  readonly metric: string;
  /** Where the number went, and only where both sides and the change agree on it. */
  readonly moved: 'up' | 'down' | 'unclear';
  /** `from 120 to 183 ms`; absent when one side has no figure. */
  readonly values?: string;
  /** `+52 %`. */
  readonly change: string;
  /** `between +40 and +65 %`, `+40 % or more`. */
  readonly range?: string;
  /** Further metrics of the same endpoint that got worse with it. */
  readonly also: readonly { readonly metric: string; readonly change: string }[];
  /** Latencies: whether usual requests got slower, or only the slow ones while the median was shown to hold. */
  readonly reach?: 'usual-requests' | 'slow-requests';
  /** Why it is slow, where that was found out: `more calls than before (shown)`. */
  readonly cause?: string;
  /** Of all endpoints together: whether at least half of them have findings of their own. */
  readonly isBroad?: boolean;
}
