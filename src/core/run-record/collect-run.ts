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
import { type Moment, RunTimeline } from './run-timeline.ts';
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
  /**
   * Whether the samples of several load generators may follow one another: a step back to where the first began is then
   * another one's beginning, and no clock set back.
   */
  readonly mayHoldShards?: boolean;
  /** Whether samples come in any order, so that a step back says nothing of the clock. */
  readonly isUnordered?: boolean;
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

/** The samples of one load generator among several of one run, as far as they have come. */
export interface ShardSpan {
  /** Start of its first request, Unix ms. */
  readonly startMs: number;
  /** Its newest moment, Unix ms. */
  readonly endMs: number;
  readonly samples: number;
  /** Durations of its requests, added up: tells it from another one of the same time. */
  readonly requestMs: number;
}

/** What pairing needs of a run. */
export type RunSeries = Pick<RunRecord, 'blockLengthMs' | 'endpoints' | 'checks' | 'metrics'>;

/** A request that took longer than this is a broken clock. */
const longestRequestMs = 24 * 3_600_000;

/** What k6 tells each second whatever the target does: it runs, and its clock stands here. */
interface Heartbeat {
  readonly kind: 'heartbeat';
  readonly atMs: number;
}

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
  #mayHoldShards: boolean;
  readonly #isUnordered: boolean;
  readonly #anomalies = new AnomalyLog();
  readonly #endpoints: EndpointTable;
  readonly #others = new SeriesCollector(this.#anomalies);
  #timeline: RunTimeline | undefined;
  #firstOriginMs: number | undefined;
  readonly #timelines: RunTimeline[] = [];
  /** Load of the rounds before the one under way. */
  #earlierRoundsMs = 0;
  #waiting: Sample[] = [];
  /** What came since the clock leapt, until enough of it shows why. */
  #held: (Sample | Heartbeat)[] = [];
  #warmUpRequests = 0;
  /** Blocks before this one were handed out, and stay as they were. */
  #closedBefore = 0;
  /** Requests that are in no record, because their duration or time is impossible. */
  requestsLeftOut = 0;

  constructor(options: CollectOptions) {
    this.#blockLengthMs = options.blockLengthMs ?? 5000;
    this.#warmUpMs = options.warmUpMs;
    this.#maxEndpoints = options.maxEndpoints ?? 2 * maxJudgedEndpoints;
    this.#isUnordered = options.isUnordered ?? false;
    this.#mayHoldShards = options.mayHoldShards === true && !this.#isUnordered;
    this.#endpoints = new EndpointTable(this.#maxEndpoints, options.targetHosts);
    if (options.originMs !== undefined) this.#timeline = this.#timelineFrom(options.originMs);
  }

  /**
   * Starts another round of load, with a warm-up of its own: its blocks are counted from `firstBlock`, and what comes from
   * `endBlock` on is in no block. A run of several rounds needs this before its first sample; it can't warm up by `auto`.
   */
  beginRound(round: { readonly originMs: number; readonly firstBlock: number; readonly endBlock: number }): void {
    this.#settle(true);
    this.#earlierRoundsMs += this.#timeline?.durationMs ?? 0;
    const { firstBlock, endBlock } = round;
    this.#timeline = this.#timelineFrom(round.originMs, { firstBlock, endBlock });
  }

  /**
   * Ends the samples of one load generator. What is added afterwards is a shard that another one made of the same run: it
   * lies on the clock of the run beside what came before, whatever the order in which they are added.
   */
  endShard(): void {
    if (this.#timeline === undefined) this.#startTime();
    this.#leaveOutWaiting();
    this.#settle(true);
    this.#timeline = undefined;
  }

  /** Where time starts, Unix ms; undefined until that is known. */
  get originMs(): number | undefined {
    return this.#firstOriginMs;
  }

  /** How often the clock was found to have been set back, or a moment to be impossible where it came. */
  get disorder(): number {
    return this.#timelines.reduce((sum, timeline) => sum + timeline.disorder, 0);
  }

  /** One for each load generator that has had a sample with a time. */
  get shards(): readonly ShardSpan[] {
    return this.#timelines
      .filter(({ samples }) => samples > 0)
      .map(({ startMs, newestMs, samples, requestMs }) => ({ startMs, endMs: newestMs, samples, requestMs }));
  }

  /** The series so far, without the blocks from `endBlock` on; the sketches in it are live and must not be changed. The
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

  /** Whoever adds the samples knows where those of another load generator begin, and says so by `endShard`. */
  expectToldShards(): void {
    this.#mayHoldShards = false;
  }

  /** Takes a sign of life of k6's, by which a clock that jumps is told from a target that hangs. */
  noteHeartbeat(atMs: number): void {
    if (this.#timeline !== undefined) this.#arrive({ kind: 'heartbeat', atMs }, this.#timeline);
  }

  /** Newest moment by the load generator's clock and by what corrects it; undefined before the first sample. */
  get clock(): { readonly newestMs: number; readonly correctionMs: number } | undefined {
    if (this.#timeline === undefined || this.#timeline.samples === 0) return undefined;
    const { newestMs, correctionMs } = this.#timeline;
    return { newestMs, correctionMs };
  }

  add(sample: Sample): void {
    if (this.#mayHoldShards && sample.kind === 'request' && this.#timeline?.isBeginning(sample) === true)
      this.endShard();
    if (this.#timeline !== undefined) {
      this.#arrive(sample, this.#timeline);
      return;
    }
    this.#waiting.push(sample);
    if (this.#waiting.length >= samplesBeforeOrigin && this.#startTime() === undefined) this.#leaveOutWaiting();
  }

  /** The record of everything added, without the blocks from `endBlock` on. The collector must not be used afterwards. */
  finish(facts: RecordFacts, endBlock = Number.POSITIVE_INFINITY): RunRecord {
    const latest = this.#timeline ?? this.#startTime();
    this.#leaveOutWaiting();
    this.#settle(true);
    for (const each of this.#timelines) each.end();
    const timeline = this.#longestTimeline() ?? latest ?? this.#timelineFrom(facts.startedAtMs ?? 0);
    const firstBlock = this.#warmUpMs === 'auto' ? this.#automaticWarmUpBlocks(timeline) : 0;
    const range = { first: firstBlock, end: endBlock };
    const warmUpMs = this.#warmUpMs === 'auto' ? firstBlock * this.#blockLengthMs : this.#warmUpMs;
    const startedAt = new Date(this.#firstOriginMs ?? timeline.originMs).toISOString();
    const { endpoints, joined } = finishEndpoints(this.#endpoints, this.#maxEndpoints, range);
    return {
      schema: 'tailgate.run/2',
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

  /** Of a run of shards the one that went on longest; of a run of rounds the latest, since each has its own clock. */
  #longestTimeline(): RunTimeline | undefined {
    const ofRun = this.#timelines.filter(({ originMs }) => originMs === this.#timelines.at(-1)?.originMs);
    return ofRun.reduce<RunTimeline | undefined>(
      (longest, timeline) => (longest === undefined || timeline.durationMs > longest.durationMs ? timeline : longest),
      undefined,
    );
  }

  #startTime(): RunTimeline | undefined {
    const startMs = firstStart(this.#waiting, longestRequestMs);
    if (startMs === undefined) return undefined;
    const timeline = this.#timelineFrom(this.#firstOriginMs ?? startMs, { startMs });
    this.#timeline = timeline;
    for (const sample of this.#waiting) this.#arrive(sample, timeline);
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

  #timelineFrom(
    originMs: number,
    blocks: { firstBlock?: number; endBlock?: number; startMs?: number } = {},
  ): RunTimeline {
    const warmUpMs = this.#warmUpMs === 'auto' ? 0 : this.#warmUpMs;
    this.#firstOriginMs ??= originMs;
    const timeline = new RunTimeline(
      originMs,
      { warmUpMs, blockLengthMs: this.#blockLengthMs, isUnordered: this.#isUnordered, ...blocks },
      this.#anomalies,
    );
    this.#timelines.push(timeline);
    return timeline;
  }

  #arrive(sample: Sample | Heartbeat, timeline: RunTimeline): void {
    if (this.#held.length === 0 && !leapsIn(sample, timeline)) {
      this.#place(sample, timeline);
      return;
    }
    this.#held.push(sample);
    this.#settle(false);
  }

  /** Places what was held as soon as it shows why the clock leapt; at the end by what there is. */
  #settle(isEnd: boolean): void {
    const [first, ...rest] = this.#held;
    const timeline = this.#timeline;
    if (first === undefined || timeline === undefined) return;
    const all = this.#held;
    const leap = timeline.decide(all.map(momentOf), isEnd);
    if (leap.kind === 'unsure') return;
    this.#held = [];
    if (leap.kind === 'impossible') {
      timeline.leaveOut(momentOf(first).atMs);
      if (first.kind === 'request') this.requestsLeftOut++;
      for (const sample of rest) this.#arrive(sample, timeline);
    } else {
      const isLate = (i: number) => leap.kind === 'jump' && leap.late[i] === true;
      if (leap.kind === 'jump') {
        for (const sample of all.filter((_, i) => isLate(i))) this.#place(movedBy(sample, leap.lateByMs), timeline);
      }
      const [next, ...later] = all.filter((_, i) => !isLate(i));
      // It is where it is, also where the leap was none of the clock's.
      if (next !== undefined) this.#place(next, timeline);
      for (const sample of later) this.#arrive(sample, timeline);
    }
    if (isEnd) this.#settle(true);
  }

  #place(sample: Sample | Heartbeat, timeline: RunTimeline): void {
    if (sample.kind === 'heartbeat') {
      timeline.blockOf(sample.atMs, true);
      return;
    }
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
    timeline.noteStart(sample.endedAtMs - sample.durationMs);
    timeline.requestMs += sample.durationMs;
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

function movedBy(sample: Sample | Heartbeat, ms: number): Sample | Heartbeat {
  return sample.kind === 'request'
    ? { ...sample, endedAtMs: sample.endedAtMs + ms }
    : { ...sample, atMs: sample.atMs + ms };
}

function leapsIn(sample: Sample | Heartbeat, timeline: RunTimeline): boolean {
  const leap = timeline.leaps(sample.kind === 'request' ? sample.endedAtMs : sample.atMs);
  return leap === 'ahead' || (leap === 'back' && momentOf(sample).isPrompt);
}

function momentOf(sample: Sample | Heartbeat): Moment {
  if (sample.kind === 'request') {
    const { endedAtMs, durationMs } = sample;
    return { atMs: endedAtMs, durationMs, isPrompt: true };
  }
  const isHeartbeat = sample.kind === 'heartbeat';
  const isIteration = sample.kind === 'trend' && sample.metric.startsWith('iteration_duration');
  return { atMs: sample.atMs, isPrompt: isHeartbeat || isIteration, isHeartbeat };
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
