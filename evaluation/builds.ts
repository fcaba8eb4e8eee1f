import { type Random, randomInteger } from '../src/core/stats/random.ts';

/** Which runs of a cell make one build. */
export interface Build {
  readonly window: readonly number[];
  /** In the order in which they would be measured. */
  readonly candidates: readonly number[];
}

/** `count` builds from `runs` runs: window and candidates drawn without replacement, whatever the order in time. */
export function drawBuilds(
  runs: number,
  windowRuns: number,
  candidates: number,
  count: number,
  random: Random,
): Build[] {
  if (windowRuns + candidates > runs) return [];
  return Array.from({ length: count }, () => {
    const order = Array.from({ length: runs }, (_, i) => i);
    for (let i = 0; i < windowRuns + candidates; i++) {
      const j = i + randomInteger(random, runs - i);
      [order[i], order[j]] = [order[j] as number, order[i] as number];
    }
    return {
      window: order.slice(0, windowRuns).sort((a, b) => a - b),
      candidates: order.slice(windowRuns, windowRuns + candidates),
    };
  });
}

/** Every build that looks only forward in time: a window of successive runs, then the runs that followed. */
export function forwardBuilds(runs: number, windowRuns: number, candidates: number): Build[] {
  const builds: Build[] = [];
  for (let start = 0; start + windowRuns + candidates <= runs; start++) {
    const at = (from: number, count: number) => Array.from({ length: count }, (_, i) => start + from + i);
    builds.push({ window: at(0, windowRuns), candidates: at(windowRuns, candidates) });
  }
  return builds;
}
