import type { AnomalyLog } from './anomaly-log.ts';

/** How far out of order k6 may deliver: it flushes every 200 ms (CSV: 1 s), concurrent requests overlap. */
const toleratedDisorderMs = 10_000;

/** Later than this after the start is a broken clock, not a long run. */
const longestRunMs = 7 * 24 * 3_600_000;

/** Places moments on the time blocks of one run and notices a clock that jumps. */
export class RunTimeline {
  /** Unix ms at which the run, warm-up included, began. */
  readonly originMs: number;
  readonly #warmUpMs: number;
  readonly #blockLengthMs: number;
  readonly #firstBlock: number;
  readonly #endBlock: number;
  readonly #anomalies: AnomalyLog;
  #newestMs: number;
  /** Added to the clock after it was set back, so that measuring continues where it was. */
  #correctionMs = 0;

  constructor(
    originMs: number,
    blocks: {
      readonly warmUpMs: number;
      readonly blockLengthMs: number;
      /** Index of the block after the warm-up; 0 unless given. */
      readonly firstBlock?: number;
      /** Blocks from this index on don't count; none unless given. */
      readonly endBlock?: number;
    },
    anomalies: AnomalyLog,
  ) {
    this.originMs = originMs;
    this.#warmUpMs = blocks.warmUpMs;
    this.#blockLengthMs = blocks.blockLengthMs;
    this.#firstBlock = blocks.firstBlock ?? 0;
    this.#endBlock = blocks.endBlock ?? Number.POSITIVE_INFINITY;
    this.#anomalies = anomalies;
    this.#newestMs = originMs;
  }

  /** From the origin to the newest moment seen. */
  get durationMs(): number {
    return this.#newestMs - this.originMs;
  }

  /**
   * Index of the block in which `atMs` lies, -1 for the warm-up and for what comes after the last block; undefined for a
   * moment that can't be of this run.
   */
  blockOf(atMs: number): number | undefined {
    if (!(Math.abs(atMs + this.#correctionMs - this.originMs) <= longestRunMs)) return this.#outside(atMs);
    let moment = atMs + this.#correctionMs;
    if (moment > this.#newestMs + toleratedDisorderMs && this.#correctionMs > 0) moment = this.#clockIsBack(atMs);
    if (moment < this.#newestMs - toleratedDisorderMs) moment = this.#clockWasSetBack(atMs);
    if (moment > this.#newestMs) this.#newestMs = moment;
    const sinceWarmUp = Math.max(0, moment - this.originMs) - this.#warmUpMs;
    if (sinceWarmUp < 0) return -1;
    const block = this.#firstBlock + Math.floor(sinceWarmUp / this.#blockLengthMs);
    return block < this.#endBlock ? block : -1;
  }

  #outside(atMs: number): undefined {
    this.#anomalies.noteLeftOut('samples with an impossible time', `Unix time ${atMs} ms`);
    return undefined;
  }

  #clockWasSetBack(atMs: number): number {
    const back = Math.round(this.#newestMs - atMs - this.#correctionMs);
    this.#anomalies.note(
      'times the clock of the load generator was set back; samples continue where it stood',
      `by ${back} ms at Unix time ${atMs} ms`,
    );
    this.#correctionMs = this.#newestMs - atMs;
    return this.#newestMs;
  }

  /** A single stray sample had looked like a clock set back: the uncorrected time is right again. */
  #clockIsBack(atMs: number): number {
    this.#correctionMs = 0;
    return atMs;
  }
}
