import { describe, expect, test } from 'vitest';
import { defaultAlphaShares } from '../../../../src/core/comparison/alpha-shares.ts';
import { toRunSummary } from '../../../../src/core/comparison/run-summary.ts';
import { conformalP } from '../../../../src/core/comparison/stored/compare-latency.ts';
import { compareStored, guardWindow } from '../../../../src/core/comparison/stored/compare-stored.ts';
import type { RunRecord } from '../../../../src/core/run-record/run-record.ts';
import { seededRandom } from '../../../../src/core/stats/random.ts';
import { slowed, someRuns } from '../../../support/a-steady-run.ts';
import { regressedIn } from '../../../support/rows-of.ts';
import { someThresholds } from '../../../support/some-thresholds.ts';

const endpoints = Object.fromEntries(
  Array.from({ length: 6 }, (_, i) => [`GET /${i}`, { medianMs: 40 + 20 * i, requests: 500 }]),
);
const thresholds = someThresholds();
const shares = defaultAlphaShares(false).latency;

/** A window in which several runs are far from the others, each at another endpoint. */
function noisyWindow(): RunRecord[] {
  return someRuns(10, endpoints, seededRandom('restless'), 0.01).map((run, i) =>
    i < 4 ? slowed(run, 1.5, [`GET /${i}`]) : run,
  );
}

describe('guardWindow', () => {
  test('finds nothing in a steady window', () => {
    const runs = someRuns(10, endpoints, seededRandom('steady')).map(toRunSummary);
    expect(guardWindow(runs, thresholds, shares)).toEqual({ alarms: 0, isOverdispersed: false });
  });

  test('sees that the stored runs alarm one another, and the comparison says so', () => {
    const runs = noisyWindow();
    expect(guardWindow(runs.map(toRunSummary), thresholds, shares).isOverdispersed).toBe(true);
    const [candidate] = someRuns(1, endpoints, seededRandom('candidate'), 0.01);
    const result = compareStored(runs, [candidate as RunRecord], thresholds);
    expect(result.warnings.join()).toContain('of the 10 stored runs would have raised an alarm');
  });

  test('says nothing of fewer than five runs', () => {
    const runs = noisyWindow().slice(0, 4).map(toRunSummary);
    expect(guardWindow(runs, thresholds, shares)).toEqual({ alarms: 0, isOverdispersed: false });
  });
});

describe('conformalP', () => {
  const row = (candidate: number) => ({
    window: [Array.from({ length: 19 }, (_, i) => i / 10)],
    candidate: [[candidate]],
  });

  test('is one twentieth for the most extreme of twenty runs, and no less', () => {
    expect(conformalP([row(99)])).toBe(1 / 20);
    expect(conformalP([row(1e9)])).toBe(1 / 20);
  });

  test('is one for the least extreme, and for runs that are all alike', () => {
    expect(conformalP([row(-5)])).toBe(1);
    expect(conformalP([{ window: [new Array(19).fill(3)], candidate: [[3]] }])).toBe(1);
  });

  test('looks at the largest deviation over all endpoints', () => {
    const calm = row(0.9);
    expect(conformalP([{ window: [...calm.window, ...calm.window], candidate: [[0.9], [50]] }])).toBe(1 / 20);
  });

  test('vetoes one ordinary run among nineteen, and lets a really slow one fail', () => {
    const runs = someRuns(20, endpoints, seededRandom('twenty'), 0.02);
    const candidate = runs.pop() as RunRecord;
    const red = (run: RunRecord) => regressedIn(compareStored(runs, [run], thresholds));
    expect(red(candidate)).toEqual([]);
    expect(red(slowed(candidate, 1.5, ['GET /3']))).toContain('GET /3');
  });
});
