import { describe, expect, it } from 'vitest';
import type { DuetPlan } from '../../../../src/core/comparison/paired/duet-plan.ts';
import { startDuetTest } from '../../../../src/core/comparison/paired/duet-test.ts';
import { equalLooks } from '../../../../src/core/stats/alpha-spending.ts';
import { randomNormal } from '../../../../src/core/stats/random.ts';
import { expectAtMostRate } from '../../../support/expect-rate.ts';
import { balanced, duetPairs } from '../../../support/paired-runs.ts';
import { regressedIn, rowOf } from '../../../support/rows-of.ts';

const plan: DuetPlan = {
  thresholds: balanced,
  placement: 'one-deployment',
  order: 'concurrent',
  looks: equalLooks(30, 6),
  seed: 'plan',
};

interface Shares {
  readonly baseline: number;
  readonly candidate: number;
  readonly slowMs?: number;
}

/** What a whole duet finds of one endpoint that answers in 6 ms, and slowly with the side's share. */
function found(shares: Shares, seed: string, overrides: Partial<DuetPlan> = {}) {
  const pairs = duetPairs({
    endpoints: 1,
    pairs: 30,
    requestsPerBlock: 40,
    blockDeviation: 0.03,
    latency: (random, side) =>
      (random.next() < shares[side] ? (shares.slowMs ?? 470) : 6) * Math.exp(0.1 * randomNormal(random)),
    seed,
  });
  const test = startDuetTest({ ...plan, ...overrides });
  test.conclude(pairs);
  return test.result();
}

describe('an endpoint with two modes in a duet', () => {
  it('is judged by the share of its slow requests, and its p95 is shown', () => {
    const result = found({ baseline: 0.05, candidate: 0.05 }, 'alike');
    expect(rowOf(result, 'GET /0', 'p95')).toMatchObject({
      verdict: 'not-compared',
      notComparedReason: 'two-modes',
      warnings: [expect.stringMatching(/^two modes at 6 and \d{3} ms, between which p95 jumps/)],
    });
    const row = rowOf(result, 'GET /0', 'slowRequests');
    expect(row?.verdict).not.toBe('regressed');
    expect(row?.relativeChange?.interval[0]).toBeLessThan(0);
    expect(row?.relativeChange?.interval[1]).toBeGreaterThan(0);
    expect(row?.relativeChange?.interval[1]).toBeLessThan(0.05);
  });

  it('fails where far more requests are slow', () => {
    const row = rowOf(found({ baseline: 0.05, candidate: 0.16 }, 'more'), 'GET /0', 'slowRequests');
    expect(row?.verdict).toBe('regressed');
    expect(row?.relativeChange?.point).toBeGreaterThan(0.05);
  });

  it('fails nothing where p95 jumps from one mode to the other', () => {
    const result = found({ baseline: 0.042, candidate: 0.06 }, 'jump');
    expect(rowOf(result, 'GET /0', 'p95')?.relativeChange?.point).toBeGreaterThan(5);
    expect(regressedIn(result)).toEqual([]);
  });

  it('fails only where the mean moves by the margins too', () => {
    const result = found({ baseline: 0.05, candidate: 0.16, slowMs: 30 }, 'little');
    expect(rowOf(result, 'GET /0', 'slowRequests')?.verdict).toBe('slower-within-margin');
  });

  it('is known by the baseline alone: what a candidate becomes is judged by its quantiles', () => {
    const result = found({ baseline: 0, candidate: 0.1 }, 'turned');
    expect(rowOf(result, 'GET /0', 'slowRequests')).toBeUndefined();
    expect(rowOf(result, 'GET /0', 'p95')?.notComparedReason).toBeUndefined();
    expect(regressedIn(result)).toContain('GET /0');
  });

  it('raises no more false alarms than promised', () => {
    const duets = 200;
    const failed = Array.from({ length: duets }, (_, i) =>
      found({ baseline: 0.05, candidate: 0.05 }, `null ${i}`, { signVectors: 500 }),
    ).filter((result) => regressedIn(result).length > 0).length;
    expectAtMostRate(failed, duets, 0.05);
  });
});
