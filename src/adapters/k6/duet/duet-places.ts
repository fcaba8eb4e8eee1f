import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Log, NotMeasured } from '../../../ports.ts';
import { type PreparedTarget, prepareTarget } from '../run/prepare-target.ts';
import type { SideName } from './duet-side.ts';
import type { DuetOptions } from './measure-duet.ts';

/** Each side at its own address and, where roles are swapped, at the other's. */
export type DuetPlaces = Readonly<
  Record<SideName, { readonly own: PreparedTarget; readonly swapped?: PreparedTarget }>
>;

/**
 * Prepares both sides, each with its own environment. The scripts must be the same files: two sides of different load
 * can't be compared.
 */
export async function prepareSides(
  options: DuetOptions,
  folder: string,
  signal: AbortSignal,
): Promise<DuetPlaces | NotMeasured> {
  const prepare = async (side: SideName, other: SideName): Promise<PreparedTarget | NotMeasured> => {
    const own = options[side];
    const place = join(folder, `${side}-at-${other}`);
    await mkdir(place);
    const log = side === 'candidate' && other === 'candidate' ? own.log : quietLog(own.log, side);
    const prepared = await prepareTarget({ ...own, log, target: options[other].target }, place, signal);
    return prepared.kind === 'prepared' ? prepared : { ...prepared, detail: `the ${side} side: ${prepared.detail}` };
  };
  const [baseline, candidate] = await Promise.all([prepare('baseline', 'baseline'), prepare('candidate', 'candidate')]);
  if (baseline.kind === 'not-measured') return baseline;
  if (candidate.kind === 'not-measured') return candidate;
  if (options.restartCommand === undefined) return { baseline: { own: baseline }, candidate: { own: candidate } };
  const [baselineSwapped, candidateSwapped] = await Promise.all([
    prepare('baseline', 'candidate'),
    prepare('candidate', 'baseline'),
  ]);
  if (baselineSwapped.kind === 'not-measured') return baselineSwapped;
  if (candidateSwapped.kind === 'not-measured') return candidateSwapped;
  return {
    baseline: { own: baseline, swapped: baselineSwapped },
    candidate: { own: candidate, swapped: candidateSwapped },
  };
}

/** What is said of one side holds for the other; only what went wrong is worth a second line. */
function quietLog(log: Log, side: SideName): Log {
  return {
    info: (message) => log.debug(`${side}: ${message}`),
    warn: (message) => log.warn(`${side}: ${message}`),
    debug: (message) => log.debug(`${side}: ${message}`),
  };
}
