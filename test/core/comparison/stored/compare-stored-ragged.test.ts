import { describe, expect, test } from 'vitest';
import { compareStored } from '../../../../src/core/comparison/stored/compare-stored.ts';
import type { RunRecord } from '../../../../src/core/run-record/run-record.ts';
import { aSteadyRun, slowed } from '../../../support/a-steady-run.ts';
import { rowOf } from '../../../support/rows-of.ts';
import { someThresholds } from '../../../support/some-thresholds.ts';
import { history, shop } from '../../../support/stored-shop.ts';

const thresholds = someThresholds();

describe('compareStored with runs that lack an endpoint', () => {
  const runs = history(8);
  const window = runs.slice(0, 5);
  const fresh = runs.slice(5);
  const without = (run: RunRecord, name: string): RunRecord => ({
    ...run,
    endpoints: run.endpoints.filter(({ endpoint }) => endpoint !== name),
  });

  test.each(['GET /', 'POST /login'])('judges %s by the candidate runs that have it, and says how many', (name) => {
    const ragged = fresh.map((run, i) => (i === 1 ? run : without(run, name)));
    const result = compareStored(window, ragged, thresholds, { sharedVariance: 0 });
    const alone = rowOf(compareStored(window, fresh.slice(1, 2), thresholds), name, 'p50');
    const p50 = rowOf(result, name, 'p50');
    expect(p50?.relativeChange?.point).toBeCloseTo(alone?.relativeChange?.point as number, 10);
    expect(p50?.relativeChange?.n).toBe(6);
    expect(p50?.candidate?.n).toBe(1);
    expect(p50?.warnings).toEqual(['only 1 of 3 candidate runs have this endpoint']);
    for (const { pValue, adjustedPValue } of result.comparisons) {
      expect(pValue ?? 0).not.toBeNaN();
      expect(adjustedPValue ?? 0).not.toBeNaN();
    }
  });

  test('leaves the other endpoints as they are without the one that a run lacks', () => {
    const ragged = fresh.map((run, i) => (i === 0 ? without(run, 'GET /cart') : run));
    const total = compareStored(window, fresh, thresholds, { sharedVariance: 0 });
    const result = compareStored(window, ragged, thresholds, { sharedVariance: 0 });
    for (const name of ['GET /', 'POST /login']) {
      expect(rowOf(result, name, 'p50')?.relativeChange?.point).toBe(rowOf(total, name, 'p50')?.relativeChange?.point);
    }
  });

  test('finds a regression of an endpoint that only failed in one stored run', () => {
    const broken = aSteadyRun({ ...shop, 'GET /cart': { medianMs: 160, requests: 0, failed: 800 } }, { id: 'broken' });
    const slow = slowed(fresh[0] as RunRecord, 2, ['GET /cart']);
    const result = compareStored([broken, ...window], [slow], thresholds);
    expect(rowOf(result, 'GET /cart', 'p50')?.verdict).toBe('regressed');
    expect(rowOf(result, 'GET /cart', 'p50')?.baseline?.point).toBeCloseTo(160, -1);
  });
});
