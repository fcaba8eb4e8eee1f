import { describe, it } from 'vitest';
import { type EqualCodeDuet, pooledChanges } from '../../src/core/comparison/paired/deployment-model.ts';
import type { DuetPlan } from '../../src/core/comparison/paired/duet-plan.ts';
import { startDuetTest } from '../../src/core/comparison/paired/duet-test.ts';
import type { BlockPair } from '../../src/core/comparison/paired/paired-blocks.ts';
import { LatencySketch } from '../../src/core/sketch/latency-sketch.ts';
import { equalLooks } from '../../src/core/stats/alpha-spending.ts';
import { randomNormal, seededRandom } from '../../src/core/stats/random.ts';
import { expectAtMostRate } from '../support/expect-rate.ts';
import { balanced, type DuetWorld, duetPairs } from '../support/paired-runs.ts';

/** No margin at all, so that every significant row is an alarm. */
const noMargins = {
  ...balanced,
  margins: { relativeIncrease: { p50: 0, p95: 0, p99: 0 }, latencyIncreaseMs: 0, errorRateIncrease: 0 },
};

const builds = 120;

function plan(overrides: Partial<DuetPlan>): DuetPlan {
  return {
    thresholds: noMargins,
    placement: 'one-deployment',
    order: 'alternating',
    looks: equalLooks(20, 5),
    seed: 'plan',
    signVectors: 1000,
    ...overrides,
  };
}

function alarms(pairsOf: (seed: string) => BlockPair[], planned: DuetPlan): number {
  let red = 0;
  for (let build = 0; build < builds; build++) {
    const look = startDuetTest(planned).look(pairsOf(`${build}`));
    if (look.regressed.length > 0) red++;
  }
  return red;
}

const world = (overrides: Partial<DuetWorld>) => (seed: string) =>
  duetPairs({ endpoints: 5, pairs: 20, requestsPerBlock: 12, seed, ...overrides });

describe('a duet of unchanged code', () => {
  it.each<{ title: string; overrides: Partial<DuetWorld> }>([
    { title: 'log-normal latencies', overrides: {} },
    { title: 'a single endpoint', overrides: { endpoints: 1 } },
    {
      title: 'two modes',
      overrides: { latency: (random) => (random.next() < 0.1 ? 900 : 50) * Math.exp(0.2 * randomNormal(random)) },
    },
    { title: 'heavy tails', overrides: { latency: (random) => 20 / (1 - random.next()) ** 0.6 } },
    {
      title: 'latencies in whole milliseconds',
      overrides: { latency: (random) => 2 + Math.floor(4 * random.next()), blockDeviation: 0 },
    },
    { title: 'errors that come and go', overrides: { errorRates: [0.03, 0.03] } },
  ])('is called regressed in at most 5 % of builds: $title', ({ overrides }) => {
    expectAtMostRate(alarms(world(overrides), plan({})), builds, 0.05);
  });

  it('is called regressed in at most 5 % of builds when the candidate has half of the requests', () => {
    const unequal = (seed: string) =>
      world({ blockDeviation: 0.05 })(seed).map((pair) => ({
        ...pair,
        endpoints: new Map([...pair.endpoints].map(halved)),
      }));
    expectAtMostRate(alarms(unequal, plan({})), builds, 0.05);
  });

  it('is called regressed in at most 5 % of builds when the candidate has eight times the requests', () => {
    const unequal = (seed: string): BlockPair[] => {
      const few = world({ requestsPerBlock: 5, pairs: 40, blockDeviation: 0 })(`${seed} few`);
      const many = world({ requestsPerBlock: 40, pairs: 40, blockDeviation: 0 })(`${seed} many`);
      return few.map((pair, i) => ({
        ...pair,
        endpoints: new Map(
          [...pair.endpoints].map(([name, { baseline }]) => {
            const candidate = (many[i] as BlockPair).endpoints.get(name)?.candidate ?? baseline;
            return [name, { baseline, candidate }];
          }),
        ),
      }));
    };
    const concurrent = plan({ order: 'concurrent', looks: equalLooks(40, 5) });
    expectAtMostRate(alarms(unequal, concurrent), builds, 0.05);
  });

  it('is called regressed in at most 6 % of builds across deployments that differ, of which five duets are known', () => {
    const deviation = 0.12;
    const deployments = (seed: string): BlockPair[] => {
      const random = seededRandom(`deployment ${seed}`);
      const specific = Array.from({ length: 5 }, () => Math.exp(deviation * randomNormal(random)));
      return world({ slowdown: (j) => specific[j] as number })(seed);
    };
    let red = 0;
    for (let build = 0; build < builds; build++) {
      const equalCodeDuets = Array.from({ length: 5 }, (_, k) => toDuet(deployments(`${build} known ${k}`)));
      const planned = plan({ placement: 'separate-hosts', order: 'concurrent', equalCodeDuets });
      if (startDuetTest(planned).look(deployments(`${build}`)).regressed.length > 0) red++;
    }
    expectAtMostRate(red, builds, 0.06);
  });
});

