import { bucketVariance, type EndpointSummary, type RunSummary } from '../src/core/comparison/run-summary.ts';
import type { RunRecord } from '../src/core/run-record/run-record.ts';
import { LatencySketch } from '../src/core/sketch/latency-sketch.ts';
import { type Random, randomNormal } from '../src/core/stats/random.ts';
import type { Quantile } from '../src/core/thresholds/quantiles.ts';

/** These worlds know quantiles only. */
const noLatencies = new LatencySketch();

/** How runs of an unchanged system differ from one another, on the logarithm of a quantile. */
export interface World {
  readonly endpoints: number;
  /** Requests per endpoint and run, log-uniform between the two. */
  readonly requests: readonly [number, number];
  /** Standard deviation between runs of what all endpoints share (each follows it to .3 to 1.3). */
  readonly sharedDeviation: number;
  /** Median standard deviation between runs of what an endpoint has for itself. */
  readonly specificDeviation: number;
  /** Standard deviation of the logarithm of that over endpoints. */
  readonly unlikeness: number;
  readonly tails: 'normal' | 'heavy';
  /** Share of runs in which everything is slower by an exponential amount (mean 20 %), and of single endpoints a tenth of it. */
  readonly burstShare: number;
  /** Some endpoints of some runs are slower by this step. */
  readonly bimodalStep: number;
  /** A third of the runs comes from another session, which differs by this. */
  readonly sessionDeviation: number;
  /** Random walk per run. */
  readonly driftDeviation: number;
  /** Share of the between-run variance that the candidate runs have in common. */
  readonly nested: number;
  readonly medianMs: number;
  /** Latencies are rounded to multiples of this; 0 for none. */
  readonly roundMs: number;
}

export const plainWorld: World = {
  endpoints: 12,
  requests: [60, 4000],
  sharedDeviation: 0.06,
  specificDeviation: 0.04,
  unlikeness: 0.4,
  tails: 'normal',
  burstShare: 0,
  bimodalStep: 0,
  sessionDeviation: 0,
  driftDeviation: 0,
  nested: 0,
  medianMs: 300,
  roundMs: 0,
};

/** Between-run noise per quantile, relative to p95. */
const runNoise: Readonly<Record<Quantile, number>> = { p50: 0.8, p95: 1, p99: 1.3 };

/** Standard error of a quantile's logarithm times the square root of the number of requests. */
const samplingNoise: Readonly<Record<Quantile, number>> = { p50: 0.6, p95: 1.25, p99: 3 };

/** ln(p95 / p50) and ln(p99 / p50). */
const spread: Readonly<Record<Quantile, number>> = { p50: 0, p95: 0.6, p99: 0.9 };

/** `window` + `candidates` runs of one unchanged system drawn from `world`. */
export function simulateRuns(
  world: World,
  windowRuns: number,
  candidateRuns: number,
  random: Random,
): { window: RunSummary[]; candidates: RunSummary[] } {
  const noise = () => (world.tails === 'normal' ? randomNormal(random) : heavy(random));
  const runs = windowRuns + candidateRuns;
  const endpoints = Array.from({ length: world.endpoints }, () => ({
    requests: Math.round(logUniform(world.requests, random)),
    loading: 0.3 + random.next(),
    specificDeviation: world.specificDeviation * Math.exp(world.unlikeness * randomNormal(random)),
    isBimodal: random.next() < 0.3,
    session: 0.5 * randomNormal(random),
    // Woodruff's variance knows nothing of autocorrelation and is itself uncertain.
    known: 0.5 * Math.exp(0.5 * randomNormal(random)),
    nestedSpecific: quantileNoise(noise),
  }));
  const session = randomNormal(random) * world.sessionDeviation;
  const nestedShared = quantileNoise(noise);
  let drift = 0;
  const summaries = Array.from({ length: runs }, (_, run) => {
    const isCandidate = run >= windowRuns;
    const nest = (fresh: PerQuantile, nested: PerQuantile, quantile: Quantile) =>
      isCandidate && candidateRuns > 1
        ? Math.sqrt(world.nested) * nested[quantile] + Math.sqrt(1 - world.nested) * fresh[quantile]
        : fresh[quantile];
    drift += world.driftDeviation * randomNormal(random);
    const inSession = random.next() < 0.35 ? 1 : 0;
    const burst = random.next() < world.burstShare ? -0.2 * Math.log(1 - random.next()) : 0;
    const shared = quantileNoise(noise);
    const summarized = endpoints.map((endpoint, j): EndpointSummary => {
      const specific = quantileNoise(noise);
      const ownBurst = random.next() < world.burstShare / 10 ? -0.3 * Math.log(1 - random.next()) : 0;
      const step = endpoint.isBimodal && random.next() < 0.3 ? world.bimodalStep : 0;
      const log = (quantile: Quantile) =>
        endpoint.loading *
          (world.sharedDeviation * runNoise[quantile] * nest(shared, nestedShared, quantile) +
            burst +
            drift +
            inSession * session) +
        inSession * session * endpoint.session +
        endpoint.specificDeviation * runNoise[quantile] * nest(specific, endpoint.nestedSpecific, quantile) +
        ownBurst +
        step +
        (samplingNoise[quantile] / Math.sqrt(endpoint.requests)) * noise() +
        spread[quantile];
      return toSummary(`e${j}`, endpoint.requests, world, log, endpoint.known);
    });
    return toRun(`run ${run}`, summarized);
  });
  return { window: summaries.slice(0, windowRuns), candidates: summaries.slice(windowRuns) };
}

