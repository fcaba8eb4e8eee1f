import { readFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';

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
