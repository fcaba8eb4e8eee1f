import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import type { NotComparedReason } from '../../../src/core/comparison/row.ts';
import { allEndpoints, endpointSubject } from '../../../src/core/run-record/subject.ts';
import type { FailOn } from '../../../src/core/verdict/build-verdict.ts';
import { decide, type Findings } from '../../../src/core/verdict/decide.ts';
import {
  aComparison,
  aComparisonResult,
  aRegression,
  aRow,
  estimate,
  metricSubject,
} from '../../support/a-comparison.ts';
import { aMeasuredRun } from '../../support/a-measured-run.ts';
import { someThresholds } from '../../support/some-thresholds.ts';

const standard: readonly FailOn[] = ['regressed', 'k6-thresholds', 'invalid'];

function findings(overrides: Partial<Findings> = {}): Findings {
  return {
    mode: 'stored',
    validity: { kind: 'valid', warnings: [] },
    record: aMeasuredRun(),
    comparison: aComparisonResult([aComparison()]),
    baselineRuns: 5,
    thresholds: someThresholds(),
    failOn: standard,
    ...overrides,
  };
}

const crossed = aMeasuredRun(undefined, {
  exit: { class: 'ran', code: 99, crossedThresholds: ['http_req_duration: p(95)<200'], thrownIterations: 0 },
});

const objective = someThresholds({
  judgeAgainst: 'objective',
  rules: [{ pattern: 'GET *', objective: { quantile: 'p95', limitMs: 300 } }],
});

/** Every row of the verdict table that stored mode reaches, and the word of `fail-on` that governs it. */
const rows: readonly [row: string, findings: Partial<Findings>, governedBy: FailOn | 'nothing'][] = [
  [
    'invalid/generator-saturated',
    { validity: { kind: 'invalid', reason: 'generator-saturated', detail: 'd', hint: 'h' } },
    'invalid',
  ],
  ['fail/all-failed', { validity: { kind: 'all-failed', detail: 'every request was refused' } }, 'regressed'],
  ['fail/regressed', { comparison: aComparisonResult([aRegression(), aComparison({ metric: 'p50' })]) }, 'regressed'],
  ['fail/regressed', { comparison: aComparisonResult([aRegression({ metric: 'errorRate' })]) }, 'regressed'],
  ['fail/k6-thresholds', { record: crossed }, 'k6-thresholds'],
  ['no-baseline', { baselineRuns: 2 }, 'no-baseline'],
  ['inconclusive/nothing-judged', { comparison: aComparisonResult([]) }, 'inconclusive'],
  [
    'inconclusive/environments-differ',
    { mode: 'duet', validity: { kind: 'valid', warnings: [], unlike: 'the data of one side grew' } },
    'inconclusive',
  ],
  [
    'fail/regressed',
    {
      mode: 'duet',
      validity: { kind: 'valid', warnings: [], unlike: 'the data of one side grew' },
      comparison: aComparisonResult([aRegression()]),
    },
    'regressed',
  ],
  [
    'inconclusive/nothing-judged',
    {
      comparison: aComparisonResult([
        aComparison({ verdict: 'not-compared', notComparedReason: 'too-few-requests' }),
        aComparison({ metric: 'errorRate', verdict: 'not-regressed' }),
      ]),
    },
    'inconclusive',
  ],
  [
    'inconclusive/metric-not-judged',
    {
      comparison: aComparisonResult([
        aComparison(),
        aRow({ subject: metricSubject('cart_time'), verdict: 'not-compared', notComparedReason: 'gone' }),
      ]),
    },
    'inconclusive',
  ],
  [
    'inconclusive/too-weak',
    { comparison: aComparisonResult([aComparison({ minimumDetectableEffect: 0.9 })]) },
    'inconclusive',
  ],
  [
    'pass/within-margin',
    { comparison: aComparisonResult([aComparison({ verdict: 'slower-within-margin' })]) },
    'nothing',
  ],
  ['pass/within-objective', { thresholds: objective, comparison: aComparisonResult([aRegression()]) }, 'nothing'],
  ['pass/nothing-found', {}, 'nothing'],
  [
    'pass/shown',
    {
      comparison: aComparisonResult([
        aComparison({ verdict: 'not-regressed' }),
        aComparison({ metric: 'p50', verdict: 'improved' }),
        aComparison({ subject: endpointSubject('GET /new'), verdict: 'not-compared', notComparedReason: 'new' }),
      ]),
    },
    'nothing',
  ],
];

