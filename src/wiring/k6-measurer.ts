import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { inspectSides } from '../adapters/inspection/inspect-sides.ts';
import { type FoundK6, findK6 } from '../adapters/k6/binary/find-k6.ts';
import { toolCacheDir } from '../adapters/k6/binary/k6-cache.ts';
import type { K6Binary } from '../adapters/k6/binary/k6-command.ts';
import { chooseOrder } from '../adapters/k6/duet/duet-schedule.ts';
import { measureDuet } from '../adapters/k6/duet/measure-duet.ts';
import type { MeasureOptions } from '../adapters/k6/run/measure-options.ts';
import { measureWithK6 } from '../adapters/k6/run/measure-with-k6.ts';
import { recognizePlacement } from '../adapters/target/network-distance.ts';
import { redactError, redactLog, redactor } from '../adapters/target/redact-secret.ts';
import { parseAddress } from '../adapters/target/target-host.ts';
import { describeIdentityChange, identifyTarget, type TargetIdentity } from '../adapters/target/target-identity.ts';
import type { Config, EnvironmentEntry, SideAddress } from '../config/config.ts';
import type { Provenance, RunRecord } from '../core/run-record/run-record.ts';
import { seededRandom } from '../core/stats/random.ts';
import { defined } from '../defined.ts';
import { GateError } from '../errors.ts';
import type { BaselineStore, DuetMeasurer, Inspector, Log, Measurer, NotMeasured } from '../ports.ts';
import { packageRoot } from './package-root.ts';

interface MeasurerSurroundings {
  readonly mode: 'stored' | 'record';
  /** The runs that this one will be compared with, or become one of. */
  readonly store: BaselineStore;
  readonly provenance: Provenance;
  readonly log: Log;
}

/**
 * The measurer that `config` asks for. k6 is looked for only when measuring begins. Measuring again takes the same
 * deployment, or says that it isn't there any more. Needs a target.
 */
export function k6Measurer(config: Config, { mode, store, provenance, log }: MeasurerSurroundings): Measurer {
  const url = targetUrl(config);
  const side = mode === 'record' ? 'baseline' : 'candidate';
  let measured: { readonly identity: TargetIdentity | undefined } | undefined;
  return {
    measure: async (signal) => {
      const k6 = await chooseK6(config, store, log, signal);
      const options = measureOptions(config, { k6, side, url, provenance, log });
      const change = measured && describeIdentityChange(measured.identity, await identifyTarget(options));
      if (change !== undefined) return anotherDeployment(url, change);
      const measurement = await measureWithK6(options).measure(signal);
      measured = { identity: signal.aborted ? undefined : await identifyTarget(options) };
      return measurement;
    },
  };
}

function anotherDeployment(url: string, change: string): NotMeasured {
  return {
    kind: 'not-measured',
    reason: 'target-changed',
    detail: `${url} is not what was measured before: ${change}`,
    hint: 'Deploy nothing there while it is measured.',
  };
}

/** Judged load a side unless the configuration says otherwise. */
const defaultJudgedMs = { duet: 180_000, calibration: 300_000 } as const;

interface DuetSurroundings {
  readonly provenance: Readonly<Record<'baseline' | 'candidate', Provenance>>;
  readonly log: Log;
}

/** The measurer of two targets that `config` asks for. Needs a target and a duet. */
export function k6DuetMeasurer(config: Config, surroundings: DuetSurroundings): DuetMeasurer {
  const { duet } = config;
  if (duet === undefined) throw new TypeError('parseConfig requires a baseline-url in a duet');
  return twoSidedMeasurer(config, duet, 'duet', surroundings);
}

/** The measurer of the same code on both sides: two deployments of it, or one that is measured twice at once. */
export function k6CalibrationMeasurer(config: Config, surroundings: DuetSurroundings): DuetMeasurer {
  const alone = { baselineUrl: targetUrl(config), order: 'auto' } as const;
  const placement = config.duet === undefined ? 'one-deployment' : config.placement;
  return twoSidedMeasurer({ ...config, placement }, config.duet ?? alone, 'calibration', surroundings);
}

