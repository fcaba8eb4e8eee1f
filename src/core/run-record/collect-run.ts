import { LatencySketch } from '../sketch/latency-sketch.ts';
import { AnomalyLog } from './anomaly-log.ts';
import { BlockSeries } from './block-series.ts';
import { hashText } from './display-name.ts';
import { EndpointTable } from './endpoint-table.ts';
import { labelEndpoints, requestsBefore } from './label-endpoints.ts';
import { NamedSeries, otherName } from './named-series.ts';
import { firstStart } from './run-origin.ts';
import type { CheckSeries, EndpointSeries, MetricSeries, RateBlock, RunRecord } from './run-record.ts';
import { RunTimeline } from './run-timeline.ts';
import type { RequestSample, Sample, TrendSample } from './sample.ts';

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
  /** How many endpoints keep their own series; 200 unless given. */
  readonly maxEndpoints?: number;
}

/** What a run record needs beside the samples. */
export interface RunFacts
  extends Pick<
    RunRecord,
    'fingerprint' | 'provenance' | 'iterations' | 'droppedIterations' | 'exit' | 'generator' | 'warnings'
  > {
  /** Requests of setup() and teardown(), which never become samples. */
  readonly setupAndTeardownRequests: number;
  /** Derived from start and content unless given. */
  readonly id?: string;
  /** Start of a run that had no sample, Unix ms. */
  readonly startedAtMs?: number;
}

/** A request that took longer than this is a broken clock. */
const longestRequestMs = 24 * 3_600_000;

const largestMetricValue = 1e15;

/** How many samples are looked at to find the start of the first request: concurrent requests end out of order. */
const samplesBeforeOrigin = 256;

const mostChecks = 200;
const mostMetrics = 200;

interface TrendSeries {
  readonly blocks: BlockSeries<LatencySketch>;
  unit: 'ms' | '';
}

