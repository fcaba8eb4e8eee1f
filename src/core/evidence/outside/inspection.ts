import type { Blocker, InspectionSummary, Quantities } from '../../run-record/inspection-summary.ts';
import { mean, median } from '../../stats/sample-moments.ts';
import { type Answer, quantitiesOf } from './answer.ts';
import { type Contrast, type Contrasts, contrastOfPairs, contrastOfRuns, meansOf } from './contrast.ts';
import { blockersOf, type CanaryAnswer, type InFlight, longestGapsMs } from './interference.ts';
import { msPerItem, perItemContrast } from './per-item.ts';
import type { ReadsAfterWrites } from './stale-reads.ts';

/** What one side showed when it was looked at from outside, after the load that is judged. */
export interface SideInspection {
  /** Answers of endpoints that were asked alone; on two sides the answers at one place belong together. */
  readonly alone: readonly AskedEndpoint[];
  /** The script's own load once more, with a canary beside it. */
  readonly loaded?: LoadedPhase;
  /** The canary while nothing else was asked. */
  readonly idle: readonly CanaryAnswer[];
  /** Reads that followed the script's own writes. */
  readonly afterWrites?: readonly ReadsAfterWrites[];
}

export interface AskedEndpoint {
  readonly endpoint: string;
  /** Whether its answers are to the script's own iterations, or to other paths on each side. */
  readonly isLoose?: boolean;
  readonly answers: readonly (Answer | undefined)[];
}

export interface LoadedPhase {
  readonly startedAtMs: number;
  /** Only expected answers. */
  readonly requests: readonly InFlight[];
  readonly canaries: readonly CanaryAnswer[];
}

/** What differs between two sides, as far as it was seen from outside. */
export interface OutsideEvidence {
  /** What `n` counts: pairs of requests, or runs before the candidate's. */
  readonly unit: 'pairs' | 'runs';
  readonly endpoints: ReadonlyMap<string, EndpointEvidence>;
  /** The canary under load; absent where there was none. */
  readonly canary?: Contrast;
  /** For how long nothing at all was answered while the canary waited. */
  readonly gap?: Contrast;
  /** The canary while nothing else was asked. */
  readonly idle?: Contrast;
  /** Of the candidate, by how much longer than beside the same endpoint of the baseline; longest first. */
  readonly blockers: readonly Blocker[];
}

export interface EndpointEvidence {
  /** Pairs of answers, or the candidate's answers where its runs are compared. */
  readonly n: number;
  /** Whether they are no answers to the same requests at about the same time: those of whole iterations. */
  readonly isLoose?: boolean;
  readonly contrasts: Contrasts;
  /** Mean ms under the script's load. */
  readonly loaded?: Contrast;
}

const sliceMs = 500;

/** More endpoints than this are not kept with a run, and of each no more parts that the service times. */
const maxKeptEndpoints = 40;
const maxKeptParts = 8;

/** What may be kept with a run of what was seen: its size is bounded, whatever the service answers. */
export function keptOf(summary: InspectionSummary): InspectionSummary {
  return { ...summary, endpoints: summary.endpoints.slice(0, maxKeptEndpoints) };
}

