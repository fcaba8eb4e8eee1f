import type { RecordFacts } from '../../../core/run-record/collect-run.ts';
import type { GeneratorLoad, RunExit } from '../../../core/run-record/run-record.ts';
import { worseClass } from './exit-class.ts';
import type { ScriptRun } from './run-script.ts';

/** What several runs of k6 that make one record together left beside their samples. */
export function joinRuns(
  runs: readonly ScriptRun[],
): Pick<
  RecordFacts,
  'iterations' | 'droppedIterations' | 'bytesReceived' | 'setupAndTeardownRequests' | 'exit' | 'generator' | 'warnings'
> {
  const bytesReceived = sum(runs, (run) => run.bytesReceived);
  return {
    iterations: sum(runs, (run) => run.iterations),
    droppedIterations: sum(runs, (run) => run.droppedIterations),
    ...(bytesReceived > 0 && { bytesReceived }),
    setupAndTeardownRequests: sum(runs, (run) => run.setupAndTeardownRequests),
    exit: joinExits(runs),
    generator: joinGenerators(runs),
    warnings: [...new Set(runs.flatMap(warningsOf))],
  };
}

function joinExits(runs: readonly ScriptRun[]): RunExit {
  const exits = runs.map((run) => run.exit);
  const worst = exits.reduce<RunExit['class']>((all, exit) => worseClass(all, exit.class), 'ran');
  const telling = exits.find((exit) => exit.class === worst && exit.code !== 0) ?? exits[0];
  const message = exits.find((exit) => exit.message !== undefined)?.message;
  return {
    class: worst,
    ...(telling?.code === undefined ? {} : { code: telling.code }),
    ...(telling?.signal === undefined ? {} : { signal: telling.signal }),
    crossedThresholds: [...new Set(exits.flatMap((exit) => exit.crossedThresholds))],
    ...joinOtherThresholds(exits),
    thrownIterations: exits.reduce((total, exit) => total + exit.thrownIterations, 0),
    ...(message === undefined ? {} : { message }),
  };
}

/** What one run crossed did not hold over all of them. */
function joinOtherThresholds(exits: readonly RunExit[]): Pick<RunExit, 'otherThresholds'> {
  const crossed = new Set(exits.flatMap((exit) => exit.crossedThresholds));
  const held = [...new Set(exits.flatMap((exit) => exit.otherThresholds ?? []))].filter((name) => !crossed.has(name));
  return held.length === 0 ? {} : { otherThresholds: held };
}

function joinGenerators(runs: readonly ScriptRun[]): GeneratorLoad {
  const peakCpuShare = greatest(runs.map((run) => run.peakCpuShare));
  const startLatenessMs = greatest(runs.map((run) => run.startLatenessMs));
  const readerLagMs = greatest(runs.map((run) => run.readerLagMs));
  return {
    ...(peakCpuShare === undefined ? {} : { peakCpuShare: Math.round(peakCpuShare * 1000) / 1000 }),
    ...(startLatenessMs === undefined ? {} : { startLatenessMs: Math.round(startLatenessMs * 100) / 100 }),
    ...(readerLagMs === undefined ? {} : { readerLagMs }),
  };
}

function warningsOf({ targetUse, warnings }: ScriptRun): readonly string[] {
  if (targetUse?.kind !== 'unknown') return warnings;
  return [...warnings, `it could not be shown that the load reached the target: ${targetUse.why}`];
}

function greatest(values: readonly (number | undefined)[]): number | undefined {
  const known = values.filter((value) => value !== undefined);
  return known.length === 0 ? undefined : Math.max(...known);
}

function sum(runs: readonly ScriptRun[], of: (run: ScriptRun) => number): number {
  return runs.reduce((total, run) => total + of(run), 0);
}
