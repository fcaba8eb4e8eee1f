import { describe, expect, test } from 'vitest';
import { compareStored } from '../../../../src/core/comparison/stored/compare-stored.ts';
import type { RunRecord } from '../../../../src/core/run-record/run-record.ts';
import { LatencySketch } from '../../../../src/core/sketch/latency-sketch.ts';
import { aSteadyRun } from '../../../support/a-steady-run.ts';
import { rowOf } from '../../../support/rows-of.ts';
import { someThresholds } from '../../../support/some-thresholds.ts';

const thresholds = someThresholds();

function aRun(failed: number, requests = 2000): RunRecord {
  return aSteadyRun({ 'GET /': { medianMs: 50, requests, failed }, 'GET /b': { medianMs: 50, requests } });
}

function withCheck(run: RunRecord, failed: number): RunRecord {
  return { ...run, checks: [{ check: 'body is right', blocks: [{ index: 0, total: 1000, failed }] }] };
}

function verdictOf(
  window: readonly RunRecord[],
  candidate: RunRecord,
  label: string,
  metric: string,
  limits = thresholds,
) {
  return rowOf(compareStored(window, [candidate], limits), label, metric)?.verdict;
}

describe('compareErrorRates', () => {
  const clean = [aRun(0), aRun(0), aRun(0), aRun(0)];

  test('shows "not more" where nothing failed in many requests, and leaves it open where few were made', () => {
    expect(verdictOf(clean, aRun(0), 'GET /', 'errorRate')).toBe('not-regressed');
    const small = [aRun(0, 60), aRun(0, 60), aRun(0, 60)];
    expect(verdictOf(small, aRun(0, 60), 'GET /', 'errorRate')).toBe('inconclusive');
  });

  test('names the endpoint and the total when failures rise by more than the margin', () => {
    expect(verdictOf(clean, aRun(100), 'GET /', 'errorRate')).toBe('regressed');
    expect(verdictOf(clean, aRun(100), '(all endpoints)', 'errorRate')).toBe('regressed');
    expect(verdictOf(clean, aRun(100), 'GET /b', 'errorRate')).not.toBe('regressed');
  });

  test('keeps a rise below the margin within it', () => {
    const wide = someThresholds({ margins: { ...thresholds.margins, errorRateIncrease: 0.2 } });
    expect(verdictOf(clean, aRun(100), 'GET /', 'errorRate', wide)).toBe('slower-within-margin');
  });

  test('does not fail a system above the ceiling that did not rise', () => {
    const bad = [aRun(160), aRun(170), aRun(165), aRun(158)];
    expect(verdictOf(bad, aRun(166), 'GET /', 'errorRate')).not.toBe('regressed');
  });

  describe('a target that dies in the middle of a short run', () => {
    /** Six time blocks of 50 requests, all of which fail from block `diesIn` on. */
    const dying = (diesIn: number, failedBefore = 0): RunRecord => {
      const run = aSteadyRun({ 'GET /': { medianMs: 50, requests: 500 }, 'GET /b': { medianMs: 50, requests: 500 } });
      const dead = LatencySketch.of([]);
      return {
        ...run,
        endpoints: run.endpoints.map((series) => ({
          ...series,
          blocks: series.blocks
            .slice(0, 6)
            .map((block) => (block.index < diesIn ? block : { ...block, latency: dead, failedRequests: 50 }))
            .map((block) => (block.index === 0 ? { ...block, failedRequests: failedBefore } : block)),
        })),
      };
    };
    const alive = dying(6);
    const why = 'far above error-rate-ceiling, which no run of the baseline came near';
    const rowIn = (window: readonly RunRecord[], run: RunRecord, limits = thresholds) =>
      rowOf(compareStored(window, [run], limits), 'GET /', 'errorRate');

    test('fails, although its failures are one event to the tests', () => {
      const row = rowIn([alive, alive, alive], dying(3));
      expect(row).toMatchObject({ verdict: 'regressed', candidate: { point: 0.5 }, warnings: [why] });
      expect(row?.adjustedPValue).toBeGreaterThan(0.05);
    });

    test('fails by no such rule where a stored run came near, too few fail, or the configuration allows it', () => {
      expect(rowIn([alive, alive, dying(6, 20)], dying(3))?.verdict).toBe('inconclusive');
      expect(rowIn([alive, alive, alive], dying(5))?.verdict).toBe('inconclusive');
      expect(rowIn([alive, alive, alive], dying(3), someThresholds({ errorRateCeiling: 0.4 }))?.verdict).toBe(
        'inconclusive',
      );
    });
  });

  test('calls fewer failures an improvement', () => {
    const bad = [aRun(300), aRun(310), aRun(305), aRun(298)];
    expect(verdictOf(bad, aRun(10), 'GET /', 'errorRate')).toBe('improved');
  });

  test('judges checks by their rise only: one that always failed is no news', () => {
    const broken = clean.map((run) => withCheck(run, 1000));
    expect(verdictOf(broken, withCheck(aRun(0), 1000), 'body is right', 'checkFailureRate')).not.toBe('regressed');
    const sound = clean.map((run) => withCheck(run, 0));
    expect(verdictOf(sound, withCheck(aRun(0), 200), 'body is right', 'checkFailureRate')).toBe('regressed');
  });

  test('says nothing of a check that is new', () => {
    expect(verdictOf(clean, withCheck(aRun(0), 900), 'body is right', 'checkFailureRate')).toBeUndefined();
  });

  test('does not take one bad block for a higher rate', () => {
    const oneBadBlock = aRun(0);
    const [first, ...rest] = oneBadBlock.endpoints;
    const hit: RunRecord = {
      ...oneBadBlock,
      endpoints: [
        {
          ...(first as NonNullable<typeof first>),
          blocks: (first?.blocks ?? []).map((block, i) => ({ ...block, failedRequests: i === 4 ? 30 : 0 })),
        },
        ...rest,
      ],
    };
    expect(verdictOf(clean, hit, 'GET /', 'errorRate')).not.toBe('regressed');
    expect(verdictOf(clean, aRun(30), 'GET /', 'errorRate')).toBe('regressed');
  });
});
