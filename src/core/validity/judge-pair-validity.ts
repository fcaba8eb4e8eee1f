import type { RunRecord } from '../run-record/run-record.ts';
import { judgeValidity, type Validity } from './judge-validity.ts';

/**
 * May the two sides of a duet be compared? A dead candidate is a verdict on the code; without a baseline beside it there
 * is nothing to judge by.
 */
export function judgePairValidity(
  baseline: RunRecord,
  candidate: RunRecord,
  facts: { readonly targetWasReady: boolean },
): Validity {
  const ofBaseline = judgeValidity(baseline, facts);
  if (ofBaseline.kind === 'valid') return judgeValidity(candidate, facts);
  const hint = ofBaseline.kind === 'invalid' ? ofBaseline.hint : 'Bring the baseline deployment up and run again.';
  return { kind: 'invalid', reason: 'baseline-side-dead', detail: `the baseline side: ${ofBaseline.detail}`, hint };
}
