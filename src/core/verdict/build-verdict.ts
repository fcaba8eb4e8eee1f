import type { ComparisonResult } from '../comparison/comparison-result.ts';
import type { InvalidReason } from '../validity/validity.ts';

/** Fewest stored runs that make a baseline: with two, how much runs differ by themselves is not known. */
export const minBaselineRuns = 3;

/** The verdict on a build, with its reason, by the first row of the verdict table that applies. */
export type BuildVerdict =
  | { readonly verdict: 'invalid'; readonly reason: InvalidReason; readonly detail: string; readonly hint: string }
  | { readonly verdict: 'fail'; readonly reason: 'all-failed' | 'regressed' | 'k6-thresholds'; readonly detail: string }
  | { readonly verdict: 'no-baseline'; readonly detail: string }
  | {
      readonly verdict: 'inconclusive';
      readonly reason:
        | 'no-access'
        | 'nothing-judged'
        | 'metric-not-judged'
        | 'environments-differ'
        | 'unsettled'
        | 'too-weak';
      readonly detail: string;
      readonly hint: string;
      /** What the configuration asks to judge is in no run at all: as good as not measured, and no green build. */
      readonly isMeasuredNowhere?: true;
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

/** What `verdict` means for the build under the policy `failOn`; in `record` mode only whether something was measured. */
export function outcomeOf(verdict: BuildVerdict, failOn: readonly FailOn[], mode: JudgingMode): BuildOutcome {
  if (mode === 'record') return recordOutcome(verdict);
  switch (verdict.verdict) {
    case 'pass':
      return { exitCode: 0, conclusion: 'success' };
    case 'invalid':
      return failOn.includes('invalid') ? notMeasured : ignored;
    case 'fail':
      return failOn.includes(verdict.reason === 'k6-thresholds' ? 'k6-thresholds' : 'regressed') ? failed : ignored;
    case 'inconclusive':
      if (verdict.isMeasuredNowhere === true && failOn.includes('invalid')) return notMeasured;
      return failOn.includes('inconclusive') ? failed : ignored;
    case 'no-baseline':
      return failOn.includes('no-baseline') ? failed : ignored;
  }
}

const failed: BuildOutcome = { exitCode: 1, conclusion: 'failure' };
const notMeasured: BuildOutcome = { exitCode: 3, conclusion: 'failure' };
const ignored: BuildOutcome = { exitCode: 0, conclusion: 'neutral' };

/** A run without a usable answer is not stored, so nothing was recorded. */
function recordOutcome(verdict: BuildVerdict): BuildOutcome {
  const isStored = verdict.verdict !== 'invalid' && !(verdict.verdict === 'fail' && verdict.reason === 'all-failed');
  return isStored ? { exitCode: 0, conclusion: 'success' } : notMeasured;
}
