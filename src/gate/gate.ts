import { writeJobFiles } from '../core/joining/job-files.ts';
import { buildReport, type Report } from '../core/report/model/report-model.ts';
import { renderMarkdown } from '../core/report/render/markdown-report.ts';
import { renderJson } from '../core/report/render/report-json.ts';
import type { RunRecord } from '../core/run-record/run-record.ts';
import { encodeRunRecord } from '../core/run-record/run-record-codec.ts';
import { judgeValidity } from '../core/validity/judge-validity.ts';
import type { Decided } from '../core/verdict/build-verdict.ts';
import { explain } from '../errors.ts';
import type {
  Acceptor,
  BaselineStore,
  Inspector,
  Log,
  Measurement,
  Measurer,
  Narrator,
  RenderedReport,
  ReportSink,
} from '../ports.ts';
import { type DuetWorld, measureAndJudgeDuet } from './duet.ts';
import { explainSlowness, type InspectWhen, lookAtRecorded } from './explain.ts';
import { type Judged, type JudgingPlan, judgeRuns, notStored, overrule, type StoredFacts } from './judge.ts';
import { type Confirmation, settleEarlierAttempt, settleSuspicion } from './settle-suspicion.ts';

export interface GatePlan extends JudgingPlan {
  /** `record` stores the run and judges it only to know whether it is quarantined. */
  readonly mode: 'stored' | 'record';
}

/** The world that the story happens in. */
export interface World {
  readonly store: BaselineStore;
  /** Absent: the template's wording. */
  readonly narrator?: Narrator;
  /** What the report says besides, such as that the change edits the gate. */
  readonly notices?: readonly string[];
  /** Absent where nobody can accept anything. */
  readonly acceptor?: Acceptor;
  readonly sinks: readonly ReportSink[];
  readonly log: Log;
  /** Looks for reasons; absent where nothing can be looked at again. */
  readonly inspector?: Inspector;
  readonly inspect?: InspectWhen;
  /** Aborted by Ctrl-C or by the runner's cancel signal. */
  readonly signal: AbortSignal;
  /** An interrupt leaves no trace in the Action; on the command line it shows what was measured so far. */
  readonly onInterrupt: 'report' | 'leave-no-trace';
  /** What an earlier attempt of this job measured of the same candidate; it is the first run, and this one its repeat. */
  readonly earlierAttempt?: () => Promise<readonly RunRecord[]>;
}

export type GateResult =
  | DecidedRun
  /** `interim`: what was reported before a suspicion was measured again, which the interrupt ended. */
  | { readonly kind: 'interrupted'; readonly interim?: DecidedRun };

/** What a run came to, and what it is told by. */
export interface DecidedRun {
  readonly kind: 'decided';
  readonly decided: Decided;
  readonly report: Report;
  readonly record?: RunRecord;
}

type MeasuringWorld = World & { readonly measurer: Measurer; readonly confirmation?: Confirmation };

/**
 * One run of the gate against stored runs: measure, see whether the run is fit to be judged, compare it with the stored
 * runs, settle a suspicion where that is possible, decide, report, store. Reporting comes before failing, and no part of
 * reporting or storing can change the verdict. Throws `GateError` only when the gate itself is broken.
 */
export async function runGate(plan: GatePlan, world: MeasuringWorld): Promise<GateResult> {
  const { mode } = plan;
  return mode === 'stored' ? runComparison({ ...plan, mode }, world) : runRecording({ ...plan, mode }, world);
}

async function runComparison(
  plan: JudgingPlan & { readonly mode: 'stored' },
  world: MeasuringWorld,
): Promise<GateResult> {
  let interim: DecidedRun | undefined;
  const scene = {
    ...world,
    beforeRepeat: async (suspected: Judged) => {
      interim = await handOut(suspected, buildReport(suspected), world, { isInterim: true });
    },
  };
  const { confirmation, earlierAttempt } = world;
  const mayRepeat = confirmation?.kind === 'repeats' && confirmation.maxRepeats > 0;
  const earlier = mayRepeat && earlierAttempt ? await earlierAttempt() : [];
  let judged =
    confirmation?.kind === 'repeats' && earlier.length > 0
      ? await settleEarlierAttempt(plan, await storedFacts(world), earlier, confirmation, scene)
      : undefined;
  if (judged === undefined) {
    const measurement = await world.measurer.measure(world.signal);
    if (hasToVanish(world)) return { kind: 'interrupted' };
    const facts = { ...factsOf(measurement), ...(await storedFacts(world)) };
    judged = judgeRuns(plan, facts);
    if (confirmation !== undefined) {
      judged = await settleSuspicion(plan, facts, judged, { ...scene, confirmation });
    }
  }
  if (hasToVanish(world)) return { kind: 'interrupted', ...(interim && { interim }) };
  const result = await conclude(await explainSlowness(judged, world), world);
  return result.kind === 'interrupted' && interim ? { ...result, interim } : result;
}

async function runRecording(
  plan: JudgingPlan & { readonly mode: 'record' },
  world: MeasuringWorld,
): Promise<GateResult> {
  await world.store.prepare?.();
  const measurement = await world.measurer.measure(world.signal);
  if (hasToVanish(world)) return { kind: 'interrupted' };
  const measured = factsOf(measurement);
  const { record, validity } = measured;
  const looked = record !== undefined && validity.kind === 'valid' ? await lookAtRecorded(record, world) : undefined;
  if (hasToVanish(world)) return { kind: 'interrupted' };
  const { record: kept, ...seen } = looked ?? measured;
  const facts = { ...measured, ...(kept && { record: kept }), ...(await storedFacts(world)) };
  let judged = await askForAcceptance({ ...judgeRuns(plan, facts), ...(looked && seen) }, world);
  if (hasToVanish(world)) return { kind: 'interrupted' };
  const storeFailure = await store(judged, world);
  if (storeFailure !== undefined) judged = notStored(judged, storeFailure);
  return handOut(judged, buildReport(judged), world);
}

