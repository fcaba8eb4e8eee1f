import { describe, expect, it } from 'vitest';
import { planDuetTest } from '../../src/core/comparison/paired/duet-plan.ts';
import { followDuet } from '../../src/core/comparison/paired/duet-test.ts';
import { pairBlocks } from '../../src/core/comparison/paired/paired-blocks.ts';
import { buildReport } from '../../src/core/report/model/report-model.ts';
import { renderJson } from '../../src/core/report/render/report-json.ts';
import { runHistories } from '../../src/core/report/trend/run-history.ts';
import type { EndpointSeries, RunRecord } from '../../src/core/run-record/run-record.ts';
import { endpointSubject } from '../../src/core/run-record/subject.ts';
import { LatencySketch } from '../../src/core/sketch/latency-sketch.ts';
import { seededRandom } from '../../src/core/stats/random.ts';
import type { EndpointRule } from '../../src/core/thresholds/thresholds.ts';
import { type Judged, judgePair, judgeRuns } from '../../src/gate/judge.ts';
import { readAs } from '../support/a-measured-run.ts';
import { slowed, someRuns } from '../support/a-steady-run.ts';
import { duetPairs, duetRecords } from '../support/paired-runs.ts';
import { someThresholds } from '../support/some-thresholds.ts';

const shape = { medianMs: 40, requests: 900 };
const runs = someRuns(6, { 'GET /a': shape, 'GET /b': shape, 'POST /cart': shape }, seededRandom('shop'));
const stored = runs.slice(0, 5);
const candidate = runs[5] as RunRecord;
const slow = slowed(candidate, 2, ['GET /a']);

/** Every request under one scenario. */
const inScenario = (run: RunRecord, scenario: string): RunRecord => ({
  ...run,
  endpoints: run.endpoints.map((series) => ({ ...series, scenario })),
});

/** One more request to `label`, made by another caller. */
function withStray(run: RunRecord, label: string, caller: Partial<EndpointSeries>): RunRecord {
  const blocks = [{ index: 3, latency: LatencySketch.of([70]), failedRequests: 0 }];
  return { ...run, endpoints: [...run.endpoints, { ...readAs(label), ...caller, outcomes: { '200': 1 }, blocks }] };
}

interface Facts {
  readonly record: RunRecord;
  readonly stored?: readonly RunRecord[];
  readonly rules?: readonly EndpointRule[];
}

function judge({ record, stored: window = stored, rules = [] }: Facts): Judged {
  const thresholds = someThresholds({ rules });
  const plan = { name: 'shop', mode: 'stored', thresholds, failOn: ['regressed'] } as const;
  return judgeRuns(plan, { record, stored: window, validity: { kind: 'valid', warnings: [] }, warnings: [] });
}

/** The rows that got worse, as people read them. */
const worse = ({ decided }: Judged) =>
  (decided.comparison?.comparisons ?? [])
    .filter(({ verdict }) => verdict === 'regressed')
    .map(({ subject, metric }) => `${'name' in subject ? subject.name : '(all)'} ${metric}`);

