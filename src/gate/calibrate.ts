import { calibrate } from '../core/calibration/calibrate.ts';
import { type CalibrationReport, reportCalibration } from '../core/report/render/calibration-report.ts';
import { type RunRecord, type TwoSidedRun, twoSidedRuns } from '../core/run-record/run-record.ts';
import type { Thresholds } from '../core/thresholds/thresholds.ts';
import { judgePairValidity } from '../core/validity/judge-pair-validity.ts';
import { explain, GateError } from '../errors.ts';
import type { BaselineStore, DuetMeasurer, DuetProgress, DuetSetup, Log } from '../ports.ts';

export interface CalibrationWorld {
  readonly measurer: DuetMeasurer;
  readonly progress: DuetProgress;
  readonly store: BaselineStore;
  readonly write: (report: CalibrationReport) => Promise<void>;
  readonly log: Log;
  readonly signal: AbortSignal;
  readonly onInterrupt: 'report' | 'leave-no-trace';
}

export type CalibrationResult =
  | { readonly kind: 'calibrated'; readonly report: CalibrationReport }
  | { readonly kind: 'not-measured'; readonly detail: string; readonly hint: string }
  | { readonly kind: 'interrupted' };

/**
 * Measures the same code on both sides, to the end of the budget: says how noisy this setup is, how often it would have
 * failed unchanged builds and what it would see, and stores the two runs, from which later duets learn how two
 * deployments of equal code differ here. Nothing is gated.
 */
export async function runCalibration(
  plan: { readonly name: string; readonly thresholds: Thresholds },
  world: CalibrationWorld,
): Promise<CalibrationResult> {
  let setup: DuetSetup | undefined;
  const measurement = await world.measurer.measure((begun) => {
    setup = begun;
    return {
      look: (pairs) => {
        world.progress.show({ setup: begun, pairs: pairs.length, look: noLook, result: nothingKnown });
        return 'go-on';
      },
    };
  }, world.signal);
  world.progress.end();
  if (world.signal.aborted && world.onInterrupt === 'leave-no-trace') return { kind: 'interrupted' };
  if (measurement.kind === 'not-measured') return measurement;
  const { baseline, candidate } = measurement;
  const validity = judgePairValidity(baseline, candidate, { targetWasReady: true });
  if (validity.kind !== 'valid') {
    const hint = validity.kind === 'invalid' ? validity.hint : 'Bring the deployment up and run again.';
    return { kind: 'not-measured', detail: validity.detail, hint };
  }
  for (const warning of [...measurement.warnings, ...validity.warnings]) world.log.warn(warning);
  const earlier = await earlierCalibrations(plan.name, world.store);
  await store([baseline, candidate], world);
  const calibration = calibrate([...earlier, { baseline, candidate }], plan.thresholds, {
    placement: setup?.placement ?? 'one-host',
    order: setup?.order ?? 'concurrent',
  });
  if (calibration === undefined) throw new TypeError('a measurement was given');
  const report = reportCalibration(calibration, plan.name, candidate.blockLengthMs);
  await world.write(report);
  return { kind: 'calibrated', report };
}

const noLook = { decision: 'go-on', reason: 'undecided', pairs: 0, regressed: [], environmentsDiffer: false } as const;

function nothingKnown(): never {
  throw new TypeError('a calibration is not judged while it runs');
}

/** Calibrations of this name that the store holds, oldest first. */
async function earlierCalibrations(name: string, store: BaselineStore): Promise<TwoSidedRun[]> {
  const { records } = await store.list();
  return twoSidedRuns(
    records.filter(
      ({ provenance, fingerprint }) => provenance.pair?.isEqualCode === true && fingerprint.hard.name === name,
    ),
  );
}

/** What can't be stored is lost for later duets only. */
async function store(records: readonly RunRecord[], { store, log }: CalibrationWorld): Promise<void> {
  try {
    for (const record of records) await store.append(record);
    log.info(`Stored both sides in ${store.label}: later duets learn from them how equal code differs here.`);
  } catch (error) {
    if (!(error instanceof GateError)) throw error;
    log.warn(`Both sides could not be stored: ${explain(error)}`);
  }
}
