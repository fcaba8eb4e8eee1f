import type { AnomalyLog } from './anomaly-log.ts';

/** Something that came from k6, in the order in which it came. */
export interface Moment {
  /** Unix ms by the clock of the load generator. */
  readonly atMs: number;
  /** How long a request took, by a clock that nobody sets. */
  readonly durationMs?: number;
  /** Whether k6 tells of it when it happens: requests, whole iterations and heartbeats. */
  readonly isPrompt: boolean;
  /** k6 says each second how many virtual users it has, whatever the target does. */
  readonly isHeartbeat?: boolean;
}

/** What a moment that doesn't follow those before it turned out to be. */
export type Leap =
  /** More must come to tell. */
  | { readonly kind: 'unsure' }
  /** Told late: its time is right. */
  | { readonly kind: 'none' }
  /** A time that can't be right. */
  | { readonly kind: 'impossible' }
  /** All but those that are `late` come after a jump of the clock; `lateByMs` puts these on the clock as it is now. */
  | { readonly kind: 'jump'; readonly late: readonly boolean[]; readonly lateByMs: number };

/** How far out of order k6 delivers: it flushes every 200 ms, CSV every second and in whole seconds. */
const usualDisorderMs = 2_000;

/** Less than this below the newest moment is no step back. */
const stepSlackMs = 500;

/** Without a heartbeat for so long, k6 stood still or its clock jumped. */
const missedHeartbeatsMs = 3_000;

/** A pause for which nothing but a jump of the clock or a hanging target is an explanation, where k6's heartbeats are unknown. */
const longPauseMs = 10_000;

/** A hole is told where no pause before was longer than a part of it. */
const steadyPart = 10;

/** How many moments decide what a leap was, or how many that are all beyond it, over how long a time. */
const decisive = { moments: 50, fewAmong: 10, leapt: 5, spanMs: 1_000, share: 0.8 } as const;

/** Heartbeats before a leap that show that the file has them. */
const knownHeartbeats = 3;

/** Load generators of one run begin within this time of each other. */
const shardStartsMs = 5_000;

/** In a shorter run a late sample is as near to the beginning. */
const shortestShardMs = 20_000;

/** Later than this after the start is a broken clock, not a long run. */
const longestRunMs = 7 * 24 * 3_600_000;

/** Places moments on the time blocks of one run and notices a clock that jumps. */
export class RunTimeline {
  /** Unix ms at which the run, warm-up included, began. */
  readonly originMs: number;
  /** When this load generator began, Unix ms. */
  startMs: number;
  /** How many moments were placed. */
  samples = 0;
  /** Durations of requests, added up. */
  requestMs = 0;
  /** How often the clock was found to have been set back, or a moment to be impossible where it came. */
  disorder = 0;
  readonly #warmUpMs: number;
  readonly #blockLengthMs: number;
  readonly #firstBlock: number;
  readonly #endBlock: number;
  readonly #anomalies: AnomalyLog;
  readonly #isUnordered: boolean;
  #newestMs: number;
  /** Added to the clock after it jumped, so that measuring continues where it was. */
  #correctionMs = 0;
  #heartbeats = 0;
  #lastHeartbeatMs = Number.NEGATIVE_INFINITY;
  readonly #holes: { readonly lengthMs: number; readonly where: string }[] = [];
  #secondLongestPauseMs = 0;
  #longestPauseMs = 0;

  constructor(
    originMs: number,
    blocks: {
      readonly warmUpMs: number;
      readonly blockLengthMs: number;
      /** Index of the block after the warm-up; 0 unless given. */
      readonly firstBlock?: number;
      /** Blocks from this index on don't count; none unless given. */
      readonly endBlock?: number;
      /** When this load generator began; the origin unless given. */
      readonly startMs?: number;
      /** Whether moments come in any order, so that none tells of the clock; false unless given. */
      readonly isUnordered?: boolean;
    },
    anomalies: AnomalyLog,
  ) {
    this.originMs = originMs;
    this.startMs = blocks.startMs ?? originMs;
    this.#warmUpMs = blocks.warmUpMs;
    this.#blockLengthMs = blocks.blockLengthMs;
    this.#firstBlock = blocks.firstBlock ?? 0;
    this.#endBlock = blocks.endBlock ?? Number.POSITIVE_INFINITY;
    this.#anomalies = anomalies;
    this.#newestMs = this.startMs;
    this.#isUnordered = blocks.isUnordered ?? false;
  }