/** One side in means, endpoints that were asked about first. */
export function summarizeInspection({ alone, loaded, idle }: SideInspection): InspectionSummary {
  const loadedMs = new Map(
    [...Map.groupBy(loaded?.requests ?? [], ({ endpoint }) => endpoint)].map(([endpoint, requests]) => [
      endpoint,
      mean(requests.map(({ startMs, endMs }) => endMs - startMs)),
    ]),
  );
  const asked = new Map(alone.map(({ endpoint, answers }) => [endpoint, answers]));
  const endpoints = [...new Set([...asked.keys(), ...[...loadedMs.keys()].sort()])];
  return {
    endpoints: endpoints.map((endpoint) => {
      const answers = present(asked.get(endpoint) ?? []).map(quantitiesOf);
      const perItem = msPerItem(answers);
      const underLoad = loadedMs.get(endpoint);
      return {
        endpoint,
        n: answers.length,
        means: {
          ...withLargestParts(meansOf(answers)),
          ...(perItem !== undefined && { msPerItem: perItem }),
          ...(underLoad !== undefined && { loadedMs: underLoad }),
        },
      };
    }),
    whole: {
      ...(loaded &&
        loaded.canaries.length > 0 && {
          canaryMs: mean(loaded.canaries.map(({ durationMs }) => durationMs)),
          gapMs: mean(longestGapsMs(loaded.requests, loaded.canaries)),
        }),
      ...(idle.length > 0 && { idleMs: median(idle.map(({ durationMs }) => durationMs)) }),
    },
    blockers: loaded === undefined ? [] : blockersOf(loaded.requests, loaded.canaries).slice(0, 5),
  };
}

function withLargestParts(means: Quantities): Quantities {
  const partOf = (name: string) => /^timing:(.*):(?:ms|calls)$/.exec(name)?.[1];
  const parts = [...new Set(Object.keys(means).flatMap((name) => partOf(name) ?? []))];
  const msOf = (part: string) => means[`timing:${part}:ms`] ?? 0;
  const kept = new Set(parts.toSorted((a, b) => msOf(b) - msOf(a)).slice(0, maxKeptParts));
  return Object.fromEntries(
    Object.entries(means).filter(([name]) => {
      const part = partOf(name);
      return part === undefined || kept.has(part);
    }),
  );
}

/** What differs between two sides that were asked in pairs. */
export function compareInspections(baseline: SideInspection, candidate: SideInspection): OutsideEvidence {
  const before = new Map(baseline.alone.map(({ endpoint, answers }) => [endpoint, answers]));
  const slices = slicePairs(baseline.loaded, candidate.loaded);
  const underLoad = contrastOfPairs(slices);
  const names = new Set([
    ...candidate.alone.map(({ endpoint }) => endpoint),
    ...(candidate.loaded?.requests ?? []).map(({ endpoint }) => endpoint),
  ]);
  const after = new Map(candidate.alone.map(({ endpoint, answers }) => [endpoint, answers]));
  const loose = new Set(candidate.alone.flatMap(({ endpoint, isLoose }) => (isLoose === true ? [endpoint] : [])));
  const endpoints = [...names].sort().map((endpoint): [string, EndpointEvidence] => {
    const pairs = (after.get(endpoint) ?? []).flatMap((answer, i) => {
      const counterpart = before.get(endpoint)?.[i];
      if (answer === undefined || counterpart === undefined || !areAlike(answer, counterpart)) return [];
      return [{ baseline: quantitiesOf(counterpart), candidate: quantitiesOf(answer) }];
    });
    const perItem = perItemContrast(pairs);
    const loaded = underLoad.get(`loaded:${endpoint}`);
    const contrasts = new Map([...contrastOfPairs(pairs), ...(perItem ? [['msPerItem', perItem] as const] : [])]);
    return [
      endpoint,
      { n: pairs.length, contrasts, ...(loaded && { loaded }), ...(loose.has(endpoint) && { isLoose: true }) },
    ];
  });
  const idle = contrastOfPairs(
    candidate.idle.flatMap(({ durationMs }, i) => {
      const counterpart = baseline.idle[i];
      return counterpart ? [{ baseline: { idleMs: counterpart.durationMs }, candidate: { idleMs: durationMs } }] : [];
    }),
  ).get('idleMs');
  const [canary, gap] = [underLoad.get('canaryMs'), underLoad.get('gapMs')];
  return {
    unit: 'pairs',
    endpoints: new Map(endpoints),
    blockers: addedBlockers(blockersIn(baseline.loaded), blockersIn(candidate.loaded)),
    ...(canary && { canary }),
    ...(gap && { gap }),
    ...(idle && { idle }),
  };
}

