import { equalCodeDuets } from '../core/comparison/paired/deployment-model.ts';
import { type DuetPlan, planDuetTest } from '../core/comparison/paired/duet-plan.ts';
import { type FollowedDuet, followDuet } from '../core/comparison/paired/duet-test.ts';
import { endOf } from '../core/joining/measured-job.ts';
import type { RunRecord } from '../core/run-record/run-record.ts';
import { isHopeless } from '../core/validity/judge-pair-validity.ts';
import type { DuetMeasurement, DuetMeasurer, DuetProgress, DuetSetup } from '../ports.ts';
import { type Judged, type JudgingPlan, judgeNothing, judgePair } from './judge.ts';

/** What a duet happens in. */
export interface DuetWorld {
  readonly measurer: DuetMeasurer;
  readonly progress: DuetProgress;
  readonly signal: AbortSignal;
}

/** What is known before the duet. */
export interface DuetContext {
  /** Stored runs, among which earlier duets of equal code may be. */
  readonly stored: readonly RunRecord[];
  readonly warnings: readonly string[];
  /** How it came to this duet, where a suspicion did; in sentences. */
  readonly story?: readonly string[];
}

/** Measures both sides until the pairs have told enough, and judges them. Looks are fixed before the first request. */
export async function measureAndJudgeDuet(
  plan: JudgingPlan,
  { measurer, progress, signal }: DuetWorld,
  context: DuetContext,
): Promise<Judged> {
  let duet: StartedDuet | undefined;
  const measurement = await measurer.measure((setup) => {
    const fixed = duetPlanOf(plan, setup, context.stored);
    const followed = followDuet(fixed);
    duet = { setup, fixed, followed };
    return {
      look: (pairs, { sides, endBlock }) => {
        const look = followed.look(pairs);
        progress.show({ setup, pairs: pairs.length, look, result: () => followed.result() });
        return sides.some((side) => isHopeless(side, endBlock)) ? 'stop' : look.decision;
      },
    };
  }, signal);
  progress.end();
  return judge(plan, measurement, duet, context);
}

interface StartedDuet {
  readonly setup: DuetSetup;
  readonly fixed: DuetPlan;
  readonly followed: FollowedDuet;
}

function duetPlanOf({ thresholds, name }: JudgingPlan, setup: DuetSetup, stored: readonly RunRecord[]) {
  const { placement, order, plannedPairs, pairId, isClosedModel } = setup;
  return planDuetTest({
    ...{ thresholds, placement, order, plannedPairs, isClosedModel },
    seed: pairId,
    equalCodeDuets: equalCodeDuets(stored, name),
  });
}

function judge(
  plan: JudgingPlan,
  measurement: DuetMeasurement,
  duet: StartedDuet | undefined,
  context: DuetContext,
): Judged {
  if (measurement.kind === 'not-measured') {
    const { reason, detail, hint } = measurement;
    return judgeNothing({ ...plan, mode: 'duet' }, { kind: 'invalid', reason, detail, hint }, context.warnings);
  }
  if (duet === undefined) throw new TypeError('a duet was measured without a judge');
  const { setup, fixed, followed } = duet;
  const end = endOf(followed.conclude());
  const interruption = `interrupted after ${end.pairs} of ${setup.plannedPairs} pairs`;
  return judgePair(plan, {
    ...measurement,
    targetWasReady: true,
    followed: followed.result(),
    paired: setup,
    ...{ fixed, end },
    ...(context.story && { story: context.story }),
    warnings: [...(measurement.wasInterrupted ? [interruption] : []), ...measurement.warnings, ...context.warnings],
  });
}
