import { describe, expect, it } from 'vitest';
import { comparePaired } from '../../../../src/core/comparison/paired/compare-paired.ts';
import { RunCollector } from '../../../../src/core/run-record/collect-run.ts';
import type { RunRecord } from '../../../../src/core/run-record/run-record.ts';
import { randomNormal, seededRandom } from '../../../../src/core/stats/random.ts';
import { judgePairValidity } from '../../../../src/core/validity/judge-pair-validity.ts';
import { someThresholds } from '../../../support/some-thresholds.ts';

const originMs = Date.UTC(2026, 10, 25);
const lengthMs = 120_000;
const blockLengthMs = 5_000;

/** A run of 20 requests a second whose latency wanders with true time, as its own `clock` has written it down. */
function sideOf(seed: string, clock: (trueMs: number) => number, slowdown = 1): RunRecord {
  const random = seededRandom(seed);
  const collector = new RunCollector({ warmUpMs: 0, blockLengthMs, originMs });
  for (let trueMs = 0; trueMs < lengthMs; trueMs += 50) {
    const weather = 1 + 0.2 * Math.sin((2 * Math.PI * trueMs) / 30_000);
    const durationMs = slowdown * 100 * weather * Math.exp(0.3 * randomNormal(random));
    collector.add({
      kind: 'request',
      protocol: 'http',
      method: 'GET',
      name: 'http://shop.example/items',
      scenario: 'default',
      endedAtMs: originMs + clock(trueMs),
      durationMs,
      status: '200',
      isExpected: true,
    } as Parameters<RunCollector['add']>[0]);
  }
  return collector.finish({
    fingerprint: { hard: {}, soft: {} },
    provenance: {},
    iterations: 2_400,
    droppedIterations: 0,
    setupAndTeardownRequests: 0,
    exit: { class: 'ran', crossedThresholds: [], thrownIterations: 0 },
    generator: {},
    warnings: [],
  });
}

const right = (ms: number) => ms;
const clocks: Readonly<Record<string, (trueMs: number) => number>> = {
  'runs 3 % fast': (ms) => 1.03 * ms,
  'runs 3 % slow': (ms) => 0.97 * ms,
  'is set back by 20 s': (ms) => (ms < 60_000 ? ms : ms - 20_000),
  'is set ahead by 20 s': (ms) => (ms < 60_000 ? ms : ms + 20_000),
};

describe('two sides of which one has a clock that', () => {
  it.each(Object.keys(clocks))('%s are not found to differ when they are equal', (name) => {
    for (const seed of ['a', 'b', 'c', 'd']) {
      const [baseline, candidate] = [sideOf(`${seed}1`, right), sideOf(`${seed}2`, clocks[name] ?? right)];
      expect(judgePairValidity(baseline, candidate, { targetWasReady: false }).kind).toBe('valid');
      const { comparisons } = comparePaired(baseline, candidate, someThresholds(), {
        placement: 'one-host',
        order: 'concurrent',
      });
      expect(comparisons.filter(({ verdict }) => verdict === 'regressed')).toEqual([]);
    }
  });

  it.each(Object.keys(clocks))('%s are still found to differ by half', (name) => {
    const [baseline, candidate] = [sideOf('1', right), sideOf('2', clocks[name] ?? right, 1.5)];
    const { comparisons } = comparePaired(baseline, candidate, someThresholds(), {
      placement: 'one-host',
      order: 'concurrent',
    });
    expect(comparisons.some(({ verdict, metric }) => verdict === 'regressed' && metric === 'p50')).toBe(true);
  });

  it('is set ahead lacks blocks, which are counted', () => {
    const ahead = sideOf('2', clocks['is set ahead by 20 s'] ?? right);
    const { pairs } = comparePaired(sideOf('1', right), ahead, someThresholds(), {
      placement: 'one-host',
      order: 'concurrent',
    });
    expect(pairs).toMatchObject({ used: 20, onlyBaseline: 4, onlyCandidate: 4 });
  });
});
