import type { ComparisonResult } from '../comparison/comparison-result.ts';
import type { InvalidReason } from '../validity/validity.ts';

/** The verdict on a build, with its reason, by the first row of the verdict table that applies. */
export type BuildVerdict =
  | { readonly verdict: 'invalid'; readonly reason: InvalidReason; readonly detail: string; readonly hint: string }
  | { readonly verdict: 'fail'; readonly reason: 'all-failed' | 'regressed' | 'k6-thresholds'; readonly detail: string }
  | { readonly verdict: 'no-baseline'; readonly detail: string }
  | {
      readonly verdict: 'inconclusive';
      readonly reason: 'no-access' | 'nothing-judged' | 'environments-differ' | 'unsettled' | 'too-weak';
      readonly detail: string;
      readonly hint: string;
    }
  | {
      readonly verdict: 'pass';
      readonly reason: 'accepted' | 'within-margin' | 'within-objective' | 'nothing-found' | 'shown';
      readonly detail: string;
    };

/** What a run is judged against: stored runs, stored runs without gating (`record`), or a run made beside it (`duet`). */
export type JudgingMode = 'stored' | 'record' | 'duet';

/** Which verdicts make a build red; the values of the input `fail-on`. */
export type FailOn = 'regressed' | 'k6-thresholds' | 'inconclusive' | 'no-baseline' | 'invalid' | 'never';

type CheckConclusion = 'success' | 'failure' | 'neutral';

/** 0 gate passed, 1 gate failed, 3 could not measure or compare. Exit code 2 is never a verdict. */
export interface BuildOutcome {
  readonly exitCode: 0 | 1 | 3;
  readonly conclusion: CheckConclusion;
}

/** What deciding looks at beside the comparison. */
export interface Decided {
  readonly verdict: BuildVerdict;
  readonly outcome: BuildOutcome;
  readonly comparison?: ComparisonResult;
}
