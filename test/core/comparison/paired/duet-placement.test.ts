import { describe, expect, it } from 'vitest';
import { comparePaired } from '../../../../src/core/comparison/paired/compare-paired.ts';
import type { Placement } from '../../../../src/core/comparison/paired/duet-plan.ts';
import type { Thresholds } from '../../../../src/core/thresholds/thresholds.ts';
import { balanced, duetPairs, duetRecords } from '../../../support/paired-runs.ts';

/** Margins so small that nothing but the placement stands in the way of a change. */
const keen: Thresholds = {
  ...balanced,
  margins: { relativeIncrease: { p50: 0.01, p95: 0.01, p99: 0.01 }, latencyIncreaseMs: 0, errorRateIncrease: 0.005 },
};

/** Calm enough that a change of two per cent is sure. */
const calm = { endpoints: 6, pairs: 30, requestsPerBlock: 20, blockDeviation: 0.002, seed: 'calm' } as const;

function compareAt(placement: Placement, slowdown: (endpoint: number) => number) {
  const pairs = duetPairs({ ...calm, slowdown, latency: (random) => 95 + 10 * random.next() });
  const { baseline, candidate } = duetRecords(pairs);
  const { comparisons, environmentsDiffer = false } = comparePaired(baseline, candidate, keen, {
    placement,
    order: 'concurrent',
  });
  return { isRegressed: comparisons.some(({ verdict }) => verdict === 'regressed'), environmentsDiffer };
}

const one = (factor: number) => (endpoint: number) => (endpoint === 2 ? factor : 1);
const all = (factor: number) => () => factor;

describe('comparePaired where nothing is known of the two places', () => {
  it.each([
    ['one-deployment', 'one endpoint by 3 %', one(1.03), true],
    ['one-host', 'one endpoint by 3 %', one(1.03), false],
    ['one-host', 'one endpoint by 8 %', one(1.08), true],
    ['one-host', 'all endpoints by 8 %', all(1.08), true],
    ['separate-hosts', 'one endpoint by 3 %', one(1.03), false],
    ['separate-hosts', 'one endpoint by 8 %', one(1.08), true],
    ['separate-hosts', 'all endpoints by 8 %', all(1.08), false],
    ['separate-hosts', 'all endpoints by 15 %', all(1.15), false],
  ] as const)('asks of a change on %s what the placement alone could do: %s', (placement, _, slowdown, expected) => {
    expect(compareAt(placement, slowdown).isRegressed).toBe(expected);
  });

  it('puts a change of all endpoints by more than 10 % down to separate hosts, and a smaller one to nothing', () => {
    expect(compareAt('separate-hosts', all(1.15)).environmentsDiffer).toBe(true);
    expect(compareAt('separate-hosts', all(1.08)).environmentsDiffer).toBe(false);
    expect(compareAt('one-host', all(1.15)).environmentsDiffer).toBe(false);
  });
});
