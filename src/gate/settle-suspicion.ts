import type { ComparisonResult } from '../core/comparison/comparison-result.ts';
import { nextMeasurement } from '../core/comparison/stored/next-measurement.ts';
import { formatSeconds } from '../core/report/format-quantity.ts';
import { describeSuspects, describeSuspicion } from '../core/report/model/headline.ts';
import type { RunRecord } from '../core/run-record/run-record.ts';
import { judgeValidity } from '../core/validity/judge-validity.ts';
import type { Log, Measurer } from '../ports.ts';
import { type DuetWorld, measureAndJudgeDuet } from './duet.ts';
import { type Judged, type JudgingPlan, judgeRuns, type StoredFacts, suspicionsOf } from './judge.ts';

/** By what a suspicion can be settled. */
export type Confirmation =
  /** The candidate beside a baseline. */
  { readonly kind: 'duet'; readonly duet: Omit<DuetWorld, 'signal'> } | RepeatConfirmation;

/** The same deployment again, `maxRepeats` times at most; the measurer sees to it that it is the same. */
export interface RepeatConfirmation {
  readonly kind: 'repeats';
  readonly measurer: Measurer;
  readonly maxRepeats: number;
}

/** Between two runs of one deployment, so that what the first left running there is over. */
export const pauseMs = 10_000;

interface Scene {
  readonly signal: AbortSignal;
  readonly log: Log;
  /** Told of what stands before more is measured: a job that is canceled meanwhile leaves this behind. */
  readonly beforeRepeat: (judged: Judged) => Promise<void>;
}

type Plan = JudgingPlan & { readonly mode: 'stored' };

/**
 * A first look at stored runs that found something suspicious is settled by more measuring. The first look can only end
 * the matter in favor of the candidate, so it spends none of the alpha: that is left whole for the measuring that
 * follows.
 */
export async function settleSuspicion(
  plan: Plan,
  facts: StoredFacts,
  first: Judged,
  scene: Scene & { readonly confirmation: Confirmation },
): Promise<Judged> {
  const { comparison } = first.decided;
  if (comparison === undefined || scene.signal.aborted || isSettledAnyway(first)) return first;
  if (scene.confirmation.kind === 'repeats') return settleByRepeats(plan, facts, first, scene.confirmation, scene);
  const isSuspicious = nextMeasurement(comparison, { canMeasureAfresh: true }).kind === 'confirm';
  return isSuspicious ? settleByDuet(plan, facts, comparison, scene.confirmation.duet, scene) : first;
}

/** More measuring would change nothing: all is down, or what is slower was accepted or keeps its objective. */
function isSettledAnyway({ decided: { verdict } }: Judged): boolean {
  if (verdict.verdict === 'fail') return verdict.reason === 'all-failed';
  return verdict.verdict === 'pass' && (verdict.reason === 'accepted' || verdict.reason === 'within-objective');
}

/**
 * Measures the same deployment again and decides once, on all runs together. Only acquittal may come early, so no alpha
 * is spent on looking in between. What can't be measured again is left unsettled, and never passes.
 */
