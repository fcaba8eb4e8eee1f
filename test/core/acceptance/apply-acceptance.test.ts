import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import type { Acceptance } from '../../../src/core/acceptance/acceptance.ts';
import {
  applyAcceptance,
  applyAtMerge,
  applyRecorded,
  beyondAccepted,
  figuresOf,
} from '../../../src/core/acceptance/apply-acceptance.ts';
import type { Row } from '../../../src/core/comparison/row.ts';
import { compareStored } from '../../../src/core/comparison/stored/compare-stored.ts';
import { buildReport } from '../../../src/core/report/model/report-model.ts';
import type { RunRecord } from '../../../src/core/run-record/run-record.ts';
import {
  allEndpoints,
  endpointSubject,
  inJob,
  type Subject,
  subjectLabel,
} from '../../../src/core/run-record/subject.ts';
import { seededRandom } from '../../../src/core/stats/random.ts';
import { marginOf, type Sensitivity } from '../../../src/core/thresholds/thresholds.ts';
import type { Decided } from '../../../src/core/verdict/build-verdict.ts';
import { aComparison, aRegression, estimate } from '../../support/a-comparison.ts';
import { aMeasuredRun } from '../../support/a-measured-run.ts';
import { slowed, someRuns } from '../../support/a-steady-run.ts';
import { reportCases, reportFacts } from '../../support/report-cases.ts';
import { someThresholds } from '../../support/some-thresholds.ts';

const acceptance: Acceptance = {
  by: 'maintainer',
  reasonBy: 'maintainer',
  reason: 'the export streams now',
  label: 'tailgate-accept',
  labeledAt: '2026-11-25T09:00:00Z',
  until: '2026-12-25',
  pullRequest: 7,
};

/** p95 of one endpoint, `change` slower than 100 ms. */
function slower(change: number, overrides: Partial<Row> = {}): Row {
  return aRegression({
    relativeChange: { point: change, interval: [change - 0.08, change + 0.08], level: 0.95, n: 6 },
    candidate: estimate(100 * (1 + change)),
    ...overrides,
  });
}

function decidedOn(...comparisons: readonly Row[]): Decided {
  return reportFacts({ comparisons: [aComparison({ subject: endpointSubject('GET /other') }), ...comparisons] })
    .decided;
}

describe('applyAcceptance', () => {
  it('turns a red verdict green, says who took what and why, and keeps the level', () => {
    const { decided, level } = applyAcceptance(decidedOn(slower(0.3)), acceptance);
    expect(decided).toMatchObject({
      verdict: { verdict: 'pass', reason: 'accepted' },
      outcome: { exitCode: 0, conclusion: 'success' },
    });
    expect(decided.verdict.detail).toContain('accepted by maintainer until 2026-12-25: the export streams now');
    expect(level?.figures).toEqual([{ subject: endpointSubject('GET /items'), metric: 'p95', relativeChange: 0.3 }]);
  });

  it('goes on passing when the same slowdown is measured again, also in another quantile', () => {
    const first = applyAcceptance(decidedOn(slower(0.3)), acceptance);
    const again = decidedOn(slower(0.34), slower(0.28, { metric: 'p50' }), slower(0.25, { subject: allEndpoints }));
    expect(applyAcceptance(again, acceptance, first.level).decided.verdict.verdict).toBe('pass');
  });

  it('fails on a further 30 % after an accepted 30 %, and names only that', () => {
    const both = (change: number) =>
      decidedOn(slower(change), slower(0.3, { subject: endpointSubject('GET /search') }));
    const first = applyAcceptance(both(0.3), acceptance);
    const { decided, level } = applyAcceptance(both(0.69), acceptance, first.level);
    expect(decided.verdict).toMatchObject({ verdict: 'fail', reason: 'regressed' });
    expect(decided.verdict.detail).toContain('GET /items p95 beyond what was accepted');
    expect(decided.outcome.exitCode).toBe(1);
    expect(decided.comparison?.comparisons.filter((row) => row.verdict === 'regressed')).toHaveLength(1);
    expect(level).toEqual(first.level);
  });

  it('accepts the new level when the label is set anew', () => {
    const first = applyAcceptance(decidedOn(slower(0.3)), acceptance);
    const anew = { ...acceptance, labeledAt: '2026-11-25T12:00:00Z' };
    const { decided, level } = applyAcceptance(decidedOn(slower(0.69)), anew, first.level);
    expect(decided.verdict.verdict).toBe('pass');
    expect(level?.figures[0]?.relativeChange).toBe(0.69);
  });

  it('fails on an endpoint of which nothing was accepted', () => {
    const first = applyAcceptance(decidedOn(slower(0.3)), acceptance);
    const other = decidedOn(slower(0.3), slower(0.3, { subject: endpointSubject('POST /cart') }));
    expect(applyAcceptance(other, acceptance, first.level).decided.verdict.verdict).toBe('fail');
  });

  it.each(['invalid', 'fail-k6-thresholds', 'fail-all-failed'])('also clears %s, and says what that was', (name) => {
    const before = reportCases[name]?.decided as Decided;
    const { decided, level } = applyAcceptance(before, acceptance);
    expect(decided.outcome.exitCode).toBe(0);
    expect(decided.verdict.detail).toContain(before.verdict.detail);
    expect(decided.verdict.detail.startsWith('not checked at all: ')).toBe(before.comparison === undefined);
    expect(level?.figures).toEqual([]);
  });

  it('leaves a verdict alone that needs no accepting', () => {
    const before = decidedOn();
    expect(applyAcceptance(before, acceptance)).toEqual({ decided: before });
  });

  it('is what the headline says', () => {
    const facts = reportFacts({ comparisons: [slower(0.3)] });
    const { decided } = applyAcceptance(facts.decided, acceptance);
    const report = buildReport({ ...facts, decided });
    expect(`${report.badge}: ${report.headline}`).toMatch(/^PASS: GET \/items p95 .*accepted by maintainer/);
  });
});

