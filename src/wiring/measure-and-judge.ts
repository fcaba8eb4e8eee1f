import { type CalibrationResult, type CalibrationWorld, runCalibration } from '../calibration.ts';
import type { Config } from '../config/config.ts';
import type { Confirmation } from '../confirm.ts';
import type { Provenance } from '../core/run-record/run-record.ts';
import { type GateResult, runDuet, runGate, type World } from '../gate.ts';
import type { JudgingPlan } from '../judge.ts';
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
  const { log, store } = world;
  const plan = planOf(config);
  const duet = () => ({
    measurer: k6DuetMeasurer(config, { provenance: { baseline: {}, candidate: provenance }, log }),
    progress: world.progress,
  });
  if (mode === 'duet') return runDuet(plan, { ...world, ...duet() });
  const measurer = k6Measurer(config, { mode, store, provenance, log });
  // A suspicion is the deciding job's to settle, by other machines.
  if (plan.onlyMeasures) return runGate({ ...plan, mode }, { ...world, measurer });
  const confirmation: Confirmation =
    config.duet === undefined ? { kind: 'repeats', measurer } : { kind: 'duet', duet: duet() };
  return runGate({ ...plan, mode }, { ...world, measurer, confirmation });
}

/** A leg that is measured for another job has its part of the build's alpha, as it will be judged. */
function planOf({ name, mode, thresholds, failOn, scripts, publishing }: Config): JudgingPlan {
  if (mode !== 'measure') return { name, thresholds, failOn, scripts };
  const alpha = thresholds.alpha / Math.max(publishing.legs?.length ?? 1, 1);
  return { name, failOn: ['invalid'], scripts, thresholds: { ...thresholds, alpha }, onlyMeasures: true };
}
