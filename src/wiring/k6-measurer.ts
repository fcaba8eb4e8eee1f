import { randomUUID } from 'node:crypto';
import { measureDuet } from '../adapters/k6/duet/measure-duet.ts';
import { measureWithK6 } from '../adapters/k6/run/measure-with-k6.ts';
import type { Config, SideAddress } from '../config/config.ts';
import type { Provenance } from '../core/run-record/run-record.ts';
import { seededRandom } from '../core/stats/random.ts';
import type { BaselineStore, DuetMeasurer, Log, Measurer } from '../ports.ts';
import { chooseK6 } from './choose-k6.ts';
import { measureOptions } from './measure-options.ts';

interface MeasurerSurroundings {
  readonly mode: 'stored' | 'record';
  /** The runs that this one will be compared with, or become one of. */
  readonly store: BaselineStore;
  readonly provenance: Provenance;
  readonly log: Log;
}

/** The measurer that `config` asks for. k6 is looked for only when measuring begins. Needs a target. */
export function k6Measurer(config: Config, { mode, store, provenance, log }: MeasurerSurroundings): Measurer {
  const url = targetUrl(config);
  const side = mode === 'record' ? 'baseline' : 'candidate';
  return {
    measure: async (signal) => {
      const k6 = await chooseK6(config, store, log, signal);
      return measureWithK6(measureOptions(config, { k6, side, url, provenance, log })).measure(signal);
    },
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
  const alone = { baselineUrl: targetUrl(config), order: 'auto', placement: 'one-deployment' } as const;
  return twoSidedMeasurer(config, config.duet ?? alone, 'calibration', surroundings);
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
        placement: duet.placement,
        judgedMs: config.timeBudgetMs ?? defaultJudgedMs[purpose],
        random: seededRandom(pairId),
        ...(config.blockLengthMs !== undefined && { blockLengthMs: config.blockLengthMs }),
        ...(duet.restartCommand !== undefined && { restartCommand: duet.restartCommand }),
      }).measure(begin, signal);
    },
  };
}

function targetUrl({ target }: Config): string {
  if (target === undefined) throw new TypeError('parseConfig requires a target where load is made');
  return plainAddress(target.url);
}

function plainAddress(address: SideAddress): string {
  if (typeof address !== 'string') throw new TypeError('locateSides makes a plain address of a deployment first');
  return address;
}
