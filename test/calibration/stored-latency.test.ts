import { describe, expect, test } from 'vitest';
import { evaluationThresholds } from '../../evaluation/evaluation-thresholds.ts';
import { inject } from '../../evaluation/injection.ts';
import { confirmed, type Judge, oneLook, repeated } from '../../evaluation/judge.ts';
import { plainWorld, simulateRuns, type World } from '../../evaluation/simulated-world.ts';
import { defaultAlphaShares } from '../../src/core/comparison/alpha-shares.ts';
import type { RunSummary } from '../../src/core/comparison/run-summary.ts';
import { conformalP } from '../../src/core/comparison/stored/compare-latency.ts';
import { compareSummaries, guardWindow } from '../../src/core/comparison/stored/compare-stored.ts';
import { moderatedTests, plainTest, pSlower, totalShifts } from '../../src/core/comparison/stored/shift-tests.ts';
import { type Random, randomNormal, seededRandom } from '../../src/core/stats/random.ts';
import { expectAtMostRate, expectRate } from '../support/expect-rate.ts';

const oneRun = { count: 1, sharedVariance: 1 };

function normalRows(endpoints: number, runs: number, random: Random, deviation: (j: number) => number): number[][] {
  return Array.from({ length: endpoints }, (_, j) =>
    Array.from({ length: runs }, () => 5 + deviation(j) * randomNormal(random)),
  );
}

describe('calibration: t tests of one more run', () => {
  test.each([3, 5, 12])('the plain test keeps its level with %i stored runs', (runs) => {
    const random = seededRandom(runs);
    let rejections = 0;
    for (let trial = 0; trial < 4000; trial++) {
      const [row = []] = normalRows(1, runs + 1, random, () => 0.1);
      const [shifts] = totalShifts({ window: [row.slice(1)], candidate: [row.slice(0, 1)] });
      if (shifts !== undefined && pSlower(plainTest(shifts, oneRun)) <= 0.05) rejections++;
    }
    expectRate(rejections, 4000, 0.05);
  });

  test('the moderated test stays below its 5 % over endpoints that are alike, not far below', () => {
    const random = seededRandom('alike');
    let rejections = 0;
    for (let trial = 0; trial < 500; trial++) {
      const rows = normalRows(8, 4, random, () => 0.1);
      const shifts = totalShifts({ window: rows.map((r) => r.slice(1)), candidate: rows.map((r) => r.slice(0, 1)) });
      rejections += moderatedTests(shifts, oneRun, []).filter((t) => pSlower(t) <= 0.05).length;
    }
    expectAtMostRate(rejections, 4000, 0.05);
    expect(rejections / 4000).toBeGreaterThan(0.025);
  });

  test('the noisy endpoints among steady ones keep it too, given how noisy they are within runs', () => {
    const random = seededRandom('unlike');
    const deviation = (j: number) => (j < 2 ? 0.2 : 0.03);
    const sampling = Array.from({ length: 10 }, (_, j) => (j < 2 ? 0.03 : 0.0005));
    let known = 0;
    let unknown = 0;
    for (let trial = 0; trial < 1500; trial++) {
      const rows = normalRows(10, 4, random, deviation);
      const shifts = totalShifts({ window: rows.map((r) => r.slice(1)), candidate: rows.map((r) => r.slice(0, 1)) });
      const alarms = (variances: number[]) =>
        moderatedTests(shifts, oneRun, variances)
          .slice(0, 2)
          .filter((t) => pSlower(t) <= 0.01).length;
      known += alarms(sampling);
      unknown += alarms([]);
    }
    expectAtMostRate(known, 3000, 0.012);
    expect(unknown).toBeGreaterThan(2 * known);
  });
});

describe('calibration: false alarms of whole builds', () => {
  const builds = 250;
  const falseAlarms = (world: World, windowRuns: number, candidates: number, judge: Judge): number => {
    const random = seededRandom(JSON.stringify(world));
    let alarms = 0;
    for (let build = 0; build < builds; build++) {
      const { window, candidates: runs } = simulateRuns(world, windowRuns, candidates, random);
      if (judge(window, runs).named.length > 0) alarms++;
    }
    return alarms;
  };
  const once = oneLook(evaluationThresholds);
  const fresh = confirmed(evaluationThresholds);

  test.each<[string, Partial<World>]>([
    ['endpoints of unequal size', {}],
    ['one endpoint', { endpoints: 1 }],
    ['forty endpoints', { endpoints: 40 }],
    ['few requests', { requests: [200, 240] }],
    ['ties', { medianMs: 5, roundMs: 1 }],
    ['a noisy system', { sharedDeviation: 0.12, specificDeviation: 0.08, unlikeness: 0.6 }],
  ])('one look at one run: %s', (_, change) => {
    expectAtMostRate(falseAlarms({ ...plainWorld, ...change }, 5, 1, once), builds, 0.05);
  });

  test.each<[string, Partial<World>]>([
    ['heavy tails', { tails: 'heavy' }],
    ['bursts', { burstShare: 0.1 }],
    ['two sessions', { sessionDeviation: 0.15 }],
    ['two levels', { bimodalStep: 0.12 }],
  ])('up to two more fresh runs, three stored: %s', (_, change) => {
    expectAtMostRate(falseAlarms({ ...plainWorld, ...change }, 3, 3, fresh), builds, 0.05);
  });

  test.each([0, 0.5, 1])('repeats on one deployment that share %d of their luck', (nested) => {
    expectAtMostRate(falseAlarms({ ...plainWorld, nested }, 5, 3, repeated(evaluationThresholds, 1)), builds, 0.05);
  });
});