  /** The newest moment, Unix ms. */
  get newestMs(): number {
    return this.#newestMs;
  }

  /** From the origin to the newest moment seen. */
  get durationMs(): number {
    return Math.max(0, this.#newestMs - this.originMs);
  }

  /** Whether this request, which comes now, is one of the first that another load generator of the same run made. */
  isBeginning({ endedAtMs, durationMs }: { readonly endedAtMs: number; readonly durationMs: number }): boolean {
    const elapsedMs = this.#newestMs - this.startMs;
    if (elapsedMs < shortestShardMs || this.#newestMs - endedAtMs < elapsedMs / 2) return false;
    return Math.abs(endedAtMs - durationMs - this.startMs) <= shardStartsMs;
  }

  /** What is to be added to the load generator's clock now. */
  get correctionMs(): number {
    return this.#correctionMs;
  }

  /** Whether `atMs` lies where nothing should come from next: `decide` then needs what follows. */
  leaps(atMs: number): 'back' | 'ahead' | undefined {
    if (this.#isUnordered || this.samples === 0) return undefined;
    const sinceNewestMs = atMs + this.#correctionMs - this.#newestMs;
    if (sinceNewestMs >= -usualDisorderMs && sinceNewestMs <= missedHeartbeatsMs) return undefined;
    if (!this.#isPossible(atMs)) return undefined;
    if (sinceNewestMs < 0) return 'back';
    return this.#hasHeartbeats() || sinceNewestMs > longPauseMs ? 'ahead' : undefined;
  }

  /**
   * What was the leap of the first of `moments`? A clock that jumped is corrected from then on. Nothing more comes if
   * `isEnd`.
   */
  decide(moments: readonly Moment[], isEnd: boolean): Leap {
    const [first] = moments;
    if (first === undefined) return { kind: 'none' };
    const firstMs = first.atMs + this.#correctionMs;
    const isBack = firstMs < this.#newestMs;
    // Nearer to where the clock leapt to than to where it stood; time goes on meanwhile.
    const isBeyond = ({ atMs }: Moment) => {
      const ms = atMs + this.#correctionMs;
      return isBack ? ms < this.#newestMs - stepSlackMs : ms > (this.#newestMs + firstMs) / 2;
    };
    const counted = isBack ? moments.filter(({ isPrompt }) => isPrompt) : moments;
    const leapt = counted.filter(isBeyond).map(({ atMs }) => atMs + this.#correctionMs);
    const span = leapt.reduce((most, ms) => Math.max(most, Math.abs(ms - (leapt[0] ?? ms))), 0);
    const isSure = leapt.length >= decisive.leapt && leapt.length === counted.length && span >= decisive.spanMs;
    const areFew = moments.length >= decisive.fewAmong && leapt.length <= (1 - decisive.share) * counted.length;
    if (!isEnd && !isSure && !areFew && moments.length < decisive.moments) return { kind: 'unsure' };
    const areMost = leapt.length >= decisive.share * counted.length;
    const edge = leapt.reduce((least, ms) => Math.min(least, ms), Number.POSITIVE_INFINITY);
    if (!areMost) {
      if (!isBack) this.disorder++;
      return { kind: isBack ? 'none' : 'impossible' };
    }
    // At the very end a few that are a little late are no step.
    if (isBack && leapt.length < decisive.leapt && this.#newestMs - firstMs < longPauseMs) return { kind: 'none' };
    // What k6 had not handed on yet when the clock jumped.
    const late = moments.map((moment) => !isBeyond(moment));
    const correctionMs = this.#correctionMs;
    if (isBack) this.#clockWasSetBack(edge, first.atMs);
    else this.#passHole(edge - this.#newestMs, moments, first.atMs);
    return { kind: 'jump', late, lateByMs: correctionMs - this.#correctionMs };
  }

  /**
   * Index of the block in which `atMs` lies, -1 for the warm-up and for what comes after the last block; undefined for a
   * moment that can't be of this run.
   */
  blockOf(atMs: number, isHeartbeat = false): number | undefined {
    if (!this.#isPossible(atMs)) return this.leaveOut(atMs);
    const moment = atMs + this.#correctionMs;
    if (moment > this.#newestMs || this.samples === 0) {
      if (this.samples > 0) this.#notePause(moment - this.#newestMs);
      this.#newestMs = moment;
    }
    this.samples++;
    if (isHeartbeat) {
      this.#heartbeats++;
      this.#lastHeartbeatMs = moment;
    }
    const sinceWarmUp = Math.max(0, moment - this.originMs) - this.#warmUpMs;
    if (sinceWarmUp < 0) return -1;
    const block = this.#firstBlock + Math.floor(sinceWarmUp / this.#blockLengthMs);
    return block < this.#endBlock ? block : -1;
  }

  /** In samples of any order the earliest start may come last. */
  noteStart(startMs: number): void {
    if (this.#isUnordered && startMs < this.startMs) this.startMs = startMs;
  }

  /** Tells of a hole whose cause isn't known, once it is known whether the load pauses by itself. */
  end(): void {
    const [only, ...others] = this.#holes;
    if (only === undefined || others.length > 0 || this.#secondLongestPauseMs * steadyPart > only.lengthMs) return;
    this.#anomalies.note(hole, only.where);
  }

  #notePause(ms: number): void {
    if (ms <= this.#secondLongestPauseMs) return;
    this.#secondLongestPauseMs = Math.min(ms, this.#longestPauseMs);
    this.#longestPauseMs = Math.max(ms, this.#longestPauseMs);
  }

  leaveOut(atMs: number): undefined {
    this.#anomalies.noteLeftOut('samples with an impossible time', `Unix time ${atMs} ms`);
    return undefined;
  }

  #isPossible(atMs: number): boolean {
    return Math.abs(atMs + this.#correctionMs - this.originMs) <= longestRunMs;
  }

  #hasHeartbeats(): boolean {
    return this.#heartbeats >= knownHeartbeats && this.#newestMs - this.#lastHeartbeatMs < missedHeartbeatsMs;
  }

  #clockWasSetBack(earliestMs: number, atMs: number): void {
    const byMs = this.#newestMs - earliestMs;
    this.#anomalies.note(clockSetBack, `by ${seconds(byMs)} at ${clockTime(atMs)}`);
    this.#correctionMs += byMs;
    this.disorder++;
  }

  /**
   * Did that time pass? A request that took about as long as the hole shows it: k6 or the target stood still. Where none
   * did and k6 gave no heartbeat either, the clock was set ahead or the machine slept. Where the heartbeats are unknown, a
   * script that paused looks alike.
   */
  #passHole(lengthMs: number, moments: readonly Moment[], atMs: number): void {
    const hasPassed = moments.some(({ durationMs = 0 }) => durationMs >= lengthMs / 2);
    const where = `of ${seconds(lengthMs)} before ${clockTime(atMs)}`;
    // What was set back is set right again.
    const isUndone = Math.abs(lengthMs - this.#correctionMs) <= Math.max(usualDisorderMs, this.#correctionMs / 20);
    if (!hasPassed && (isUndone || this.#hasHeartbeats())) {
      this.#anomalies.note(clockJumpedAhead, where);
      this.#correctionMs -= lengthMs;
    } else if (this.#hasHeartbeats()) this.#anomalies.note(stoodStill, where);
    else if (!hasPassed) this.#holes.push({ lengthMs, where });
  }
}

const clockSetBack = {
  one: 'time the clock of the load generator was set back; samples continue where it stood',
  many: 'times the clock of the load generator was set back; samples continue where it stood',
};
const clockJumpedAhead = {
  one: 'time the clock of the load generator jumped ahead, or its machine slept; samples continue where it stood, the hole is left out',
  many: 'times the clock of the load generator jumped ahead, or its machine slept; samples continue where it stood, the holes are left out',
};
const stoodStill = {
  one: 'time k6 or its machine stood still while requests were under way; the time blocks of it hold little or nothing',
  many: 'times k6 or its machine stood still while requests were under way; the time blocks of it hold little or nothing',
};
const hole = {
  one: 'hole in a steady load; whether the clock jumped, the machine slept or nothing was sent is not known',
  many: 'holes in a steady load; whether the clock jumped, the machine slept or nothing was sent is not known',
};

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}

function clockTime(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}
