import { isOfTarget } from '../run-record/endpoint-identity.ts';
import {
  type EndpointBlock,
  type EndpointSeries,
  failedRequestsOf,
  latenciesOf,
  type RunRecord,
} from '../run-record/run-record.ts';
import { bucketIndex, gamma } from '../sketch/bucket-mapping.ts';
import { type LatencySketch, quantileMs } from '../sketch/latency-sketch.ts';
import type { Count } from '../stats/proportion.ts';
import { perQuantile, type Quantile, quantiles } from '../thresholds/quantiles.ts';

/** What the stored comparison needs of one run, read once from its sketches. */
export interface RunSummary {
  readonly id: string;
  /** Iterations of the judged time: those of the warm-up are left out as its requests are. */
  readonly iterations: number;
  readonly requests: number;
  readonly endpoints: ReadonlyMap<string, EndpointSummary>;
  readonly record: RunRecord;
}

export interface EndpointSummary {
  readonly endpoint: string;
  /** Requests with an expected response; latencies come from these only. */
  readonly succeeded: number;
  readonly failedRequests: number;
  /** All requests by status, as in the record. */
  readonly outcomes: EndpointSeries['outcomes'];
  /** Requests per time block. */
  readonly blocks: readonly BlockCount[];
  /** Latencies over the whole run, and those of each time block. */
  readonly latency: LatencySketch;
  readonly latencyOfBlocks: readonly LatencySketch[];
  /** Latency quantiles over the whole run, ms; NaN without an expected response. */
  readonly latencyMs: Readonly<Record<Quantile, number>>;
  /** Variance of each quantile's logarithm if requests were independent: tells noisy endpoints from steady ones. */
  readonly samplingVariance: Readonly<Record<Quantile, number>>;
  /** Variance of each quantile's logarithm from the coarseness of the values alone; seldom more than the sketch's own. */
  readonly roundingVariance: Readonly<Record<Quantile, number>>;
}

export interface BlockCount extends Count {
  readonly index: number;
}

/** The record reduced to what comparing reads; what was sent during the warm-up or to other hosts is left out. */
export function toRunSummary(record: RunRecord): RunSummary {
  const judged = record.endpoints.filter(isOfTarget);
  const endpoints = new Map(judged.map((series) => [series.endpoint, toEndpointSummary(series)]));
  let requests = 0;
  for (const summary of endpoints.values()) requests += summary.succeeded + summary.failedRequests;
  const judgedShare = record.durationMs > 0 ? 1 - record.warmUpMs / record.durationMs : 1;
  return { id: record.id, iterations: record.iterations * judgedShare, requests, endpoints, record };
}

function toEndpointSummary(series: EndpointSeries): EndpointSummary {
  const sketch = latenciesOf(series);
  const occupied = Array.from(sketch.buckets(), ([index]) => index);
  return {
    endpoint: series.endpoint,
    succeeded: sketch.count,
    failedRequests: failedRequestsOf(series),
    outcomes: series.outcomes,
    blocks: series.blocks.map(toBlockCount),
    latency: sketch,
    latencyOfBlocks: series.blocks.map(({ latency }) => latency),
    latencyMs: latencyQuantilesMs(sketch),
    samplingVariance: perQuantile((quantile) => samplingVariance(sketch, quantile)),
    roundingVariance: perQuantile((quantile) => roundingVariance(sketch, occupied, quantile)),
  };
}

function toBlockCount({ index, latency, failedRequests }: EndpointBlock): BlockCount {
  return { index, failed: failedRequests, total: latency.count + failedRequests };
}

/** Every quantile of the table in ms; NaN where the sketch is empty. */
export function latencyQuantilesMs(sketch: LatencySketch): Record<Quantile, number> {
  return perQuantile((quantile) => quantileMs(sketch, quantiles[quantile].probability));
}

/**
 * Half the distance between the quantiles one binomial standard error to either side, squared. Never less than the
 * rounding of the sketch.
 *
 * Source: Woodruff (1952), Confidence intervals for medians and other position measures, JASA 47, 635-646.
 */
function samplingVariance(sketch: LatencySketch, quantile: Quantile): number {
  const probability = quantiles[quantile].probability;
  const error = Math.sqrt((probability * (1 - probability)) / sketch.count);
  const upper = quantileMs(sketch, Math.min(1, probability + error));
  const lower = quantileMs(sketch, Math.max(0, probability - error));
  return Math.max((Math.log(upper / lower) / 2) ** 2, bucketVariance);
}

/** A sketch reads values back within 0.5 %: a uniform law over that width. */
export const bucketVariance = 0.005 ** 2 / 3;

/**
 * Values in whole milliseconds put a fast endpoint's quantile on the same step in every run, which looks like no variance
 * at all until it falls on the next step. So the distance between the occupied buckets around the quantile counts as
 * rounding (uniform law: a twelfth of its square).
 */
function roundingVariance(sketch: LatencySketch, occupied: readonly number[], quantile: Quantile): number {
  const center = bucketIndex(quantileMs(sketch, quantiles[quantile].probability));
  let next = 0;
  let last = occupied.length;
  while (next < last) {
    const middle = (next + last) >> 1;
    if ((occupied[middle] as number) < center) next = middle + 1;
    else last = middle;
  }
  const above = occupied[next] === center ? occupied[next + 1] : occupied[next];
  const distances = [
    center - (occupied[next - 1] ?? Number.NEGATIVE_INFINITY),
    (above ?? Number.POSITIVE_INFINITY) - center,
  ];
  const steps = Math.min(...distances);
  const width = Number.isFinite(steps) ? steps * Math.log(gamma) : 0;
  return Math.max(width ** 2 / 12, bucketVariance);
}
