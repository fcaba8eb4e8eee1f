import { describe, expect, it } from 'vitest';
import { compareStored } from '../../../src/core/comparison/compare-stored.ts';
import type { Comparison } from '../../../src/core/comparison/comparison.ts';
import { risenErrors } from '../../../src/core/comparison/risen-errors.ts';
import type { RunRecord } from '../../../src/core/run-record/run-record.ts';
import { seededRandom } from '../../../src/core/stats/random.ts';
import { slowed, someRuns } from '../../support/a-steady-run.ts';
import { someThresholds } from '../../support/some-thresholds.ts';

function rate(
  endpoint: string,
  verdict: Comparison['verdict'],
  metric: 'errorRate' | 'checkFailureRate' = 'errorRate',
): Comparison {
  return { endpoint, metric, unit: 'fraction', direction: 'up', verdict, impact: 0, warnings: [] };
}

describe('risenErrors', () => {
  it('knows the endpoint that fails more, within its margin too, and all endpoints together by it', () => {
    for (const verdict of ['regressed', 'slower-within-margin'] as const) {
      const hasMoreErrors = risenErrors([rate('GET /a', verdict), rate('GET /b', 'inconclusive')]);
      expect(['GET /a', 'GET /b', '(all endpoints)'].map(hasMoreErrors)).toEqual([true, false, true]);
    }
  });

  it('knows every endpoint when the total or a check rose', () => {
    expect(risenErrors([rate('(all endpoints)', 'slower-within-margin')])('GET /a')).toBe(true);
    expect(risenErrors([rate('body is right', 'regressed', 'checkFailureRate')])('GET /a')).toBe(true);
  });

  it('knows nothing when nothing rose', () => {
    const hasMoreErrors = risenErrors([rate('GET /a', 'improved'), rate('(all endpoints)', 'not-regressed')]);
    expect(['GET /a', '(all endpoints)'].map(hasMoreErrors)).toEqual([false, false]);
  });

  it('keeps a stored comparison from calling anything improved whose answers are wrong more often', () => {
    const shop = { 'GET /a': { medianMs: 200, requests: 2000 }, 'GET /b': { medianMs: 100, requests: 2000 } };
    const withChecks = (run: RunRecord, failed: number): RunRecord => ({
      ...run,
      checks: [
        { check: 'body is right', blocks: Array.from({ length: 10 }, (_, index) => ({ index, total: 300, failed })) },
      ],
    });
    const runs = someRuns(6, shop, seededRandom('checks'), 0.005);
    const window = runs.slice(1).map((run) => withChecks(run, 0));
    const faster = slowed(runs[0] as RunRecord, 0.5);
    const verdicts = (failed: number) =>
      compareStored(window, [withChecks(faster, failed)], someThresholds()).comparisons.map(({ verdict }) => verdict);
    expect(verdicts(0)).toContain('improved');
    expect(verdicts(150)).not.toContain('improved');
  });
});
