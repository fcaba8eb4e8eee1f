import type { BlockPair } from '../../src/core/comparison/paired/paired-blocks.ts';
import type { RunRecord } from '../../src/core/run-record/run-record.ts';
import { LatencySketch } from '../../src/core/sketch/latency-sketch.ts';
import { type Random, randomNormal, seededRandom } from '../../src/core/stats/random.ts';
import type { Thresholds } from '../../src/core/thresholds/thresholds.ts';
import { aMeasuredRun, readAs } from './a-measured-run.ts';
import { someThresholds } from './some-thresholds.ts';

export const balanced: Thresholds = someThresholds();

/** How two sides behave; everything per endpoint and block is drawn anew. */
export interface DuetWorld {
  readonly endpoints: number;
  readonly pairs: number;
  readonly requestsPerBlock: number;
  /** Candidate's latency relative to the baseline's, per endpoint. */
  readonly slowdown?: (endpoint: number) => number;
  /** Share of failed requests per side. */
  readonly errorRates?: readonly [baseline: number, candidate: number];
  /** One request's latency in ms. */
  readonly latency?: (random: Random, side: 'baseline' | 'candidate') => number;
  /** Standard deviation of the ln latency of a whole block, per side. */
  readonly blockDeviation?: number;
  readonly seed: string;
}

const lognormal = (random: Random) => 100 * Math.exp(0.5 * randomNormal(random));

/** The pairs of a duet in `world`; endpoints are called `GET /0`, `GET /1` and so on. */
export function duetPairs(world: DuetWorld): BlockPair[] {
  const random = seededRandom(world.seed);
  const { latency = lognormal, slowdown = () => 1, errorRates = [0, 0], blockDeviation = 0.1 } = world;
  const side = (name: 'baseline' | 'candidate', factor: number, errorRate: number) => {
    const block = factor * Math.exp(blockDeviation * randomNormal(random));
    const sketch = new LatencySketch();
    let failedRequests = 0;
    for (let i = 0; i < world.requestsPerBlock; i++) {
      if (random.next() < errorRate) failedRequests++;
      else sketch.add(latency(random, name) * block);
    }
    return { latency: sketch, failedRequests };
  };
  return Array.from({ length: world.pairs }, () => {
    const names = Array.from({ length: world.endpoints }, (_, j) => j);
    const endpoints = new Map(
      names.map((j) => [
        `GET /${j}`,
        {
          baseline: side('baseline', 1, errorRates[0]),
          candidate: side('candidate', slowdown(j), errorRates[1]),
        },
      ]),
    );
    return { endpoints, checks: new Map() };
  });
}

/** The two run records whose blocks make `pairs`. */
export function duetRecords(pairs: readonly BlockPair[]): { baseline: RunRecord; candidate: RunRecord } {
  const names = [...new Set(pairs.flatMap((pair) => [...pair.endpoints.keys()]))];
  const record = (side: 'baseline' | 'candidate'): RunRecord =>
    aMeasuredRun(
      {},
      {
        id: `2026-11-25T10:00:00Z-${side}`,
        endpoints: names.map((endpoint) => ({
          ...readAs(endpoint),
          outcomes: {},
          blocks: pairs.flatMap((pair, index) => {
            const block = pair.endpoints.get(endpoint)?.[side];
            return block ? [{ index, ...block }] : [];
          }),
        })),
      },
    );
  return { baseline: record('baseline'), candidate: record('candidate') };
}

export function swapped(pairs: readonly BlockPair[]): BlockPair[] {
  return pairs.map((pair) => ({
    ...pair,
    endpoints: new Map(
      [...pair.endpoints].map(([name, { baseline, candidate }]) => [
        name,
        { baseline: candidate, candidate: baseline },
      ]),
    ),
  }));
}