describe('the interval of a ratio', () => {
  it('misses the truth in at most 5 % of builds at either end, wherever the test stops', () => {
    let low = 0;
    let high = 0;
    for (let build = 0; build < builds; build++) {
      const test = startDuetTest(plan({ looks: equalLooks(20, 5) }));
      test.look(world({ endpoints: 2, slowdown: () => 1.15 })(`interval ${build}`));
      const row = test.result().comparisons.find(({ metric }) => metric === 'p50');
      const [lower, upper] = row?.relativeChange?.interval ?? [0, 0];
      if (lower > 0.15) low++;
      if (upper < 0.15) high++;
    }
    expectAtMostRate(low, builds, 0.05);
    expectAtMostRate(high, builds, 0.05);
  });
});

function halved([name, sides]: [string, { baseline: Side; candidate: Side }]): [
  string,
  { baseline: Side; candidate: Side },
] {
  let n = 0;
  const latency = new LatencySketch();
  for (const [index, count] of sides.candidate.latency.buckets()) {
    for (let i = 0; i < count; i++) if (n++ % 2 === 0) latency.add(1.01 ** index);
  }
  const total = new LatencySketch();
  for (const [index, count] of sides.baseline.latency.buckets()) {
    for (let i = 0; i < count; i++) total.add(1.01 ** index);
  }
  return [name, { baseline: { ...sides.baseline, latency: total }, candidate: { ...sides.candidate, latency } }];
}

interface Side {
  readonly latency: LatencySketch;
  readonly failedRequests: number;
}

function toDuet(pairs: readonly BlockPair[]): EqualCodeDuet {
  const pooled = (side: 'baseline' | 'candidate') => {
    const names = new Set(pairs.flatMap((pair) => [...pair.endpoints.keys()]));
    const latencies = (name: string) => pairs.flatMap((pair) => pair.endpoints.get(name)?.[side].latency ?? []);
    return new Map([...names].map((name) => [name, LatencySketch.merged(latencies(name))]));
  };
  return { changes: pooledChanges(pooled('baseline'), pooled('candidate')) };
}

describe('calibration: duets of builds that only improve', () => {
  it('half of the endpoints much faster on another host make no other look slower', () => {
    const random = seededRandom('only improves');
    const builds = 60;
    let alarms = 0;
    for (let build = 0; build < builds; build++) {
      const deployment = 0.06 * randomNormal(random);
      const pairs = duetPairs({
        endpoints: 6,
        pairs: 40,
        requestsPerBlock: 20,
        slowdown: (j) => Math.exp(deployment) * (j < 4 ? 0.7 : 1),
        seed: `improves ${build}`,
      });
      const test = startDuetTest({
        thresholds: balanced,
        placement: 'separate-hosts',
        order: 'concurrent',
        looks: [40],
        seed: `${build}`,
        signVectors: 1000,
      });
      if (test.look(pairs).regressed.length > 0) alarms++;
    }
    expectAtMostRate(alarms, builds, 0.05);
  });
});
