import { equalCodeDuets } from './core/comparison/deployment-model.ts';
import { type FollowedDuet, followDuet } from './core/comparison/follow-duet.ts';
import type { RunRecord } from './core/run-record/run-record.ts';
import { equalLooks } from './core/stats/alpha-spending.ts';
import { type Judged, type JudgingPlan, judgeNothing, judgePair } from './judge.ts';
import type { DuetMeasurement, DuetMeasurer, DuetProgress, DuetSetup } from './ports.ts';

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

/** About as many looks as this, at equal distances: each costs a little power, and saves time when the answer is clear. */
const looksOfADuet = 20;

/** Measures both sides until the pairs have told enough, and judges them. Looks are fixed before the first request. */
export async function measureAndJudgeDuet(
  plan: JudgingPlan,
  { measurer, progress, signal }: DuetWorld,
  context: DuetContext,
): Promise<Judged> {
  let duet: StartedDuet | undefined;
  const measurement = await measurer.measure((setup) => {
    const followed = followDuet(duetPlanOf(plan, setup, context.stored));
    duet = { setup, followed };
    return {
      look: (pairs) => {
        const look = followed.look(pairs);
        progress.show({ setup, pairs: pairs.length, look, result: () => followed.result() });
        return look.decision;
      },
    };
  }, signal);
  progress.end();
  return judge(plan, measurement, duet, context);
}

interface StartedDuet {
  readonly setup: DuetSetup;
  readonly followed: FollowedDuet;
}

function duetPlanOf({ thresholds, name }: JudgingPlan, setup: DuetSetup, stored: readonly RunRecord[]) {
  const { placement, order, plannedPairs, pairId, isClosedModel } = setup;
  return {
    thresholds,
    placement,
    order,
    looks: equalLooks(plannedPairs, looksOfADuet),
    seed: pairId,
    isClosedModel,
    equalCodeDuets: equalCodeDuets(stored.filter((record) => record.fingerprint.hard.name === name)),
  };
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
  const { setup, followed } = duet;
  const { pairs } = followed.conclude();
  const interruption = `interrupted after ${pairs} of ${setup.plannedPairs} pairs`;
  return judgePair(plan, {
    ...measurement,
    targetWasReady: true,
    followed: followed.result(),
    paired: setup,
    ...(context.story && { story: context.story }),
    warnings: [...(measurement.wasInterrupted ? [interruption] : []), ...measurement.warnings, ...context.warnings],
  });
}
