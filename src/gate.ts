import { selectWindow } from './core/baseline/select-window.ts';
import { comparePaired, type PairedOptions } from './core/comparison/compare-paired.ts';
import { compareStored } from './core/comparison/compare-stored.ts';
import { renderJson } from './core/report/json-report.ts';
import { renderMarkdown } from './core/report/markdown-report.ts';
import { buildReport, type Report } from './core/report/report-model.ts';
import type { RunRecord } from './core/run-record/run-record.ts';
import { encodeRunRecord } from './core/run-record/run-record-codec.ts';
import { idlePatterns, type Thresholds } from './core/thresholds/thresholds.ts';
import { judgeValidity, type Validity } from './core/validity/judge-validity.ts';
import type { Decided, FailOn } from './core/verdict/build-verdict.ts';
import { decide, fewestBaselineRuns } from './core/verdict/decide.ts';
import { GateError } from './errors.ts';
import type { BaselineStore, Log, Measurement, Measurer, Publisher } from './ports.ts';

/** What the gate is told; everything else it learns by measuring. */
export interface GatePlan {
  readonly name: string;
  /** `record` stores the run and judges it only to know whether it is quarantined. */
  readonly mode: 'stored' | 'record';
  readonly thresholds: Thresholds;
  readonly failOn: readonly FailOn[];
}

/** The world that the story happens in. */
export interface World {
  readonly measurer: Measurer;
  readonly store: BaselineStore;
  readonly publishers: readonly Publisher[];
  readonly log: Log;
  /** Aborted by Ctrl-C or by the runner's cancel signal. */
  readonly signal: AbortSignal;
  /** An interrupt leaves no trace in the Action; on the command line it shows what was measured so far. */
  readonly onInterrupt: 'report' | 'leave-no-trace';
}

export type GateResult =
  | { readonly kind: 'decided'; readonly decided: Decided; readonly report: Report; readonly record?: RunRecord }
  | { readonly kind: 'interrupted' };

/**
 * One run of the gate: measure, see whether the run is fit to be judged, compare it with the stored runs, decide, report,
 * store. Publishing comes before failing, and no part of publishing or storing can change the verdict. Throws `GateError`
 * only when the gate itself is broken.
 */
export async function runGate(plan: GatePlan, world: World): Promise<GateResult> {
  const measurement = await world.measurer.measure(world.signal);
  if (hasToVanish(world)) return { kind: 'interrupted' };
  const stored = await world.store.list();
  const facts = {
    ...factsOf(measurement),
    stored: stored.records,
    storeLabel: world.store.label,
    warnings: stored.warnings,
  };
  let judged = judgeRuns(plan, facts);
  if (hasToVanish(world)) return { kind: 'interrupted' };
  if (plan.mode === 'record') {
    const storeFailure = await store(judged, world);
    if (storeFailure !== undefined) judged = judgeRuns(plan, { ...facts, storeFailure });
  }
  await publish(judged, world);
  return { kind: 'decided', ...judged };
}

/** What is known of two runs that were measured side by side. */
export interface PairFacts {
  readonly baseline: RunRecord;
  readonly candidate: RunRecord;
  readonly targetWasReady: boolean;
  readonly paired: PairedOptions;
}

/** The verdict on two runs of one duet, and its report. Pure, as `judgeRuns` is. */
export function judgePair(plan: Omit<GatePlan, 'mode'>, facts: PairFacts): Judged {
  const { baseline, candidate, paired } = facts;
  const validity = judgePairValidity(facts);
  const shared = { ...plan, mode: 'duet', record: candidate, window: [baseline], excluded: [] } as const;
  const comparison =
    validity.kind === 'valid' ? comparePaired(baseline, candidate, plan.thresholds, paired) : undefined;
  const decided = decide({ ...shared, validity, baselineRuns: 1, ...(comparison && { comparison }) });
  const warnings = [...candidate.warnings, ...(validity.kind === 'valid' ? validity.warnings : [])];
  return { decided, report: buildReport({ ...shared, decided, warnings }), record: candidate };
}

