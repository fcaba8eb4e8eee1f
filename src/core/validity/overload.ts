import type { RunRecord } from '../run-record/run-record.ts';
import type { Validity } from './validity.ts';

/** From this share of the due iterations on, the load is no longer the one that was configured. */
const overloadedShare = 0.05;

/**
 * Can neither side of a duet bear the load? Then both measure how their queues happened to grow, which no pair of time
 * blocks evens out. Where one side alone can't, that is what the change did, for better or for worse, and is judged.
 */
export function refuseOverload(
  baseline: RunRecord,
  candidate: RunRecord,
): Extract<Validity, { kind: 'invalid' }> | undefined {
  const before = droppedShare(baseline);
  const after = droppedShare(candidate);
  if (before < overloadedShare || after < overloadedShare) return undefined;
  const percent = (share: number) => `${Math.round(share * 100)} %`;
  return {
    kind: 'invalid',
    reason: 'both-overloaded',
    detail: `neither side bears the load: ${percent(before)} of the baseline's iterations and ${percent(after)} of the candidate's never started, because all VUs were busy`,
    hint: 'Lower the rate of the script, raise its `maxVUs`, or run on a machine with more cores; two sides on one machine share it.',
  };
}

function droppedShare({ iterations, droppedIterations }: RunRecord): number {
  return droppedIterations === 0 ? 0 : droppedIterations / (iterations + droppedIterations);
}
