import type { AskedEndpoint } from '../../core/evidence/outside/inspection.ts';
import type { CanaryAnswer } from '../../core/evidence/outside/interference.ts';
import type { RequestSample } from '../../core/run-record/sample.ts';
import { queryParameter } from '../k6/output/k6-points.ts';
import type { PreparedTarget } from '../k6/run/prepare-target.ts';
import type { RequestNote } from '../k6/script/request-notes.ts';
import type { Probe } from './probe.ts';

export type SideName = 'baseline' | 'candidate';

/** Answers to what was asked alone; at one place of both sides stand those to the same request. */
export type Answers = ReadonlyMap<SideName, readonly AskedEndpoint[]>;

export const noAnswers: Answers = new Map();

/** A side that is ready to be looked at. */
export interface InspectedSide {
  readonly name: SideName;
  readonly prepared: PreparedTarget;
  readonly probe: Probe;
  readonly labelOf: (sample: RequestSample) => string | undefined;
  /** Name of the script whose requests are looked at, where the record tells scripts apart. */
  readonly scriptLabel: string | undefined;
  readonly idle: CanaryAnswer[];
}

/** As k6's own output would tell of the request. */
export function sampleOf(
  { method, url, name, tags, scenario, status, durationMs }: RequestNote,
  groupBy: string | undefined,
  script: string | undefined,
): RequestSample {
  const group = groupBy === undefined ? undefined : tags[groupBy];
  const query = groupBy?.startsWith('?') === true ? queryParameter(groupBy.slice(1), [name, url]) : undefined;
  return {
    ...{ kind: 'request', protocol: 'http', method, name: name ?? url, isNamed: name !== undefined },
    ...(scenario !== undefined && { scenario }),
    ...(script !== undefined && { script }),
    ...(group !== undefined && { group }),
    ...(query !== undefined && { query }),
    ...{ endedAtMs: 0, durationMs, status: String(status), isExpected: status < 400 },
  };
}