type PerQuantile = Readonly<Record<Quantile, number>>;

/** Unit-variance noise per quantile, half of it shared by the quantiles. */
function quantileNoise(noise: () => number): PerQuantile {
  const shared = noise();
  const one = () => (shared + noise()) / Math.SQRT2;
  return { p50: one(), p95: one(), p99: one() };
}

/** Student's t with 3 degrees of freedom, scaled to unit variance. */
function heavy(random: Random): number {
  const chiSquare = randomNormal(random) ** 2 + randomNormal(random) ** 2 + randomNormal(random) ** 2;
  return randomNormal(random) / Math.sqrt(chiSquare / 3) / Math.sqrt(3);
}

function logUniform([low, high]: readonly [number, number], random: Random): number {
  return Math.exp(Math.log(low) + random.next() * Math.log(high / low));
}

function toSummary(
  endpoint: string,
  requests: number,
  world: World,
  log: (quantile: Quantile) => number,
  known: number,
): EndpointSummary {
  const ms = (quantile: Quantile) => {
    const value = world.medianMs * Math.exp(log(quantile));
    return world.roundMs > 0 ? Math.max(world.roundMs, Math.round(value / world.roundMs) * world.roundMs) : value;
  };
  const rounding = (value: number) => Math.max((world.roundMs / value) ** 2 / 12, bucketVariance);
  const variance = (quantile: Quantile) => known * (samplingNoise[quantile] ** 2 / requests);
  return {
    endpoint,
    succeeded: requests,
    failedRequests: 0,
    outcomes: {},
    blocks: [],
    latencyMs: { p50: ms('p50'), p95: ms('p95'), p99: ms('p99') },
    latency: noLatencies,
    latencyOfBlocks: [],
    samplingVariance: { p50: variance('p50'), p95: variance('p95'), p99: variance('p99') },
    roundingVariance: { p50: rounding(ms('p50')), p95: rounding(ms('p95')), p99: rounding(ms('p99')) },
  };
}

function toRun(id: string, endpoints: readonly EndpointSummary[]): RunSummary {
  return {
    id,
    iterations: 0,
    requests: endpoints.reduce((sum, summary) => sum + summary.succeeded, 0),
    endpoints: new Map(endpoints.map((summary) => [summary.endpoint, summary])),
    record: emptyRecord,
  };
}

/** Of five minutes in which nothing was asked. */
export const emptyRecord: RunRecord = {
  schema: 'tailgate.run/2',
  id: 'simulated',
  startedAt: '2026-01-01T00:00:00.000Z',
  durationMs: 300_000,
  warmUpMs: 0,
  blockLengthMs: 5000,
  fingerprint: { hard: {}, soft: {} },
  provenance: {},
  endpoints: [],
  checks: [],
  metrics: [],
  iterations: 0,
  droppedIterations: 0,
  exit: { class: 'ran', crossedThresholds: [], thrownIterations: 0 },
  generator: {},
  warnings: [],
};
