import { selectWindow } from '../core/baseline/select-window.ts';
import type { ComparisonResult } from '../core/comparison/comparison-result.ts';
import { toRunSummary } from '../core/comparison/run-summary.ts';
import { estimateSharedVariance, nextMeasurement } from '../core/comparison/stored/next-measurement.ts';
import { describeSuspicion } from '../core/report/model/headline.ts';
import { labelTogether } from '../core/run-record/endpoint-identity.ts';
import type { RunRecord } from '../core/run-record/run-record.ts';
import { judgeValidity } from '../core/validity/judge-validity.ts';
import type { Log, Measurer } from '../ports.ts';
import { type DuetWorld, measureAndJudgeDuet } from './duet.ts';
import { type Judged, type JudgingPlan, judgeRuns, type StoredFacts } from './judge.ts';

/** By what a suspicion can be settled. */
export type Confirmation =
  /** The candidate beside a baseline. */
  | { readonly kind: 'duet'; readonly duet: Omit<DuetWorld, 'signal'> }
  /** More runs of the same deployment, as far as they add anything. */
  | { readonly kind: 'repeats'; readonly measurer: Measurer };

interface Scene {
  readonly confirmation: Confirmation;
  readonly signal: AbortSignal;
  readonly log: Log;
}

type Plan = JudgingPlan & { readonly mode: 'stored' };

/** Most runs of a candidate, the first included. */
const maxCandidateRuns = 3;

/**
 * A first look at stored runs that found something suspicious is settled by more measuring. The first look can only end
 * the matter in favor of the candidate, so it spends none of the alpha: that is left whole for the measuring that
 * follows.
 */
export async function settleSuspicion(plan: Plan, facts: StoredFacts, first: Judged, scene: Scene): Promise<Judged> {
  const comparison = suspiciousPart(first);
  if (comparison === undefined || scene.signal.aborted || isSettledAnyway(first)) return first;
  return scene.confirmation.kind === 'duet'
    ? settleByDuet(plan, facts, comparison, scene.confirmation.duet, scene)
    : settleByRepeats(plan, facts, first, scene.confirmation.measurer, scene);
}

/** The build is red whatever more measuring would find. */
function isSettledAnyway({ decided, record }: Judged): boolean {
  const { verdict } = decided;
  const isDead = verdict.verdict === 'fail' && verdict.reason === 'all-failed';
  return isDead || (record?.exit.crossedThresholds.length ?? 0) > 0;
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

async function settleByRepeats(
  plan: Plan,
  facts: StoredFacts,
  first: Judged,
  measurer: Measurer,
  { signal, log }: Scene,
): Promise<Judged> {
  const { record } = facts;
  if (record === undefined) return first;
  const { window } = selectWindow(facts.stored, record);
  // Runs of one deployment share its luck; where all of the variance is shared, repeating says nothing new.
  if (estimateSharedVariance(labelTogether(window).map(toRunSummary)) >= 1) return first;
  const repeats: RunRecord[] = [];
  let judged = first;
  for (;;) {
    const comparison = suspiciousPart(judged);
    if (comparison === undefined || repeats.length + 1 >= maxCandidateRuns || signal.aborted) return judged;
    log.info(`${describeSuspicion(comparison)}: measuring the candidate once more`);
    const measurement = await measurer.measure(signal);
    if (measurement.kind !== 'measured') return judged;
    if (judgeValidity(measurement.record, { targetWasReady: true }).kind !== 'valid') return judged;
    repeats.push(measurement.record);
    judged = judgeRuns(plan, { ...facts, repeats });
  }
}

/** The comparison of what was judged, when it calls for more measuring. */
function suspiciousPart({ decided: { comparison } }: Judged): ComparisonResult | undefined {
  if (comparison === undefined) return undefined;
  const budget = { canMeasureAfresh: true, maxCandidateRuns: maxCandidateRuns };
  return nextMeasurement(comparison, budget).kind === 'confirm' ? comparison : undefined;
}
