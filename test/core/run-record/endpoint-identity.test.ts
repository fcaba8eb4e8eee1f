import { describe, expect, it } from 'vitest';
import {
  findTarget,
  hostsOf,
  labelTogether,
  otherLabels,
  withTarget,
} from '../../../src/core/run-record/endpoint-identity.ts';
import { type RunRecord, requestsOf } from '../../../src/core/run-record/run-record.ts';
import { decodeRunRecord, encodeRunRecord } from '../../../src/core/run-record/run-record-codec.ts';
import type { RequestSample } from '../../../src/core/run-record/sample.ts';
import { aRequest, collected } from '../../support/some-samples.ts';

type Requests = readonly [count: number, request: Partial<RequestSample>];

/** The record of so many requests of each kind. */
function runOf(...kinds: readonly Requests[]): RunRecord {
  return collected(kinds.flatMap(([count, request]) => Array.from({ length: count }, () => aRequest(request))));
}

/** Per run the labels with their requests, all runs labeled at once. */
function labeled(...runs: readonly RunRecord[]): Record<string, number>[] {
  return labelTogether(runs).map(({ endpoints }) =>
    Object.fromEntries(endpoints.map((series) => [series.endpoint, requestsOf(series)])),
  );
}

const a = (count: number, scenario = 'default', overrides: Partial<RequestSample> = {}): Requests => [
  count,
  { name: 'http://shop.example/a', scenario, ...overrides },
];
const get = (name: string, overrides: Partial<RequestSample> = {}) => ({ name, ...overrides });

describe('labelTogether', () => {
  it('knows an endpoint again beside a stray request of another scenario, on either side', () => {
    const [plain, stray] = [runOf(a(100)), runOf(a(100), a(1, 'warmer'))];
    expect(labeled(stray, plain)).toEqual([{ 'GET /a': 100, 'GET /a [warmer]': 1 }, { 'GET /a': 100 }]);
    expect(labeled(plain, stray)).toEqual([{ 'GET /a': 100 }, { 'GET /a': 100, 'GET /a [warmer]': 1 }]);
  });

  it('gives both callers their scenario where each has more than a few requests, in every run of the set', () => {
    expect(labeled(runOf(a(60), a(40, 'buy')), runOf(a(100)))).toEqual([
      { 'GET /a [default]': 60, 'GET /a [buy]': 40 },
      { 'GET /a [default]': 100 },
    ]);
  });

  it('takes a renamed scenario for the same, also where strays stand beside it', () => {
    expect(
      labeled(runOf(a(100, 'browse_v2'), a(1, 'x')), runOf(a(90, 'browse')), runOf(a(80, 'browse'), a(1, 'y'))),
    ).toEqual([{ 'GET /a': 100, 'GET /a [x]': 1 }, { 'GET /a': 90 }, { 'GET /a': 80, 'GET /a [y]': 1 }]);
  });

  it('matches what an old record has without a scenario', () => {
    const [old, now] = [runOf([50, { name: 'http://shop.example/a' }]), runOf(a(60))];
    const { scenario: _, ...without } = old.endpoints[0] as (typeof old.endpoints)[number];
    expect(labeled(now, { ...old, endpoints: [without] })).toEqual([{ 'GET /a': 60 }, { 'GET /a': 50 }]);
  });

  it('leaves open which of two new scenarios an old one was', () => {
    expect(labeled(runOf(a(50, 'search'), a(50, 'buy')), runOf(a(100, 'all')))).toEqual([
      { 'GET /a [buy]': 50, 'GET /a [search]': 50 },
      { 'GET /a [all]': 100 },
    ]);
  });

  it('gives the script where several scripts call one endpoint, and matches it whatever another method does', () => {
    const script = (name: string) => ({ script: name });
    const [both, one] = [
      runOf(a(50, 'default', script('a.js')), a(50, 'default', script('b.js')), a(9, 'default', { method: 'HEAD' })),
      runOf(a(50, 'default', script('a.js'))),
    ];
    expect(labeled(both, one)).toEqual([
      { 'GET /a [a.js]': 50, 'GET /a [b.js]': 50, 'HEAD /a': 9 },
      { 'GET /a [a.js]': 50 },
    ]);
  });

  it('hands back the very runs whose labels are right already', () => {
    const runs = [runOf(a(100)), runOf(a(90))];
    labelTogether(runs).forEach((run, i) => {
      expect(run).toBe(runs[i]);
    });
  });

  it('judges the same 200 endpoints on both sides though each side was busiest on others', () => {
    const sideOf = (busy: number) =>
      runOf(
        ...Array.from(
          { length: 300 },
          (_, i): Requests => [i % 3 === busy ? 4 : 3, get(`page ${i}`, { isNamed: true })],
        ),
      );
    const [x, y] = labeled(sideOf(0), sideOf(1));
    expect(Object.keys(x ?? {})).toHaveLength(201);
    expect(Object.keys(x ?? {})).toEqual(Object.keys(y ?? {}));
    expect([x, y].map((side) => Object.values(side ?? {}).reduce((sum, n) => sum + n, 0))).toEqual([1000, 1000]);
  });

  it('calls nothing new or gone that the other side may have joined as "other"', () => {
    const sideOf = (from: number) =>
      runOf(
        ...Array.from(
          { length: 500 },
          (_, i): Requests => [(i + from) % 500 < 400 ? 4 : 2, get(`page ${i}`, { isNamed: true })],
        ),
      );
    const [x, y] = labeled(sideOf(0), sideOf(250));
    expect(Object.keys(x ?? {})).toEqual(Object.keys(y ?? {}));
  });
});

