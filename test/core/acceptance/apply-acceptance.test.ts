import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import type { Acceptance } from '../../../src/core/acceptance/acceptance.ts';
import { applyAcceptance, applyAtMerge, applyRecorded } from '../../../src/core/acceptance/apply-acceptance.ts';
import { beyondAccepted } from '../../../src/core/acceptance/beyond-accepted.ts';
import { allEndpoints, type Comparison } from '../../../src/core/comparison/comparison.ts';
import { buildReport } from '../../../src/core/report/report-model.ts';
import type { Decided } from '../../../src/core/verdict/build-verdict.ts';
import { aComparison, aRegression, estimate } from '../../support/a-comparison.ts';
import { aMeasuredRun } from '../../support/a-measured-run.ts';
import { reportCases, reportFacts } from '../../support/report-cases.ts';
import { someThresholds } from '../../support/some-thresholds.ts';

const acceptance: Acceptance = {
  by: 'maintainer',
  reasonBy: 'maintainer',
  reason: 'the export streams now',
  label: 'tailgate-accept',
  labelledAt: '2026-11-25T09:00:00Z',
  until: '2026-12-25',
  pullRequest: 7,
};

/** p95 of one endpoint, `change` slower than 100 ms. */
function slower(change: number, overrides: Partial<Comparison> = {}): Comparison {
  return aRegression({
    relativeChange: { point: change, interval: [change - 0.08, change + 0.08], level: 0.95, n: 6 },
    candidate: estimate(100 * (1 + change)),
    ...overrides,
  });
}

function decidedOn(...comparisons: readonly Comparison[]): Decided {
  return reportFacts({ comparisons: [aComparison({ endpoint: 'GET /other' }), ...comparisons] }).decided;
}

const thresholds = someThresholds();

describe('applyAcceptance', () => {
  it('turns a red verdict green, says who took what and why, and keeps the level', () => {
    const { decided, level } = applyAcceptance(decidedOn(slower(0.3)), acceptance, thresholds);
    expect(decided).toMatchObject({
      verdict: { verdict: 'pass', reason: 'accepted' },
      outcome: { exitCode: 0, conclusion: 'success' },
    });
    expect(decided.verdict.detail).toContain('accepted by maintainer until 2026-12-25: the export streams now');
    expect(level?.figures).toEqual([{ endpoint: 'GET /items', metric: 'p95', relativeChange: 0.3 }]);
  });

  it('goes on passing when the same slowdown is measured again, also in another quantile', () => {
    const first = applyAcceptance(decidedOn(slower(0.3)), acceptance, thresholds);
    const again = decidedOn(slower(0.34), slower(0.28, { metric: 'p50' }), slower(0.25, { endpoint: allEndpoints }));
    expect(applyAcceptance(again, acceptance, thresholds, first.level).decided.verdict.verdict).toBe('pass');
  });

  it('fails on a further 30 % after an accepted 30 %, and names only that', () => {
    const both = (change: number) => decidedOn(slower(change), slower(0.3, { endpoint: 'GET /search' }));
    const first = applyAcceptance(both(0.3), acceptance, thresholds);
    const { decided, level } = applyAcceptance(both(0.69), acceptance, thresholds, first.level);
    expect(decided.verdict).toMatchObject({ verdict: 'fail', reason: 'regressed' });
    expect(decided.verdict.detail).toContain('GET /items p95 beyond what was accepted');
    expect(decided.outcome.exitCode).toBe(1);
    expect(decided.comparison?.comparisons.filter((row) => row.verdict === 'regressed')).toHaveLength(1);
    expect(level).toEqual(first.level);
  });

  it('accepts the new level when the label is set anew', () => {
    const first = applyAcceptance(decidedOn(slower(0.3)), acceptance, thresholds);
    const anew = { ...acceptance, labelledAt: '2026-11-25T12:00:00Z' };
    const { decided, level } = applyAcceptance(decidedOn(slower(0.69)), anew, thresholds, first.level);
    expect(decided.verdict.verdict).toBe('pass');
    expect(level?.figures[0]?.relativeChange).toBe(0.69);
  });

  it('fails on an endpoint of which nothing was accepted', () => {
    const first = applyAcceptance(decidedOn(slower(0.3)), acceptance, thresholds);
    const other = decidedOn(slower(0.3), slower(0.3, { endpoint: 'POST /cart' }));
    expect(applyAcceptance(other, acceptance, thresholds, first.level).decided.verdict.verdict).toBe('fail');
  });

  it.each(['invalid', 'fail-k6-thresholds', 'fail-all-failed'])('also clears %s, and says what that was', (name) => {
    const before = reportCases[name]?.decided as Decided;
    const { decided, level } = applyAcceptance(before, acceptance, thresholds);
    expect(decided.outcome.exitCode).toBe(0);
    expect(decided.verdict.detail).toContain(before.verdict.detail);
    expect(decided.verdict.detail.startsWith('not checked at all: ')).toBe(before.comparison === undefined);
    expect(level?.figures).toEqual([]);
  });

  it('leaves a verdict alone that needs no accepting', () => {
    const before = decidedOn();
    expect(applyAcceptance(before, acceptance, thresholds)).toEqual({ decided: before });
  });

  it('is what the headline says', () => {
    const facts = reportFacts({ comparisons: [slower(0.3)] });
    const { decided } = applyAcceptance(facts.decided, acceptance, thresholds);
    const report = buildReport({ ...facts, decided });
    expect(`${report.badge}: ${report.headline}`).toMatch(/^PASS: GET \/items p95 .*accepted by maintainer/);
  });
});