interface Rate {
  total: number;
  failed: number;
}

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
  readonly #checks = new NamedSeries(mostChecks, () => new BlockSeries<Rate>(newRate));
  readonly #rates = new NamedSeries(mostMetrics, () => new BlockSeries<Rate>(newRate));
  readonly #trends = new NamedSeries(mostMetrics, newTrend);
  #timeline: RunTimeline | undefined;
  #waiting: Sample[] = [];
  #warmUpRequests = 0;
  /** Requests that are in no record, because their duration or time is impossible. */
  requestsLeftOut = 0;

  constructor(options: CollectOptions) {
    this.#blockLengthMs = options.blockLengthMs ?? 5000;
    this.#warmUpMs = options.warmUpMs;
    this.#maxEndpoints = options.maxEndpoints ?? 200;
    this.#endpoints = new EndpointTable(this.#maxEndpoints, options.targetHosts);
    if (options.originMs !== undefined) this.#timeline = this.#timelineFrom(options.originMs);
  }

  add(sample: Sample): void {
    if (this.#timeline !== undefined) {
      this.#place(sample, this.#timeline);
      return;
    }
    this.#waiting.push(sample);
    if (this.#waiting.length >= samplesBeforeOrigin && this.#startTime() === undefined) this.#leaveOutWaiting();
  }

  /** The record of everything added. The collector must not be used afterwards. */
  finish(facts: RunFacts): RunRecord {
    const timeline = this.#timeline ?? this.#startTime() ?? this.#timelineFrom(facts.startedAtMs ?? 0);
    this.#leaveOutWaiting();
    const firstBlock = this.#warmUpMs === 'auto' ? this.#automaticWarmUpBlocks(timeline) : 0;
    const warmUpMs = this.#warmUpMs === 'auto' ? firstBlock * this.#blockLengthMs : this.#warmUpMs;
    const startedAt = new Date(timeline.originMs).toISOString();
    const { endpoints, joined } = labelEndpoints(this.#endpoints, this.#maxEndpoints, firstBlock);
    return {
      schema: 'tailgate.run/1',
      id: facts.id ?? `${startedAt.replaceAll(/[-:]/gu, '')}-${contentHash(endpoints)}`,
      startedAt,
      durationMs: Math.round(timeline.durationMs),
      warmUpMs,
      blockLengthMs: this.#blockLengthMs,
      fingerprint: facts.fingerprint,
      provenance: facts.provenance,
      endpoints,
      checks: finishedChecks(this.#checks, firstBlock),
      metrics: this.#finishedMetrics(firstBlock),
      requestsOutsideBlocks: {
        warmUp: this.#warmUpRequests + requestsBefore(this.#endpoints, firstBlock),
        setupAndTeardown: facts.setupAndTeardownRequests,
      },
      iterations: facts.iterations,
      droppedIterations: facts.droppedIterations,
      exit: facts.exit,
      generator: facts.generator,
      warnings: [...facts.warnings, ...this.#anomalies.warnings(), ...this.#limitWarnings(joined)],
    };
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
      this.#anomalies.note('samples with an impossible time were left out', `Unix time ${atMs} ms`);
      if (sample.kind === 'request') this.requestsLeftOut++;
    }
    this.#waiting = [];
  }

  #timelineFrom(originMs: number): RunTimeline {
    const warmUpMs = this.#warmUpMs === 'auto' ? 0 : this.#warmUpMs;
    return new RunTimeline(originMs, { warmUpMs, blockLengthMs: this.#blockLengthMs }, this.#anomalies);
  }

  #place(sample: Sample, timeline: RunTimeline): void {
    if (sample.kind === 'request') {
      this.#placeRequest(sample, timeline);
      return;
    }
    const block = timeline.blockOf(sample.atMs);
    if (block === undefined || block < 0) return;
    switch (sample.kind) {
      case 'check':
        countRate(this.#checks.get(sample.check).at(block), sample.passed);
        break;
      case 'rate':
        countRate(this.#rates.get(sample.metric).at(block), sample.isTrue);
        break;
      case 'trend':
        this.#placeTrend(sample, block);
        break;
      default:
        sample satisfies never;
    }
  }

  #placeRequest(sample: RequestSample, timeline: RunTimeline): void {
    if (!(sample.durationMs >= 0 && sample.durationMs <= longestRequestMs)) {
      const request = `${sample.durationMs} ms for ${sample.method} ${sample.name.slice(0, 100)}`;
      this.#anomalies.note('requests with an impossible duration were left out', request);
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
    const series = this.#endpoints.seriesOf(sample);
    const into = series.blocks.at(block);
    series.requests++;
    if (sample.isExpected) into.latency.add(sample.durationMs);
    else into.failedRequests++;
    const outcome = outcomeOf(sample);
    into.outcomes.set(outcome, (into.outcomes.get(outcome) ?? 0) + 1);
  }

  #placeTrend(sample: TrendSample, block: number): void {
    if (!(sample.value >= 0 && sample.value <= largestMetricValue)) {
      const kind = 'metric values below zero, beyond 1e15 or not finite were left out';
      this.#anomalies.note(kind, `${sample.value} of ${sample.metric.slice(0, 100)}`);
      return;
    }
    const trend = this.#trends.get(sample.metric);
    trend.unit = sample.unit;
    trend.blocks.at(block).add(sample.value);
  }

  /** 10 s or a tenth of the run, whichever is less, in whole blocks. */
  #automaticWarmUpBlocks(timeline: RunTimeline): number {
    return Math.round(Math.min(10_000, timeline.durationMs / 10) / this.#blockLengthMs);
  }

  #finishedMetrics(firstBlock: number): MetricSeries[] {
    const trends = this.#trends.entries().map(([metric, { unit, blocks }]): MetricSeries => {
      const values = blocks.from(firstBlock).map(({ index, block }) => ({ index, values: block }));
      return { metric, kind: 'trend', unit, blocks: values };
    });
    const rates = this.#rates.entries().map(([metric, series]): MetricSeries => {
      return { metric, kind: 'rate', blocks: rateBlocks(series, firstBlock) };
    });
    return [...trends, ...rates].filter((series) => series.blocks.length > 0);
  }

  #limitWarnings(joinedEndpoints: number): string[] {
    const warnings: string[] = [];
    if (joinedEndpoints > 0) {
      warnings.push(
        `more than ${this.#maxEndpoints} endpoints: all but the busiest ${this.#maxEndpoints} are joined as "${otherName}"; ` +
          'give requests a name (tags: { name: ... }) where a URL holds an id',
      );
    }
    if (this.#checks.hasOverflow) warnings.push(`more than ${mostChecks} checks: the rest is joined as "${otherName}"`);
    if (this.#trends.hasOverflow || this.#rates.hasOverflow) {
      warnings.push(`more than ${mostMetrics} metrics: the rest is joined as "${otherName}"`);
    }
    return warnings;
  }
}

function newRate(): Rate {
  return { total: 0, failed: 0 };
}

function newTrend(): TrendSeries {
  const blocks = new BlockSeries(
    () => new LatencySketch(),
    (values) => values.settle(),
  );
  return { blocks, unit: '' };
}

function countRate(rate: Rate, isGood: boolean): void {
  rate.total++;
  if (!isGood) rate.failed++;
}

function rateBlocks(series: BlockSeries<Rate>, firstBlock: number): RateBlock[] {
  return series.from(firstBlock).map(({ index, block }) => ({ index, total: block.total, failed: block.failed }));
}

function finishedChecks(checks: NamedSeries<BlockSeries<Rate>>, firstBlock: number): CheckSeries[] {
  return checks
    .entries()
    .map(([check, series]) => ({ check, blocks: rateBlocks(series, firstBlock) }))
    .filter((series) => series.blocks.length > 0);
}

/** A status, or what went wrong when no answer came. For gRPC status 0 is an answer: OK. */
function outcomeOf(sample: RequestSample): string {
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
