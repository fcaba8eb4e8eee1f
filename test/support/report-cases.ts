import type { ComparisonResult } from '../../src/core/comparison/comparison-result.ts';
import type { Row } from '../../src/core/comparison/row.ts';
import type { ReportFacts } from '../../src/core/report/model/report-facts.ts';
import type { RunRecord } from '../../src/core/run-record/run-record.ts';
import { allEndpoints, endpointSubject, subjectLabel } from '../../src/core/run-record/subject.ts';
import type { Validity } from '../../src/core/validity/validity.ts';
import type { FailOn, JudgingMode } from '../../src/core/verdict/build-verdict.ts';
import { decide } from '../../src/core/verdict/decide.ts';
import { aComparison, aComparisonResult, aRegression, checkSubject, estimate } from './a-comparison.ts';
import { aMeasuredRun } from './a-measured-run.ts';
import { someThresholds } from './some-thresholds.ts';

export const traffic = {
  'GET /items': 3000,
  'GET /items/:id': 2000,
  'GET /search': 1200,
  'POST /cart': 800,
  'GET /report': 120,
};

/** `count` stored runs of the default branch, one a day, the newest two hours before the candidate. */
function storedRuns(count: number): RunRecord[] {
  return Array.from({ length: count }, (_, i) => {
    const startedAt = new Date(Date.UTC(2026, 10, 25, 8) - (count - 1 - i) * 86_400_000).toISOString();
    const provenance = { commit: `${i + 1}f8e7d6c5b4a39281706f5e4d3c2b1a098765432`, branch: 'main' };
    return aMeasuredRun(traffic, { id: `${startedAt}-b${i}`, startedAt, provenance });
  });
}

interface CaseOptions {
  readonly comparisons?: readonly Row[];
  readonly result?: Partial<ComparisonResult>;
  readonly validity?: Validity;
  readonly record?: RunRecord;
  readonly stored?: number;
  readonly failOn?: readonly FailOn[];
  readonly mode?: JudgingMode;
  /** Why a suspicion could not be settled. */
  readonly unsettled?: string;
  readonly facts?: Partial<ReportFacts>;
}

/** The facts of a report, decided as the gate decides. */
export function reportFacts(options: CaseOptions): ReportFacts {
  const record = options.record ?? aMeasuredRun(traffic);
  const comparison = options.comparisons && aComparisonResult(options.comparisons, options.result);
  const window = storedRuns(options.stored ?? 5);
  const settings = {
    mode: options.mode ?? 'stored',
    failOn: options.failOn ?? (['regressed', 'k6-thresholds', 'invalid'] as const),
    thresholds: options.facts?.thresholds ?? someThresholds(),
  };
  const decided = decide({
    ...settings,
    validity: options.validity ?? { kind: 'valid', warnings: [] },
    record,
    baselineRuns: window.length,
    ...(comparison === undefined ? {} : { comparison }),
    ...(options.unsettled !== undefined && { unsettled: options.unsettled }),
  });
  return {
    ...settings,
    name: 'shop',
    decided,
    record,
    window,
    excluded: [],
    storeLabel: 'dir:baselines',
    warnings: [],
    ...options.facts,
  };
}

export function unchanged(endpoint: string, effect: number): Row[] {
  const subject = endpointSubject(endpoint);
  return [
    aComparison({ subject, metric: 'p50', minimumDetectableEffect: effect / 2, verdict: 'not-regressed' }),
    aComparison({ subject, minimumDetectableEffect: effect }),
    aComparison({
      subject,
      metric: 'errorRate',
      verdict: 'not-regressed',
      baseline: estimate(0.001),
      candidate: estimate(0.001),
      relativeChange: { point: 0, interval: [-0.001, 0.001], level: 0.95, n: 6 },
    }),
  ];
}

export const quiet = [
  ...unchanged('GET /items', 0.23),
  ...unchanged('GET /items/:id', 0.19),
  ...unchanged('POST /cart', 0.42),
  aComparison({
    subject: endpointSubject('GET /report'),
    verdict: 'not-compared',
    notComparedReason: 'too-few-requests',
  }),
];

export const slowSearch = [
  aRegression({ subject: endpointSubject('GET /search'), baseline: estimate(120.4), candidate: estimate(183.2) }),
  aRegression({
    subject: endpointSubject('GET /search'),
    metric: 'p50',
    relativeChange: { point: 0.33, interval: [0.25, 0.41], level: 0.95, n: 6 },
    adjustedPValue: 0.004,
    baseline: estimate(41.2),
    candidate: estimate(54.8),
  }),
];

export const failingCart = aRegression({
  subject: endpointSubject('POST /cart'),
  metric: 'errorRate',
  baseline: estimate(0.0012),
  candidate: estimate(0.042),
  relativeChange: { point: 0.0408, interval: [0.031, 0.055], level: 0.95, n: 4000 },
});