function twoSidedMeasurer(
  config: Config,
  duet: NonNullable<Config['duet']>,
  purpose: 'duet' | 'calibration',
  { provenance, log }: DuetSurroundings,
): DuetMeasurer {
  const url = { baseline: plainAddress(duet.baselineUrl), candidate: targetUrl(config) };
  return {
    measure: async (begin, signal) => {
      const k6 = await chooseK6(config, undefined, log, signal);
      const pairId = `${new Date().toISOString().replaceAll(/[-:.]/g, '')}-${randomUUID().slice(0, 8)}`;
      const optionsOf = (side: 'baseline' | 'candidate') =>
        measureOptions(config, { k6, side, url: url[side], provenance: provenance[side], log });
      return measureDuet({
        pairId,
        isEqualCode: purpose === 'calibration',
        baseline: optionsOf('baseline'),
        candidate: optionsOf('candidate'),
        order: duet.order,
        placement: config.placement,
        judgedMs: config.timeBudgetMs ?? defaultJudgedMs[purpose],
        random: seededRandom(pairId),
        ...defined({ blockLengthMs: config.blockLengthMs, restartCommand: duet.restartCommand }),
      }).measure(begin, signal);
    },
  };
}

/**
 * Looks again at what a measurer of the same `config` measured, with the k6 that measured it. The value of the bypass header
 * is in no note.
 */
export function k6Inspector(
  config: Config,
  {
    mode,
    provenance,
    log,
  }: Pick<MeasurerSurroundings, 'provenance' | 'log'> & { readonly mode: 'stored' | 'duet' | 'record' },
): Inspector {
  const { bypassHeader } = config;
  const redact = bypassHeader === undefined ? (text: string) => text : redactor(bypassHeader.value);
  const quiet = redactLog(log, redact);
  const inspect: Inspector['inspect'] = async (asked, signal) => {
    const k6 = await chooseK6(withVersionOf(config, asked.record), undefined, quiet, signal);
    const optionsOf = (side: 'baseline' | 'candidate', url: string) =>
      measureOptions(config, { k6, side, url, provenance, log: quiet });
    const candidate = targetUrl(config);
    const baseline = asked.sides === 'both' && config.duet ? plainAddress(config.duet.baselineUrl) : undefined;
    return inspectSides(
      {
        sides: {
          ...(baseline !== undefined && { baseline: optionsOf('baseline', baseline) }),
          candidate: optionsOf(mode === 'record' ? 'baseline' : 'candidate', candidate),
        },
        areTogether: baseline !== undefined && (await areMeasuredTogether(config, baseline, candidate)),
        mayProbe: config.inspection.mayProbe,
        random: seededRandom(asked.record.id),
      },
      asked,
      signal,
    );
  };
  return {
    inspect: (asked, signal) =>
      inspect(asked, signal).then(
        (inspection) => ({ ...inspection, notes: inspection.notes.map(redact) }),
        (error: unknown) => {
          throw redactError(error, redact);
        },
      ),
  };
}

/** Another k6 might make other requests. */
function withVersionOf(config: Config, { fingerprint }: RunRecord): Config {
  const { k6Version } = fingerprint.soft;
  if (k6Version === undefined || config.k6.path !== undefined || config.k6.version !== undefined) return config;
  return { ...config, k6: { ...config.k6, version: k6Version } };
}

async function areMeasuredTogether({ duet, placement }: Config, baseline: string, candidate: string): Promise<boolean> {
  const [one, other] = [parseAddress(baseline), parseAddress(candidate)];
  if (one === undefined || other === undefined) return false;
  const place = placement === 'auto' ? await recognizePlacement(one, other) : placement;
  return chooseOrder(duet?.order ?? 'auto', place) === 'concurrent';
}

function targetUrl({ target }: Config): string {
  if (target === undefined) throw new TypeError('parseConfig requires a target where load is made');
  return plainAddress(target.url);
}

function plainAddress(address: SideAddress): string {
  if (typeof address !== 'string') throw new TypeError('locateSides makes a plain address of a deployment first');
  return address;
}

/**
 * A given version or path wins. Otherwise the version of the stored runs, since another one would be part of the
 * difference; where it can't be had any more, whatever is found. Two sides of a duet share one k6 and need no stored runs.
 */
async function chooseK6(
  config: Config,
  store: BaselineStore | undefined,
  log: Log,
  signal: AbortSignal,
): Promise<FoundK6> {
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
  const storedVersion = store === undefined ? undefined : await newestK6Version(config.name, store);
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
    ...defined({
      blockLengthMs: config.blockLengthMs,
      timeBudgetMs: config.timeBudgetMs,
      groupBy: config.groupBy,
      metricUnits: new Map(config.thresholds.metrics.map(({ metric, unit }) => [metric, unit])),
      environmentLabel: config.environment,
      bypassHeader: config.bypassHeader,
      resetCommand: config.resetCommand,
      durationMs: config.durationMs,
      rate: config.rate,
    }),
  };
}

function variablesOf(entries: readonly EnvironmentEntry[]): Record<string, string> {
  return Object.fromEntries(entries.flatMap((entry) => (entry.kind === 'set' ? [[entry.name, entry.value]] : [])));
}
