import type { Sample } from './sample.ts';

/** How far from the middle of the first samples a moment may lie; beyond it is a broken clock. */
const plausibleSpreadMs = 7 * 24 * 3_600_000;

/** Beyond it there are no dates. */
const latestDateMs = 8.64e15;

/**
 * When did the load begin? The earliest start of a request among `samples`, the first ones of a run in order of arrival
 * (without a request: the earliest sample). Unix ms; undefined without a usable sample.
 */
export function firstStart(samples: readonly Sample[], longestRequestMs: number): number | undefined {
  const moments = samples
    .map((sample) => (sample.kind === 'request' ? sample.endedAtMs : sample.atMs))
    .filter((atMs) => Math.abs(atMs) <= latestDateMs)
    .sort((a, b) => a - b);
  const middle = moments[Math.floor(moments.length / 2)];
  if (middle === undefined) return undefined;
  const isNear = (atMs: number) => Math.abs(atMs - middle) <= plausibleSpreadMs;
  let earliest = Number.POSITIVE_INFINITY;
  for (const sample of samples) {
    if (sample.kind !== 'request' || !isNear(sample.endedAtMs)) continue;
    if (sample.durationMs >= 0 && sample.durationMs <= longestRequestMs) {
      earliest = Math.min(earliest, sample.endedAtMs - sample.durationMs);
    }
  }
  return earliest < Number.POSITIVE_INFINITY ? earliest : moments.find(isNear);
}
