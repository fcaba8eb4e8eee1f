import { buildReport, type Report } from '../../src/core/report/model/report-model.ts';
import type { RunRecord } from '../../src/core/run-record/run-record.ts';
import { type Random, randomNormal, seededRandom } from '../../src/core/stats/random.ts';
import { judgePair, judgeRuns } from '../../src/gate/judge.ts';
import { aLifelikeRun } from './a-lifelike-run.ts';
import { reportCases } from './report-cases.ts';
import { someThresholds } from './some-thresholds.ts';

const plan = {
  name: 'shop',
  thresholds: someThresholds(),
  failOn: ['regressed', 'k6-thresholds', 'invalid'] as const,
};

const shop = {
  'GET /products': 42,
  'GET /products/:id': 28,
  'GET /search': 120,
  'POST /login': 95,
  'GET /carts/:id': 18,
  'POST /carts/:id/items': 33,
  'POST /checkout': 210,
  'GET /users/:id/orders': 64,
  'GET /reports/sales': 480,
  'GET /products/:id/recommendations': 75,
};

/** Stored runs, one a day, oldest first. */
function storedRuns(
  count: number,
  endpoints: Readonly<Record<string, number>>,
  random: Random,
  options: { readonly blocks: number; readonly requestsPerBlock: number; readonly level?: (run: number) => number },
): RunRecord[] {
  return Array.from({ length: count }, (_, run) => {
    const startedAt = new Date(Date.UTC(2026, 10, 24, 8) - (count - 1 - run) * 86_400_000).toISOString();
    const level = (options.level?.(run) ?? 1) * Math.exp(0.015 * randomNormal(random));
    const provenance = { commit: `${(0xa0b1c2d + run * 7919).toString(16)}5c4b3a29180716253443526170`, branch: 'main' };
    return aLifelikeRun(
      { endpoints, random, ...options, slowness: () => level },
      { id: `${startedAt}-s${run}`, startedAt, provenance },
    );
  });
}

/** One endpoint slower, one faster, one failing more; the baseline got slower a week ago and had one red run. */
function regressed(): Report {
  const random = seededRandom('page: regressed');
  const options = { blocks: 24, requestsPerBlock: 50 };
  const stored = storedRuns(18, shop, random, { ...options, level: (run) => (run < 8 ? 0.85 : run === 14 ? 1.3 : 1) });
  const withRedRun = stored.map((record, run) =>
    run === 14 ? { ...record, quarantined: { reason: '30 % slower than the runs before' } } : record,
  );
  const record = aLifelikeRun({
    endpoints: shop,
    random,
    ...options,
    slowness: (endpoint, block) =>
      (endpoint === 'GET /search' ? 1.55 : endpoint === 'POST /login' ? 0.7 : 1) * (block === 17 ? 1.7 : 1),
    failures: (endpoint, block) => (endpoint === 'POST /checkout' && block > 12 ? 0.12 : 0),
  });
  const judged = judgeRuns(
    { ...plan, mode: 'stored' },
    {
      record,
      stored: withRedRun,
      storeLabel: 'branch:tailgate-baselines',
      validity: { kind: 'valid', warnings: [] },
      warnings: ['the runner image differs: this run ubuntu-24.04.3, baseline runs ubuntu-24.04.2'],
    },
  );
  return buildReport(judged);
}

/** Two sides at once: one endpoint slower, the candidate stalls for two blocks and drifts. */
function duet(): Report {
  const random = seededRandom('page: duet');
  const options = { endpoints: shop, blocks: 36, requestsPerBlock: 40, random };
  const baseline = aLifelikeRun(options, {
    id: '2026-11-25T10:00:00Z-b',
    provenance: { commit: '9f8e7d6c5b4a', branch: 'main' },
  });
  const candidate = aLifelikeRun({
    ...options,
    slowness: (endpoint, block) => (endpoint === 'GET /carts/:id' ? 1.6 : 1) * (1 + 0.006 * block),
    failures: (_, block) => (block === 20 ? 0.3 : 0),
    presence: (block) => (block === 21 ? 0 : block === 22 ? 0.2 : 1),
  });
  const paired = { placement: 'one-host', order: 'concurrent' } as const;
  return buildReport(judgePair(plan, { baseline, candidate, targetWasReady: true, paired }));
}

/** As many endpoints as a large service has, with long names, and a long history. */
function fifty(): Report {
  const random = seededRandom('page: fifty');
  const areas = ['accounts', 'billing', 'catalogue', 'deliveries', 'entitlements'];
  const names = Array.from(
    { length: 50 },
    (_, i) => `${i % 3 === 0 ? 'POST' : 'GET'} /api/v2/${areas[i % 5]}/:id/subresources/${i}/with-a-rather-long-name`,
  );
  const endpoints = Object.fromEntries(names.map((name, i) => [name, 20 + 9 * i]));
  const options = { blocks: 24, requestsPerBlock: 12 };
  const stored = storedRuns(30, endpoints, random, options);
  const record = aLifelikeRun({
    endpoints,
    random,
    ...options,
    slowness: (endpoint) => (endpoint === names[7] || endpoint === names[31] ? 1.8 : 1),
  });
  const judged = judgeRuns(
    { ...plan, mode: 'stored' },
    { record, stored, storeLabel: 'dir:baselines', validity: { kind: 'valid', warnings: [] }, warnings: [] },
  );
  return buildReport(judged);
}

/** A service of one endpoint where nothing happened. */
function one(): Report {
  const random = seededRandom('page: one');
  const endpoints = { 'GET /health': 12 };
  const options = { blocks: 12, requestsPerBlock: 60 };
  const judged = judgeRuns(
    { ...plan, mode: 'stored' },
    {
      record: aLifelikeRun({ endpoints, random, ...options }),
      stored: storedRuns(10, endpoints, random, options),
      storeLabel: 'dir:baselines',
      validity: { kind: 'valid', warnings: [] },
      warnings: [],
    },
  );
  return buildReport(judged);
}

const reportOf = (name: string) => () => buildReport(reportCases[name] as (typeof reportCases)[string]);

/** The situations in which a page has to be read; each is built when it is wanted. */
export const pageCases: Readonly<Record<string, () => Report>> = {
  regressed,
  duet,
  fifty,
  one,
  invalid: reportOf('invalid'),
  'no-baseline': reportOf('no-baseline-run-2'),
  inconclusive: reportOf('inconclusive-too-weak'),
  'hostile-names': reportOf('hostile-names'),
};
