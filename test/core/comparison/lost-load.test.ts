import { describe, expect, it } from 'vitest';
import type { ComparisonResult } from '../../../src/core/comparison/comparison-result.ts';
import { withLostLoad } from '../../../src/core/comparison/lost-load.ts';
import type { Row } from '../../../src/core/comparison/row.ts';
import { allEndpoints } from '../../../src/core/run-record/subject.ts';
import { aRow } from '../../support/a-comparison.ts';
import { aMeasuredRun } from '../../support/a-measured-run.ts';

const judged = aRow({ metric: 'p50' });

const row: Row = { ...judged, verdict: 'not-compared', notComparedReason: 'too-few-requests' };

function found(...comparisons: Row[]): ComparisonResult {
  return { comparisons, baselineRuns: 1, candidateRuns: 1, sharedChange: {}, suspects: [], warnings: [] };
}

const thinnedOut = found(row);

/** A minute of load. */
const aRun = (iterations: number, requests = iterations) =>
  aMeasuredRun({ 'GET /items': requests }, { iterations, durationMs: 60_000 });

describe('withLostLoad', () => {
  it('adds a regressed row when the candidate did a small part of the iterations and too few requests are left', () => {
    const { comparisons } = withLostLoad(thinnedOut, [aRun(1200)], [aRun(120)], false);
    expect(comparisons).toEqual([
      row,
      expect.objectContaining({ subject: allEndpoints, metric: 'iterationRate', verdict: 'regressed' }),
    ]);
    const [, { baseline, candidate, relativeChange } = row] = comparisons;
    expect([baseline?.point, candidate?.point]).toEqual([20, 2]);
    expect(relativeChange?.point).toBeCloseTo(-0.9);
    const [low, high] = relativeChange?.interval ?? [];
    expect(low).toBeLessThan(-0.9);
    expect(high).toBeGreaterThan(-0.9);
    expect(high).toBeLessThan(-0.8);
  });

  it('takes the baseline run that did least and the candidate run that did most', () => {
    const baselines = [aRun(1200), aRun(700), aRun(1200)];
    expect(withLostLoad(thinnedOut, baselines, [aRun(400)], false)).toEqual(thinnedOut);
    expect(withLostLoad(thinnedOut, baselines, [aRun(300)], false).comparisons).toHaveLength(2);
    expect(withLostLoad(thinnedOut, baselines, [aRun(300), aRun(1200)], false)).toEqual(thinnedOut);
  });

  it.each([
    ['half is done', thinnedOut, aRun(1200), aRun(600)],
    ['there are requests enough', found(judged), aRun(1200), aRun(120)],
    ['p95 alone lacks requests', found({ ...row, metric: 'p95' }), aRun(1200), aRun(120)],
    ['the endpoint never had requests enough', thinnedOut, aRun(1200, 49), aRun(120, 4)],
    ['something else regressed', found(row, { ...judged, verdict: 'regressed' }), aRun(1200), aRun(120)],
    ['the baseline did few iterations', thinnedOut, aRun(49), aRun(2)],
    ['a file says nothing of iterations', thinnedOut, aRun(0), aRun(0)],
    ['nothing lasted any time', thinnedOut, aRun(1200), { ...aRun(0), durationMs: 0 }],
  ])('adds nothing where %s', (_, result, baseline, candidate) => {
    expect(withLostLoad(result, [baseline], [candidate], false)).toEqual(result);
  });

  it('leaves open across separate hosts whether it is the host’s doing', () => {
    expect(withLostLoad(thinnedOut, [aRun(1200)], [aRun(120)], true)).toMatchObject({
      comparisons: [row, { verdict: 'inconclusive' }],
      environmentsDiffer: true,
    });
  });
});