describe('a slowdown of one endpoint', () => {
  const strays: [string, (run: RunRecord) => RunRecord][] = [
    ['another scenario', (run) => withStray(inScenario(run, 'default'), 'GET /a', { scenario: 'warmer' })],
    ['another script', (run) => withStray(run, 'GET /a', { script: 'smoke.js' })],
    ['another method', (run) => withStray(run, 'HEAD /a', {})],
    ['another host', (run) => withStray(run, 'GET /a', { host: 'cdn.example' })],
  ];

  it.each(strays)('is found with a stray request of %s in the candidate', (_, stray) => {
    expect(worse(judge({ record: stray(slow) }))).toEqual(worse(judge({ record: slow })));
    expect(worse(judge({ record: slow }))).toEqual(['GET /a p50', 'GET /a p95']);
  });

  it.each(strays)('is found with a stray request of %s in one baseline run', (_, stray) => {
    const window = stored.map((run, i) => (i === 2 ? stray(run) : run));
    expect(worse(judge({ record: slow, stored: window }))).toEqual(['GET /a p50', 'GET /a p95']);
  });

  it.each(strays)('is found with a stray request of %s on one side of a duet', (_, stray) => {
    const sides = duetRecords(
      duetPairs({ endpoints: 3, pairs: 30, requestsPerBlock: 40, slowdown: (j) => (j === 0 ? 1.6 : 1), seed: 'pair' }),
    );
    const renamed = (run: RunRecord) => ({
      ...run,
      endpoints: run.endpoints.map((one) => (one.name === '/0' ? { ...one, ...readAs('GET /a') } : one)),
    });
    const [baseline, changed] = [renamed(sides.baseline), renamed(sides.candidate)];
    const paired = { placement: 'one-deployment', order: 'concurrent' } as const;
    const plan = { name: 'shop', thresholds: someThresholds(), failOn: ['regressed'] } as const;
    const found = worse(judgePair(plan, { baseline, candidate: stray(changed), targetWasReady: true, paired }));
    expect(found).toEqual(worse(judgePair(plan, { baseline, candidate: changed, targetWasReady: true, paired })));
    expect(found).toContain('GET /a p50');
  });

  it('is found where its scenario was renamed', () => {
    const window = stored.map((run) => inScenario(run, 'browse'));
    expect(worse(judge({ record: inScenario(slow, 'browse_v2'), stored: window }))).toEqual([
      'GET /a p50',
      'GET /a p95',
    ]);
  });

  it('is kept with its run as it was measured, not as it was labeled', () => {
    const record = withStray(inScenario(slow, 'default'), 'GET /a', { scenario: 'warmer' });
    expect(judge({ record }).asMeasured).toBe(record);
  });
});

describe('a duet that is followed', () => {
  it('finds after a stray request under way what it finds without it', () => {
    const sides = duetRecords(
      duetPairs({
        endpoints: 3,
        pairs: 20,
        requestsPerBlock: 40,
        slowdown: (j) => (j === 0 ? 1.6 : 1),
        seed: 'follow',
      }),
    );
    const { pairs } = pairBlocks(sides.baseline, sides.candidate);
    const strayed = pairBlocks(sides.baseline, withStray(sides.candidate, 'GET /0', { scenario: 'warmer' })).pairs;
    const plan = planDuetTest({
      ...{
        thresholds: someThresholds(),
        placement: 'one-deployment',
        order: 'concurrent',
        plannedPairs: 20,
        seed: 's',
      },
    });
    const [calm, disturbed] = [followDuet(plan), followDuet(plan)];
    for (let count = 1; count <= 20; count++) {
      const look = calm.look(pairs.slice(0, count));
      expect(disturbed.look((count < 4 ? pairs : strayed).slice(0, count))).toEqual(look);
    }
    expect(calm.look(pairs).decision).toBe('stop');
  });
});

describe('what is said of an endpoint', () => {
  const both = [...stored, slow].map((run) => {
    const half = inScenario(run, 'browse');
    return { ...half, endpoints: [...half.endpoints, ...inScenario(run, 'buy').endpoints] };
  });
  const record = both[5] as RunRecord;
  const ignore = (pattern: string): EndpointRule => ({ pattern, isIgnored: true });

  it.each([
    ['GET /a', []],
    ['get /a', []],
    ['GET GET /a', []],
    ['GET: /a', []],
    ['GET https://shop.example/a', []],
    ['GET /a*', []],
    ['GET /a [buy]', ['GET /a [browse] p50', 'GET /a [browse] p95']],
  ])('holds for it as %s', (pattern, left) => {
    const judged = judge({ record, stored: both.slice(0, 5), rules: [ignore(pattern)] });
    expect(worse(judged)).toEqual(left);
    expect(judged.warnings.join()).not.toContain('the configuration names');
  });

  it('holds under the label that it has beside other callers', () => {
    const alone = [...stored, slow].map((run) => inScenario(run, 'browse'));
    const judged = judge({
      record: alone[5] as RunRecord,
      stored: alone.slice(0, 5),
      rules: [ignore('GET /a [browse]')],
    });
    expect(worse(judged)).toEqual([]);
  });

  it('is told apart from what names nothing', () => {
    expect(judge({ record: slow, rules: [ignore('GET /a [buy]')] }).warnings).toContain(
      'the configuration names GET /a [buy], which is none of the endpoints (did you mean GET /a?)',
    );
  });

  it('excuses what was accepted while it had another label', () => {
    const figures = ['p50', 'p95'].map((metric) => ({
      subject: endpointSubject('GET GET /a'),
      metric,
      relativeChange: 1,
    }));
    const accepted = { by: 'a', reason: 'b', until: '2027-01-01', pullRequest: 7, figures };
    const level = { ...slow, id: 'accepted', startedAt: '2026-01-05T12:00:00.000Z', accepted };
    const window = [...stored, level];
    expect(judge({ record: slow, stored: window }).decided.verdict).toMatchObject({
      verdict: 'pass',
      reason: 'accepted',
    });
  });

  it('stays one line in the trend when its scenario is renamed and strays join it', () => {
    const months = stored.map((run, i) => inScenario(run, i < 3 ? 'browse' : 'browse_v2'));
    const strayed = months.map((run, i) => (i === 1 ? withStray(run, 'GET /a', { scenario: 'x' }) : run));
    const [history] = runHistories(strayed);
    expect(history?.endpoints.map(({ endpoint, points }) => [endpoint, points.length])).toEqual([
      ['GET /a', 5],
      ['GET /b', 5],
      ['POST /cart', 5],
      ['GET /a [x]', 1],
    ]);
  });
});