describe('calibration: builds that only improve', () => {
  test.each([
    ['more noise of their own', 0.05, 0.08],
    ['more shared noise', 0.1, 0.05],
  ])(
    'six of ten endpoints that became much faster make no other look slower: %s',
    (_, sharedDeviation, specificDeviation) => {
      const random = seededRandom(`improved ${sharedDeviation}`);
      const world = {
        ...plainWorld,
        endpoints: 10,
        requests: [3000, 3000] as const,
        sharedDeviation,
        specificDeviation,
      };
      const builds = 200;
      let alarms = 0;
      for (let build = 0; build < builds; build++) {
        const { window, candidates } = simulateRuns(world, 5, 1, random);
        const improved = new Set([...((candidates[0] as RunSummary).endpoints.keys() ?? [])].slice(0, 6));
        const faster = candidates.map((run) =>
          inject(run, { endpoints: improved, increase: -0.3, part: 'all requests' }),
        );
        if (oneLook(evaluationThresholds)(window, faster).named.length > 0) alarms++;
      }
      expectAtMostRate(alarms, builds, 0.06);
    },
  );
});

describe('calibration: what is said beside the verdict', () => {
  const six: World = { ...plainWorld, endpoints: 6, requests: [400, 4000] };

  test('the 95 % interval of the change holds the truth about as often as it says', () => {
    const random = seededRandom('coverage');
    let held = 0;
    let rows = 0;
    for (let build = 0; build < 300; build++) {
      const { window, candidates } = simulateRuns(six, 5, 1, random);
      for (const row of compareSummaries(window, candidates, evaluationThresholds).comparisons) {
        if (row.metric !== 'p95' || row.relativeChange === undefined || row.subject.kind !== 'endpoint') continue;
        const [low, high] = row.relativeChange.interval;
        rows++;
        if (low <= 0 && high >= 0) held++;
      }
    }
    expect(held / rows).toBeGreaterThan(0.92);
    expect(held / rows).toBeLessThan(0.98);
  });

  test('an endpoint slower by the whole margin is shown "not regressed" in at most 5 % of builds', () => {
    const random = seededRandom('equivalence');
    let shown = 0;
    let rows = 0;
    for (let build = 0; build < 300; build++) {
      const { window, candidates } = simulateRuns(six, 5, 1, random);
      const slowed = candidates.map((run) => ({
        ...run,
        endpoints: new Map(
          [...run.endpoints].map(([name, s]) => [
            name,
            {
              ...s,
              latencyMs: { p50: s.latencyMs.p50 * 1.1, p95: s.latencyMs.p95 * 1.1, p99: s.latencyMs.p99 * 1.15 },
            },
          ]),
        ),
      }));
      for (const row of compareSummaries(window, slowed, evaluationThresholds).comparisons) {
        if (row.metric !== 'p95' || row.subject.kind !== 'endpoint') continue;
        rows++;
        if (row.verdict === 'not-regressed') shown++;
      }
    }
    expectAtMostRate(shown, rows, 0.06);
  });

  test('the guard fires in few healthy windows', () => {
    const random = seededRandom('guard');
    let fired = 0;
    for (let trial = 0; trial < 120; trial++) {
      const { window } = simulateRuns(six, 8, 0, random);
      if (guardWindow(window, evaluationThresholds, defaultAlphaShares(false).latency).isOverdispersed) fired++;
    }
    expectAtMostRate(fired, 120, 0.05);
  });

  test('the rank among nineteen runs keeps its 5 % under any tails', () => {
    const random = seededRandom('rank');
    const cauchy = () => Math.tan(Math.PI * (random.next() - 0.5));
    let unusual = 0;
    for (let trial = 0; trial < 2000; trial++) {
      const shared = Array.from({ length: 20 }, cauchy);
      const rows = Array.from({ length: 5 }, () => shared.map((shared) => shared + cauchy()));
      const table = { window: rows.map((r) => r.slice(0, 19)), candidate: rows.map((r) => r.slice(19)) };
      if (conformalP([table]) <= 0.05) unusual++;
    }
    expectRate(unusual, 2000, 0.05);
  });
});
