import { setTimeout as sleep } from 'node:timers/promises';
import type { Config, SideAddress } from '../config/config.ts';
import { configError } from '../config/parse-config.ts';
import type { Provenance } from '../core/run-record/run-record.ts';
import { GateError } from '../errors.ts';
import { type CalibrationResult, type CalibrationWorld, runCalibration } from '../gate/calibrate.ts';
import { type GateResult, runDuet, runGate, type World } from '../gate/gate.ts';
import type { JudgingPlan } from '../gate/judge.ts';
import { type Confirmation, pauseMs } from '../gate/settle-suspicion.ts';
import type { DuetProgress, Measurer } from '../ports.ts';
import { k6CalibrationMeasurer, k6DuetMeasurer, k6Inspector, k6Measurer } from './k6-measurer.ts';
import { type DeploymentSource, locateSides } from './locate-sides.ts';

/** A calibration with the measurer that `config` asks for: the same code on both sides. */
export async function measureAndCalibrate(
  config: Config,
  provenance: Provenance,
  { deployments, ...world }: Omit<CalibrationWorld, 'measurer'> & { readonly deployments: DeploymentSource },
): Promise<CalibrationResult> {
  const { log, signal } = world;
  refuseUnsetVariables(config, 'calibrate', process.env);
  const located = await locateSides(config, true, { ...deployments, commit: provenance.commit, log, signal });
  const sides = { baseline: provenance, candidate: provenance };
  const measurer =
    located.kind === 'not-measured'
      ? { measure: async () => located }
      : k6CalibrationMeasurer(located.config, { provenance: sides, log });
  return runCalibration({ name: config.name, thresholds: config.thresholds }, { ...world, measurer });
}

/** What measuring needs beside the world of every gate. */
export interface Surroundings {
  readonly progress: DuetProgress;
  readonly deployments: DeploymentSource;
}

export type RunMode = 'stored' | 'duet' | 'record';

/** The gate in the mode that was asked for, or that the surroundings ask for. */
export async function measureAndJudge(
  config: Config,
  mode: RunMode,
  provenance: Provenance,
  { deployments, ...given }: World & Surroundings,
): Promise<GateResult> {
  const { log, store, signal } = given;
  refuseUnsetVariables(config, mode, process.env);
  const source = { ...deployments, commit: provenance.commit, log, signal };
  const located = await locateSides(config, mode !== 'record', source);
  if (located.kind === 'located' && mode !== 'record') refuseSelfComparison(located.config);
  // Said by whoever would have measured, so that it is published like every verdict.
  const nowhere = located.kind === 'not-measured' ? { measure: async () => located } : undefined;
  const found = located.kind === 'located' ? located : { config, baselineCommit: undefined };
  const plan = judgingPlan(found.config);
  const canInspect = nowhere === undefined && !plan.onlyMeasures;
  const inspector = k6Inspector(found.config, { mode, provenance, log });
  const world = { ...given, ...(canInspect && { inspector }), inspect: config.inspection.when };
  const duet = () => ({
    measurer: nowhere ?? k6DuetMeasurer(found.config, { provenance: sidesOf(provenance, found.baselineCommit), log }),
    progress: world.progress,
  });
  if (mode === 'duet') return runDuet(plan, { ...world, ...duet() });
  const measurer = nowhere ?? k6Measurer(found.config, { mode, store, provenance, log });
  // A suspicion is the deciding job's to settle, by other machines.
  if (plan.onlyMeasures) return runGate({ ...plan, mode }, { ...world, measurer });
  const confirmation: Confirmation =
    config.duet === undefined
      ? { kind: 'repeats', measurer: afterPause(measurer), maxRepeats: config.maxRepeats }
      : { kind: 'duet', duet: duet() };
  return runGate({ ...plan, mode }, { ...world, measurer, confirmation });
}

/**
 * What is judged and by what rules. A job that is measured for another job has its part of the build's alpha, as it will be
 * judged.
 */
export function judgingPlan(config: Config): JudgingPlan {
  const { name, mode, thresholds, failOn, target, betweenJobs } = config;
  const given = { ...config.given, ...(typeof target?.url === 'string' && { targetUrl: target.url }) };
  if (mode !== 'measure') return { name, thresholds, failOn, given };
  const alpha = thresholds.alpha / Math.max(betweenJobs.jobs?.length ?? 1, 1);
  return { name, failOn: ['invalid'], given, thresholds: { ...thresholds, alpha }, onlyMeasures: true };
}

/**
 * A variable that is to be passed through and isn't there was mistyped, or set in another step: the load would be another
 * one. Throws `GateError` CONFIG_INVALID with all of them.
 */
function refuseUnsetVariables(
  config: Pick<Config, 'env' | 'baselineEnv' | 'candidateEnv' | 'duet'>,
  mode: RunMode | 'calibrate',
  environment: Readonly<Record<string, string | undefined>>,
): void {
  const lists = {
    env: config.env,
    // A suspicion is settled beside the baseline, where there is one.
    'baseline-env': mode === 'stored' && config.duet === undefined ? [] : config.baselineEnv,
    'candidate-env': mode === 'record' ? [] : config.candidateEnv,
  };
  const problems = Object.entries(lists).flatMap(([name, entries]) =>
    entries
      .filter((entry) => entry.kind === 'passed-through' && environment[entry.name] === undefined)
      .map((entry) => ({
        where: `input ${name}`,
        says: `${entry.name} is to be passed through, and no such variable is set here`,
      })),
  );
  if (problems.length > 0)
    throw configError(
      problems,
      'Set it for this step or shell, or give its value as NAME=VALUE; an empty one counts as set.',
    );
}

function afterPause(measurer: Measurer): Measurer {
  return {
    measure: async (signal) => {
      await sleep(pauseMs, undefined, { signal }).catch(() => undefined);
      return measurer.measure(signal);
    },
  };
}

function sidesOf(candidate: Provenance, baselineCommit: string | undefined) {
  return { baseline: baselineCommit === undefined ? {} : { commit: baselineCommit }, candidate };
}

/**
 * A deployment beside itself is never slower, whatever was changed: that gate would always pass. Two sides at one address
 * are taken where something else tells them apart. Throws `GateError` CONFIG_INVALID.
 */
export function refuseSelfComparison({ target, duet, baselineEnv, candidateEnv }: Config): void {
  if (target === undefined || duet === undefined || !isSamePlace(target.url, duet.baselineUrl)) return;
  if (JSON.stringify(baselineEnv) !== JSON.stringify(candidateEnv)) return;
  throw new GateError(
    'CONFIG_INVALID',
    `baseline-url and target-url are both ${JSON.stringify(target.url)}: compared with itself, a deployment is never slower`,
    'Give the address of another deployment in `baseline-url`; where one address serves both, tell them apart by `baseline-env` and `candidate-env`. To measure one deployment twice, use `calibrate`.',
  );
}

/** This machine has two names; a server that has only one of its two addresses is rarer than a slip. */
function isSamePlace(one: SideAddress, other: SideAddress): boolean {
  if (typeof one !== 'string' || typeof other !== 'string') return one === other;
  const named = (url: string) => url.replace(/^(https?:\/\/)127\.0\.0\.1(?=[:/]|$)/, '$1localhost');
  return named(one) === named(other);
}
