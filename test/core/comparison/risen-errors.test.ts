import { describe, expect, it } from 'vitest';
import { type Row, type RowVerdict, risenErrors } from '../../../src/core/comparison/row.ts';
import { compareStored } from '../../../src/core/comparison/stored/compare-stored.ts';
import type { RunRecord } from '../../../src/core/run-record/run-record.ts';
import { allEndpoints, endpointSubject, type Subject } from '../../../src/core/run-record/subject.ts';
import { seededRandom } from '../../../src/core/stats/random.ts';
import { aRow, checkSubject } from '../../support/a-comparison.ts';
import { slowed, someRuns } from '../../support/a-steady-run.ts';
import { someThresholds } from '../../support/some-thresholds.ts';

const a = endpointSubject('GET /a');
const b = endpointSubject('GET /b');

function rate(subject: Subject, verdict: RowVerdict): Row {
  return aRow({ subject, metric: subject.kind === 'check' ? 'checkFailureRate' : 'errorRate', verdict });
}

describe('risenErrors', () => {
  it('knows the endpoint that fails more, within its margin too, and all endpoints together by it', () => {
    for (const verdict of ['regressed', 'slower-within-margin'] as const) {
      const hasMoreErrors = risenErrors([rate(a, verdict), rate(b, 'inconclusive')]);
      expect([a, b, allEndpoints].map(hasMoreErrors)).toEqual([true, false, true]);
    }
  });

  it('knows every endpoint when the total or a check rose', () => {
    expect(risenErrors([rate(allEndpoints, 'slower-within-margin')])(a)).toBe(true);
    expect(risenErrors([rate(checkSubject('body is right'), 'regressed')])(a)).toBe(true);
  });

  it('knows nothing when nothing rose', () => {
    const hasMoreErrors = risenErrors([rate(a, 'improved'), rate(allEndpoints, 'not-regressed')]);
    expect([a, allEndpoints].map(hasMoreErrors)).toEqual([false, false]);
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