describe('applyRecorded', () => {
  const { recorded } = applyAtMerge(decidedOn(slower(0.3)), acceptance, []);

  it('excuses a later run at the accepted level and names who accepted it', () => {
    const decided = applyRecorded(decidedOn(slower(0.33)), recorded, thresholds);
    expect(decided.verdict).toMatchObject({ verdict: 'pass', reason: 'accepted' });
    expect(decided.verdict.detail).toContain('accepted by maintainer in pull request 7 until 2026-12-25');
  });

  it('does not excuse a further 30 %', () => {
    expect(applyRecorded(decidedOn(slower(0.69)), recorded, thresholds).outcome.exitCode).toBe(1);
  });

  it('excuses nothing but regressions', () => {
    const invalid = reportCases['invalid']?.decided as Decided;
    expect(applyRecorded(invalid, recorded, thresholds)).toEqual(invalid);
    const crossed = reportFacts({
      comparisons: [aComparison()],
      record: aMeasuredRun(undefined, {
        exit: { class: 'ran', code: 99, crossedThresholds: ['x'], thrownIterations: 0 },
      }),
    }).decided;
    expect(applyRecorded(crossed, recorded, thresholds)).toEqual(crossed);
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
      figures: [{ endpoint: 'GET /items', metric: 'p95', relativeChange: 0.3 }],
    });
  });

  it('keeps what the pull request saw where this run sees nothing', () => {
    const figures = [{ endpoint: 'GET /items', metric: 'p95', relativeChange: 0.2 }];
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
    const figures = [{ endpoint: 'GET /items', metric: 'errorRate', relativeChange: 0.02 }];
    expect(beyondAccepted([errors(0.023)], figures, thresholds)).toEqual([]);
    expect(beyondAccepted([errors(0.03)], figures, thresholds)).toHaveLength(1);
  });

  it('takes what was accepted of all endpoints of a leg for each of that leg, and of no other', () => {
    const figures = [{ endpoint: `checkout / ${allEndpoints}`, metric: 'p95', relativeChange: 0.3 }];
    const row = (endpoint: string) => slower(0.31, { endpoint });
    expect(beyondAccepted([row('checkout / GET /items')], figures, thresholds)).toEqual([]);
    expect(beyondAccepted([row('mail / GET /items')], figures, thresholds)).toHaveLength(1);
    const ofOne = [{ endpoint: 'checkout / GET /items', metric: 'p95', relativeChange: 0.3 }];
    expect(beyondAccepted([row(`checkout / ${allEndpoints}`)], ofOne, thresholds)).toEqual([]);
    expect(beyondAccepted([row(`mail / ${allEndpoints}`)], ofOne, thresholds)).toHaveLength(1);
  });

  it('does not let accepted latency excuse errors', () => {
    const figures = [{ endpoint: 'GET /items', metric: 'p95', relativeChange: 3 }];
    expect(beyondAccepted([errors(0.03)], figures, thresholds)).toHaveLength(1);
  });

  test.prop([fc.double({ min: 0.15, max: 5, noNaN: true }), fc.double({ min: 0.15, max: 5, noNaN: true })])(
    'never excuses more than a margin above what was accepted, and always what was accepted',
    (accepted, further) => {
      const figures = [{ endpoint: 'GET /items', metric: 'p95', relativeChange: accepted }];
      const exact = { interval: [0, 0] as const, level: 0.95, n: 6 };
      const row = (change: number) =>
        slower(change, { relativeChange: { ...exact, point: change, interval: [change, change] } });
      expect(beyondAccepted([row(accepted)], figures, thresholds)).toEqual([]);
      expect(beyondAccepted([row((1 + accepted) * (1 + further) - 1)], figures, thresholds)).toHaveLength(1);
    },
  );
});
