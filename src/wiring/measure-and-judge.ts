import { type CalibrationResult, type CalibrationWorld, runCalibration } from '../calibration.ts';
import type { Config } from '../config/config.ts';
import type { Confirmation } from '../confirm.ts';
import type { Provenance } from '../core/run-record/run-record.ts';
import { type GateResult, runDuet, runGate, type World } from '../gate.ts';
import type { DuetProgress } from '../ports.ts';
import { k6CalibrationMeasurer, k6DuetMeasurer, k6Measurer } from './k6-measurer.ts';

/** A calibration with the measurer that `config` asks for: the same code on both sides. */
export function measureAndCalibrate(
  config: Config,
  provenance: Provenance,
  world: Omit<CalibrationWorld, 'measurer'>,
): Promise<CalibrationResult> {
  const sides = { baseline: provenance, candidate: provenance };
  const measurer = k6CalibrationMeasurer(config, { provenance: sides, log: world.log });
  return runCalibration({ name: config.name, thresholds: config.thresholds }, { ...world, measurer });
}

export type RunMode = 'stored' | 'duet' | 'record';

/** The gate in the mode that was asked for, or that the surroundings ask for. */
export function measureAndJudge(
  config: Config,
  mode: RunMode,
  provenance: Provenance,
  world: World & { readonly progress: DuetProgress },
): Promise<GateResult> {
  const { name, thresholds, failOn, scripts } = config;
  const { log, store } = world;
  const duet = () => ({
    measurer: k6DuetMeasurer(config, { provenance: { baseline: {}, candidate: provenance }, log }),
    progress: world.progress,
  });
  if (mode === 'duet') return runDuet({ name, thresholds, failOn, scripts }, { ...world, ...duet() });
  const measurer = k6Measurer(config, { mode, store, provenance, log });
  const confirmation: Confirmation =
    config.duet === undefined ? { kind: 'repeats', measurer } : { kind: 'duet', duet: duet() };
  return runGate({ name, mode, thresholds, failOn, scripts }, { ...world, measurer, confirmation });
}
