import { fc, test as propertyTest } from '@fast-check/vitest';
import { describe, expect, test } from 'vitest';
import type { ComparisonResult } from '../../../../src/core/comparison/comparison-result.ts';
import { compareStored } from '../../../../src/core/comparison/stored/compare-stored.ts';
import type { RunRecord } from '../../../../src/core/run-record/run-record.ts';
import { subjectLabel } from '../../../../src/core/run-record/subject.ts';
import { aSteadyRun, type SteadyEndpoint, slowed } from '../../../support/a-steady-run.ts';
import { labelsOf, regressedIn, rowOf } from '../../../support/rows-of.ts';
import { someThresholds } from '../../../support/some-thresholds.ts';
import { history, shop } from '../../../support/stored-shop.ts';

const thresholds = someThresholds();

function verdicts(result: ComparisonResult): string[] {
  return [...new Set(result.comparisons.map(({ verdict }) => verdict))].sort();
}

describe('compareStored', () => {
  const runs = history(6);
  const window = runs.slice(0, 5);
  const candidate = runs[5] as RunRecord;

  test('finds nothing in one more run of the same system', () => {
    const result = compareStored(window, [candidate], thresholds);
    expect(result.comparisons.filter(({ verdict }) => verdict === 'regressed')).toEqual([]);
    expect(result.baselineRuns).toBe(5);
    expect(result.candidateRuns).toBe(1);
  });

  test('names the one endpoint that became slower, and no other', () => {
    const result = compareStored(window, [slowed(candidate, 1.6, ['GET /cart'])], thresholds);
    expect(new Set(regressedIn(result))).toEqual(new Set(['GET /cart']));
    const p95 = rowOf(result, 'GET /cart', 'p95');
    expect(p95?.adjustedPValue).toBeLessThanOrEqual(0.05);
    expect(p95?.relativeChange?.point).toBeCloseTo(0.6, 0);
    expect(p95?.relativeChange?.interval[0]).toBeGreaterThan(0);
  });

  test('calls it a shift of all endpoints when all became slower', () => {
    const result = compareStored(window, [slowed(candidate, 1.6)], thresholds);
    expect(rowOf(result, '(all endpoints)', 'p95')?.verdict).toBe('regressed');
    expect(result.sharedChange.p95?.point).toBeCloseTo(0.6, 0);
  });

  test('names the slower half when half of the endpoints became slower, and nothing that did not', () => {
    const half = Object.keys(shop).slice(0, 4);
    const result = compareStored(window, [slowed(candidate, 1.8, half)], thresholds);
    const red = new Set(regressedIn(result));
    red.delete('(all endpoints)');
    expect(red.size).toBeGreaterThan(0);
    for (const endpoint of red) expect(half).toContain(endpoint);
  });

  test('does not call the healthy endpoints improved when the others became slower', () => {
    const result = compareStored(window, [slowed(candidate, 1.8, Object.keys(shop).slice(0, 4))], thresholds);
    expect(result.comparisons.filter(({ verdict }) => verdict === 'improved')).toEqual([]);
  });

  test('calls a clear speed-up an improvement', () => {
    const result = compareStored(window, [slowed(candidate, 0.5, ['POST /checkout'])], thresholds);
    expect(rowOf(result, 'POST /checkout', 'p95')?.verdict).toBe('improved');
  });

  test('never calls an endpoint improved whose errors rose', () => {
    const faster = slowed(candidate, 0.5, ['POST /checkout']);
    const failing = {
      ...faster,
      endpoints: faster.endpoints.map((series) =>
        series.endpoint === 'POST /checkout'
          ? { ...series, blocks: series.blocks.map((block) => ({ ...block, failedRequests: 20 })) }
          : series,
      ),
    };
    const result = compareStored(window, [failing], thresholds);
    expect(rowOf(result, 'POST /checkout', 'errorRate')?.verdict).toBe('regressed');
    expect(rowOf(result, 'POST /checkout', 'p95')?.verdict).not.toBe('improved');
  });

  test('keeps a significant but small change within the margin', () => {
    const wide = someThresholds({ margins: { ...thresholds.margins, relativeIncrease: { p50: 1, p95: 1, p99: 1 } } });
    const result = compareStored(window, [slowed(candidate, 1.6, ['GET /cart'])], wide);
    expect(rowOf(result, 'GET /cart', 'p95')?.verdict).toBe('slower-within-margin');
  });

  test('keeps a change below the absolute margin within it', () => {
    const fast = history(6, { ...shop, 'GET /health': { medianMs: 2, requests: 1500 } });
    const result = compareStored(fast.slice(0, 5), [slowed(fast[5] as RunRecord, 1.6, ['GET /health'])], thresholds);
    expect(rowOf(result, 'GET /health', 'p50')?.verdict).toBe('slower-within-margin');
  });

  describe('where no endpoint moved by `min-latency-increase`', () => {
    const patient = someThresholds({ margins: { ...thresholds.margins, latencyIncreaseMs: 500 } });

    test('a shift of all endpoints is within the margin as well', () => {
      expect(rowOf(compareStored(window, [slowed(candidate, 1.6)], patient), '(all endpoints)', 'p95')?.verdict).toBe(
        'slower-within-margin',
      );
    });

    test('one that moved far enough lets the shift of all fail', () => {
      const largestMs = 40 + 30 * 7;
      const reached = someThresholds({ margins: { ...thresholds.margins, latencyIncreaseMs: 0.5 * largestMs } });
      const result = compareStored(window, [slowed(candidate, 1.6)], reached);
      expect(rowOf(result, '(all endpoints)', 'p95')?.verdict).toBe('regressed');
      expect(rowOf(result, 'GET /', 'p95')?.verdict).toBe('slower-within-margin');
    });

    test('one that is named already does not make a shift of all of what few others moved by', () => {
      const two = { 'GET /fast': { medianMs: 20, requests: 1500 }, 'GET /slow': { medianMs: 200, requests: 1500 } };
      const pair = history(6, two);
      const slower = [slowed(slowed(pair[5] as RunRecord, 3, ['GET /slow']), 1.3, ['GET /fast'])];
      const red = (latencyIncreaseMs: number) => {
        const at = someThresholds({ margins: { ...thresholds.margins, latencyIncreaseMs } });
        return new Set(regressedIn(compareStored(pair.slice(0, 5), slower, at)));
      };
      expect(red(60)).toEqual(new Set(['GET /slow']));
      expect(red(1)).toContain('(all endpoints)');
    });

    test('no run is spent on a suspicion', () => {
      const doubtful = [slowed(candidate, 1.1)];
      expect(compareStored(window, doubtful, thresholds).suspects).not.toEqual([]);
      expect(compareStored(window, doubtful, patient).suspects).toEqual([]);
    });
  });

  test('under `strict` the test itself must clear the margin', () => {
    const change = [slowed(candidate, 1.35, ['GET /cart'])];
    const balanced = rowOf(compareStored(window, change, thresholds), 'GET /cart', 'p95');
    const strict = rowOf(compareStored(window, change, someThresholds({ sensitivity: 'strict' })), 'GET /cart', 'p95');
    expect(strict?.adjustedPValue).toBeGreaterThan(balanced?.adjustedPValue ?? 1);
  });

  test('names new and gone endpoints and those whose load changed', () => {
    const { 'GET /search': _, ...without } = shop;
    const changed = aSteadyRun({
      ...without,
      'GET /recommendations': { medianMs: 30, requests: 500 },
      'POST /login': { medianMs: 250, requests: 4000 },
    });
    const result = compareStored(window, [changed], thresholds);
    const reasons = Object.fromEntries(
      result.comparisons
        .filter((c) => c.notComparedReason !== undefined && c.notComparedReason !== 'too-few-requests')
        .map((c) => [subjectLabel(c.subject), c.notComparedReason]),
    );
    expect(reasons).toMatchObject({ 'GET /recommendations': 'new', 'GET /search': 'gone', 'POST /login': 'changed' });
  });

  test('judges p95 from 200 requests a run and p99 from 1,000, and says what is missing', () => {
    const result = compareStored(window, [candidate], thresholds);
    expect(rowOf(result, 'GET /', 'p95')?.verdict).not.toBe('not-compared');
    expect(rowOf(result, 'GET /', 'p99')).toMatchObject({
      verdict: 'not-compared',
      notComparedReason: 'too-few-requests',
      warnings: ['p99 needs 1000 expected responses per run on both sides; the candidate has 400'],
    });
    expect(rowOf(result, 'POST /login', 'p99')?.verdict).not.toBe('not-compared');
  });

  test('gives every inconclusive latency the smallest effect that it would have found', () => {
    const result = compareStored(window, [candidate], thresholds);
    const open = result.comparisons.filter((c) => c.verdict === 'inconclusive' && c.unit === 'ms');
    for (const { minimumDetectableEffect } of open) expect(minimumDetectableEffect).toBeGreaterThan(0.1);
    expect(result.comparisons.filter((c) => c.unit === 'ms' && c.verdict !== 'not-compared')).not.toEqual([]);
  });

  test('lists a suspicion with the runs that would settle it', () => {
    const result = compareStored(window, [slowed(candidate, 1.1, ['GET /cart'])], thresholds);
    const suspect = result.suspects.find(({ subject }) => subjectLabel(subject) === 'GET /cart');
    expect(suspect?.needed).toBeGreaterThanOrEqual(2);
    expect(suspect?.needed).toBeLessThanOrEqual(20);
  });

  test('suspects nothing that lies below half its margin', () => {
    const suspectsAt = (margin: number) => {
      const { margins } = thresholds;
      const relativeIncrease = { p50: margin, p95: margin, p99: margin };
      const wide = someThresholds({ margins: { ...margins, relativeIncrease } });
      const result = compareStored(window, [slowed(candidate, 1.1, ['GET /cart'])], wide);
      return result.suspects.filter(({ subject }) => subjectLabel(subject) === 'GET /cart');
    };
    expect(suspectsAt(0.1)).not.toEqual([]);
    expect(suspectsAt(0.5)).toEqual([]);
  });

  test('with several fresh runs no single outlier carries the verdict', () => {
    const fresh = history(8, shop, 'fresh');
    const outlier = slowed(fresh[5] as RunRecord, 1.8, ['GET /cart']);
    const result = compareStored(fresh.slice(0, 5), [outlier, ...fresh.slice(6)], thresholds, { sharedVariance: 0 });
    expect(result.comparisons.filter(({ verdict }) => verdict === 'regressed')).toEqual([]);
  });

  test('repeats on one deployment add nothing unless told otherwise', () => {
    const same = compareStored(window, [candidate, candidate, candidate], thresholds);
    const single = compareStored(window, [candidate], thresholds);
    expect(rowOf(same, 'GET /cart', 'p95')?.pValue).toBeCloseTo(rowOf(single, 'GET /cart', 'p95')?.pValue ?? 0, 12);
  });

  test('judges listed metrics in their own direction', () => {
    const withMetric = (run: RunRecord, value: number): RunRecord => ({
      ...run,
      metrics: [{ metric: 'cache_hits', kind: 'rate', blocks: [{ index: 0, total: 1000, failed: 1000 - value }] }],
    });
    const listed = someThresholds({
      metrics: [{ metric: 'cache_hits', unit: 'fraction', direction: 'down', margin: 0.1 }],
    });
    const stored = window.map((run, i) => withMetric(run, 900 + i));
    const fewer = compareStored(stored, [withMetric(candidate, 500)], listed);
    expect(rowOf(fewer, 'cache_hits', 'cache_hits')?.verdict).toBe('regressed');
    const more = compareStored(stored, [withMetric(candidate, 999)], listed);
    expect(rowOf(more, 'cache_hits', 'cache_hits')?.verdict).toBe('improved');
    expect(rowOf(compareStored(stored, [candidate], listed), 'cache_hits', 'cache_hits')?.verdict).toBe('not-compared');
  });

  describe('degenerate input', () => {
    const only = (endpoints: Record<string, SteadyEndpoint>, count: number) => history(count, endpoints);

    test('one endpoint: judged by its own spread, no row for all endpoints', () => {
      const alone = only({ 'GET /': { medianMs: 50, requests: 2000 } }, 7);
      const quiet = compareStored(alone.slice(0, 6), [alone[6] as RunRecord], thresholds);
      expect(labelsOf(quiet.comparisons)).not.toContain('(all endpoints)');
      const red = compareStored(alone.slice(0, 6), [slowed(alone[6] as RunRecord, 2)], thresholds);
      expect(rowOf(red, 'GET /', 'p95')?.verdict).toBe('regressed');
    });

    test('all latencies equal in all runs: shown not slower', () => {
      const equal = aSteadyRun({
        'GET /': { medianMs: 50, requests: 2000, spread: 1 },
        'GET /b': { medianMs: 50, requests: 2000, spread: 1 },
      });
      const result = compareStored([equal, equal, equal], [equal], thresholds);
      expect(verdicts(result)).toEqual(['not-regressed']);
    });

    test('all latencies zero: no error, shown not slower', () => {
      const zero = slowed(
        aSteadyRun({ 'GET /': { medianMs: 1, requests: 2000 }, 'GET /b': { medianMs: 1, requests: 2000 } }),
        0,
      );
      expect(verdicts(compareStored([zero, zero, zero], [zero], thresholds))).toEqual(['not-regressed']);
    });

    test('every request of the candidate failed: the error rate regressed, latencies can not be compared', () => {
      const dead: RunRecord = {
        ...candidate,
        endpoints: candidate.endpoints.map((series) => ({
          ...series,
          blocks: series.blocks.map((block) => ({
            ...block,
            latency: emptyLatency(),
            failedRequests: block.latency.count,
          })),
        })),
      };
      const result = compareStored(window, [dead], thresholds);
      expect(rowOf(result, '(all endpoints)', 'errorRate')?.verdict).toBe('regressed');
      expect(rowOf(result, 'GET /cart', 'p95')?.verdict).toBe('not-compared');
    });

    test('no endpoint at all: nothing to say', () => {
      const empty = aSteadyRun({});
      expect(compareStored([empty, empty, empty], [empty], thresholds).comparisons).toEqual([]);
    });

    test('fewer than three stored runs: no latency is judged', () => {
      const result = compareStored(window.slice(0, 2), [slowed(candidate, 3)], thresholds);
      expect(result.comparisons.filter(({ unit, verdict }) => unit === 'ms' && verdict !== 'not-compared')).toEqual([]);
    });

    test('a run that lacks an endpoint is left out for that endpoint only', () => {
      const [first, ...rest] = window as [RunRecord, ...RunRecord[]];
      const lacking = { ...first, endpoints: first.endpoints.filter(({ endpoint }) => endpoint !== 'GET /cart') };
      const result = compareStored([lacking, ...rest], [candidate], thresholds);
      expect(rowOf(result, 'GET /cart', 'p95')?.baseline?.n).toBe(4);
      expect(rowOf(result, 'GET /search', 'p95')?.baseline?.n).toBe(5);
    });

    test('a thousand endpoints', () => {
      const many = Object.fromEntries(
        Array.from({ length: 1000 }, (_, i) => [`GET /${i}`, { medianMs: 50, requests: 210 }]),
      );
      const crowd = only(many, 4);
      const result = compareStored(crowd.slice(0, 3), [slowed(crowd[3] as RunRecord, 8, ['GET /7'])], thresholds);
      expect(new Set(regressedIn(result))).toEqual(new Set(['GET /7']));
    });
  });

  describe('properties', () => {
    const seeds = fc.integer({ min: 0, max: 1e6 });
    const few = { numRuns: 15 };
    const system = Object.fromEntries(Object.entries(shop).slice(0, 4));

    propertyTest.prop([seeds], few)('the same input gives the same bytes', (seed) => {
      const all = history(5, system, `${seed}`);
      const once = () => JSON.stringify(compareStored(all.slice(0, 4), all.slice(4), thresholds));
      expect(once()).toBe(once());
    });

    propertyTest.prop([seeds], few)('the order of the runs is irrelevant', (seed) => {
      const all = history(5, system, `${seed}`);
      const forwards = compareStored(all.slice(0, 4), all.slice(4), thresholds);
      const backwards = compareStored(all.slice(0, 4).reverse(), all.slice(4), thresholds);
      for (const [i, comparison] of forwards.comparisons.entries()) {
        expect(backwards.comparisons[i]?.verdict).toBe(comparison.verdict);
        if (comparison.pValue !== undefined) expect(backwards.comparisons[i]?.pValue).toBeCloseTo(comparison.pValue, 9);
      }
    });

    propertyTest.prop([seeds], few)('swapping the sides negates the change and swaps slower with faster', (seed) => {
      const all = history(6, system, `${seed}`);
      const there = compareStored(all.slice(0, 3), all.slice(3), thresholds, { sharedVariance: 0 });
      const back = compareStored(all.slice(3), all.slice(0, 3), thresholds, { sharedVariance: 0 });
      for (const comparison of there.comparisons.filter(
        ({ unit, relativeChange }) => unit === 'ms' && relativeChange,
      )) {
        const mirrored = rowOf(back, subjectLabel(comparison.subject), comparison.metric);
        const log = Math.log1p(comparison.relativeChange?.point ?? 0);
        expect(Math.log1p(mirrored?.relativeChange?.point ?? 0)).toBeCloseTo(-log, 9);
        expect(mirrored?.pValue).toBeCloseTo(1 - (comparison.pValue ?? 0), 6);
      }
    });

    propertyTest.prop([seeds, fc.constantFrom(0.5, 2, 3)], few)(
      'scaling both sides alike changes no verdict',
      (seed, factor) => {
        const relativeOnly = someThresholds({ margins: { ...thresholds.margins, latencyIncreaseMs: 0 } });
        const all = history(5, system, `${seed}`);
        const scaledRuns = all.map((run) => slowed(run, factor));
        const before = compareStored(all.slice(0, 4), all.slice(4), relativeOnly);
        const after = compareStored(scaledRuns.slice(0, 4), scaledRuns.slice(4), relativeOnly);
        const changes = (result: ComparisonResult) => result.comparisons.map(({ verdict }) => verdict);
        // Rounding to sketch buckets moves a p-value by a little, so only what isn't on the edge is compared.
        const isSure = before.comparisons.map(({ pValue }) => pValue === undefined || Math.abs(pValue - 0.95) > 0.03);
        expect(changes(after).filter((_, i) => isSure[i])).toEqual(changes(before).filter((_, i) => isSure[i]));
      },
    );
  });
});

function emptyLatency() {
  const [series] = aSteadyRun({ 'GET /': { medianMs: 1, requests: 0 } }).endpoints;
  const [block] = series?.blocks ?? [];
  if (block === undefined) throw new Error('no block');
  return block.latency;
}