describe('applyRecorded', () => {
  const { recorded } = applyAtMerge(decidedOn(slower(0.3)), acceptance, []);

  it('excuses a later run at the accepted level and names who accepted it', () => {
    const decided = applyRecorded(decidedOn(slower(0.33)), recorded);
    expect(decided.verdict).toMatchObject({ verdict: 'pass', reason: 'accepted' });
    expect(decided.verdict.detail).toContain('accepted by maintainer in pull request 7 until 2026-12-25');
  });

  it('does not excuse a further 30 %', () => {
    expect(applyRecorded(decidedOn(slower(0.69)), recorded).outcome.exitCode).toBe(1);
  });

  it('excuses nothing but regressions', () => {
    const invalid = reportCases['invalid']?.decided as Decided;
    expect(applyRecorded(invalid, recorded)).toEqual(invalid);
    const crossed = reportFacts({
      comparisons: [aComparison()],
      record: aMeasuredRun(undefined, {
        exit: { class: 'ran', code: 99, crossedThresholds: ['x'], thrownIterations: 0 },
      }),
    }).decided;
    expect(applyRecorded(crossed, recorded)).toEqual(crossed);
  });
});

describe('applyAtMerge', () => {
  it('keeps who, what and until when, and makes the run no red one', () => {
    const { decided, recorded } = applyAtMerge(decidedOn(slower(0.3)), acceptance, []);
    expect(decided.verdict).toMatchObject({ verdict: 'pass', reason: 'accepted' });
    expect(recorded).toEqual({
      by: 'maintainer',
      reason: 'the export streams now',
      until: '2026-12-25',
      pullRequest: 7,
      figures: [{ subject: endpointSubject('GET /items'), metric: 'p95', relativeChange: 0.3 }],
    });
  });

  it('keeps what the pull request saw where this run sees nothing', () => {
    const figures = [{ subject: endpointSubject('GET /items'), metric: 'p95', relativeChange: 0.2 }];
    expect(applyAtMerge(decidedOn(), acceptance, figures).recorded.figures).toEqual(figures);
  });
});