describe('hosts of a raw file', () => {
  const shop = (host: string, login: string, requests = 100): RunRecord =>
    runOf(
      [requests, get(`https://${host}/health`)],
      [requests, get(`https://${host}/items/1`)],
      [requests, get(`https://${login}/health`)],
      [5, get('https://cdn.example/x.js')],
    );

  it('keep equal paths apart, and previews of other names match', () => {
    const runs = [shop('pr-13.example', 'login-pr-13.example'), shop('pr-12.example', 'login-pr-12.example', 80)];
    const labels = ['GET /health', 'GET /items/:id', 'GET cdn.example/x.js', 'GET login-pr-13.example/health'];
    expect(labeled(...runs).map((run) => Object.keys(run))).toEqual([labels, labels]);
    expect(hostsOf(runs)).toEqual({ target: 'pr-13.example', others: ['cdn.example', 'login-pr-13.example'] });
  });

  it.each([
    ['feature-x.shop.example', 'main.shop.example'],
    ['10.0.0.7:8080', 'localhost:3000'],
  ])('match where all that changed is the one host, %s beside %s', (now, before) => {
    const sideOf = (host: string) => runOf([50, get(`http://${host}/a`)], [50, get(`http://${host}/b/`)]);
    expect(labeled(sideOf(now), sideOf(before)).map((run) => Object.keys(run))).toEqual([
      ['GET /a', 'GET /b/'],
      ['GET /a', 'GET /b/'],
    ]);
  });

  it('match as the busiest of either side though most of the endpoints are new', () => {
    const sideOf = (host: string, other: string, paths: readonly string[]) =>
      runOf(...paths.map((path): Requests => [50, get(`https://${host}/${path}`)]), [5, get(`https://${other}/x.js`)]);
    const now = sideOf('blue.example', 'cdn.example', ['a', 'k', 'l', 'm', 'n']);
    expect(labeled(now, sideOf('green.example', 'cdn.example', ['a', 'b'])).map((run) => run['GET /a'])).toEqual([
      50, 50,
    ]);
  });

  it('do not change with a stray request to another one', () => {
    const stray = runOf([50, get('http://pr-2.example/a')], [1, get('http://cdn.example/a')]);
    expect(labeled(stray, runOf([50, get('http://pr-1.example/a')]))).toEqual([
      { 'GET /a': 50, 'GET cdn.example/a': 1 },
      { 'GET /a': 50 },
    ]);
  });

  it('are the same in capitals, with the usual port and behind a name of the script', () => {
    const urls = [
      'HTTP://SHOP.example:80/a',
      'http://shop.example/a?',
      'http://shop.example/a#top',
      'GET http://shop.example/a',
    ];
    const named = urls.map((name): Requests => [1, get(name, { isNamed: name.startsWith('GET') })]);
    expect(labeled(runOf(...named))).toEqual([{ 'GET /a': 4 }]);
  });

  it('count as the target where it is told, and all others as other hosts', () => {
    const run = withTarget(shop('shop.example', 'login.example'), ['shop.example']);
    expect(run.endpoints.map(({ endpoint, otherHost }) => [endpoint, otherHost])).toEqual([
      ['GET /health', undefined],
      ['GET /items/:id', undefined],
      ['GET cdn.example/x.js', 'cdn.example'],
      ['GET login.example/health', 'login.example'],
    ]);
  });

  it.each([
    [['login.example'], 'login.example'],
    [['login-pr-7.example'], 'login-pr-13.example'],
    [['elsewhere.example'], 'pr-13.example'],
  ])('tell the target by name, by likeness, or by being the busiest: %s', (wanted, target) => {
    const run = shop('pr-13.example', wanted[0] === 'login.example' ? 'login.example' : 'login-pr-13.example');
    expect(findTarget(run, wanted)).toBe(target);
    expect(findTarget(withTarget(run, [target]), wanted)).toBeUndefined();
  });
});

describe('names that begin with the method', () => {
  it.each([
    'POST /checkout',
    'post /checkout',
    'POST: /checkout',
    '[POST] /checkout',
    'POST - /checkout',
    'POST/checkout',
    'POST_/checkout',
    'POST https://shop.example/checkout?x=1',
  ])('get no second one: %s', (name) => {
    expect(labeled(runOf([1, { method: 'POST', name, isNamed: true }]))).toEqual([{ 'POST /checkout': 1 }]);
  });

  it('keep one that is not the method of the request, as after a redirect', () => {
    expect(labeled(runOf([1, { method: 'GET', name: 'POST /checkout', isNamed: true }]))).toEqual([
      { 'GET POST /checkout': 1 },
    ]);
  });

  it('lose it in records of before, which meet new ones and the same path without a name', () => {
    const now = runOf([3, { method: 'POST', name: 'http://shop.example/checkout' }]);
    const [series] = now.endpoints as [(typeof now.endpoints)[number]];
    const { host: _, ...doubled } = { ...series, endpoint: 'POST POST /checkout', name: 'POST /checkout' };
    const old = decodeRunRecord(encodeRunRecord({ ...now, endpoints: [series, doubled] }), 'old');
    expect(labeled(now, old)).toEqual([{ 'POST /checkout': 3 }, { 'POST /checkout': 6 }]);
  });
});

describe('otherLabels', () => {
  it('tells the labels of an endpoint beside other callers and in other runs', () => {
    const runs = labelTogether([runOf(a(100, 'browse_v2')), runOf(a(100, 'browse'))]);
    expect(otherLabels(runs).get('GET /a')).toEqual(
      expect.arrayContaining(['GET /a', 'GET /a [browse_v2]', 'GET /a [browse]']),
    );
  });
});
