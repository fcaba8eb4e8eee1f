import { type Row, slowRequestsIdentity } from '../../src/core/comparison/row.ts';
import { slowRequestsMargin } from '../../src/core/comparison/two-modes.ts';
import type { ReportFacts } from '../../src/core/report/model/report-facts.ts';
import { allEndpoints, endpointSubject, subjectLabel } from '../../src/core/run-record/subject.ts';
import { marginOf } from '../../src/core/thresholds/thresholds.ts';
import { aComparison, aRegression, estimate, metricSubject } from './a-comparison.ts';
import { aMeasuredRun } from './a-measured-run.ts';
import { givenScripts } from './given-scripts.ts';
import { failingCart, failingCheck, quiet, reportFacts, slowSearch, traffic, unchanged } from './report-cases.ts';
import { someThresholds } from './some-thresholds.ts';

const beside = aMeasuredRun(traffic, {
  provenance: { commit: '9f8e7d6c5b4a39281706f5e4d3c2b1a098765432', branch: 'main' },
});

/** Facts of a duet: one run beside the other instead of stored ones. */
function duetFacts(comparisons: readonly Row[], isStopped: boolean, facts: Partial<ReportFacts> = {}): ReportFacts {
  return reportFacts({
    mode: 'duet',
    comparisons,
    result: { pairs: { planned: 36, used: isStopped ? 14 : 36 }, stoppedEarly: isStopped },
    facts: { window: [beside], given: givenScripts(['load/browse.js']), ...facts },
  });
}

/** Better by about `change` (negative), surely. */
function improved(endpoint: string, change: number): Row {
  const relativeChange = { point: change, interval: [change - 0.05, change + 0.05], level: 0.95, n: 6 } as const;
  const candidate = estimate(100 * (1 + change));
  return aComparison({ subject: endpointSubject(endpoint), verdict: 'improved', relativeChange, candidate });
}

/** Slower by few milliseconds on an endpoint that few ask for. */
const tinySlowdowns = ['settings', 'about', 'legal', 'sitemap', 'health', 'version'].map((name, i) =>
  aRegression({ subject: endpointSubject(`GET /${name}`), baseline: estimate(20), candidate: estimate(26 + i / 10) }),
);

const basketSize = aComparison({
  subject: metricSubject('basket_size'),
  direction: 'down',
  verdict: 'regressed',
  baseline: estimate(4.2),
  candidate: estimate(3.1),
  relativeChange: { point: -0.26, interval: [-0.33, -0.19], level: 0.95, n: 6 },
  adjustedPValue: 0.002,
});

const commonPart = (({ baseline: _, candidate: __, ...rest }) => rest)(
  aRegression({
    subject: allEndpoints,
    relativeChange: { point: 0.18, interval: [0.13, 0.24], level: 0.95, n: 6 },
  }),
);

/** 60 endpoints of three areas, three slower, the rest as they were. */
const sixty = Array.from({ length: 60 }, (_, i) => {
  const endpoint = `${i % 3 === 0 ? 'POST' : 'GET'} /api/${['accounts', 'billing', 'catalogue'][i % 3]}/:id/items/${i}`;
  return i % 25 === 7
    ? [aRegression({ subject: endpointSubject(endpoint), candidate: estimate(152 + i) })]
    : unchanged(endpoint, 0.2 + i / 1000);
}).flat();

const withScripts = { given: givenScripts(['load/browse.js', "load/it's here.js"]) };

/** One endpoint counts for twenty, another has a margin of its own, and all margins are halved. */
const cachedCarts = endpointSubject('GET /carts/:id');
const aboutTwoModes =
  'two modes at 6 and 470 ms, between which p95 jumps though nothing changed: the share of requests above 68 ms is judged in its place';

const moreSlowCarts = [
  aComparison({
    subject: cachedCarts,
    verdict: 'not-compared',
    notComparedReason: 'two-modes',
    baseline: estimate(68),
    candidate: estimate(474),
    relativeChange: { point: 5.97, interval: [-0.4, 80], level: 0.95, n: 6 },
    warnings: [aboutTwoModes],
  }),
  aRegression({
    ...slowRequestsIdentity(cachedCarts),
    margin: { relative: slowRequestsMargin },
    baseline: estimate(0.051),
    candidate: estimate(0.142),
    relativeChange: { point: 0.091, interval: [0.062, 0.121], level: 0.95, n: 6 },
    warnings: [aboutTwoModes],
  }),
  aComparison({ subject: cachedCarts, metric: 'p50', baseline: estimate(6.1), candidate: estimate(6.16) }),
];

