import { describe, expect, it } from 'vitest';
import { compareStored } from '../../../../src/core/comparison/stored/compare-stored.ts';
import { compareRepeated } from '../../../../src/core/comparison/stored/repeat.ts';
import type { RunRecord } from '../../../../src/core/run-record/run-record.ts';
import { LatencySketch } from '../../../../src/core/sketch/latency-sketch.ts';
import { type Random, randomNormal, seededRandom } from '../../../../src/core/stats/random.ts';
import { aMeasuredRun, readAs } from '../../../support/a-measured-run.ts';
import { expectAtMostRate } from '../../../support/expect-rate.ts';
import { regressedIn, rowOf } from '../../../support/rows-of.ts';
import { someThresholds } from '../../../support/some-thresholds.ts';

const thresholds = someThresholds();
const name = 'GET /cached';
const blocks = 12;

interface Answers {
  /** Share of slow answers, the mean over runs. */
  readonly share: number;
  /** Standard deviation of that share between runs. */
  readonly deviation?: number;
  readonly quickMs?: number;
  readonly slowMs?: number;
}

/** A run of 1200 requests of an endpoint behind a cache and of another one that is steady. */
function aRun(random: Random, { share, deviation = 0, quickMs = 6, slowMs = 470 }: Answers): RunRecord {
  const ofRun = Math.max(0.002, share + deviation * randomNormal(random));
  const around = (ms: number) => ms * Math.exp(0.1 * randomNormal(random));
  const series = (endpoint: string, latency: () => number) => ({
    ...readAs(endpoint),
    outcomes: { '200': 100 * blocks },
    blocks: Array.from({ length: blocks }, (_, index) => ({
      index,
      latency: LatencySketch.of(Array.from({ length: 100 }, latency)),
      failedRequests: 0,
    })),
  });
  const run = Math.exp(0.03 * randomNormal(random));
  return aMeasuredRun(
    {},
    {
      endpoints: [
        series(name, () => around(random.next() < ofRun ? slowMs : quickMs)),
        series('GET /steady', () => around(80 * run)),
      ],
    },
  );
}

function someRuns(count: number, answers: Answers, random: Random): RunRecord[] {
  return Array.from({ length: count }, () => aRun(random, answers));
}

const usual = { share: 0.05, deviation: 0.01 };

describe('an endpoint with two modes beside stored runs', () => {
  const random = seededRandom('slow requests');
  const window = someRuns(6, usual, random);

  it('is judged by the share of its slow requests, and its p95 is shown', () => {
    const result = compareStored(window, [aRun(random, usual)], thresholds);
    expect(rowOf(result, name, 'p95')).toMatchObject({
      verdict: 'not-compared',
      notComparedReason: 'two-modes',
      warnings: [expect.stringMatching(/^two modes at 6 and 4[67]\d ms, between which p95 jumps/)],
    });
    expect(rowOf(result, name, 'slowRequests')).toMatchObject({ family: 'shares', unit: 'fraction' });
    expect(rowOf(result, name, 'p50')?.verdict).not.toBe('not-compared');
    expect(rowOf(result, 'GET /steady', 'slowRequests')).toBeUndefined();
    expect(rowOf(result, 'GET /steady', 'p95')?.verdict).not.toBe('not-compared');
    expect(regressedIn(result)).toEqual([]);
  });

  it('fails where far more requests are slow', () => {
    const result = compareStored(window, [aRun(random, { share: 0.2 })], thresholds);
    const row = rowOf(result, name, 'slowRequests');
    expect(row?.verdict).toBe('regressed');
    expect(row?.baseline?.point).toBeCloseTo(0.05, 1);
    expect(row?.relativeChange?.point).toBeGreaterThan(0.1);
    expect(row?.relativeChange?.interval[0]).toBeGreaterThan(0);
  });

  it('fails only by 5 points or more', () => {
    const result = compareStored(window, [aRun(random, { share: 0.085 })], thresholds);
    expect(rowOf(result, name, 'slowRequests')?.verdict).not.toBe('regressed');
  });

  it('fails only where the mean moves by the margins too', () => {
    const many = compareStored(window, [aRun(random, { share: 0.2, slowMs: 60 })], thresholds);
    const row = rowOf(many, name, 'slowRequests');
    expect(row?.verdict).not.toBe('regressed');
  });

  it('is decided on the window alone: a candidate with two modes beside a window of one is judged by its p95', () => {
    const steady = someRuns(6, { share: 0, deviation: 0 }, random).map((run) => ({ ...run }));
    const result = compareStored(steady, [aRun(random, { share: 0.2 })], thresholds);
    expect(rowOf(result, name, 'slowRequests')).toBeUndefined();
    expect(rowOf(result, name, 'p95')?.verdict).toBe('regressed');
  });

  it('is confirmed by a repeat, and acquitted by one that is as usual', () => {
    const slow = () => aRun(random, { share: 0.2 });
    expect(rowOf(compareRepeated(window, [slow(), slow()], thresholds), name, 'slowRequests')?.verdict).toBe(
      'regressed',
    );
    const acquitted = compareRepeated(window, [slow(), aRun(random, usual)], thresholds);
    expect(regressedIn(acquitted)).toEqual([]);
    expect(acquitted.isAcquitted).toBe(true);
  });

  it.each([
    ['differs by chance', 0],
    ['differs between runs', 0.012],
    ['differs much between runs', 0.03],
  ])('raises no more false alarms than promised where its share %s', (_, deviation) => {
    const builds = 300;
    const source = seededRandom(`null ${deviation}`);
    let failed = 0;
    for (let i = 0; i < builds; i++) {
      const runs = someRuns(6, { share: 0.05, deviation }, source);
      const [candidate, ...before] = runs as [RunRecord, ...RunRecord[]];
      if (regressedIn(compareStored(before, [candidate], thresholds)).includes(name)) failed++;
    }
    expectAtMostRate(failed, builds, 0.02);
  });
});
