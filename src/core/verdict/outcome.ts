import type { BuildOutcome, BuildVerdict, FailOn, JudgingMode } from './build-verdict.ts';

/** What `verdict` means for the build under the policy `failOn`; in `record` mode only whether something was measured. */
export function outcomeOf(verdict: BuildVerdict, failOn: readonly FailOn[], mode: JudgingMode): BuildOutcome {
  if (mode === 'record') return recordOutcome(verdict);
  switch (verdict.verdict) {
    case 'pass':
      return { exitCode: 0, conclusion: 'success' };
    case 'invalid':
      return failOn.includes('invalid') ? { exitCode: 3, conclusion: 'failure' } : ignored;
    case 'fail':
      return failOn.includes(verdict.reason === 'k6-thresholds' ? 'k6-thresholds' : 'regressed') ? failed : ignored;
    case 'no-baseline':
    case 'inconclusive':
      return failOn.includes(verdict.verdict) ? failed : ignored;
  }
}

const failed: BuildOutcome = { exitCode: 1, conclusion: 'failure' };
const ignored: BuildOutcome = { exitCode: 0, conclusion: 'neutral' };

/** A run without a usable answer is not stored, so nothing was recorded. */
function recordOutcome(verdict: BuildVerdict): BuildOutcome {
  const isStored = verdict.verdict !== 'invalid' && !(verdict.verdict === 'fail' && verdict.reason === 'all-failed');
  return isStored ? { exitCode: 0, conclusion: 'success' } : { exitCode: 3, conclusion: 'failure' };
}