/** A dead candidate is a verdict on the code; without a baseline beside it there is nothing to judge by. */
function judgePairValidity({ baseline, candidate, targetWasReady }: PairFacts): Validity {
  const ofBaseline = judgeValidity(baseline, { targetWasReady });
  if (ofBaseline.kind === 'valid') return judgeValidity(candidate, { targetWasReady });
  const hint = ofBaseline.kind === 'invalid' ? ofBaseline.hint : 'Bring the baseline deployment up and run again.';
  return { kind: 'invalid', reason: 'baseline-side-dead', detail: `the baseline side: ${ofBaseline.detail}`, hint };
}

/** What is known before judging. */
export interface RunFacts {
  readonly validity: Validity;
  /** Absent when nothing was measured. */
  readonly record?: RunRecord;
  /** Further runs of the same candidate. */
  readonly repeats?: readonly RunRecord[];
  /** Share of the variance between runs that the candidate's runs have in common (0..1); 1 unless given. */
  readonly sharedVariance?: number;
  /** Runs to compare with, in any order; those that don't fit are left out with a reason. */
  readonly stored: readonly RunRecord[];
  readonly storeLabel?: string;
  /** Why a run that was to be recorded isn't stored. */
  readonly storeFailure?: string;
  readonly warnings: readonly string[];
}

export interface Judged {
  readonly decided: Decided;
  readonly report: Report;
  readonly record?: RunRecord;
}

/** The verdict on runs that were measured before, and its report. Pure: the same facts give the same bytes. */
export function judgeRuns(plan: GatePlan, facts: RunFacts): Judged {
  const { record, validity, stored } = facts;
  const { window, excluded, warnings } = record ? selectWindow(stored, record) : noWindow;
  const isComparable = record !== undefined && validity.kind === 'valid' && window.length >= fewestBaselineRuns;
  const comparison = isComparable
    ? compareStored(window, [record, ...(facts.repeats ?? [])], plan.thresholds, {
        sharedVariance: facts.sharedVariance ?? 1,
      })
    : undefined;
  const shared = { ...plan, ...(record && { record }), window, excluded, stored };
  const verdict = decide({ ...shared, validity, baselineRuns: window.length, ...(comparison && { comparison }) });
  const { storeFailure } = facts;
  const decided = storeFailure === undefined ? verdict : { ...verdict, outcome: notRecorded };
  const report = buildReport({
    ...shared,
    decided,
    ...(storeFailure !== undefined && { storeFailure }),
    ...(facts.storeLabel !== undefined && { storeLabel: facts.storeLabel }),
    warnings: [
      ...(record?.warnings ?? []),
      ...(validity.kind === 'valid' ? validity.warnings : []),
      ...(isComparable ? warnings : []),
      ...(record ? ruleWarnings(plan.thresholds, [record, ...window]) : []),
      ...facts.warnings,
    ],
  });
  return { decided, report, ...(record && { record }) };
}

function ruleWarnings(thresholds: Thresholds, records: readonly RunRecord[]): string[] {
  const endpoints = [...new Set(records.flatMap((record) => record.endpoints.map((series) => series.endpoint)))].sort();
  if (endpoints.length === 0) return [];
  const known = `${endpoints.slice(0, 5).join(', ')}${endpoints.length > 5 ? ', …' : ''}`;
  return idlePatterns(thresholds, endpoints).map(
    (pattern) => `the configuration names ${pattern}, which is none of the endpoints (${known})`,
  );
}

const notRecorded = { exitCode: 3, conclusion: 'failure' } as const;

const noWindow = { window: [], excluded: [], warnings: [] };

function factsOf(measurement: Measurement): Pick<RunFacts, 'validity' | 'record'> {
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

async function publish({ report, record }: Judged, { publishers, log }: World): Promise<void> {
  const rendered = {
    report,
    json: renderJson(report),
    markdown: renderMarkdown(report),
    ...(record && { runRecord: encodeRunRecord(record) }),
  };
  for (const publisher of publishers) {
    try {
      await publisher.publish(rendered);
    } catch (error) {
      log.warn(`${publisher.label}: ${explain(error)} The verdict stands.`);
    }
  }
}

/**
 * Only runs that say something about the code are kept, and red ones are kept outside the comparison window. Resolves to
 * the reason when it can't be written.
 */
async function store({ decided, record }: Judged, world: World): Promise<string | undefined> {
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

function explain(error: unknown): string {
  if (error instanceof GateError) return `${error.message}. ${error.hint}`;
  return error instanceof Error ? `${error.message}.` : `${String(error)}.`;
}
