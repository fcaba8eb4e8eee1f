import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { RunCollector } from '../../../src/core/run-record/collect-run.ts';
import { requestsOf } from '../../../src/core/run-record/run-record.ts';
import { aRequest, blockCounts, collected, endpointNames, plainFacts, runStartMs } from '../../support/some-samples.ts';

const at = (seconds: number) => ({ endedAtMs: runStartMs + seconds * 1000 });

describe('RunCollector', () => {
  it('puts a request into the block in which it ended', () => {
    const record = collected([aRequest(at(4.999)), aRequest(at(5)), aRequest(at(11))]);
    expect(blockCounts(record.endpoints[0])).toEqual([
      [0, 1, 0],
      [1, 1, 0],
      [2, 1, 0],
    ]);
    expect(record.durationMs).toBe(11_000);
  });

  it('starts time at the start of the first request, even if another one ends earlier', () => {
    const collector = new RunCollector({ warmUpMs: 0 });
    collector.add(aRequest({ ...at(1), durationMs: 200 }));
    collector.add(aRequest({ ...at(1.5), durationMs: 1500 }));
    expect(collector.finish(plainFacts).startedAt).toBe('2026-11-25T12:00:00.000Z');
  });

  it('counts warm-up requests without putting them into a block', () => {
    const record = collected([aRequest(at(1)), aRequest(at(9.9)), aRequest(at(10)), aRequest(at(16))], {
      warmUpMs: 10_000,
    });
    expect(blockCounts(record.endpoints[0])).toEqual([
      [0, 1, 0],
      [1, 1, 0],
    ]);
    expect(record.requestsOutsideBlocks).toEqual({ warmUp: 2, setupAndTeardown: 0 });
    expect(record.endpoints[0]?.outcomes).toEqual({ '200': 2 });
  });

  it.each([
    [20, 0],
    [60, 5000],
    [100, 10_000],
    [600, 10_000],
  ])('takes of a run of %d s %d ms for warm-up when left to itself', (seconds, warmUpMs) => {
    const samples = Array.from({ length: seconds * 2 }, (_, i) => aRequest({ ...at((i + 1) / 2), durationMs: 500 }));
    const record = collected(samples, { warmUpMs: 'auto' });
    expect(record.warmUpMs).toBe(warmUpMs);
    const counted = requestsOf(record.endpoints[0] as never) + (record.requestsOutsideBlocks?.warmUp ?? 0);
    expect(counted).toBe(seconds * 2);
    expect(record.endpoints[0]?.blocks[0]?.index).toBe(0);
  });

  it('leaves blocks that were handed out as they were', () => {
    const collector = new RunCollector({ warmUpMs: 0, originMs: runStartMs });
    for (const seconds of [1, 6]) collector.add(aRequest(at(seconds)));
    const seen = structuredClone(collector.seriesBefore(1).endpoints.map(blockCounts));
    for (const seconds of [4.9, 7]) collector.add(aRequest(at(seconds)));
    collector.add({ kind: 'check', check: 'is JSON', passed: false, atMs: at(4.9).endedAtMs });
    const record = collector.finish(plainFacts);
    expect(seen).toEqual([[[0, 1, 0]]]);
    expect(blockCounts(record.endpoints[0])).toEqual([
      [0, 1, 0],
      [1, 2, 0],
    ]);
    expect(record.checks).toEqual([]);
    expect(record.warnings).toEqual([
      '1 requests that k6 told of after their time block had been judged were left out; the first: GET http://shop.example/items of block 0',
    ]);
  });

  it('takes latency from expected responses only', () => {
    const refused = aRequest({ durationMs: 0, status: '0', errorCode: '1212', isExpected: false });
    const [series] = collected([aRequest(), refused, aRequest({ status: '503', isExpected: false })]).endpoints;
    expect(blockCounts(series)).toEqual([[0, 1, 2]]);
    expect(series?.blocks[0]?.latency.min).toBe(100);
    expect(series?.outcomes).toEqual({ '200': 1, '503': 1, 'error 1212': 1 });
  });

  it('counts status 0 of gRPC as an answer', () => {
    const call = aRequest({ protocol: 'grpc', method: 'GRPC', name: '/shop.Cart/Add', isNamed: true, status: '0' });
    const [series] = collected([call]).endpoints;
    expect([series?.endpoint, series?.outcomes]).toEqual(['GRPC /shop.Cart/Add', { '0': 1 }]);
  });

  it('joins requests that differ only in ids and queries', () => {
    const urls = ['http://a.example/items/1?x=1', 'http://a.example/items/2', 'https://a.example/items/3#top'];
    expect(endpointNames(collected(urls.map((name) => aRequest({ name }))))).toEqual(['GET /items/:id']);
  });

  it('keeps equal paths of several hosts apart, and names the host of all but the busiest', () => {
    const urls = ['http://a.example/items/1', 'http://a.example/items/2', 'https://b.example/items/3'];
    const { endpoints } = collected(urls.map((name) => aRequest({ name })));
    expect(endpoints.map(({ endpoint, host }) => [endpoint, host])).toEqual([
      ['GET /items/:id', 'a.example'],
      ['GET b.example/items/:id', 'b.example'],
    ]);
  });

  it('flags another host than the target', () => {
    const samples = [aRequest(), aRequest({ name: 'https://login.example/token' })];
    const record = collected(samples, { targetHosts: ['shop.example'] });
    expect(record.endpoints.map((series) => [series.endpoint, series.otherHost])).toEqual([
      ['GET /items', undefined],
      ['GET login.example/token', 'login.example'],
    ]);
  });

  it('adds the scenario only where several scenarios call one endpoint', () => {
    const samples = [
      aRequest({ scenario: 'browse' }),
      aRequest({ scenario: 'buy' }),
      aRequest({ scenario: 'buy', name: 'http://shop.example/cart' }),
    ];
    expect(endpointNames(collected(samples))).toEqual(['GET /cart', 'GET /items [browse]', 'GET /items [buy]']);
  });

  it('adds the script only where several scripts call one endpoint', () => {
    const samples = [
      aRequest({ script: 'a.js' }),
      aRequest({ script: 'b.js' }),
      aRequest({ script: 'b.js', scenario: 'buy' }),
      aRequest({ script: 'b.js', name: 'http://shop.example/cart' }),
    ];
    expect(endpointNames(collected(samples))).toEqual([
      'GET /cart',
      'GET /items [a.js]',
      'GET /items [b.js, buy]',
      'GET /items [b.js, default]',
    ]);
  });

  it('lets the tag of group-by take the place of the name', () => {
    const samples = ['search', 'checkout'].map((group) => aRequest({ method: 'POST', group }));
    expect(endpointNames(collected(samples))).toEqual(['POST checkout', 'POST search']);
  });

  it('keeps the busiest endpoints and joins the rest with a warning', () => {
    const names = ['rare', 'busy', 'busy', 'medium', 'busy', 'medium', 'once'];
    const record = collected(
      names.map((name) => aRequest({ name, isNamed: true })),
      { maxEndpoints: 2 },
    );
    expect(record.endpoints.map((series) => [series.endpoint, requestsOf(series)])).toEqual([
      ['GET busy', 3],
      ['GET medium', 2],
      ['other', 2],
    ]);
    expect(record.warnings).toEqual([expect.stringContaining('more than 2 endpoints')]);
  });

  it('says what to name where many URLs differ in one place that may hold a value', () => {
    const slugs = Array.from({ length: 24 }, (_, i) => `how-to-${String.fromCharCode(97 + i)}`);
    const record = collected([
      ...slugs.map((slug) => aRequest({ name: `https://shop.example/blog/${slug}` })),
      ...slugs.map((slug) => aRequest({ method: 'POST', name: `https://shop.example/blog/${slug}/comments` })),
      ...slugs.map((slug) => aRequest({ method: 'DELETE', name: `https://shop.example/it's/${slug}-7` })),
      ...slugs.slice(5).map((slug) => aRequest({ name: `https://shop.example/tags/${slug}` })),
      ...slugs.flatMap((slug) =>
        Array.from({ length: 200 }, () => aRequest({ name: `https://shop.example/api/${slug}` })),
      ),
    ]);
    expect(record.warnings).toEqual([
      "24 endpoints differ in one place only, GET /blog/:name (how-to-a, how-to-b, …): where that is a value, give these requests one name, http.get(url, { tags: { name: '/blog/:name' } }); until then those of few requests are judged as one against stored runs",
      "24 endpoints differ in one place only, POST /blog/:name/comments (how-to-a, how-to-b, …): where that is a value, give these requests one name, http.post(url, body, { tags: { name: '/blog/:name/comments' } }); until then those of few requests are judged as one against stored runs",
      `24 endpoints differ in one place only, DELETE /it's/:name (how-to-a-:id, how-to-b-:id, …): where that is a value, give these requests one name, http.del(url, body, { tags: { name: "/it's/:name" } }); until then those of few requests are judged as one against stored runs`,
    ]);
  });

  it('keeps 400 of 10,000 names apart and loses no request', () => {
    const names = Array.from({ length: 10_000 }, (_, i) => `page ${String.fromCodePoint(0x4e00 + i)}`);
    const record = collected(names.map((name) => aRequest({ name, isNamed: true })));
    expect(record.endpoints).toHaveLength(401);
    expect(record.endpoints.reduce((sum, series) => sum + requestsOf(series), 0)).toBe(10_000);
  });

  it('makes one endpoint of 10,000 distinct URLs', () => {
    const urls = Array.from({ length: 10_000 }, (_, i) => `http://shop.example/items/${i}?page=${i}`);
    const record = collected(urls.map((name) => aRequest({ name })));
    expect(record.endpoints.map((series) => [series.endpoint, requestsOf(series)])).toEqual([
      ['GET /items/:id', 10_000],
    ]);
  });

  it('keeps names with Markdown and HTML but no line breaks, and cuts 10 kB', () => {
    const names = ['**a** | <img src=x>\n::error::x', 'x'.repeat(10_000)];
    const [first, second] = endpointNames(collected(names.map((name) => aRequest({ name, isNamed: true }))));
    expect(first).toBe('GET **a** | <img src=x> ::error::x');
    expect(second?.length).toBeLessThan(220);
  });

  it('keeps apart two endpoints whose labels would look the same', () => {
    const samples = [
      aRequest({ name: 'x', isNamed: true, scenario: 'a' }),
      aRequest({ name: 'x', isNamed: true, scenario: 'b' }),
      aRequest({ name: 'x [a]', isNamed: true }),
    ];
    expect(new Set(endpointNames(collected(samples))).size).toBe(3);
  });

  it.each([-1, Number.NaN, 1e12, Number.POSITIVE_INFINITY])(
    'leaves out a duration of %s ms and says so',
    (durationMs) => {
      const record = collected([aRequest(), aRequest({ durationMs }), aRequest({ durationMs })]);
      expect(blockCounts(record.endpoints[0])).toEqual([[0, 1, 0]]);
      expect(record.warnings).toEqual([
        expect.stringMatching(`^2 requests with an impossible duration.*: ${durationMs} ms for GET`),
      ]);
    },
  );

  it('goes on where it stood when the clock is set back', () => {
    const samples = [aRequest(at(3000)), aRequest(at(3001)), aRequest(at(1)), aRequest(at(6.5))];
    const record = collected(samples);
    expect(blockCounts(record.endpoints[0])).toEqual([
      [600, 3, 0],
      [601, 1, 0],
    ]);
    expect(record.warnings).toEqual([expect.stringContaining('set back; samples continue where it stood')]);
  });

  it('places one late sample by its own time', () => {
    const samples = [aRequest(at(100)), aRequest(at(50)), aRequest(at(101)), aRequest(at(106))];
    expect(blockCounts(collected(samples).endpoints[0])).toEqual([
      [10, 1, 0],
      [20, 2, 0],
      [21, 1, 0],
    ]);
  });

  it('leaves out a sample of another century', () => {
    const record = collected([aRequest(), aRequest({ endedAtMs: 4e12 }), aRequest({ endedAtMs: Number.NaN })]);
    expect(record.durationMs).toBe(1000);
    expect(record.warnings).toEqual([expect.stringContaining('2 samples with an impossible time')]);
  });

  it('gathers checks, rates and trends per block', () => {
    const atMs = runStartMs + 6000;
    const record = collected([
      { kind: 'check', check: 'status is 200', atMs, passed: true },
      { kind: 'check', check: 'status is 200', atMs, passed: false },
      { kind: 'rate', metric: 'found', atMs, isTrue: false },
      { kind: 'trend', metric: 'cart_time', unit: 'ms', atMs, value: 7 },
      { kind: 'trend', metric: 'cart_time', unit: 'ms', atMs, value: -7 },
    ]);
    expect(record.checks).toEqual([{ check: 'status is 200', blocks: [{ index: 1, total: 2, failed: 1 }] }]);
    const [trend, rate] = record.metrics;
    expect(trend).toMatchObject({ metric: 'cart_time', kind: 'trend', unit: 'ms', blocks: [{ index: 1 }] });
    expect(trend?.kind === 'trend' && trend.blocks[0]?.values.count).toBe(1);
    expect(rate).toEqual({ metric: 'found', kind: 'rate', blocks: [{ index: 1, total: 1, failed: 1 }] });
    expect(record.warnings).toEqual([
      '1 metric values below zero, beyond 1e15 or not finite were left out; the first: -7 of cart_time',
    ]);
  });

  it('joins checks beyond 200', () => {
    const checks = Array.from({ length: 300 }, (_, i) => `order ${i}`);
    const record = collected(
      checks.map((check) => ({ kind: 'check', check, atMs: runStartMs, passed: true }) as const),
    );
    expect(record.checks).toHaveLength(201);
    expect(record.checks.at(-1)).toEqual({ check: 'other', blocks: [{ index: 0, total: 100, failed: 0 }] });
    expect(record.warnings).toEqual(['more than 200 checks: the rest is joined as "other"']);
  });

  it('makes an empty record of nothing', () => {
    const record = new RunCollector({ warmUpMs: 0 }).finish({ ...plainFacts, startedAtMs: runStartMs });
    expect([record.startedAt, record.endpoints, record.durationMs]).toEqual(['2026-11-25T12:00:00.000Z', [], 0]);
  });

  it('gives the same id for the same samples and another for others', () => {
    const id = (durationMs: number) => collected([aRequest({ durationMs })]).id;
    expect(id(100)).toBe(id(100));
    expect(id(100)).not.toBe(id(101));
    expect(id(100)).toMatch(/^20261125T120000\.000Z-[\da-f]{8}$/u);
  });

  const anySample = fc.record({
    name: fc.constantFrom('a', 'b', 'http://x/1', 'http://x/2'),
    isNamed: fc.boolean(),
    scenario: fc.constantFrom('s', 't'),
    isExpected: fc.boolean(),
    endedAtMs: fc.integer({ min: 0, max: 9000 }).map((ms) => runStartMs + ms),
    durationMs: fc.double({ min: 0, max: 500, noNaN: true }),
  });

  test.prop([fc.array(anySample, { maxLength: 60 })])('counts every request exactly once', (samples) => {
    const record = collected(samples.map(aRequest), { warmUpMs: 3000, maxEndpoints: 2 });
    const inBlocks = record.endpoints.reduce((sum, series) => sum + requestsOf(series), 0);
    expect(inBlocks + (record.requestsOutsideBlocks?.warmUp ?? 0)).toBe(samples.length);
    for (const series of record.endpoints) {
      expect(Object.values(series.outcomes).reduce((a, b) => a + b, 0)).toBe(requestsOf(series));
    }
  });
});