const exitWhenListed = { invalid: 3, regressed: 1, 'k6-thresholds': 1, 'no-baseline': 1, inconclusive: 1 } as const;

const policies: readonly (readonly FailOn[])[] = [
  standard,
  ['never'],
  ['regressed'],
  ['k6-thresholds'],
  ['inconclusive'],
  ['no-baseline'],
  ['invalid'],
  ['regressed', 'k6-thresholds', 'inconclusive', 'no-baseline', 'invalid'],
];

function nameOf(verdict: ReturnType<typeof decide>['verdict']): string {
  return 'reason' in verdict ? `${verdict.verdict}/${verdict.reason}` : verdict.verdict;
}

describe('decide', () => {
  const cases = rows.flatMap(([row, facts, governedBy]) =>
    policies.map((failOn) => ({ row, facts, governedBy, failOn, policy: failOn.join(', ') })),
  );

  it.each(cases)(
    'gives $row its exit code and conclusion under fail-on: $policy',
    ({ row, facts, governedBy, failOn }) => {
      const decided = decide(findings({ ...facts, failOn }));
      expect(nameOf(decided.verdict)).toBe(row);
      if (governedBy === 'nothing') expect(decided.outcome).toEqual({ exitCode: 0, conclusion: 'success' });
      else if (governedBy !== 'never' && failOn.includes(governedBy)) {
        expect(decided.outcome).toEqual({ exitCode: exitWhenListed[governedBy], conclusion: 'failure' });
      } else expect(decided.outcome).toEqual({ exitCode: 0, conclusion: 'neutral' });
    },
  );

  it('takes the first row where several apply', () => {
    const everything: Partial<Findings> = {
      record: crossed,
      baselineRuns: 2,
      comparison: aComparisonResult([aRegression({ minimumDetectableEffect: 2 })]),
    };
    const without = (facts: Partial<Findings>) => nameOf(decide(findings({ ...everything, ...facts })).verdict);
    const invalid = { kind: 'invalid', reason: 'throttled', detail: 'd', hint: 'h' } as const;
    expect(without({ validity: invalid })).toBe('invalid/throttled');
    expect(without({ validity: { kind: 'all-failed', detail: 'd' } })).toBe('fail/all-failed');
    expect(without({})).toBe('fail/regressed');
    expect(without({ comparison: aComparisonResult([]) })).toBe('fail/k6-thresholds');
    expect(without({ comparison: aComparisonResult([]), record: aMeasuredRun() })).toBe('no-baseline');
  });

  it('does not let an ignored regression hide crossed thresholds that are not ignored', () => {
    const decided = decide(
      findings({ record: crossed, comparison: aComparisonResult([aRegression()]), failOn: ['k6-thresholds'] }),
    );
    expect(nameOf(decided.verdict)).toBe('fail/k6-thresholds');
    expect(decided.outcome.exitCode).toBe(1);
  });

  it('judges from the third stored run on', () => {
    expect(nameOf(decide(findings({ baselineRuns: 2 })).verdict)).toBe('no-baseline');
    expect(nameOf(decide(findings({ baselineRuns: 3 })).verdict)).toBe('pass/nothing-found');
  });

  it('has no baseline where nothing was compared, however many runs are stored', () => {
    const { comparison: _, ...nothingCompared } = findings({ baselineRuns: 0 });
    expect(decide(nothingCompared).verdict).toEqual({
      verdict: 'no-baseline',
      detail: '0 comparable runs are stored, 3 are needed',
    });
  });

  it('in record mode exits 0 when something was measured and 3 when not, whatever the policy', () => {
    const recorded = (facts: Partial<Findings>) => decide(findings({ mode: 'record', ...facts })).outcome.exitCode;
    expect(recorded({ comparison: aComparisonResult([aRegression()]) })).toBe(0);
    expect(recorded({ record: crossed, baselineRuns: 0 })).toBe(0);
    expect(recorded({ validity: { kind: 'all-failed', detail: 'd' }, failOn: ['never'] })).toBe(3);
    const invalid = { kind: 'invalid', reason: 'no-requests', detail: 'd', hint: 'h' } as const;
    expect(recorded({ validity: invalid, failOn: ['never'] })).toBe(3);
  });

  describe('where nothing could be compared', () => {
    const toldOf = (notComparedReason: NotComparedReason, mode: Findings['mode'] = 'stored') => {
      const row = aComparison({ verdict: 'not-compared', notComparedReason });
      const { verdict } = decide(findings({ mode, comparison: aComparisonResult([row]) }));
      return { detail: verdict.detail, hint: 'hint' in verdict ? verdict.hint : '' };
    };

    it.each([
      ['ignored', 'the configuration ignores all of them', 'Take the endpoints that matter out of `ignore`'],
      ['gone', 'the two sides have none in common', 'See whether the script has changed'],
      ['changed', 'their shares of the load have changed', 'Where the script is meant to share'],
      ['mostly-failed', 'most of their requests failed', 'See first why so many requests fail'],
    ] as const)('names no load where the reason is another one: %s', (reason, why, hint) => {
      expect(toldOf(reason).detail).toBe(`no endpoint could be compared with the baseline: ${why}`);
      expect(toldOf(reason).hint).toContain(hint);
      expect(toldOf(reason, 'duet').hint).not.toMatch(/longer|time-budget/);
    });

    it('asks for more requests by what brings them: a longer load, or in a duet more time', () => {
      expect(toldOf('too-few-requests').hint).toBe(
        'Make the load longer or its rate higher: at least 50 requests per endpoint and run are needed, and 200 for p95.',
      );
      expect(toldOf('too-few-requests', 'duet').hint).toBe(
        'Give the duet more time (`time-budget`), or the script a higher rate: at least 50 requests per endpoint and side are needed, and 200 for p95.',
      );
    });
  });

  describe('too weak', () => {
    it('says how many pairs a duet lacks in which no slowdown is sure, however large', () => {
      const row = aComparison({ metric: 'p50', minimumDetectableEffect: Number.POSITIVE_INFINITY });
      const lacking = aComparison({ verdict: 'not-compared', notComparedReason: 'too-few-requests' });
      const toldOf = (used: number) => {
        const comparison = aComparisonResult([row, lacking], { pairs: { planned: used, used } });
        return decide(findings({ mode: 'duet', comparison })).verdict;
      };
      expect(toldOf(8)).toMatchObject({
        reason: 'too-weak',
        detail: '8 pairs of time blocks are too few: with so few no slowdown is sure, however large it is',
        hint: 'Give the duet more time (`time-budget`): at least 12 pairs are needed.',
      });
      expect(toldOf(30)).toMatchObject({
        detail: 'GET /items had too few expected responses for a p95, so a slower tail would not have been seen',
        hint: 'Give the duet more time (`time-budget`), or the script a higher rate: 200 requests per endpoint and side are needed.',
      });
    });

    it('blames no endpoint that it does not look at', () => {
      const busy = aMeasuredRun({ 'GET /items': 1000, 'GET /rare': 60 });
      const rare = { subject: endpointSubject('GET /rare') };
      const comparison = aComparisonResult([
        aComparison({ minimumDetectableEffect: 2 }),
        aComparison({ ...rare, metric: 'p50' }),
        aComparison({ ...rare, verdict: 'not-compared', notComparedReason: 'too-few-requests' }),
      ]);
      expect(decide(findings({ record: busy, comparison })).verdict).toMatchObject({
        detail: 'a slowdown by half on the busiest endpoints would have been missed more often than found',
      });
    });

    const record = aMeasuredRun({ 'GET /busy': 1000, 'GET /second': 600, 'GET /rare': 100 });
    const seen = (endpoint: string, effect: number | undefined, metric = 'p95') => {
      const { minimumDetectableEffect: _, ...rest } = aComparison({ subject: endpointSubject(endpoint), metric });
      return effect === undefined ? rest : { ...rest, minimumDetectableEffect: effect };
    };
    const verdictOf = (...comparisons: ReturnType<typeof seen>[]) =>
      nameOf(decide(findings({ record, comparison: aComparisonResult(comparisons) })).verdict);

    it('looks at the busiest endpoints, not at the rare ones', () => {
      expect(verdictOf(seen('GET /busy', 0.3), seen('GET /second', 0.3), seen('GET /rare', 9))).toBe(
        'pass/nothing-found',
      );
      expect(verdictOf(seen('GET /busy', 0.9), seen('GET /second', 0.3), seen('GET /rare', 0.1))).toBe(
        'inconclusive/too-weak',
      );
    });

    it('stops at the endpoints that carry half of the requests', () => {
      const even = aMeasuredRun({ 'GET /a': 1000, 'GET /b': 900, 'GET /c': 900 });
      const rows = [seen('GET /a', 0.3), seen('GET /b', 0.9), seen('GET /c', 0.9)];
      const decided = decide(findings({ record: even, comparison: aComparisonResult(rows) }));
      // /a and /b carry 1900 of 2800; blind to 900 of them, which is less than half.
      expect(nameOf(decided.verdict)).toBe('pass/nothing-found');
    });

    it('counts an endpoint as seen where one of its quantiles sees the slowdown', () => {
      expect(verdictOf(seen('GET /busy', 5), seen('GET /busy', 0.2, 'p50'))).toBe('pass/nothing-found');
    });

    it('takes an unknown or unbounded effect for blind', () => {
      expect(verdictOf(seen('GET /busy', undefined))).toBe('inconclusive/too-weak');
      expect(verdictOf(seen('GET /busy', Number.POSITIVE_INFINITY))).toBe('inconclusive/too-weak');
    });

    it('draws the line where half of the builds find +50 %', () => {
      // exp(ln(1.5) / 0.8) - 1 = 0.66
      expect(verdictOf(seen('GET /busy', 0.65))).toBe('pass/nothing-found');
      expect(verdictOf(seen('GET /busy', 0.67))).toBe('inconclusive/too-weak');
    });
  });

  describe('judge-against: objective', () => {
    const verdictOf = (...comparisons: Parameters<typeof aComparisonResult>[0]) =>
      nameOf(decide(findings({ thresholds: objective, comparison: aComparisonResult(comparisons) })).verdict);

    it('fails a slowdown that ends beyond the objective', () => {
      expect(verdictOf(aRegression({ candidate: estimate(301) }))).toBe('fail/regressed');
    });

    it('forgives the median where p95 keeps the objective, and not where p95 was not measured', () => {
      const median = aRegression({ metric: 'p50' });
      expect(verdictOf(median, aComparison())).toBe('pass/within-objective');
      expect(verdictOf(median)).toBe('fail/regressed');
    });

    it('fails endpoints without objective, and errors always', () => {
      expect(verdictOf(aRegression({ subject: endpointSubject('POST /pay') }))).toBe('fail/regressed');
      expect(verdictOf(aRegression({ metric: 'errorRate' }))).toBe('fail/regressed');
    });

    it('forgives the common slowdown only when every compared endpoint keeps its objective', () => {
      const { baseline: _, candidate: __, ...common } = aRegression({ subject: allEndpoints });
      expect(verdictOf(common, aComparison())).toBe('pass/within-objective');
      expect(verdictOf(common, aComparison(), aComparison({ subject: endpointSubject('POST /pay') }))).toBe(
        'fail/regressed',
      );
    });
  });

  const anyRow = fc.constantFrom(...rows);
  const anyPolicy = fc.subarray<FailOn>(['regressed', 'k6-thresholds', 'inconclusive', 'no-baseline', 'invalid']);

  test.prop([anyRow, anyPolicy])('never lets a longer fail-on turn a red build green', ([, facts], failOn) => {
    const strictest: FailOn[] = ['regressed', 'k6-thresholds', 'inconclusive', 'no-baseline', 'invalid'];
    const exit = (policy: readonly FailOn[]) => decide(findings({ ...facts, failOn: policy })).outcome.exitCode;
    if (exit(failOn) !== 0) expect(exit(strictest)).not.toBe(0);
    expect(exit(['never'])).toBe(0);
  });
});

describe('decide on endpoints of which only some could be compared', () => {
  const gone = (count: number) =>
    Array.from({ length: count }, (_, j) =>
      aComparison({ subject: endpointSubject(`GET /gone/${j}`), verdict: 'not-compared', notComparedReason: 'gone' }),
    );
  const detailWith = (others: ReturnType<typeof gone>, verdict: 'not-regressed' | 'slower-within-margin') =>
    decide(findings({ comparison: aComparisonResult([aComparison({ verdict }), ...others]) })).verdict.detail;

  it('says how many of how many were compared', () => {
    expect(detailWith(gone(0), 'not-regressed')).toBe('1 endpoint shown to be not slower');
    expect(detailWith(gone(9), 'not-regressed')).toBe('1 of 10 endpoints shown to be not slower');
    expect(detailWith(gone(9), 'slower-within-margin')).toMatch(/inside the margins on 1 of 10 endpoints$/);
  });

  it('does not miss the endpoints that the configuration ignores', () => {
    const ignored = gone(9).map((row) => ({ ...row, notComparedReason: 'ignored' as const }));
    expect(detailWith(ignored, 'not-regressed')).toBe('1 endpoint shown to be not slower');
  });
});