const weighted = someThresholds({
  sensitivity: 'sensitive',
  rules: [
    { pattern: 'POST /cart', weight: 20 },
    { pattern: 'GET /search', margins: { relativeIncrease: { p95: 0.2 } } },
  ],
});

/** Reports that people meet now and then. */
export const rareReportCases: Readonly<Record<string, ReportFacts>> = {
  'duet-fail-at-stop': duetFacts(
    [
      ...quiet.filter(({ subject }) => subjectLabel(subject) !== 'POST /cart'),
      ...slowSearch,
      failingCart,
      improved('GET /items/:id/related', -0.3),
      basketSize,
    ],
    true,
    { thresholds: someThresholds({ metrics: [{ metric: 'basket_size', unit: '', direction: 'down', margin: 0.1 }] }) },
  ),
  'duet-fail': duetFacts([...quiet, ...slowSearch], false),
  'duet-pass-at-stop': duetFacts(
    [
      ...['GET /items', 'GET /items/:id'].flatMap((endpoint) =>
        unchanged(endpoint, 0.1).map((row) => ({ ...row, verdict: 'not-regressed' as const })),
      ),
      improved('GET /search', -0.21),
    ],
    true,
  ),
  'duet-environments-differ': reportFacts({
    mode: 'duet',
    comparisons: quiet,
    result: { pairs: { planned: 36, used: 36 }, environmentsDiffer: true },
    facts: { window: [beside] },
  }),
  'duet-confirmed': duetFacts([...quiet, ...slowSearch], false, {
    story: [
      'A first look at 5 stored runs: GET /search looks slower (p95 +48 %).',
      'The duet that followed confirmed it.',
    ],
  }),
  'duet-acquitted': duetFacts(quiet, false, {
    story: [
      'A first look at 5 stored runs: GET /items looks slower (p95 +21 %).',
      'The duet that followed did not confirm it.',
    ],
  }),
  'fail-tiny-wins': reportFacts({
    comparisons: [...quiet, ...slowSearch, ...tinySlowdowns],
    record: aMeasuredRun({
      ...traffic,
      ...Object.fromEntries(tinySlowdowns.map(({ subject }) => [subjectLabel(subject), 40])),
    }),
  }),
  'fail-together': reportFacts({ comparisons: [...quiet, commonPart] }),
  'fail-with-reasons': duetFacts(
    [
      ...quiet,
      ...slowSearch,
      aRegression({ subject: endpointSubject('POST /cart'), baseline: estimate(90), candidate: estimate(121) }),
    ],
    false,
    {
      attributions: [
        {
          ...{ endpoint: 'GET /search', cause: 'more-calls', strength: 'shown', operation: 'db' },
          addedMs: { point: 56, interval: [51, 61], level: 0.95, n: 24 },
          share: { point: 0.89, interval: [0.78, 1], level: 0.95, n: 24 },
          evidence: [
            { source: 'outside', kind: 'alone', baseline: 41.2, candidate: 98.4, n: 24 },
            { source: 'outside', kind: 'timed', name: 'db', baseline: 24.2, candidate: 80.4, n: 24 },
            { source: 'outside', kind: 'timed-calls', name: 'db', baseline: 3, candidate: 13, n: 24 },
          ],
          mistakenFor: [],
        },
        {
          ...{ endpoint: 'POST /cart', cause: 'unknown', strength: 'likely' },
          addedMs: { point: 30, interval: [24, 36], level: 0.95, n: 36 },
          share: { point: 1, interval: [1, 1], level: 0.95, n: 36 },
          evidence: [
            { source: 'outside', kind: 'alone', baseline: 44, candidate: 45, n: 18 },
            { source: 'outside', kind: 'canary', baseline: 1.2, candidate: 1.3, n: 10 },
          ],
          mistakenFor: [],
        },
      ],
      dangers: [
        { endpoint: 'GET /items/:id', kind: 'personal-and-shared', seen: 2, of: 2, header: 'public, max-age=300' },
      ],
      inspectionNotes: ['WebSockets are not looked at: only HTTP requests are'],
    },
  ),
  'fail-two-modes': reportFacts({ comparisons: [...quiet, ...moreSlowCarts] }),
  'fail-weighted': reportFacts({
    comparisons: [
      ...quiet,
      ...slowSearch,
      aRegression({ subject: endpointSubject('POST /cart'), baseline: estimate(90), candidate: estimate(121) }),
    ].map((row) => ({ ...row, margin: marginOf(row.subject, row.metric, weighted) })),
    facts: { thresholds: weighted },
  }),
  'fail-metric': reportFacts({
    comparisons: [...quiet, basketSize, failingCheck],
    facts: {
      thresholds: someThresholds({ metrics: [{ metric: 'basket_size', unit: '', direction: 'down', margin: 0.1 }] }),
    },
  }),
  'fail-many-warnings': reportFacts({
    comparisons: [...quiet, ...slowSearch],
    facts: {
      warnings: Array.from({ length: 9 }, (_, i) => `rule ${i + 1} names an endpoint that neither side has`),
      ...withScripts,
    },
  }),
  'fail-sixty-endpoints': reportFacts({ comparisons: sixty, facts: withScripts }),
  'fail-from-files': withoutStore(
    reportFacts({
      comparisons: [...quiet, ...slowSearch],
      record: aMeasuredRun(traffic, { provenance: { source: '/data/k6/candidate.csv.gz' } }),
      facts: { window: [aMeasuredRun(traffic, { provenance: { source: '/data/k6/base-1.csv.gz' } })] },
    }),
  ),
  'fail-beside-thresholds': reportFacts({
    comparisons: [...quiet, ...slowSearch],
    failOn: ['k6-thresholds'],
    record: aMeasuredRun(traffic, {
      exit: { class: 'ran', code: 99, crossedThresholds: ['http_req_duration: p(95)<200'], thrownIterations: 0 },
    }),
  }),
  'pass-accepted': withVerdict(reportFacts({ comparisons: [...quiet, ...slowSearch] }), {
    verdict: 'pass',
    reason: 'accepted',
    detail: 'GET /search p95 and 1 more beyond the margins; accepted by the-reviewer until 2026-12-25: bigger index',
  }),
  'pass-within-objective': reportFacts({
    comparisons: [...quiet, ...slowSearch],
    facts: {
      thresholds: someThresholds({
        judgeAgainst: 'objective',
        rules: [{ pattern: 'GET /search', objective: { quantile: 'p95', limitMs: 300 } }],
      }),
    },
  }),
  'pass-with-improvements': reportFacts({
    comparisons: [...quiet, improved('GET /search', -0.42), improved('POST /cart', -0.12)],
  }),
  'inconclusive-unsettled': reportFacts({
    comparisons: [...quiet, ...slowSearch],
    unsettled:
      'GET /search p95 120 → 183 ms (+52 %) looks worse, and it could not be settled: the baseline side is gone',
  }),
  'inconclusive-no-access': withVerdict(reportFacts({ stored: 0 }), {
    verdict: 'inconclusive',
    reason: 'no-access',
    detail: 'the bypass header is a secret that this run is not given',
    hint: 'Somebody with write permission can run the workflow on this branch.',
  }),
  'inconclusive-fails': reportFacts({
    comparisons: [...unchanged('GET /items', 2.1), ...unchanged('GET /items/:id', 1.8)],
    failOn: ['regressed', 'inconclusive'],
  }),
  'invalid-nothing-measured': nothingMeasured(['regressed', 'k6-thresholds', 'invalid']),
  'invalid-not-enforced': nothingMeasured(['regressed']),
  'no-baseline-files': withoutStore(reportFacts({ stored: 2 })),
  'no-baseline-fails': reportFacts({ stored: 1, failOn: ['regressed', 'no-baseline'], facts: withScripts }),
  'not-stored': reportFacts({
    comparisons: quiet,
    mode: 'record',
    facts: { storeFailure: 'the branch tailgate-baselines could not be written: 403' },
  }),
};

function withoutStore({ storeLabel: _, ...facts }: ReportFacts): ReportFacts {
  return facts;
}

function withVerdict(facts: ReportFacts, verdict: ReportFacts['decided']['verdict']): ReportFacts {
  const isPass = verdict.verdict === 'pass';
  const outcome = { exitCode: 0, conclusion: isPass ? 'success' : 'neutral' } as const;
  return { ...facts, decided: { ...facts.decided, verdict, outcome } };
}

function nothingMeasured(failOn: ReportFacts['failOn']): ReportFacts {
  const { record: _, ...facts } = reportFacts({
    failOn,
    validity: {
      kind: 'invalid',
      reason: 'target-not-ready',
      detail: 'https://preview.example/health answered 502 for 120 s, wanted 200',
      hint: 'See the log of the deployment, or give it more time with `wait-timeout`.',
    },
  });
  return { ...facts, window: [] };
}
