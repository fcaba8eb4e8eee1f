import type { Blocker } from '../../run-record/inspection-summary.ts';
import { mean } from '../../stats/sample-moments.ts';

/** One request of the load, from its start to its end. */
export interface InFlight {
  readonly endpoint: string;
  readonly startMs: number;
  readonly endMs: number;
}

/** One request that needs nothing of the service but its attention. */
export interface CanaryAnswer {
  readonly startMs: number;
  readonly durationMs: number;
}

/** Fewer canaries than this beside an endpoint, or away from it, tell nothing of it. */
const minCanaries = 8;

/** As many in flight as this, or more, count alike. */
const maxStratum = 4;

/**
 * Whose being answered keeps others waiting? The canary's mean wait while an endpoint is in flight less that while it
 * isn't, between moments with equally many other requests in flight: otherwise load alone would make every endpoint
 * guilty. Longest wait first.
 */
export function blockersOf(requests: readonly InFlight[], canaries: readonly CanaryAnswer[]): Blocker[] {
  const moments = momentsOf(requests, canaries);
  const endpoints = [...new Set(requests.map(({ endpoint }) => endpoint))].sort();
  return endpoints
    .flatMap((endpoint) => blockerOf(endpoint, moments) ?? [])
    .sort((a, b) => b.waitMs - a.waitMs || (a.endpoint < b.endpoint ? -1 : 1));
}

interface Moment {
  readonly waitMs: number;
  /** How many requests of each endpoint were in flight. */
  readonly inFlight: ReadonlyMap<string, number>;
  readonly total: number;
}

function momentsOf(requests: readonly InFlight[], canaries: readonly CanaryAnswer[]): Moment[] {
  const starts = requests.toSorted((a, b) => a.startMs - b.startMs);
  const moments: Moment[] = [];
  let next = 0;
  let open: InFlight[] = [];
  for (const { startMs, durationMs } of canaries.toSorted((a, b) => a.startMs - b.startMs)) {
    for (; next < starts.length && (starts[next] as InFlight).startMs <= startMs; next++)
      open.push(starts[next] as InFlight);
    open = open.filter(({ endMs }) => endMs > startMs);
    const inFlight = new Map<string, number>();
    for (const { endpoint } of open) inFlight.set(endpoint, (inFlight.get(endpoint) ?? 0) + 1);
    moments.push({ waitMs: durationMs, inFlight, total: open.length });
  }
  return moments;
}

function blockerOf(endpoint: string, moments: readonly Moment[]): Blocker | undefined {
  let weight = 0;
  let sum = 0;
  let n = 0;
  const strata = Map.groupBy(moments, ({ inFlight, total }) =>
    Math.min(maxStratum, total - (inFlight.get(endpoint) ?? 0)),
  );
  for (const stratum of strata.values()) {
    const beside = stratum.filter(({ inFlight }) => inFlight.has(endpoint)).map(({ waitMs }) => waitMs);
    const away = stratum.filter(({ inFlight }) => !inFlight.has(endpoint)).map(({ waitMs }) => waitMs);
    if (beside.length === 0 || away.length === 0) continue;
    // As of a difference of two means: its weight is the reciprocal of its variance.
    const share = (beside.length * away.length) / (beside.length + away.length);
    sum += share * (mean(beside) - mean(away));
    weight += share;
    n += beside.length;
  }
  return n < minCanaries || weight < minCanaries / 2 ? undefined : { endpoint, waitMs: sum / weight, n };
}

/**
 * For each canary, how long no answer of the load was completed while it waited, at most: about as long as it waited where
 * nothing is answered at all meanwhile (one thread that computes), shorter where others are answered and it isn't. In the
 * order of `canaries`.
 */
export function longestGapsMs(requests: readonly InFlight[], canaries: readonly CanaryAnswer[]): number[] {
  const ends = Float64Array.from(requests, ({ endMs }) => endMs).sort();
  return canaries.map(({ startMs, durationMs }) => {
    const endMs = startMs + durationMs;
    let gapMs = 0;
    let lastMs = startMs;
    for (let i = firstAfter(ends, startMs); i < ends.length && (ends[i] as number) < endMs; i++) {
      gapMs = Math.max(gapMs, (ends[i] as number) - lastMs);
      lastMs = ends[i] as number;
    }
    return Math.max(gapMs, endMs - lastMs);
  });
}

function firstAfter(sorted: Float64Array, value: number): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] as number) <= value) low = middle + 1;
    else high = middle;
  }
  return low;
}
