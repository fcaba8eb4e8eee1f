import { AnomalyLog } from './anomaly-log.ts';
import { otherName } from './block-series.ts';
import { maxJudgedEndpoints } from './endpoint-identity.ts';
import { hashText } from './endpoint-name.ts';
import {
  adviceOnNames,
  countRequest,
  EndpointTable,
  finishEndpoints,
  requestsBefore,
  SeriesCollector,
} from './endpoint-table.ts';
import type { EndpointSeries, RunRecord } from './run-record.ts';
import type { RequestSample, Sample } from './sample.ts';

export interface CollectOptions {
  /** Length of a time block; 5000 unless given. */
  readonly blockLengthMs?: number;
  /**
   * How much of the beginning is in no block. `auto` (for files of unknown length): 10 s or a tenth of the run,
   * whichever is less, rounded to whole blocks.
   */
  readonly warmUpMs: number | 'auto';
  /** Unix ms at which time starts; the start of the first request unless given (duets align both sides on one clock). */
  readonly originMs?: number;
  /** Hosts under test, `host` or `host:port`; URLs of others are flagged. Every host counts as the target's if absent. */
  readonly targetHosts?: readonly string[];
  /** How many endpoints keep their own series; 400 unless given: more than are judged, so that runs agree on those. */
  readonly maxEndpoints?: number;
}

/** What a run record needs beside the samples. */
export interface RecordFacts
  extends Pick<
    RunRecord,
    | 'loadModel'
    | 'fingerprint'
    | 'provenance'
    | 'iterations'
    | 'droppedIterations'
    | 'bytesReceived'
    | 'exit'
    | 'generator'
    | 'warnings'
  > {
  /** Requests of setup() and teardown(), which never become samples. */
  readonly setupAndTeardownRequests: number;
  /** Derived from start and content unless given. */
  readonly id?: string;
  /** Start of a run that had no sample, Unix ms. */
  readonly startedAtMs?: number;
}

/** What pairing needs of a run. */
export type RunSeries = Pick<RunRecord, 'blockLengthMs' | 'endpoints' | 'checks' | 'metrics'>;

/** A request that took longer than this is a broken clock. */
const longestRequestMs = 24 * 3_600_000;

/** How many samples are looked at to find the start of the first request: concurrent requests end out of order. */
const samplesBeforeOrigin = 256;

/**
 * Gathers the samples of one run, in any number, into a run record of bounded size: sketches per endpoint and time
 * block. Oddities (impossible durations, a jumping clock, too many endpoints) become warnings of the record.
 */
export class RunCollector {
  readonly #blockLengthMs: number;
  readonly #warmUpMs: number | 'auto';
  readonly #maxEndpoints: number;
  readonly #anomalies = new AnomalyLog();
  readonly #endpoints: EndpointTable;
  readonly #others = new SeriesCollector(this.#anomalies);
  #timeline: RunTimeline | undefined;
  #firstOriginMs: number | undefined;
  /** Load of the rounds before the one under way. */
  #earlierRoundsMs = 0;
  #waiting: Sample[] = [];
  #warmUpRequests = 0;
  /** Blocks before this one were handed out, and stay as they were. */
  #closedBefore = 0;
  /** Requests that are in no record, because their duration or time is impossible. */
  requestsLeftOut = 0;

  constructor(options: CollectOptions) {
    this.#blockLengthMs = options.blockLengthMs ?? 5000;
    this.#warmUpMs = options.warmUpMs;
    this.#maxEndpoints = options.maxEndpoints ?? 2 * maxJudgedEndpoints;
    this.#endpoints = new EndpointTable(this.#maxEndpoints, options.targetHosts);
    if (options.originMs !== undefined) this.#timeline = this.#timelineFrom(options.originMs);
  }

  /**
   * Starts another round of load, with a warm-up of its own: its blocks are counted from `firstBlock`, and what comes from
   * `endBlock` on is in no block. A run of several rounds needs this before its first sample; it can't warm up by `auto`.
   */
  beginRound(round: { readonly originMs: number; readonly firstBlock: number; readonly endBlock: number }): void {
    this.#earlierRoundsMs += this.#timeline?.durationMs ?? 0;
    const { firstBlock, endBlock } = round;
    this.#timeline = this.#timelineFrom(round.originMs, { firstBlock, endBlock });
  }

