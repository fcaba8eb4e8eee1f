import { hostname } from 'node:os';
import type { K6Binary } from '../adapters/k6/binary/k6-command.ts';
import type { MeasureOptions } from '../adapters/k6/run/measure-options.ts';
import type { Config, EnvironmentEntry } from '../config/config.ts';
import type { Provenance } from '../core/run-record/run-record.ts';
import type { Log } from '../ports.ts';

interface Subject {
  readonly k6: K6Binary;
  /** Whose variables the scripts get. */
  readonly side: 'baseline' | 'candidate';
  readonly url: string;
  readonly provenance: Provenance;
  readonly log: Log;
}

/** What measuring one target needs to know, from the configuration and this process's surroundings. */
export function measureOptions(config: Config, { k6, side, url, provenance, log }: Subject): MeasureOptions {
  const { target } = config;
  if (target === undefined) throw new TypeError('parseConfig requires a target where load is made');
  const entries = [...config.env, ...(side === 'baseline' ? config.baselineEnv : config.candidateEnv)];
  return {
    k6,
    scripts: config.scripts,
    target: { ...target, url },
    env: variablesOf(entries),
    passThroughNames: entries.filter((entry) => entry.kind === 'passed-through').map((entry) => entry.name),
    k6Args: config.k6.args,
    warmUpMs: config.warmUpMs ?? 'auto',
    name: config.name,
    provenance: { ...provenance, machine: process.env['RUNNER_NAME'] ?? hostname() },
    wait: config.readiness,
    environment: process.env,
    directory: process.cwd(),
    log,
    clock: { now: () => Date.now() },
    ...(config.blockLengthMs !== undefined && { blockLengthMs: config.blockLengthMs }),
    ...(config.timeBudgetMs !== undefined && { timeBudgetMs: config.timeBudgetMs }),
    ...(config.groupBy !== undefined && { groupBy: config.groupBy }),
    ...(config.environment !== undefined && { environmentLabel: config.environment }),
    ...(config.bypassHeader !== undefined && { bypassHeader: config.bypassHeader }),
    ...(config.resetCommand !== undefined && { resetCommand: config.resetCommand }),
    ...(config.durationMs !== undefined && { durationMs: config.durationMs }),
    ...(config.rate !== undefined && { rate: config.rate }),
  };
}

function variablesOf(entries: readonly EnvironmentEntry[]): Record<string, string> {
  return Object.fromEntries(entries.flatMap((entry) => (entry.kind === 'set' ? [[entry.name, entry.value]] : [])));
}
