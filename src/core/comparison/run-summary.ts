import type { EndpointSeries, RunRecord } from '../run-record/run-record.ts';
import { failedRequestsOf } from '../run-record/run-record.ts';
import { LatencySketch } from '../sketch/latency-sketch.ts';
import { type Quantile, quantileProbability } from './comparison.ts';

/** What the stored comparison needs of one run, read once from its sketches. */
export interface RunSummary {
  readonly id: string;
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
  /** Latency quantiles over the whole run, ms; NaN without an expected response. */
  readonly latencyMs: Readonly<Record<Quantile, number>>;
}

/** Latencies below this (1 µs, far below what k6 can time over a network) are all taken as this, so that ratios exist. */
const smallestLatencyMs = 1e-3;

export function toRunSummary(record: RunRecord): RunSummary {
  const endpoints = new Map(record.endpoints.map((series) => [series.endpoint, toEndpointSummary(series)]));
  let requests = 0;
  for (const summary of endpoints.values()) requests += summary.succeeded + summary.failedRequests;
  return { id: record.id, iterations: record.iterations, requests, endpoints, record };
}

function toEndpointSummary(series: EndpointSeries): EndpointSummary {
  const sketch = LatencySketch.merged(series.blocks.map((block) => block.latency));
  return {
    endpoint: series.endpoint,
    succeeded: sketch.count,
    failedRequests: failedRequestsOf(series),
    latencyMs: latencyQuantilesMs(sketch),
  };
}

export function latencyQuantilesMs(sketch: LatencySketch): Record<Quantile, number> {
  const quantile = (name: Quantile) => Math.max(sketch.quantile(quantileProbability[name]), smallestLatencyMs);
  return { p50: quantile('p50'), p95: quantile('p95'), p99: quantile('p99') };
}
