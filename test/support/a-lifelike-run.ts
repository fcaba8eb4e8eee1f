import type { EndpointSeries, RunRecord } from '../../src/core/run-record/run-record.ts';
import { LatencySketch } from '../../src/core/sketch/latency-sketch.ts';
import { type Random, randomNormal } from '../../src/core/stats/random.ts';
import { aMeasuredRun } from './a-measured-run.ts';

/** How a run came about, block by block. */
export interface LifelikeRun {
  /** Median latency in ms by endpoint. */
  readonly endpoints: Readonly<Record<string, number>>;
  readonly blocks: number;
  readonly requestsPerBlock: number;
  readonly random: Random;
  /** Factor on the latencies of an endpoint in a block; 1 unless given. */
  readonly slowness?: (endpoint: string, block: number) => number;
  /** Share of failed requests of an endpoint in a block; 0 unless given. */
  readonly failures?: (endpoint: string, block: number) => number;
  /** Share of the requests that a block really had; 1 unless given. */
  readonly presence?: (block: number) => number;
}

/** A run with log-normal latencies whose blocks wobble a little, as those of real runs do. */
export function aLifelikeRun(plan: LifelikeRun, overrides: Partial<RunRecord> = {}): RunRecord {
  const { blocks, random } = plan;
  const wobble = Array.from({ length: blocks }, () => Math.exp(0.02 * randomNormal(random)));
  const endpoints = Object.entries(plan.endpoints).map(([name, medianMs]): EndpointSeries => {
    const series = Array.from({ length: blocks }, (_, index) =>
      toBlock(plan, name, medianMs, index, wobble[index] ?? 1),
    );
    return {
      endpoint: name,
      protocol: 'http',
      method: name.split(' ')[0] ?? 'GET',
      name,
      outcomes: {},
      blocks: series.filter(({ latency, failedRequests }) => latency.count + failedRequests > 0),
    };
  });
  const durationMs = blocks * 5000 + 5000;
  return aMeasuredRun({}, { endpoints, durationMs, iterations: blocks * plan.requestsPerBlock, ...overrides });
}

function toBlock(plan: LifelikeRun, endpoint: string, medianMs: number, index: number, wobble: number) {
  const { random, slowness, failures, presence } = plan;
  const level = medianMs * wobble * (slowness?.(endpoint, index) ?? 1);
  const failureRate = failures?.(endpoint, index) ?? 0;
  const latency = new LatencySketch();
  let failedRequests = 0;
  const requests = Math.round(plan.requestsPerBlock * (presence?.(index) ?? 1));
  for (let i = 0; i < requests; i++) {
    if (random.next() < failureRate) failedRequests++;
    else latency.add(level * Math.exp(0.35 * randomNormal(random)));
  }
  return { index, latency, failedRequests };
}
