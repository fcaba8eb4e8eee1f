import type { BlockPair, SideBlock } from '../src/core/comparison/paired/paired-blocks.ts';
import { LatencySketch } from '../src/core/sketch/latency-sketch.ts';
import { type Random, randomNormal } from '../src/core/stats/random.ts';

/** A duet whose truth is known: ten endpoints asked in turn, as a script does. */
export interface SimulatedDuet {
  readonly pairs: number;
  /** `open`: as many requests on both sides. `closed`: virtual users wait, so that a slower side gets fewer. */
  readonly loadModel: 'open' | 'closed';
  /** Lag-1 autocorrelation of the differences between the sides. */
  readonly autocorrelation: number;
  /** By endpoint, how much slower the candidate is (0.2 = 20 %). */
  readonly increase: readonly number[];
}

/** ms; as unlike as the endpoints of a shop. */
const mediansMs = [20, 24, 30, 36, 44, 54, 66, 80, 96, 120];

export const simulatedEndpoints = mediansMs.map((_, j) => `GET /e${j}`);

/** Standard deviation of the logarithm of one request's latency, and of a block's level, shared and by endpoint. */
const deviations = { request: 0.4, shared: 0.08, specific: 0.08 };

/** Of one endpoint and side in one block, where the side isn't slowed. */
const requestsPerBlock = 20;

/** Pairs drawn one after another. */
export function simulateDuet(
  { pairs, loadModel, autocorrelation, increase }: SimulatedDuet,
  random: Random,
): BlockPair[] {
  const series = () => autoregressive(pairs, autocorrelation, random);
  const shared = series();
  const specific = mediansMs.map(series);
  return Array.from({ length: pairs }, (_, i) => {
    const factors = mediansMs.map(
      (_ms, j) =>
        (1 + (increase[j] ?? 0)) *
        Math.exp(
          deviations.shared * (shared[i] as number) +
            deviations.specific * ((specific[j] as Float64Array)[i] as number),
        ),
    );
    const slowness = weightedMean(factors, mediansMs);
    const requests = loadModel === 'open' ? requestsPerBlock : requestsPerBlock / slowness;
    const endpoints = mediansMs.map((ms, j) => {
      const baseline = block(ms, requestsPerBlock, random);
      const candidate = block(ms * (factors[j] as number), requests, random);
      return [simulatedEndpoints[j] as string, { baseline, candidate }] as const;
    });
    return { endpoints: new Map(endpoints), checks: new Map() };
  });
}

function block(medianMs: number, meanRequests: number, random: Random): SideBlock {
  const latency = new LatencySketch();
  const requests = Math.max(1, Math.round(meanRequests + randomNormal(random)));
  for (let i = 0; i < requests; i++) latency.add(medianMs * Math.exp(deviations.request * randomNormal(random)));
  return { latency, failedRequests: 0 };
}

function weightedMean(values: readonly number[], weights: readonly number[]): number {
  const sum = values.reduce((total, value, j) => total + value * (weights[j] as number), 0);
  return sum / weights.reduce((total, weight) => total + weight, 0);
}

/** First-order, unit variance. */
function autoregressive(length: number, correlation: number, random: Random): Float64Array {
  let value = randomNormal(random);
  return Float64Array.from({ length }, () => {
    const now = value;
    value = correlation * value + Math.sqrt(1 - correlation * correlation) * randomNormal(random);
    return now;
  });
}