/** As often as `failingCart`. */
export const failingCheck = {
  ...failingCart,
  subject: checkSubject('cart has items'),
  metric: 'checkFailureRate',
} as const satisfies Row;

const crossed = aMeasuredRun(traffic, {
  exit: { class: 'ran', code: 99, crossedThresholds: ['http_req_duration: p(95)<200'], thrownIterations: 0 },
});

const hostileNames = [
  'GET /a|b|c',
  'GET /`code` ``more``',
  '@octocat fixes #123 and GH-7',
  '<img src=x onerror=alert(1)>',
  '<!-- tailgate:marker -->',
  '[click](https://evil.example/?a=b) http://evil.example www.evil.example me@evil.example',
  '::error file=a.js::injected\n::set-output name=verdict::pass',
  'GET /\u001b[31mred\u202Eesrever\u0000',
  '| --- |\n\n# heading\n- item',
  'GET /🛒/naïve/日本語',
  `GET /${'long/'.repeat(2000)}`,
  '\\',
  '   ',
];

/** The kinds of report that people meet most; the golden files show what they read, as of those in `rare-report-cases.ts`. */
export const reportCases: Readonly<Record<string, ReportFacts>> = {
  'pass-nothing-found': reportFacts({
    comparisons: quiet,
    result: {
      suspects: [{ subject: endpointSubject('POST /cart'), metric: 'p95', relativeChange: 0.17, alphas: 2, needed: 2 }],
    },
    facts: { warnings: ['cpu differs: candidate EPYC 9V74, baseline EPYC 7763'] },
  }),
  'pass-shown': reportFacts({
    comparisons: quiet.map((row) => (row.verdict === 'inconclusive' ? { ...row, verdict: 'not-regressed' } : row)),
  }),
  'pass-within-margin': reportFacts({
    comparisons: [
      ...quiet,
      aComparison({
        subject: endpointSubject('GET /search'),
        verdict: 'slower-within-margin',
        relativeChange: { point: 0.06, interval: [0.03, 0.09], level: 0.95, n: 6 },
      }),
    ],
  }),
  'fail-regressed': reportFacts({
    comparisons: [
      ...quiet,
      ...slowSearch,
      aComparison({ subject: endpointSubject('GET /export'), verdict: 'not-compared', notComparedReason: 'new' }),
      aComparison({ subject: endpointSubject('GET /legacy'), verdict: 'not-compared', notComparedReason: 'gone' }),
    ],
  }),
  'fail-errors': reportFacts({
    comparisons: [
      ...quiet.filter(({ subject }) => subjectLabel(subject) !== 'POST /cart'),
      ...slowSearch,
      failingCart,
      failingCheck,
    ],
  }),
  'fail-many': reportFacts({
    comparisons: [
      ...['a', 'b', 'c', 'd', 'e', 'f', 'g'].map((name, i) =>
        aRegression({ subject: endpointSubject(`GET /${name}`), candidate: estimate(120 + i) }),
      ),
      (({ baseline: _, candidate: __, ...rest }) => rest)(
        aRegression({ subject: allEndpoints, candidate: estimate(123) }),
      ),
    ],
  }),
  'fail-not-enforced': reportFacts({ comparisons: [...quiet, ...slowSearch], failOn: ['never'] }),
  'fail-k6-thresholds': reportFacts({ comparisons: quiet, record: crossed }),
  'fail-all-failed': reportFacts({
    validity: { kind: 'all-failed', detail: 'all 7120 requests failed (7120 × status 503)' },
  }),
  invalid: reportFacts({
    validity: {
      kind: 'invalid',
      reason: 'generator-saturated',
      detail: 'k6 used 97 % of the CPU of the machine that makes the load',
      hint: 'Lower the rate, or use a larger runner.',
    },
  }),
  'no-baseline-run-1': reportFacts({ stored: 0, mode: 'record' }),
  'no-baseline-run-2': reportFacts({
    stored: 1,
    facts: {
      excluded: [{ id: 'x', reason: 'its load is browse: constant-vus 5, of this run browse: constant-vus 10' }],
    },
  }),
  'inconclusive-too-weak': reportFacts({
    comparisons: [...unchanged('GET /items', 2.1), ...unchanged('GET /items/:id', 1.8)],
  }),
  'inconclusive-nothing-judged': reportFacts({
    comparisons: [
      aComparison({
        verdict: 'not-compared',
        notComparedReason: 'too-few-requests',
        warnings: ['p95 needs 200 expected responses per run on both sides; the candidate has 70'],
      }),
    ],
  }),
  recorded: reportFacts({ comparisons: quiet, mode: 'record' }),
  'recorded-quarantined': reportFacts({ comparisons: [...quiet, ...slowSearch], mode: 'record' }),
  'hostile-names': reportFacts({
    comparisons: hostileNames.map((name, i) =>
      aRegression({ subject: endpointSubject(name), candidate: estimate(190 - i) }),
    ),
    facts: { warnings: hostileNames, storeLabel: 'dir:`x`|<b>' },
  }),
};
