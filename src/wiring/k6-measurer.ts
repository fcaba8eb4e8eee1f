import { hostname } from 'node:os';
import { findK6, type K6Binary } from '../adapters/k6/find-k6.ts';
import { toolCacheDir } from '../adapters/k6/k6-cache.ts';
import { measureWithK6 } from '../adapters/k6/measure-with-k6.ts';
import type { Config, EnvironmentEntry } from '../config/config.ts';
import type { Provenance } from '../core/run-record/run-record.ts';
import { GateError } from '../errors.ts';
import type { BaselineStore, Log, Measurer } from '../ports.ts';
import { packageRoot } from './package-root.ts';

interface MeasurerSurroundings {
  readonly mode: 'stored' | 'record';
  /** The runs that this one will be compared with, or become one of. */
  readonly store: BaselineStore;
  readonly provenance: Provenance;
  readonly log: Log;
}

/** The measurer that `config` asks for. k6 is looked for only when measuring begins. Needs a target. */
export function k6Measurer(config: Config, { mode, store, provenance, log }: MeasurerSurroundings): Measurer {
  const { target, k6 } = config;
  if (target === undefined) throw new TypeError('parseConfig requires a target where load is made');
  const entries = [...config.env, ...(mode === 'record' ? config.baselineEnv : config.candidateEnv)];
  return {
    measure: async (signal) => {
      const binary = await chooseK6(config, store, log, signal);
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

/**
 * A given version or path wins. Otherwise the version of the stored runs, since another one would be part of the
 * difference; where it can't be had any more, whatever is found.
 */
async function chooseK6(config: Config, store: BaselineStore, log: Log, signal: AbortSignal): Promise<K6Binary> {
  const find = (version: string | undefined) =>
    findK6({
      k6Path: config.k6.path,
      version,
      mirror: config.k6.mirror,
      environment: process.env,
      cacheDir: toolCacheDir(process.env),
      packageRoot: packageRoot(),
      log,
      signal,
    });
  if (config.k6.version !== undefined || config.k6.path !== undefined) return find(config.k6.version);
  const storedVersion = await newestK6Version(config.name, store);
  if (storedVersion === undefined) return find(undefined);
  try {
    return await find(storedVersion);
  } catch (error) {
    if (!(error instanceof GateError)) throw error;
    log.warn(`The stored runs were made with k6 ${storedVersion}. ${error.message} Another k6 is used.`);
    return find(undefined);
  }
}

async function newestK6Version(name: string, store: BaselineStore): Promise<string | undefined> {
  const { records } = await store.list();
  const newest = records.findLast(({ fingerprint, quarantined }) => fingerprint.hard.name === name && !quarantined);
  return newest?.fingerprint.soft.k6Version;
}

function variablesOf(entries: readonly EnvironmentEntry[]): Record<string, string> {
  return Object.fromEntries(entries.flatMap((entry) => (entry.kind === 'set' ? [[entry.name, entry.value]] : [])));
}
