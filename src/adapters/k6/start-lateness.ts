import type { TrendSample } from '../../core/run-record/sample.ts';
import type { ScriptInspection } from './inspect-script.ts';
import { parseGoDuration } from './parse-go-duration.ts';

const windowMs = 5_000;
const probability = 0.95;
/** Fewer starts in a window than this have no 95th percentile worth the name. */
const fewestStarts = 40;

/**
 * How late did iterations of a constant arrival rate begin? In a window of 5 s iteration number i was due i intervals
 * after the first; the earliest of them sets the clock. A window in which iterations were dropped is left out: there
 * the numbering has holes, and waiting for a free VU is the target's doing.
 *
 * Only windows with at least 40 starts count. Cost: one number per iteration of the current and the last window.
 */
export class StartLateness {
  readonly #intervalMs: number;
  readonly #windows = new Map<number, number[]>();
  readonly #dropped = new Set<number>();
  #worstMs: number | undefined;

  constructor(intervalMs: number) {
    this.#intervalMs = intervalMs;
  }

  /** An iteration that ran from `startedAtMs`, Unix ms; they may come out of order by less than 5 s. */
  note(startedAtMs: number): void {
    const index = Math.floor(startedAtMs / windowMs);
    const starts = this.#windows.get(index);
    if (starts !== undefined) {
      starts.push(startedAtMs);
      return;
    }
    this.#windows.set(index, [startedAtMs]);
    this.#settleBefore(index - 1);
  }

  noteDropped(atMs: number): void {
    this.#dropped.add(Math.floor(atMs / windowMs));
  }

  /** 95th percentile of the lateness in the worst window, in ms; undefined when no window was full enough. */
  worstMs(): number | undefined {
    this.#settleBefore(Number.POSITIVE_INFINITY);
    return this.#worstMs;
  }

  #settleBefore(end: number): void {
    for (const [index, starts] of this.#windows) {
      if (index >= end) continue;
      this.#windows.delete(index);
      if (this.#dropped.has(index) || starts.length < fewestStarts) continue;
      this.#worstMs = Math.max(this.#worstMs ?? 0, latenessOf(starts, this.#intervalMs));
    }
  }
}

/** 95th percentile of how far the sorted starts lag behind an even beat that none of them precedes. */
export function latenessOf(starts: readonly number[], intervalMs: number): number {
  const offsets = starts.toSorted((a, b) => a - b).map((start, index) => start - index * intervalMs);
  const earliest = offsets.reduce((least, offset) => Math.min(least, offset), Number.POSITIVE_INFINITY);
  const lateness = offsets.map((offset) => offset - earliest).sort((a, b) => a - b);
  return lateness[Math.min(lateness.length - 1, Math.floor(probability * lateness.length))] ?? 0;
}

/** Interval between two starts of each scenario with a constant arrival rate, in ms. */
function arrivalIntervals(inspection: ScriptInspection): ReadonlyMap<string, number> {
  const intervals = new Map<string, number>();
  for (const [name, scenario] of Object.entries(inspection.scenarios)) {
    if (scenario.executor !== 'constant-arrival-rate' || scenario.rate === 0) continue;
    intervals.set(name, (parseGoDuration(scenario.timeUnit) ?? 1000) / scenario.rate);
  }
  return intervals;
}

/** Start lateness over all scenarios with a constant arrival rate, read from the durations of iterations. */
export class LatenessWatch {
  readonly #scenarios: ReadonlyMap<string, StartLateness>;

  constructor(inspection: ScriptInspection) {
    this.#scenarios = new Map(
      [...arrivalIntervals(inspection)].map(([name, intervalMs]) => [
        `iteration_duration{scenario:${name}}`,
        new StartLateness(intervalMs),
      ]),
    );
  }

  note(sample: TrendSample): void {
    this.#scenarios.get(sample.metric)?.note(sample.atMs - sample.value);
  }

  noteDropped(atMs: number): void {
    for (const scenario of this.#scenarios.values()) scenario.noteDropped(atMs);
  }

  /** In ms; undefined where no scenario has a constant rate or none was busy enough. */
  worstMs(): number | undefined {
    const all = [...this.#scenarios.values()].map((scenario) => scenario.worstMs()).filter((ms) => ms !== undefined);
    return all.length === 0 ? undefined : Math.max(...all);
  }
}
