import { describe, expect, it } from 'vitest';
import type { ComparisonResult } from '../../../../src/core/comparison/comparison-result.ts';
import { withUnendedIterations } from '../../../../src/core/comparison/paired/unended-iterations.ts';
import type { RunRecord } from '../../../../src/core/run-record/run-record.ts';
import { allEndpoints } from '../../../../src/core/run-record/subject.ts';
import { LatencySketch } from '../../../../src/core/sketch/latency-sketch.ts';
import { randomNormal, seededRandom } from '../../../../src/core/stats/random.ts';
import { aMeasuredRun, readAs } from '../../../support/a-measured-run.ts';
import { someThresholds } from '../../../support/some-thresholds.ts';

const nothing: ComparisonResult = {
  comparisons: [],
  baselineRuns: 1,
  candidateRuns: 1,
  sharedChange: {},
  suspects: [],
  warnings: [],
};

/** A minute of load at a given rate in ten blocks; `requests` says how many of each endpoint end in a block. */
function aRun(iterations: number, requests: Readonly<Record<string, (block: number) => number>>): RunRecord {
  const endpoints = Object.entries(requests).map(([endpoint, countIn]) => ({
    ...readAs(endpoint),
    outcomes: {},
    blocks: Array.from({ length: 10 }, (_, index) => ({
      index,
      latency: LatencySketch.of(Array.from({ length: countIn(index) }, () => 100)),
      failedRequests: 0,
    })),
  }));
  return aMeasuredRun({}, { iterations, endpoints, durationMs: 60_000, loadModel: 'open' });
}

const total = aRun(1200, { 'GET /a': () => 100, 'GET /b': () => 100 });
const { loadModel: _, ...ofUnknownLoad } = total;
const hanging = aRun(1120, { 'GET /a': (block) => 92 + (block % 3), 'GET /b': () => 100 });

function look(baseline: RunRecord, candidate: RunRecord, result = nothing) {
  return withUnendedIterations(result, baseline, candidate, someThresholds());
}

describe('withUnendedIterations', () => {
  it('adds a regressed row when the candidate holds a part of its requests', () => {
    expect(look(total, hanging).comparisons).toMatchObject([
      {
        subject: allEndpoints,
        metric: 'unendedIterations',
        verdict: 'regressed',
        candidate: { point: 80 / 1200 },
        warnings: ['they wait for GET /a, or for what comes before'],
      },
    ]);
  });

  it.each([
    ['nothing is lacking', total, total],
    ['the baseline holds them', hanging, total],
    ['the script took another way to the end of each iteration', total, { ...hanging, iterations: 1200 }],
    ['one side began a little later', total, aRun(1165, { 'GET /a': () => 100, 'GET /b': () => 100 })],
    ['one side ended much earlier', total, { ...hanging, durationMs: 50_000 }],
    ['those that are lacking never began', total, { ...hanging, droppedIterations: 80 }],
    ['all of it came in one time block', total, aRun(1120, { 'GET /a': (block) => (block === 4 ? 20 : 100) })],
    ['virtual users wait for their answers anyway', total, { ...hanging, loadModel: 'closed' as const }],
    ['the load is not known', ofUnknownLoad, hanging],
  ])('adds nothing where %s', (_, baseline, candidate) => {
    expect(look(baseline, candidate)).toEqual(nothing);
  });

  it('adds nothing to a result that has regressed', () => {
    const [row] = look(total, hanging).comparisons;
    const failed = { ...nothing, comparisons: row === undefined ? [] : [{ ...row, metric: 'errorRate' }] };
    expect(look(total, hanging, failed)).toEqual(failed);
  });

  it('adds nothing to a script that calls its endpoints at random', () => {
    const random = seededRandom('ways');
    const some = () => Math.max(0, Math.round(60 + 8 * randomNormal(random)));
    for (let build = 0; build < 200; build++) {
      const [baseline, candidate] = [1200, 1150].map((iterations) =>
        aRun(iterations, Object.fromEntries(['a', 'b', 'c', 'd', 'e'].map((name) => [name, some]))),
      ) as [RunRecord, RunRecord];
      expect(look(baseline, candidate)).toEqual(nothing);
    }
  });
});