  /**
   * The series so far, without the blocks from `endBlock` on; the sketches in it are live and must not be changed. The
   * blocks before are closed by it: what is told of them later is left out. Whoever judges the record then sees what was
   * seen here, and comes to the same verdict.
   */
  seriesBefore(endBlock: number): RunSeries {
    this.#closedBefore = Math.max(this.#closedBefore, endBlock);
    const range = { first: 0, end: endBlock };
    return {
      blockLengthMs: this.#blockLengthMs,
      endpoints: finishEndpoints(this.#endpoints, this.#maxEndpoints, range).endpoints,
      checks: this.#others.checks(range),
      metrics: this.#others.metrics(range),
    };
  }

  add(sample: Sample): void {
    if (this.#timeline !== undefined) {
      this.#place(sample, this.#timeline);
      return;
    }
    this.#waiting.push(sample);
    if (this.#waiting.length >= samplesBeforeOrigin && this.#startTime() === undefined) this.#leaveOutWaiting();
  }

  /** The record of everything added, without the blocks from `endBlock` on. The collector must not be used afterwards. */
  finish(facts: RecordFacts, endBlock = Number.POSITIVE_INFINITY): RunRecord {
    const timeline = this.#timeline ?? this.#startTime() ?? this.#timelineFrom(facts.startedAtMs ?? 0);
    this.#leaveOutWaiting();
    const firstBlock = this.#warmUpMs === 'auto' ? this.#automaticWarmUpBlocks(timeline) : 0;
    const range = { first: firstBlock, end: endBlock };
    const warmUpMs = this.#warmUpMs === 'auto' ? firstBlock * this.#blockLengthMs : this.#warmUpMs;
    const startedAt = new Date(this.#firstOriginMs ?? timeline.originMs).toISOString();
    const { endpoints, joined } = finishEndpoints(this.#endpoints, this.#maxEndpoints, range);
    return {
      schema: 'tailgate.run/1',
      id: facts.id ?? `${startedAt.replaceAll(/[-:]/gu, '')}-${contentHash(endpoints)}`,
      startedAt,
      durationMs: Math.round(this.#earlierRoundsMs + timeline.durationMs),
      warmUpMs,
      blockLengthMs: this.#blockLengthMs,
      ...(facts.loadModel !== undefined && { loadModel: facts.loadModel }),
      fingerprint: facts.fingerprint,
      provenance: facts.provenance,
      endpoints,
      checks: this.#others.checks(range),
      metrics: this.#others.metrics(range),
      requestsOutsideBlocks: {
        warmUp: this.#warmUpRequests + requestsBefore(this.#endpoints, firstBlock),
        setupAndTeardown: facts.setupAndTeardownRequests,
      },
      iterations: facts.iterations,
      droppedIterations: facts.droppedIterations,
      ...(facts.bytesReceived !== undefined && { bytesReceived: facts.bytesReceived }),
      exit: facts.exit,
      generator: facts.generator,
      warnings: [...facts.warnings, ...this.#anomalies.warnings(), ...this.#limitWarnings(joined)],
    };
  }

  /** What could not be used, a sentence per kind. */
  leftOut(): string[] {
    return this.#anomalies.leftOut();
  }

  #startTime(): RunTimeline | undefined {
    const originMs = firstStart(this.#waiting, longestRequestMs);
    if (originMs === undefined) return undefined;
    const timeline = this.#timelineFrom(originMs);
    this.#timeline = timeline;
    for (const sample of this.#waiting) this.#place(sample, timeline);
    this.#waiting = [];
    return timeline;
  }

  /** None of these samples has a time from which a run could be counted. */
  #leaveOutWaiting(): void {
    for (const sample of this.#waiting) {
      const atMs = sample.kind === 'request' ? sample.endedAtMs : sample.atMs;
      this.#anomalies.noteLeftOut('samples with an impossible time', `Unix time ${atMs} ms`);
      if (sample.kind === 'request') this.requestsLeftOut++;
    }
    this.#waiting = [];
  }

  #timelineFrom(originMs: number, blocks: { firstBlock?: number; endBlock?: number } = {}): RunTimeline {
    const warmUpMs = this.#warmUpMs === 'auto' ? 0 : this.#warmUpMs;
    this.#firstOriginMs ??= originMs;
    return new RunTimeline(originMs, { warmUpMs, blockLengthMs: this.#blockLengthMs, ...blocks }, this.#anomalies);
  }

  #place(sample: Sample, timeline: RunTimeline): void {
    if (sample.kind === 'request') {
      this.#placeRequest(sample, timeline);
      return;
    }
    const block = timeline.blockOf(sample.atMs);
    if (block !== undefined && block >= this.#closedBefore) this.#others.add(sample, block);
  }

  #placeRequest(sample: RequestSample, timeline: RunTimeline): void {
    if (!(sample.durationMs >= 0 && sample.durationMs <= longestRequestMs)) {
      const request = `${sample.durationMs} ms for ${sample.method} ${sample.name.slice(0, 100)}`;
      this.#anomalies.noteLeftOut('requests with an impossible duration', request);
      this.requestsLeftOut++;
      return;
    }
    const block = timeline.blockOf(sample.endedAtMs);
    if (block === undefined) {
      this.requestsLeftOut++;
      return;
    }
    if (block < 0) {
      this.#warmUpRequests++;
      return;
    }
    if (block < this.#closedBefore) {
      const request = `${sample.method} ${sample.name.slice(0, 100)} of block ${block}`;
      this.#anomalies.noteLeftOut('requests that k6 told of after their time block had been judged', request);
      this.requestsLeftOut++;
      return;
    }
    const series = this.#endpoints.seriesOf(sample);
    const into = series.blocks.at(block);
    series.requests++;
    countRequest(into, sample, outcomeOfRequest(sample));
  }

  /** 10 s or a tenth of the run, whichever is less, in whole blocks. */
  #automaticWarmUpBlocks(timeline: RunTimeline): number {
    return Math.round(Math.min(10_000, timeline.durationMs / 10) / this.#blockLengthMs);
  }

  #limitWarnings(joinedEndpoints: number): string[] {
    const others = [...adviceOnNames(this.#endpoints), ...this.#others.limitWarnings()];
    if (joinedEndpoints === 0) return others;
    return [
      `more than ${this.#maxEndpoints} endpoints: all but the busiest ${this.#maxEndpoints} are joined as "${otherName}"; ` +
        'give requests a name (tags: { name: ... }) where a URL holds an id',
      ...others,
    ];
  }
}

/** A status, or what went wrong when no answer came. For gRPC status 0 is an answer: OK. */
function outcomeOfRequest(sample: RequestSample): string {
  if (sample.status !== '0' || sample.protocol === 'grpc') return sample.status;
  return sample.errorCode === undefined ? 'error' : `error ${sample.errorCode}`;
}

/** Tells two runs that started in the same millisecond apart, and is the same whenever the same samples are read. */
function contentHash(endpoints: readonly EndpointSeries[]): string {
  const parts = endpoints.flatMap(({ endpoint, blocks }) => [
    endpoint,
    ...blocks.map((block) => `${block.index} ${block.latency.count} ${block.latency.sum} ${block.failedRequests}`),
  ]);
  return hashText(parts.join('\n'));
}

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

/** How far from the middle of the first samples a moment may lie; beyond it is a broken clock. */
const plausibleSpreadMs = 7 * 24 * 3_600_000;

/** Beyond it there are no dates. */
const latestDateMs = 8.64e15;

/**
 * When did the load begin? The earliest start of a request among `samples`, the first ones of a run in order of arrival
 * (without a request: the earliest sample). Unix ms; undefined without a usable sample.
 */
function firstStart(samples: readonly Sample[], longestRequestMs: number): number | undefined {
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