/** What differs between a run and the runs before it, from what was kept of each. */
export function compareSummaries(window: readonly InspectionSummary[], candidate: InspectionSummary): OutsideEvidence {
  const endpoints = candidate.endpoints.map(({ endpoint, n, means }): [string, EndpointEvidence] => {
    const before = window.flatMap((run) => {
      const known = run.endpoints.find((other) => other.endpoint === endpoint);
      return known === undefined ? [] : [known.means];
    });
    const contrasts = contrastOfRuns(before, means);
    const loaded = contrasts.get('loadedMs');
    return [endpoint, { n, contrasts, ...(loaded && { loaded }) }];
  });
  const whole = contrastOfRuns(
    window.map((run) => run.whole),
    candidate.whole,
  );
  const [canary, gap, idle] = [whole.get('canaryMs'), whole.get('gapMs'), whole.get('idleMs')];
  const before = window.flatMap((run) => run.blockers);
  return {
    unit: 'runs',
    endpoints: new Map(endpoints),
    blockers: addedBlockers(worstOfEach(before), candidate.blockers),
    ...(canary && { canary }),
    ...(gap && { gap }),
    ...(idle && { idle }),
  };
}

/** Another status is another answer, but for one that says that the client has it already. */
function areAlike(one: Answer, other: Answer): boolean {
  const isGood = (answer: Answer) => answer.status === 200 || answer.status === 304;
  return one.status === other.status || (isGood(one) && isGood(other));
}

function blockersIn(loaded: LoadedPhase | undefined): Blocker[] {
  return loaded === undefined ? [] : blockersOf(loaded.requests, loaded.canaries);
}

function worstOfEach(blockers: readonly Blocker[]): Blocker[] {
  const worst = new Map<string, Blocker>();
  for (const blocker of blockers) {
    const known = worst.get(blocker.endpoint);
    if (known === undefined || known.waitMs < blocker.waitMs) worst.set(blocker.endpoint, blocker);
  }
  return [...worst.values()];
}

function addedBlockers(before: readonly Blocker[], after: readonly Blocker[]): Blocker[] {
  return after
    .map((blocker) => {
      const known = before.find(({ endpoint }) => endpoint === blocker.endpoint);
      return { ...blocker, waitMs: blocker.waitMs - Math.max(0, known?.waitMs ?? 0) };
    })
    .filter(({ waitMs }) => waitMs > 0)
    .sort((a, b) => b.waitMs - a.waitMs);
}

/** Both sides of the load, by halves of a second from its start. */
function slicePairs(baseline: LoadedPhase | undefined, candidate: LoadedPhase | undefined) {
  if (baseline === undefined || candidate === undefined) return [];
  const [before, after] = [slicesOf(baseline), slicesOf(candidate)];
  const length = Math.min(before.length, after.length);
  return Array.from({ length }, (_, i) => ({ baseline: before[i] ?? {}, candidate: after[i] ?? {} }));
}

function slicesOf({ startedAtMs, requests, canaries }: LoadedPhase): Quantities[] {
  const values: Map<string, number[]>[] = [];
  const add = (name: string, atMs: number, value: number) => {
    const slice = Math.floor((atMs - startedAtMs) / sliceMs);
    if (!(slice >= 0 && slice < 600)) return;
    while (values.length <= slice) values.push(new Map());
    const named = values[slice] as Map<string, number[]>;
    named.set(name, [...(named.get(name) ?? []), value]);
  };
  for (const { startMs, durationMs } of canaries) add('canaryMs', startMs, durationMs);
  for (const [i, gapMs] of longestGapsMs(requests, canaries).entries()) add('gapMs', canaries[i]?.startMs ?? 0, gapMs);
  for (const { endpoint, startMs, endMs } of requests) add(`loaded:${endpoint}`, startMs, endMs - startMs);
  return values.map((named) => Object.fromEntries([...named].map(([name, list]) => [name, mean(list)])));
}

function present<T>(values: readonly (T | undefined)[]): T[] {
  return values.flatMap((value) => value ?? []);
}