describe('many paths of few requests that differ in one place', () => {
  const paths = Array.from({ length: 30 }, (_, i) => `GET /blog/how-to-${String.fromCharCode(97 + (i % 26))}-${i}`);
  const rare = { ...shape, requests: 16 };
  const blog = someRuns(
    6,
    Object.fromEntries([['GET /about', shape], ...paths.map((path) => [path, rare])]),
    seededRandom('blog'),
  );
  const [latest, ...before] = blog as [RunRecord, ...RunRecord[]];

  it('are judged as one beside stored runs: a slowdown of all of them is found', () => {
    expect(worse(judge({ record: slowed(latest, 2, paths), stored: before }))).toContain('GET /blog/:name p95');
    expect(worse(judge({ record: latest, stored: before }))).toEqual([]);
  });

  it('stay apart where they have the requests to be judged by themselves', () => {
    const busy = someRuns(6, Object.fromEntries(paths.map((path) => [path, shape])), seededRandom('busy'));
    const [record, ...stored] = busy as [RunRecord, ...RunRecord[]];
    const path = paths[0] as string;
    expect(worse(judge({ record: slowed(record, 2, [path]), stored }))).toContain(`${path} p95`);
  });
});

describe('hosts', () => {
  const hosted = (run: RunRecord, host: string): RunRecord => ({
    ...run,
    endpoints: run.endpoints.map((series) => ({ ...series, host })),
  });

  it('of several that a raw file holds one is the target, which is said', () => {
    const record = withStray(hosted(slow, 'pr-2.example'), 'GET /login', { host: 'login.example' });
    const judged = judge({ record, stored: stored.map((run) => hosted(run, 'pr-1.example')) });
    expect(worse(judged)).toEqual(['GET /a p50', 'GET /a p95']);
    expect(judged.warnings).toContain(
      "requests went to 2 hosts: pr-2.example got most of them and is taken for the target, the names of the others' endpoints begin with their host (login.example); --target-url compares the target's alone",
    );
  });

  it('other than the target’s are left out of the comparison, which is said', () => {
    const elsewhere = (run: RunRecord): RunRecord => ({
      ...run,
      endpoints: run.endpoints.map((one) =>
        one.name === '/a' ? { ...one, name: 'cdn.example/a', otherHost: 'cdn.example' } : one,
      ),
    });
    const judged = judge({ record: elsewhere(slow), stored: stored.map(elsewhere) });
    const { comparisons } = renderedJson(judged);
    expect(comparisons.map(({ subject }) => subject)).not.toContainEqual(endpointSubject('GET cdn.example/a'));
    expect(judged.warnings).toContain("requests to cdn.example are not compared: they are not the target's");
  });
});

function renderedJson(judged: Judged) {
  return JSON.parse(renderJson(buildReport(judged))) as { comparisons: { subject: unknown }[] };
}
