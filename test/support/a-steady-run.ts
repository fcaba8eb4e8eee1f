import type { EndpointSeries, RunRecord } from '../../src/core/run-record/run-record.ts';
import { LatencySketch } from '../../src/core/sketch/latency-sketch.ts';
import type { Random } from '../../src/core/stats/random.ts';
import { aMeasuredRun, readAs } from './a-measured-run.ts';

export interface SteadyEndpoint {
  readonly medianMs: number;
  readonly requests: number;
  /** Failed requests, spread evenly over the blocks. */
  readonly failed?: number;
  /** p95 / p50; 2 unless given, 1 for equal latencies. */
  readonly spread?: number;
}

const blocks = 10;

/** A run whose endpoints have log-normal latencies laid out evenly by rank, so that its quantiles are known exactly. */
export function aSteadyRun(
  endpoints: Readonly<Record<string, SteadyEndpoint>>,
  overrides: Partial<RunRecord> = {},
): RunRecord {
  return aMeasuredRun(
    {},
    { iterations: 0, endpoints: Object.entries(endpoints).map(([name, shape]) => toSeries(name, shape)), ...overrides },
  );
}

/** `count` runs of one system; each endpoint's median differs from run to run by about `deviation`, partly in common. */
export function someRuns(
  count: number,
  endpoints: Readonly<Record<string, SteadyEndpoint>>,
  random: Random,
  deviation = 0.04,
): RunRecord[] {
  return Array.from({ length: count }, (_, run) => {
    const common = deviation * (random.next() - 0.5);
    const moved = Object.entries(endpoints).map(([name, shape]) => {
      const factor = Math.exp(common + 2 * deviation * (random.next() - 0.5));
      return [name, { ...shape, medianMs: shape.medianMs * factor }] as const;
    });
    const startedAt = new Date(Date.UTC(2026, 0, 1 + run)).toISOString();
    return aSteadyRun(Object.fromEntries(moved), { id: `${startedAt}-${run}`, startedAt });
  });
}

/** The same run with every latency of `endpoints` (all unless given) multiplied by `factor`. */
export function slowed(run: RunRecord, factor: number, endpoints?: readonly string[]): RunRecord {
  return {
    ...run,
    endpoints: run.endpoints.map((series) =>
      endpoints !== undefined && !endpoints.includes(series.endpoint)
        ? series
        : { ...series, blocks: series.blocks.map((block) => ({ ...block, latency: scaled(block.latency, factor) })) },
    ),
  };
}

function scaled(sketch: LatencySketch, factor: number): LatencySketch {
  const gamma = 1.005 / 0.995;
  const values: number[] = [];
  for (const [index, count] of sketch.buckets()) {
    const value = ((2 * gamma ** index) / (gamma + 1)) * factor;
    for (let i = 0; i < count; i++) values.push(value);
  }
  for (let i = 0; i < sketch.zeroCount; i++) values.push(0);
  return LatencySketch.of(values);
}

function toSeries(endpoint: string, { medianMs, requests, failed = 0, spread = 2 }: SteadyEndpoint): EndpointSeries {
  const sigma = Math.log(spread) / 1.6449;
  const sketches = Array.from({ length: blocks }, () => new LatencySketch());
  for (let i = 0; i < requests; i++) {
    // Ranks are dealt out to the blocks in turn, so every block has the whole range.
    sketches[i % blocks]?.add(medianMs * Math.exp(sigma * logisticNormal((i + 0.5) / requests)));
  }
  return {
    ...readAs(endpoint),
    outcomes: {},
    blocks: sketches.map((latency, index) => ({
      index,
      latency,
      failedRequests: Math.floor(failed / blocks) + (index < failed % blocks ? 1 : 0),
    })),
  };
}

/** A normal quantile near enough for test data (logistic approximation). */
function logisticNormal(p: number): number {
  return Math.log(p / (1 - p)) / 1.702;
}
