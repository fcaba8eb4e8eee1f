import { readFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import type { TrendSample } from '../../../core/run-record/sample.ts';
import type { ScriptInspection } from '../script/inspect-script.ts';
import { parseGoDuration } from '../script/load-model.ts';

/** Ticks of /proc/PID/stat per second: 100 on every Linux that Node runs on (USER_HZ). */
const ticksPerSecond = 100;
const sampleEveryMs = 1_000;
/** Readings in one window of 5 s. */
const windowReadings = 5;

interface Reading {
  readonly atMs: number;
  readonly cpuMs: number;
}

/**
 * Watches how hard k6 works: processor time of its process and children each second. Where `/proc` is missing nothing is
 * known, and `peakCpuShare` stays undefined.
 */
export class GeneratorWatch {
  /** Highest share of all cores in any 5 s (0..1). */
  peakCpuShare: number | undefined;
  readonly #pid: number;
  readonly #readings: Reading[] = [];
  #timer: NodeJS.Timeout | undefined;

  constructor(pid: number) {
    this.#pid = pid;
  }

  start(): void {
    const read = () => void this.#read();
    read();
    this.#timer = setInterval(read, sampleEveryMs);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  async #read(): Promise<void> {
    const cpuMs = await cpuTimeMs(this.#pid);
    if (cpuMs === undefined) return;
    this.#readings.push({ atMs: performance.now(), cpuMs });
    if (this.#readings.length > windowReadings + 1) this.#readings.shift();
    const share = cpuShare(this.#readings, availableParallelism());
    if (share !== undefined) this.peakCpuShare = Math.max(this.peakCpuShare ?? 0, share);
  }
}

/** Share of `cores` used between the first and the last reading; undefined for a span under a second. */
export function cpuShare(readings: readonly Reading[], cores: number): number | undefined {
  const first = readings[0];
  const last = readings.at(-1);
  if (first === undefined || last === undefined || last.atMs - first.atMs < sampleEveryMs * 0.9) return undefined;
  return Math.max(0, (last.cpuMs - first.cpuMs) / (last.atMs - first.atMs) / cores);
}

/** Processor time of a process, its ended children and its running children, in ms; undefined when it is gone. */
async function cpuTimeMs(pid: number): Promise<number | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, 'latin1').catch(() => undefined);
  if (stat === undefined) return undefined;
  const own = parseCpuTimeMs(stat);
  if (own === undefined) return undefined;
  const children = await readFile(`/proc/${pid}/task/${pid}/children`, 'latin1').catch(() => '');
  const times = await Promise.all(
    children
      .split(' ')
      .filter(Boolean)
      .map((child) => cpuTimeMs(Number(child))),
  );
  return times.reduce<number>((sum, time) => sum + (time ?? 0), own);
}

/** User and system time of the process and its waited-for children, from the text of `/proc/PID/stat`. */
export function parseCpuTimeMs(stat: string): number | undefined {
  // The second field is the program's name in brackets and may hold blanks and brackets itself.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const ticks = [11, 12, 13, 14].map((field) => Number(fields[field]));
  const sum = ticks.reduce((total, tick) => total + tick, 0);
  return Number.isFinite(sum) ? (sum * 1000) / ticksPerSecond : undefined;
}

const windowMs = 5_000;
const probability = 0.95;
/** Fewer starts in a window than this have no 95th percentile worth the name. */
const minStarts = 40;

/** From this share of due iterations without an end on, the target holds them, and the numbering has holes anywhere. */
const heldShare = 0.03;

/** Lateness in one window, ms. */
interface WindowLateness {
  readonly strict: number;
  readonly forgiving: number;
}

/**
 * How late did iterations of a constant arrival rate begin? In a window of 5 s iteration number i was due i intervals
 * after the first; the earliest of them sets the clock. Where the numbering has holes, the target's doing would look like
 * the generator's. So a window is left out in which iterations were dropped, which waited for a free VU, or of which one
 * ended only after the window was settled; and where many never ended, only lateness counts that passed by again.
 *
 * Only windows with at least 40 starts count. Cost: one number per iteration of the current and the last window.
 */
export class StartLateness {
  readonly #intervalMs: number;
  readonly #windows = new Map<number, number[]>();
  readonly #settled = new Map<number, WindowLateness>();
  readonly #holed = new Set<number>();
  #settledEnd = Number.NEGATIVE_INFINITY;
  #starts = 0;
  /** How long iterations are known to have been held. Of windows so near to the end, some may not have come back yet. */
  #longestHeldMs = 0;
  #firstMs = Number.POSITIVE_INFINITY;
  #lastMs = Number.NEGATIVE_INFINITY;

  constructor(intervalMs: number) {
    this.#intervalMs = intervalMs;
  }

  /** An iteration that ran from `startedAtMs`, Unix ms, in the order in which they ended. */
  note(startedAtMs: number): void {
    const index = Math.floor(startedAtMs / windowMs);
    this.#starts++;
    this.#firstMs = Math.min(this.#firstMs, startedAtMs);
    this.#lastMs = Math.max(this.#lastMs, startedAtMs);
    const starts = this.#windows.get(index);
    if (starts !== undefined) {
      starts.push(startedAtMs);
    } else if (index < this.#settledEnd) {
      this.#holed.add(index);
      this.#longestHeldMs = Math.max(this.#longestHeldMs, this.#lastMs - startedAtMs);
    } else {
      this.#windows.set(index, [startedAtMs]);
      this.#settleBefore(index - 1);
    }
  }

  noteDropped(atMs: number): void {
    this.#holed.add(Math.floor(atMs / windowMs));
  }

  /** 95th percentile of the lateness in the worst window, in ms; undefined when no window was full enough. */
  worstMs(): number | undefined {
    this.#settleBefore(Number.POSITIVE_INFINITY);
    const endMs = this.#longestHeldMs === 0 ? Number.POSITIVE_INFINITY : this.#lastMs - this.#longestHeldMs;
    const whole = [...this.#settled].filter(([index]) => !this.#holed.has(index) && (index + 1) * windowMs <= endMs);
    const due = (this.#lastMs - this.#firstMs) / this.#intervalMs + 1;
    const areManyHeld = due - this.#starts > heldShare * due;
    return whole.reduce<number | undefined>(
      (worst, [, { strict, forgiving }]) => Math.max(worst ?? 0, areManyHeld ? forgiving : strict),
      undefined,
    );
  }

  #settleBefore(end: number): void {
    this.#settledEnd = Math.max(this.#settledEnd, end);
    for (const [index, starts] of this.#windows) {
      if (index >= end) continue;
      this.#windows.delete(index);
      if (starts.length < minStarts) continue;
      const [strict, forgiving] = [latenessOf, passingLatenessOf].map((of) => of(starts, this.#intervalMs));
      this.#settled.set(index, { strict: strict ?? 0, forgiving: forgiving ?? 0 });
    }
  }
}

/** 95th percentile of how far the sorted starts lag behind an even beat that none of them precedes. */
export function latenessOf(starts: readonly number[], intervalMs: number): number {
  const offsets = offsetsOf(starts, intervalMs);
  const earliest = offsets.reduce((least, offset) => Math.min(least, offset), Number.POSITIVE_INFINITY);
  return percentile(offsets.map((offset) => offset - earliest));
}

/** The same behind the beat of whatever starts later: a start that is missing delays all that follow alike. */
function passingLatenessOf(starts: readonly number[], intervalMs: number): number {
  let earliest = Number.POSITIVE_INFINITY;
  const lateness = offsetsOf(starts, intervalMs)
    .toReversed()
    .map((offset) => {
      earliest = Math.min(earliest, offset);
      return offset - earliest;
    });
  return percentile(lateness);
}

function offsetsOf(starts: readonly number[], intervalMs: number): number[] {
  return starts.toSorted((a, b) => a - b).map((start, index) => start - index * intervalMs);
}

function percentile(lateness: readonly number[]): number {
  const sorted = lateness.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(probability * sorted.length))] ?? 0;
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
