import { describe, expect, test } from 'vitest';
import { compareStored } from '../../../../src/core/comparison/stored/compare-stored.ts';
import { compareRepeated, suspiciousRows } from '../../../../src/core/comparison/stored/repeat.ts';
import type { RunRecord } from '../../../../src/core/run-record/run-record.ts';
import { endpointSubject } from '../../../../src/core/run-record/subject.ts';
import { LatencySketch } from '../../../../src/core/sketch/latency-sketch.ts';
import { slowed } from '../../../support/a-steady-run.ts';
import { regressedIn, rowOf } from '../../../support/rows-of.ts';
import { someThresholds } from '../../../support/some-thresholds.ts';
import { history } from '../../../support/stored-shop.ts';

const thresholds = someThresholds();
const [first, second, ...window] = history(8) as [RunRecord, RunRecord, ...RunRecord[]];

function suspicions(candidate: RunRecord, sharedVariance = 1) {
  return suspiciousRows(compareStored(window, [candidate], thresholds), thresholds, sharedVariance);
}

describe('suspiciousRows', () => {
  test('is empty for one more run of the same system', () => {
    expect(suspicions(first)).toEqual([]);
  });

  test('holds what would fail by itself', () => {
    const [surest] = suspicions(slowed(first, 1.6, ['GET /cart']));
    expect(surest).toMatchObject({ verdict: 'regressed', subject: endpointSubject('GET /cart') });
  });

  test('asks about smaller changes where it is known that a repeat tells much', () => {
    const factor = 1.11;
    const slightly = slowed(first, factor, ['GET /cart']);
    expect(suspicions(slightly, 0.2).length).toBeGreaterThan(suspicions(slightly).length);
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

describe('a repeat that can not judge what was suspected', () => {
  const slow = slowed(first, 1.6, ['GET /cart']);

  test('neither confirms nor acquits', () => {
    const without = { ...second, endpoints: second.endpoints.filter(({ endpoint }) => endpoint !== 'GET /cart') };
    const result = compareRepeated(window, [slow, without], thresholds);
    expect(result.isAcquitted).toBeUndefined();
    expect(result.isSuspicionLost).toBe(true);
  });
});

describe('other margins than those of latency', () => {
  const failing = (run: RunRecord, failed: number): RunRecord => ({
    ...run,
    endpoints: run.endpoints.map((series) =>
      series.endpoint === 'GET /cart'
        ? { ...series, blocks: series.blocks.map((block) => ({ ...block, failedRequests: failed })) }
        : series,
    ),
  });

  test('errors above the ceiling are confirmed by any rise', () => {
    const ceiling = someThresholds({
      errorRateCeiling: 0.01,
      margins: { ...thresholds.margins, errorRateIncrease: 0.5 },
    });
    const result = compareRepeated(window, [failing(first, 6), failing(second, 6)], ceiling);
    expect(rowOf(result, 'GET /cart', 'errorRate')?.verdict).toBe('regressed');
  });

  test('a metric in ms of which less is worse is confirmed by its margin', () => {
    const listed = someThresholds({ metrics: [{ metric: 'session', unit: 'ms', direction: 'down', margin: 0.1 }] });
    const withSession = (run: RunRecord, ms: number): RunRecord => ({
      ...run,
      metrics: [
        {
          metric: 'session',
          kind: 'trend',
          unit: 'ms',
          blocks: [{ index: 0, values: LatencySketch.of(Array.from({ length: 50 }, () => ms)) }],
        },
      ],
    });
    const before = window.map((run, i) => withSession(run, 1000 + 10 * i));
    const result = compareRepeated(before, [withSession(first, 500), withSession(second, 510)], listed);
    expect(rowOf(result, 'session', 'session')?.verdict).toBe('regressed');
  });
});