describe('beyondAccepted', () => {
  const errors = (change: number) =>
    aRegression({
      metric: 'errorRate',
      unit: 'fraction',
      relativeChange: { point: change, interval: [change - 0.001, change + 0.001], level: 0.95, n: 4000 },
    });

  it('counts error rates in points, not relative to the accepted level', () => {
    const figures = [{ subject: endpointSubject('GET /items'), metric: 'errorRate', relativeChange: 0.02 }];
    expect(beyondAccepted([errors(0.023)], figures)).toEqual([]);
    expect(beyondAccepted([errors(0.03)], figures)).toHaveLength(1);
  });

  it('takes what was accepted of all endpoints of a job for each of that job, and of no other', () => {
    const items = endpointSubject('GET /items');
    const figures = [{ subject: inJob(allEndpoints, 'checkout'), metric: 'p95', relativeChange: 0.3 }];
    const row = (subject: Subject) => slower(0.31, { subject });
    expect(beyondAccepted([row(inJob(items, 'checkout'))], figures)).toEqual([]);
    expect(beyondAccepted([row(inJob(items, 'mail'))], figures)).toHaveLength(1);
    const ofOne = [{ subject: inJob(items, 'checkout'), metric: 'p95', relativeChange: 0.3 }];
    expect(beyondAccepted([row(inJob(allEndpoints, 'checkout'))], ofOne)).toEqual([]);
    expect(beyondAccepted([row(inJob(allEndpoints, 'mail'))], ofOne)).toHaveLength(1);
  });

  // Between half a margin (5 %, 2.5 ms) and a whole one (10 %, 5 ms), once by each part of it.
  it.each([
    ['balanced', 100, 0.07, 0],
    ['sensitive', 100, 0.07, 1],
    ['balanced', 20, 0.15, 0],
    ['sensitive', 20, 0.15, 1],
  ] as const)(
    'with sensitivity %s: an accepted 0.3 on %d ms and a further %d leave %d beyond it',
    (sensitivity, ms, more, count) => {
      const subject = endpointSubject('GET /items');
      const change = 1.3 * (1 + more) - 1;
      const row = slower(change, {
        relativeChange: { point: change, interval: [change, change], level: 0.95, n: 6 },
        baseline: estimate(ms),
        candidate: estimate(ms * (1 + change)),
        margin: marginOf(subject, 'p95', someThresholds({ sensitivity })),
      });
      const figures = [{ subject, metric: 'p95', relativeChange: 0.3 }];
      expect(beyondAccepted([row], figures)).toHaveLength(count);
    },
  );

  it('takes the margins that the runs were compared with, halved where the configuration asks for it', () => {
    const shop = { 'GET /items': { medianMs: 100, requests: 2000 }, 'GET /cart': { medianMs: 60, requests: 2000 } };
    const runs = someRuns(7, shop, seededRandom('sensitive'), 0.002);
    const [candidate, ...window] = runs.toReversed() as [RunRecord, ...RunRecord[]];
    const further = (sensitivity: Sensitivity) => {
      const compared = (factor: number) =>
        compareStored(window, [slowed(candidate, factor, ['GET /items'])], someThresholds({ sensitivity })).comparisons;
      const beyond = beyondAccepted(compared(1.3 * 1.07), figuresOf(compared(1.3)));
      return beyond.map(({ subject, metric }) => `${subjectLabel(subject)} ${metric}`);
    };
    expect(further('balanced')).toEqual([]);
    expect(further('sensitive')).toContain('GET /items p95');
  });

  it('does not let accepted latency excuse errors', () => {
    const figures = [{ subject: endpointSubject('GET /items'), metric: 'p95', relativeChange: 3 }];
    expect(beyondAccepted([errors(0.03)], figures)).toHaveLength(1);
  });

  test.prop([fc.double({ min: 0.15, max: 5, noNaN: true }), fc.double({ min: 0.15, max: 5, noNaN: true })])(
    'never excuses more than a margin above what was accepted, and always what was accepted',
    (accepted, further) => {
      const figures = [{ subject: endpointSubject('GET /items'), metric: 'p95', relativeChange: accepted }];
      const exact = { interval: [0, 0] as const, level: 0.95, n: 6 };
      const row = (change: number) =>
        slower(change, { relativeChange: { ...exact, point: change, interval: [change, change] } });
      expect(beyondAccepted([row(accepted)], figures)).toEqual([]);
      expect(beyondAccepted([row((1 + accepted) * (1 + further) - 1)], figures)).toHaveLength(1);
    },
  );
});
