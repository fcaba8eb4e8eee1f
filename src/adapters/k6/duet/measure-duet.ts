import type { DuetOrder, Placement } from '../../../core/comparison/paired/duet-plan.ts';
import type { Random } from '../../../core/stats/random.ts';
import type { DuetMeasurement, DuetMeasurer } from '../../../ports.ts';
import { compareDistance, recognizePlacement } from '../../target/network-distance.ts';
import { redactError, redactLog, redactor, redactRecord } from '../../target/redact-secret.ts';
import { isolateSide } from '../run/isolate-side.ts';
import type { MeasureOptions } from '../run/measure-options.ts';
import type { PreparedTarget } from '../run/prepare-target.ts';
import { withTemporaryFolder } from '../run/temporary-folder.ts';
import { prepareSides } from './duet-places.ts';
import { chooseOrder, planDuet } from './duet-schedule.ts';
import { DuetRun } from './run-duet.ts';

/**
 * A measurer that runs the user's scripts, unchanged, against two targets: two k6 processes at once, or one after the
 * other in short rounds. Time blocks of both sides are pairs and are handed on as soon as they are complete.
 */
export function measureDuet(options: DuetOptions): DuetMeasurer {
  const { bypassHeader } = options.candidate;
  if (bypassHeader === undefined) return { measure: (begin, signal) => measure(options, begin, signal) };
  const redact = redactor(bypassHeader.value);
  const quiet: DuetOptions = {
    ...options,
    baseline: { ...options.baseline, log: redactLog(options.baseline.log, redact) },
    candidate: { ...options.candidate, log: redactLog(options.candidate.log, redact) },
  };
  const clean = (measurement: DuetMeasurement): DuetMeasurement =>
    measurement.kind === 'measured'
      ? {
          ...measurement,
          baseline: redactRecord(measurement.baseline, redact),
          candidate: redactRecord(measurement.candidate, redact),
          warnings: measurement.warnings.map(redact),
        }
      : { ...measurement, detail: redact(measurement.detail), hint: redact(measurement.hint) };
  return {
    measure: (begin, signal) =>
      measure(quiet, begin, signal).then(clean, (error: unknown) => {
        throw redactError(error, redact);
      }),
  };
}

function measure(
  options: DuetOptions,
  begin: Parameters<DuetMeasurer['measure']>[0],
  signal: AbortSignal,
): Promise<DuetMeasurement> {
  return withTemporaryFolder('tailgate-duet-', async (folder) => {
    const places = await prepareSides(options, folder, signal);
    if ('kind' in places) return places;
    const { baseline, candidate } = places;
    const placement = await placementOf(options, baseline.own, candidate.own);
    const distance = await compareDistance(baseline.own.setting.target, candidate.own.setting.target);
    const schedule = planDuet({
      order: chooseOrder(options.order, placement),
      judgedMs: options.judgedMs,
      blockLengthMs: options.blockLengthMs,
      warmUpMs: options.candidate.warmUpMs,
      scripts: candidate.own.scripts,
    });
    tellIsolation(candidate.own, options);
    const run = new DuetRun({ options, places, schedule, folder, signal });
    const judge = begin({
      pairId: options.pairId,
      plannedPairs: schedule.plannedPairs,
      blockLengthMs: schedule.blockLengthMs,
      order: schedule.order,
      placement,
      isClosedModel: run.isClosedModel,
    });
    return run.measure(judge, distance === undefined ? [] : [distance]);
  });
}

async function placementOf(
  { placement }: DuetOptions,
  baseline: PreparedTarget,
  candidate: PreparedTarget,
): Promise<Placement> {
  return placement === 'auto' ? recognizePlacement(baseline.setting.target, candidate.setting.target) : placement;
}

function tellIsolation({ scripts, setting }: PreparedTarget, { candidate }: DuetOptions): void {
  const off = scripts.flatMap(({ user }) => isolateSide(user, setting.environment, 'candidate').off);
  if (off.length === 0) return;
  const names = [...new Set(off)].join(', ');
  candidate.log.info(`off while both sides are measured, so that they stay alike: ${names}`);
}

/** All that measuring two targets side by side needs to know. */
export interface DuetOptions {
  /** Names this duet in both records. */
  readonly pairId: string;
  /** Both sides run the same scripts with the same settings; addresses, variables and provenance are their own. */
  readonly baseline: MeasureOptions;
  readonly candidate: MeasureOptions;
  /** Whether both sides are known to run the same code. */
  readonly isEqualCode?: boolean;
  readonly order: DuetOrder | 'auto';
  readonly placement: Placement | 'auto';
  /** Judged load a side. */
  readonly judgedMs: number;
  /** As configured; absent: 5 s, in alternating duets 10 s. */
  readonly blockLengthMs?: number;
  /** Starts the code of a side at an address; runs before each of three parts of the duet, in the second with swapped addresses. */
  readonly restartCommand?: string;
  /** Decides the order in each pair. */
  readonly random: Random;
}
