import { hostname } from 'node:os';
import { findK6 } from '../adapters/k6/find-k6.ts';
import { toolCacheDir } from '../adapters/k6/k6-cache.ts';
import { measureWithK6 } from '../adapters/k6/measure-with-k6.ts';
import type { Config, EnvironmentEntry } from '../config/config.ts';
import type { Provenance } from '../core/run-record/run-record.ts';
import type { Log, Measurer } from '../ports.ts';
import { packageRoot } from './package-root.ts';

interface MeasurerSurroundings {
  readonly mode: 'stored' | 'record';
  readonly provenance: Provenance;
  readonly log: Log;
}

/** The measurer that `config` asks for. k6 is looked for only when measuring begins. Needs a target. */
export function k6Measurer(config: Config, { mode, provenance, log }: MeasurerSurroundings): Measurer {
  const { target, k6 } = config;
  if (target === undefined) throw new TypeError('parseConfig requires a target where load is made');
  const entries = [...config.env, ...(mode === 'record' ? config.baselineEnv : config.candidateEnv)];
  return {
    measure: async (signal) => {
      const binary = await findK6({
        k6Path: k6.path,
        version: k6.version,
        mirror: k6.mirror,
        environment: process.env,
        cacheDir: toolCacheDir(process.env),
        packageRoot: packageRoot(),
        log,
        signal,
      });
      return measureWithK6({
        k6: binary,
        scripts: config.scripts,
        target,
        env: variablesOf(entries),
        passThroughNames: entries.filter((entry) => entry.kind === 'passed-through').map((entry) => entry.name),
        k6Args: k6.args,
        warmUpMs: config.warmUpMs ?? 'auto',
        blockLengthMs: config.blockLengthMs,
        name: config.name,
        provenance: { ...provenance, machine: process.env['RUNNER_NAME'] ?? hostname() },
        wait: config.readiness,
        environment: process.env,
        directory: process.cwd(),
        log,
        clock: { now: () => Date.now() },
        ...(config.timeBudgetMs !== undefined && { timeBudgetMs: config.timeBudgetMs }),
        ...(config.groupBy !== undefined && { groupBy: config.groupBy }),
        ...(config.environment !== undefined && { environmentLabel: config.environment }),
        ...(config.bypassHeader !== undefined && { bypassHeader: config.bypassHeader }),
        ...(config.durationMs !== undefined && { durationMs: config.durationMs }),
        ...(config.rate !== undefined && { rate: config.rate }),
      }).measure(signal);
    },
  };
}

function variablesOf(entries: readonly EnvironmentEntry[]): Record<string, string> {
  return Object.fromEntries(entries.flatMap((entry) => (entry.kind === 'set' ? [[entry.name, entry.value]] : [])));
}
