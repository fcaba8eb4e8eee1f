import { type DuetOptions, measureDuet } from '../../src/adapters/k6/duet/measure-duet.ts';
import type { BlockPair } from '../../src/core/comparison/paired/paired-blocks.ts';
import { seededRandom } from '../../src/core/stats/random.ts';
import { isHopeless } from '../../src/core/validity/judge-pair-validity.ts';
import type { DuetMeasurement, DuetMeasurer, DuetSetup } from '../../src/ports.ts';
import { type MeasureRequest, someMeasureOptions } from './measure-script.ts';
import type { RecordedLog } from './recorded-log.ts';

export interface DuetRequest
  extends Partial<Omit<DuetOptions, 'baseline' | 'candidate'>>,
    Omit<MeasureRequest, 'url' | 'blockLengthMs'> {
  readonly baselineUrl: string;
  readonly candidateUrl: string;
  /** Asked after every complete pair; goes on to the end unless given. */
  readonly look?: (pairs: readonly BlockPair[]) => 'go-on' | 'stop';
}

interface Duet {
  readonly measurement: DuetMeasurement;
  readonly setup: DuetSetup | undefined;
  /** Number of pairs at each look. */
  readonly looks: readonly number[];
  readonly log: RecordedLog;
}

/** A measurer of two targets with real k6: ten pairs of one second unless told otherwise. */
export async function duetMeasurerOf(request: DuetRequest): Promise<{ measurer: DuetMeasurer; log: RecordedLog }> {
  const { baselineUrl, candidateUrl, look, order, placement, judgedMs, blockLengthMs, restartCommand, ...given } =
    request;
  const { options, log } = await someMeasureOptions({ ...given, url: candidateUrl });
  const measurer = measureDuet({
    pairId: 'duet-of-a-test',
    baseline: { ...options, target: { ...options.target, url: baselineUrl } },
    candidate: options,
    order: order ?? 'concurrent',
    placement: placement ?? 'auto',
    judgedMs: judgedMs ?? 10_000,
    blockLengthMs: blockLengthMs ?? 1_000,
    random: seededRandom('coin'),
    ...(restartCommand !== undefined && { restartCommand }),
  });
  return { measurer, log };
}

export async function measureDuetScript(request: DuetRequest): Promise<Duet> {
  const { measurer, log } = await duetMeasurerOf(request);
  const looks: number[] = [];
  let setup: DuetSetup | undefined;
  const measurement = await measurer.measure((begun) => {
    setup = begun;
    return {
      look(pairs, { sides, endBlock }) {
        looks.push(pairs.length);
        if (sides.some((side) => isHopeless(side, endBlock))) return 'stop';
        return request.look?.(pairs) ?? 'go-on';
      },
    };
  }, request.signal ?? new AbortController().signal);
  return { measurement, setup, looks, log };
}

/** Both records of a duet that must have been measured. */
export function recordsOf({ measurement }: Pick<Duet, 'measurement'>): Extract<DuetMeasurement, { kind: 'measured' }> {
  if (measurement.kind === 'measured') return measurement;
  throw new Error(`not measured: ${measurement.reason}: ${measurement.detail}`);
}
