import { describe, expect, test } from 'vitest';
import { compareStored } from '../../../../src/core/comparison/stored/compare-stored.ts';
import { compareRepeated, suspicionsOf } from '../../../../src/core/comparison/stored/repeat.ts';
import type { RunRecord } from '../../../../src/core/run-record/run-record.ts';
import { slowed } from '../../../support/a-steady-run.ts';
import { regressedIn, rowOf } from '../../../support/rows-of.ts';
import { someThresholds } from '../../../support/some-thresholds.ts';
import { history } from '../../../support/stored-shop.ts';

const thresholds = someThresholds();
const [first, second, ...window] = history(8) as [RunRecord, RunRecord, ...RunRecord[]];

function suspicions(candidate: RunRecord, sharedVariance = 1) {
  return suspicionsOf(compareStored(window, [candidate], thresholds), thresholds, sharedVariance);
}

describe('suspicionsOf', () => {
  test('is empty for one more run of the same system', () => {
    expect(suspicions(first)).toEqual(new Set());
  });

  test('holds what would fail by itself', () => {
    expect(suspicions(slowed(first, 1.6, ['GET /cart']))).toContain('latency endpoint GET /cart p95');
  });

  test('asks about smaller changes where it is known that a repeat tells much', () => {
    const factor = 1.11;
    const slightly = slowed(first, factor, ['GET /cart']);
    expect(suspicions(slightly, 0.2).size).toBeGreaterThan(suspicions(slightly).size);
  });
});

describe('compareRepeated', () => {
  const slow = slowed(first, 1.6, ['GET /cart']);

  test('fails an endpoint that is slow in both runs', () => {
    const result = compareRepeated(window, [slow, slowed(second, 1.6, ['GET /cart'])], thresholds);
    expect(new Set(regressedIn(result))).toEqual(new Set(['GET /cart']));
    expect(result.candidateRuns).toBe(2);
    expect(rowOf(result, 'GET /cart', 'p95')?.relativeChange?.point).toBeCloseTo(0.6, 0);
  });

  test('fails nothing where the repeat by itself is not beyond the margins, however far the mean of both is', () => {
    const extreme = slowed(first, 4, ['GET /cart']);
    const result = compareRepeated(window, [extreme, second], thresholds);
    expect(regressedIn(result)).toEqual([]);
    expect(rowOf(result, 'GET /cart', 'p95')?.verdict).toBe('inconclusive');
    expect(rowOf(result, 'GET /cart', 'p95')?.relativeChange?.point).toBeGreaterThan(0.5);
  });

  test('fails nothing that only the repeat found: that was not suspected', () => {
    const result = compareRepeated(window, [slow, slowed(second, 3, ['GET /search'])], thresholds);
    expect(regressedIn(result)).toEqual([]);
  });

  test('holds the absolute margin against the repeat too', () => {
    const strict = someThresholds({ margins: { ...thresholds.margins, latencyIncreaseMs: 10_000 } });
    const result = compareRepeated(window, [slow, slowed(second, 1.6, ['GET /cart'])], strict);
    expect(regressedIn(result)).toEqual([]);
  });
});

describe('a repeat that shows nothing', () => {
  const slow = slowed(first, 1.6, ['GET /cart']);

  test('acquits: no suspicion reaches half of its margins in it', () => {
    expect(compareRepeated(window, [slow, second], thresholds).isAcquitted).toBe(true);
  });

  test('does not acquit where one does', () => {
    const again = slowed(second, 1.3, ['GET /cart']);
    expect(compareRepeated(window, [slow, again], thresholds).isAcquitted).toBeUndefined();
  });
});