async function settleByRepeats(
  plan: Plan,
  facts: StoredFacts,
  first: Judged,
  { measurer, maxRepeats }: RepeatConfirmation,
  scene: Scene,
  earlierRepeats: readonly RunRecord[] = [],
): Promise<Judged> {
  const { record } = facts;
  const { comparison } = first.decided;
  const suspects = suspicionsOf(plan, first);
  if (record === undefined || comparison === undefined || maxRepeats === 0 || suspects.length === 0) return first;
  const suspicion = describeSuspects(suspects);
  const known = { ...facts, areSameDeployment: true } as const;
  const story = [`The first run, beside ${comparison.baselineRuns} stored ones: ${suspicion}.`];
  const repeats = [...earlierRepeats];
  const unsettled = (why: string) =>
    judgeRuns(plan, { ...known, repeats, story, unsettled: `${suspicion}, and ${why}` });
  let judged = repeats.length === 0 ? first : judgeRuns(plan, { ...known, repeats });
  while (repeats.length < maxRepeats && judged.decided.comparison?.isAcquitted !== true) {
    if (scene.signal.aborted) return unsettled('measuring was canceled');
    await scene.beforeRepeat(unsettled('it is being measured again'));
    scene.log.info(
      `${suspicion}: measuring it again, which takes about ${formatSeconds(roundToSecond(pauseMs + record.durationMs))}`,
    );
    const measurement = await measurer.measure(scene.signal);
    if (measurement.kind !== 'measured') return unsettled(`it could not be measured again: ${measurement.detail}`);
    const validity = judgeValidity(measurement.record, { targetWasReady: true });
    if (validity.kind === 'all-failed') return judgeRuns(plan, { ...facts, record: measurement.record, validity });
    if (validity.kind === 'invalid') return unsettled(`measuring it again came to nothing: ${validity.detail}`);
    repeats.push(measurement.record);
    judged = judgeRuns(plan, { ...known, repeats });
  }
  const { verdict, comparison: settled } = judged.decided;
  if (settled?.isSuspicionLost === true && verdict.verdict !== 'fail') {
    return unsettled('what was measured again holds too little of it to be judged');
  }
  return { ...judged, story: [...story, outcomeOfRepeat(judged.decided, repeats.length)] };
}

/** Most repeats that the files between jobs have room for. */
const maxRepeatsOfAll = 2;

/**
 * A job that was run again joins what its earlier attempt measured of the same commit: that is the first run, and this one
 * its repeat, as long as there is room for one. Otherwise a red build could be run again until luck makes it green. Undefined where nothing was suspected
 * then: this attempt stands by itself.
 *
 * @param earlier the first run of the earlier attempt, then its repeats
 */
export async function settleEarlierAttempt(
  plan: Plan,
  facts: Omit<StoredFacts, 'validity' | 'record'>,
  earlier: readonly RunRecord[],
  confirmation: RepeatConfirmation,
  scene: Scene,
): Promise<Judged | undefined> {
  const [record, ...repeats] = earlier;
  if (record === undefined) return undefined;
  const validity = judgeValidity(record, { targetWasReady: true });
  const joined = { ...facts, record, validity };
  const first = judgeRuns(plan, joined);
  if (suspicionsOf(plan, first).length === 0 || isSettledAnyway(first)) return undefined;
  const known = repeats.slice(0, maxRepeatsOfAll);
  const maxRepeats = Math.min(maxRepeatsOfAll, Math.max(confirmation.maxRepeats, known.length + 1));
  const again = { ...confirmation, maxRepeats };
  return settleByRepeats(plan, joined, first, again, scene, known);
}

function outcomeOfRepeat({ verdict }: Judged['decided'], repeats: number): string {
  const again = repeats === 1 ? 'once more' : `${repeats} times more`;
  const isConfirmed = verdict.verdict === 'fail' && verdict.reason === 'regressed';
  return `The same deployment was measured ${again}, which ${isConfirmed ? 'confirmed it' : 'did not confirm it'}.`;
}

async function settleByDuet(
  plan: Plan,
  facts: StoredFacts,
  comparison: ComparisonResult,
  duet: Omit<DuetWorld, 'signal'>,
  { signal, log }: Scene,
): Promise<Judged> {
  const suspicion = describeSuspicion(comparison);
  log.info(`${suspicion}: measuring it beside the baseline`);
  const { mode: _, ...duetPlan } = plan;
  const settled = await measureAndJudgeDuet(
    duetPlan,
    { ...duet, signal },
    {
      stored: facts.stored,
      warnings: facts.warnings,
      story: [`A first look at ${comparison.baselineRuns} stored runs: ${suspicion}.`],
    },
  );
  const { verdict } = settled.decided;
  if (verdict.verdict !== 'invalid') return settled;
  return judgeRuns(plan, { ...facts, unsettled: `${suspicion}, and it could not be settled: ${verdict.detail}` });
}

function roundToSecond(ms: number): number {
  return Math.round(ms / 1000) * 1000;
}
