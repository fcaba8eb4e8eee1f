import { basename } from 'node:path';
import { RunCollector } from '../../../core/run-record/collect-run.ts';
import type { RunRecord } from '../../../core/run-record/run-record.ts';
import type { Sample } from '../../../core/run-record/sample.ts';
import type { Measurement } from '../../../ports.ts';
import { redactor, redactSamples } from '../../target/redact-secret.ts';
import { hostForms } from '../../target/target-host.ts';
import { defaultWarmUpMs, describeLoad, loadModelOf, plannedLoadMs } from '../script/load-model.ts';
import { joinRuns } from './join-runs.ts';
import type { MeasureOptions } from './measure-options.ts';
import { type PreparedScript, type ScriptSetting, targetNotUsed } from './prepare-script.ts';
import { hashScripts, runFingerprint } from './run-fingerprint.ts';
import { runScript, type ScriptRun } from './run-script.ts';

/** Runs prepared scripts one after another into one record; stops at the first that doesn't run to its end. */
export async function runScripts(prepared: readonly PreparedScript[], setting: ScriptSetting): Promise<Measurement> {
  const { options, target } = setting;
  const plans = prepared.map((script) => planScript(script, prepared.length, options));
  const collector = new RunCollector({
    ...(options.blockLengthMs !== undefined && { blockLengthMs: options.blockLengthMs }),
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
      onHeartbeat: (atMs) => collector.noteHeartbeat(atMs),
    });
    // Between two scripts no k6 runs, which is no jump of the clock.
    collector.endShard();
    laterWarmUpRequests += warmUp?.requests ?? 0;
    runs.push(run);
    if (run.stoppedBy === 'target-not-used' || (run.exit.class === 'ran' && run.targetUse?.kind === 'elsewhere')) {
      const hosts = run.targetUse?.kind === 'elsewhere' ? run.targetUse.hosts : ['another host'];
      return targetNotUsed(script.script, hosts, script.sources, setting);
    }
    if (run.exit.class !== 'ran') break;
  }
  const joined = joinRuns(runs);
  const record = collector.finish({
    loadModel: loadModelOf(prepared.map(({ inspection }) => inspection)),
    fingerprint: runFingerprint({
      name: options.name,
      ...(options.environmentLabel === undefined ? {} : { environmentLabel: options.environmentLabel }),
      load: loadText(
        prepared,
        plans.map((plan) => plan.loadLimitMs),
      ),
      k6: options.k6,
      scriptHash: hashScripts(
        prepared.map((script) => script.sources),
        options.directory,
      ),
      environment: options.environment,
    }),
    provenance: options.provenance,
    ...joined,
    warnings: [...plans.flatMap((plan) => plan.warnings), ...joined.warnings],
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
export function loadText(prepared: readonly PreparedScript[], limitsMs: readonly (number | undefined)[] = []): string {
  const texts = prepared.map(({ script, inspection }, index) => {
    const limitMs = limitsMs[index];
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

function withWarmUpRequests(record: RunRecord, requests: number): RunRecord {
  const outside = record.requestsOutsideBlocks;
  if (requests === 0 || outside === undefined) return record;
  return { ...record, requestsOutsideBlocks: { ...outside, warmUp: outside.warmUp + requests } };
}