async function storedFacts({ store: from, notices }: World): Promise<Omit<StoredFacts, 'validity' | 'record'>> {
  const stored = await from.list();
  return {
    stored: stored.records,
    storeLabel: from.label,
    ...(stored.choice !== undefined && { baselineChoice: stored.choice }),
    warnings: [...stored.warnings, ...(notices ?? [])],
  };
}

/**
 * One run of the gate against a baseline that is measured beside the candidate: each time block of both is a pair, and
 * measuring ends as soon as the pairs have told enough. Looks and their number are fixed before the first request.
 */
export async function runDuet(plan: JudgingPlan, world: World & Omit<DuetWorld, 'signal'>): Promise<GateResult> {
  const stored = await world.store.list();
  const judged = await measureAndJudgeDuet(plan, world, {
    stored: stored.records,
    warnings: [...stored.warnings, ...(world.notices ?? [])],
  });
  if (hasToVanish(world)) return { kind: 'interrupted' };
  return conclude(await explainSlowness(judged, world), world);
}

/** From the verdict on: was it accepted, how is it told, where is it read? */
export async function conclude(judged: Judged, world: World): Promise<GateResult> {
  if (hasToVanish(world)) return { kind: 'interrupted' };
  const accepted = await askForAcceptance(judged, world);
  const report = await tell(buildReport(accepted), world);
  if (hasToVanish(world)) return { kind: 'interrupted' };
  return handOut(accepted, report, world);
}

function factsOf(measurement: Measurement): Pick<StoredFacts, 'validity' | 'record'> {
  if (measurement.kind === 'measured') {
    const { record } = measurement;
    return { record, validity: judgeValidity(record, { targetWasReady: true }) };
  }
  const { reason, detail, hint } = measurement;
  return { validity: { kind: 'invalid', reason, detail, hint } };
}

function hasToVanish({ signal, onInterrupt }: World): boolean {
  return signal.aborted && onInterrupt === 'leave-no-trace';
}

/** A question that can't be asked leaves the verdict as it is. */
async function askForAcceptance(judged: Judged, { acceptor, log }: World): Promise<Judged> {
  if (acceptor === undefined) return judged;
  try {
    const { decided, warnings, recorded } = await acceptor.accept(judged.decided);
    const { record, asMeasured } = judged;
    return {
      ...overrule(judged, decided, warnings),
      ...(record && recorded && { record: { ...record, accepted: recorded } }),
      ...(asMeasured && recorded && { asMeasured: { ...asMeasured, accepted: recorded } }),
    };
  } catch (error) {
    log.warn(`accepting: ${explain(error)} The verdict stands.`);
    return judged;
  }
}

/** The report in the narrator's words; the template's stand where there is no narrator, or no time for one. */
async function tell(report: Report, { narrator, signal, log }: World): Promise<Report> {
  if (narrator === undefined || signal.aborted) return report;
  try {
    const narrative = await narrator.tell(report.narrativeFacts, signal);
    if (narrative?.note !== undefined) log.warn(narrative.note);
    return { ...report, narrative };
  } catch (error) {
    log.warn(`The findings are told by the template: ${explain(error)}`);
    return report;
  }
}

async function handOut(
  judged: Judged,
  report: Report,
  { sinks, log }: World,
  interim: Pick<RenderedReport, 'isInterim'> = {},
): Promise<DecidedRun> {
  const { decided, asMeasured: record = judged.record } = judged;
  const rendered = {
    report,
    json: renderJson(report),
    markdown: renderMarkdown(report),
    ...(record && { runRecord: encodeRunRecord(record) }),
    ...measuredAt(judged),
    jobFiles: writeJobFiles(judged),
    ...interim,
  };
  for (const sink of sinks) {
    try {
      await sink.write(rendered);
    } catch (error) {
      log.warn(`${sink.label}: ${explain(error)} The verdict stands.`);
    }
  }
  return { kind: 'decided', decided, report, ...(record && { record }) };
}

function measuredAt({ record, repeats = [] }: Judged): { readonly measuredAt?: string } {
  const newest = [record, ...repeats].flatMap((run) => (run === undefined ? [] : [run.startedAt])).sort();
  const last = newest.at(-1);
  return last === undefined ? {} : { measuredAt: last };
}

/**
 * Only runs that say something about the code are kept, and red ones are kept outside the comparison window. Resolves to
 * the reason when it can't be written.
 */
async function store(
  { decided, record: judgedRecord, asMeasured: record = judgedRecord }: Judged,
  world: World,
): Promise<string | undefined> {
  const { verdict } = decided;
  if (record === undefined || decided.outcome.exitCode === 3) {
    world.log.warn(`The run was not stored: ${verdict.detail}.`);
    return undefined;
  }
  const isRed = verdict.verdict === 'fail' && verdict.reason === 'regressed';
  try {
    await world.store.append(isRed ? { ...record, quarantined: { reason: verdict.detail } } : record);
    const place = isRed ? `as quarantined (${verdict.detail}), outside the comparison window` : 'as a baseline';
    world.log.info(`Stored run ${record.id} in ${world.store.label} ${place}.`);
    return undefined;
  } catch (error) {
    return explain(error);
  }
}
