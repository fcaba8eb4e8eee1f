import { describe, expect, test } from 'vitest';
import { toRunSummary } from '../../src/core/comparison/run-summary.ts';
import { compareErrorRates, testRates } from '../../src/core/comparison/stored/compare-error-rates.ts';
import { changePoints } from '../../src/core/stats/change-point.ts';
import type { Count } from '../../src/core/stats/proportion.ts';
import { type Random, randomNormal, seededRandom } from '../../src/core/stats/random.ts';
import { aSteadyRun, type SteadyEndpoint } from '../support/a-steady-run.ts';
import { expectAtMostRate } from '../support/expect-rate.ts';
import { someThresholds } from '../support/some-thresholds.ts';

/** A run of 30 blocks; in each, failures come with a rate drawn around `rate` with intraclass correlation `clumping`. */
function run(rate: number, clumping: number, perBlock: number, random: Random): Count[] {
  return Array.from({ length: 30 }, () => {
    // A share of the blocks fails together, the rest on its own: the correlation is `clumping` by construction.
    const shared = random.next() < rate;
    let failed = 0;
    for (let i = 0; i < perBlock; i++) {
      const together = random.next() < Math.sqrt(clumping);
      if (together ? shared : random.next() < rate) failed++;
    }
    return { failed, total: perBlock };
  });
}

describe('calibration: error rates', () => {
  const trials = 800;

  test.each([
    [0.01, 0, 5, 20],
    [0.01, 0.01, 5, 20],
    [0.01, 0.05, 5, 20],
    [0.05, 0.05, 3, 20],
    [0.002, 0, 3, 40],
  ])('failures at rate %d that clump by %d keep the level with %i stored runs', (rate, clumping, runs, perBlock) => {
    const random = seededRandom(`${rate} ${clumping} ${runs}`);
    let alarms = 0;
    for (let trial = 0; trial < trials; trial++) {
      const window = Array.from({ length: runs }, () => run(rate, clumping, perBlock, random));
      const [result] = testRates([{ window, candidate: [run(rate, clumping, perBlock, random)] }]);
      if ((result?.pHigher ?? 1) <= 0.05) alarms++;
    }
    expectAtMostRate(alarms, trials, 0.05);
  });

  test('a rise from 1 to 6 % is found', () => {
    const random = seededRandom('rise');
    let found = 0;
    for (let trial = 0; trial < 200; trial++) {
      const window = Array.from({ length: 5 }, () => run(0.01, 0.01, 20, random));
      const [result] = testRates([{ window, candidate: [run(0.06, 0.01, 20, random)] }]);
      if ((result?.pHigher ?? 1) <= 0.01) found++;
    }
    expect(found).toBeGreaterThan(180);
  });
});

describe('calibration: errors of whole builds', () => {
  /** Ten endpoints of `requests` each, whose rates differ from run to run by a log-normal factor. */
  const build = (rate: number, deviation: number, requests: number, random: Random): Record<string, SteadyEndpoint> =>
    Object.fromEntries(
      Array.from({ length: 10 }, (_, j) => {
        const ofRun = rate * Math.exp(deviation * randomNormal(random));
        let failed = 0;
        for (let i = 0; i < requests; i++) if (random.next() < ofRun) failed++;
        return [`GET /${j}`, { medianMs: 100, requests: requests - failed, failed }];
      }),
    );

  test.each([
    ['steadily above the ceiling', 0.08, 0, 400],
    ['differing between runs above the ceiling', 0.08, 0.3, 2000],
    ['differing between runs below it', 0.02, 0.3, 2000],
  ])('stay below their share of alpha: %s', (_, rate, deviation, requests) => {
    const random = seededRandom(`${rate} ${deviation}`);
    const builds = 60;
    let alarms = 0;
    for (let b = 0; b < builds; b++) {
      const runs = Array.from({ length: 4 }, () => toRunSummary(aSteadyRun(build(rate, deviation, requests, random))));
      const names = Array.from({ length: 10 }, (_, j) => `GET /${j}`);
      const rows = compareErrorRates(names, runs.slice(1), runs.slice(0, 1), someThresholds(), 0.2);
      if (rows.some(({ verdict }) => verdict === 'regressed')) alarms++;
    }
    expectAtMostRate(alarms, builds, 0.02);
  });

  test.each([
    [0.01, 3],
    [0.05, 3],
    [0.05, 8],
  ])(
    'a target that breaks down in %d of its runs fails unchanged code below the level, with %i stored runs',
    (share, window) => {
      const random = seededRandom(`breakdown ${share} ${window}`);
      const builds = 600;
      const aRun = () => {
        const failing = random.next() < share ? 0.3 + 0.7 * random.next() : 0.002;
        const failed = Math.round(failing * 300);
        return toRunSummary(aSteadyRun({ 'GET /': { medianMs: 100, requests: 300 - failed, failed } }));
      };
      let alarms = 0;
      for (let b = 0; b < builds; b++) {
        const runs = Array.from({ length: window }, aRun);
        const [row] = compareErrorRates(['GET /'], runs, [aRun()], someThresholds(), 0.2);
        if (row?.verdict === 'regressed') alarms++;
      }
      expectAtMostRate(alarms, builds, 0.05);
    },
  );
});

describe('calibration: change points', () => {
  test.each([0, 0.3])('thirty runs of one level with autocorrelation %d are rarely cut', (correlation) => {
    const random = seededRandom(`level ${correlation}`);
    const options = { maxP: 0.001, minSegment: 5, minRelativeChange: 0.05 };
    let cut = 0;
    for (let trial = 0; trial < 400; trial++) {
      let previous = 0;
      const series = Array.from({ length: 30 }, () => {
        previous = correlation * previous + Math.sqrt(1 - correlation ** 2) * randomNormal(random);
        return 1 + 0.08 * previous;
      });
      if (changePoints(series, options).length > 0) cut++;
    }
    expectAtMostRate(cut, 400, correlation === 0 ? 0.02 : 0.1);
  });
});
