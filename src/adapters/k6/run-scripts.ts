import { basename } from 'node:path';
import { RunCollector } from '../../core/run-record/collect-run.ts';
import type { GeneratorLoad, RunExit, RunRecord } from '../../core/run-record/run-record.ts';
import type { Sample } from '../../core/run-record/sample.ts';
import type { Measurement } from '../../ports.ts';
import { worseClass } from './exit-class.ts';
import { defaultWarmUpMs, describeLoad, plannedLoadMs } from './load-model.ts';
import type { MeasureOptions } from './measure-options.ts';
import { type PreparedScript, type ScriptSetting, targetNotUsed } from './prepare-script.ts';
import { redactor, redactSamples } from './redact-secret.ts';
import { hashScripts, runFingerprint } from './run-fingerprint.ts';
import { runScript, type ScriptRun } from './run-script.ts';
import { hostForms } from './target-host.ts';

/** Runs prepared scripts one after another into one record; stops at the first that doesn't run to its end. */
export async function runScripts(prepared: readonly PreparedScript[], setting: ScriptSetting): Promise<Measurement> {
  const { options, target } = setting;
  const plans = prepared.map((script) => planScript(script, prepared.length, options));
  const collector = new RunCollector({
    blockLengthMs: options.blockLengthMs,
    warmUpMs: plans[0]?.warmUpMs ?? 0,
    targetHosts: hostForms(target),
  });
  const collect = (sample: Sample) => collector.add(sample);
  const { bypassHeader } = options;
  const keep = bypassHeader === undefined ? collect : redactSamples(redactor(bypassHeader.value), collect);
  const startedAtMs = options.clock.now();
  const runs: ScriptRun[] = [];
  let laterWarmUpRequests = 0;
  for (const [index, script] of prepared.entries()) {
    const plan = plans[index];
    if (plan === undefined) continue;
    tellBeginning(script, plan, options);
    const warmUp = index === 0 ? undefined : new LaterWarmUp(plan.warmUpMs);
    const run = await runScript({
      measure: options,
      prepared: script,
      environment: setting.environment,
      target,
      label: prepared.length > 1 ? basename(script.script) : undefined,
      loadLimitMs: plan.loadLimitMs,
      folder: setting.folder,
      signal: setting.signal,
      onSample: (sample) => {
        if (warmUp?.covers(sample) !== true) keep(sample);
      },
    });
    laterWarmUpRequests += warmUp?.requests ?? 0;
    runs.push(run);
    if (run.stoppedBy === 'target-not-used' || (run.exit.class === 'ran' && run.targetUse?.kind === 'elsewhere')) {
      const hosts = run.targetUse?.kind === 'elsewhere' ? run.targetUse.hosts : ['another host'];
      return targetNotUsed(script.script, hosts, script.sources, setting);
    }
    if (run.exit.class !== 'ran') break;
  }
  const record = collector.finish({
    fingerprint: runFingerprint({
      name: options.name,
      ...(options.environmentLabel === undefined ? {} : { environmentLabel: options.environmentLabel }),
      load: loadText(prepared, plans),
      k6: options.k6,
      scriptHash: hashScripts(
        prepared.map((script) => script.sources),
        options.directory,
      ),
      environment: options.environment,
    }),
    provenance: options.provenance,
    iterations: sum(runs, (run) => run.iterations),
    droppedIterations: sum(runs, (run) => run.droppedIterations),
    setupAndTeardownRequests: sum(runs, (run) => run.setupAndTeardownRequests),
    exit: joinExits(runs),
    generator: joinGenerators(runs),
    warnings: [...plans.flatMap((plan) => plan.warnings), ...runs.flatMap(warningsOf)],
    startedAtMs,
  });
  return { kind: 'measured', record: withWarmUpRequests(record, laterWarmUpRequests) };
}

function tellBeginning({ script, inspection }: PreparedScript, plan: ScriptPlan, { k6, log }: MeasureOptions): void {
  const plannedMs = plan.loadLimitMs ?? plannedLoadMs(inspection);
  const length = plannedMs === undefined ? '' : `, for ${Math.round(plannedMs / 1000)} s`;
  log.info(`running ${script} with k6 ${k6.version}${length}: ${describeLoad(inspection)}`);
}

interface ScriptPlan {
  readonly warmUpMs: number;
  /** Load after which the script is stopped; absent: it runs to its own end. */
  readonly loadLimitMs: number | undefined;
  readonly warnings: readonly string[];
}

function planScript({ script, inspection }: PreparedScript, scripts: number, options: MeasureOptions): ScriptPlan {
  const warmUpMs = options.warmUpMs === 'auto' ? defaultWarmUpMs(inspection) : options.warmUpMs;
  if (options.timeBudgetMs === undefined) return { warmUpMs, loadLimitMs: undefined, warnings: [] };
  const limitMs = warmUpMs + options.timeBudgetMs / scripts;
  const plannedMs = plannedLoadMs(inspection) ?? inspection.totalDurationMs;
  if (plannedMs <= limitMs) return { warmUpMs, loadLimitMs: undefined, warnings: [] };
  const warning = `${script} was stopped by the time budget after ${limitMs / 1000} s of ${plannedMs / 1000} s: only that beginning is compared`;
  return { warmUpMs, loadLimitMs: limitMs, warnings: [warning] };
}

/** A shortened run is another load: it is compared with runs that were shortened alike. */
function loadText(prepared: readonly PreparedScript[], plans: readonly ScriptPlan[]): string {
  const texts = prepared.map(({ script, inspection }, index) => {
    const limitMs = plans[index]?.loadLimitMs;
    const load = `${describeLoad(inspection)}${limitMs === undefined ? '' : `, first ${limitMs / 1000}s`}`;
    return prepared.length > 1 ? `${basename(script)} { ${load} }` : load;
  });
  return texts.join(' ');
}

/** The warm-up of a script that isn't the first: the collector knows only that of the first. */
class LaterWarmUp {
  requests = 0;
  readonly #lengthMs: number;
  #endMs: number | undefined;

  constructor(lengthMs: number) {
    this.#lengthMs = lengthMs;
  }

  covers(sample: Sample): boolean {
    const atMs = sample.kind === 'request' ? sample.endedAtMs : sample.atMs;
    this.#endMs ??= atMs + this.#lengthMs;
    if (atMs >= this.#endMs) return false;
    if (sample.kind === 'request') this.requests += 1;
    return true;
  }
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
    crossedThresholds: exits.flatMap((exit) => exit.crossedThresholds),
    thrownIterations: exits.reduce((total, exit) => total + exit.thrownIterations, 0),
    ...(message === undefined ? {} : { message }),
  };
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

function withWarmUpRequests(record: RunRecord, requests: number): RunRecord {
  const outside = record.requestsOutsideBlocks;
  if (requests === 0 || outside === undefined) return record;
  return { ...record, requestsOutsideBlocks: { ...outside, warmUp: outside.warmUp + requests } };
}

function greatest(values: readonly (number | undefined)[]): number | undefined {
  const known = values.filter((value) => value !== undefined);
  return known.length === 0 ? undefined : Math.max(...known);
}

function sum(runs: readonly ScriptRun[], of: (run: ScriptRun) => number): number {
  return runs.reduce((total, run) => total + of(run), 0);
}
