import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import type { K6ReadOptions } from '../../../../src/adapters/k6/output/k6-points.ts';
import { K6JsonReader } from '../../../../src/adapters/k6/output/parse-k6-json.ts';
import type { Sample } from '../../../../src/core/run-record/sample.ts';

function fixture(name: string): Buffer {
  return gunzipSync(readFileSync(new URL(`../../../fixtures/k6/${name}.json.gz`, import.meta.url)));
}

interface ReadResult {
  readonly samples: Sample[];
  readonly text: string;
  readonly reader: K6JsonReader;
}

function read(input: string | Buffer, chunkLength = Number.POSITIVE_INFINITY, options: K6ReadOptions = {}): ReadResult {
  const samples: Sample[] = [];
  let text = '';
  const onText = (bytes: Buffer) => {
    text += bytes.toString('utf8');
  };
  const reader = new K6JsonReader({ ...options, onSample: (sample) => samples.push(sample), onText });
  const bytes = Buffer.from(input);
  for (let start = 0; start < bytes.length; start += chunkLength) {
    const chunk = Buffer.from(bytes.subarray(start, start + chunkLength));
    reader.push(chunk);
    chunk.fill('x');
  }
  reader.end();
  return { samples, text, reader };
}

/** The same lines with every object's keys reversed, which no k6 writes. */
function withKeysReversed(lines: string): string {
  const reversed = (value: unknown): unknown =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(
          Object.entries(value)
            .reverse()
            .map(([key, item]) => [key, reversed(item)]),
        )
      : value;
  return lines
    .split('\n')
    .map((line) => (line === '' ? '' : JSON.stringify(reversed(JSON.parse(line)))))
    .join('\n');
}

function point(metric: string, value: number | string, tags: object, time = '2026-11-25T01:21:20.25Z'): string {
  return `{"metric":"${metric}","type":"Point","data":{"time":"${time}","value":${value},"tags":${JSON.stringify(tags)}}}\n`;
}

const tags = {
  expected_response: 'true',
  group: '',
  method: 'GET',
  name: 'http://a/items',
  scenario: 's',
  status: '200',
};

describe('K6JsonReader', () => {
  it.each(['1.8.1', '2.2.0', '1.8.1.few-tags', '2.2.0.few-tags'])(
    "counts what k6's own summary of %s counts",
    (name) => {
      const { samples, reader } = read(fixture(name));
      const { metrics } = JSON.parse(
        readFileSync(new URL(`../../../fixtures/k6/${name}.json.summary.json`, import.meta.url), 'utf8'),
      );
      const http = samples.filter((sample) => sample.kind === 'request' && sample.protocol === 'http').length;
      expect(http + reader.points.setupAndTeardownRequests).toBe(metrics.http_reqs.count);
      expect(reader.points.iterations).toBe(metrics.iterations.count);
      expect(reader.points.droppedIterations).toBe(metrics.dropped_iterations.count);
      const checks = samples.filter((sample) => sample.kind === 'check');
      expect(checks.filter((check) => check.passed)).toHaveLength(metrics.checks.passes);
      expect(checks.filter((check) => !check.passed)).toHaveLength(metrics.checks.fails);
      const found = samples.filter((sample) => sample.kind === 'rate' && sample.isTrue);
      expect(found).toHaveLength(metrics.found.passes);
      expect(reader.warnings()).toEqual([]);
    },
  );

  it.each(['1.8.1', '2.2.0', '2.2.0.few-tags'])('reads %s the same with its keys in another order', (name) => {
    const lines = fixture(name).toString('utf8');
    const { samples } = read(lines);
    expect(read(withKeysReversed(lines)).samples).toEqual(samples);
    expect(samples.length).toBeGreaterThan(200);
  });

  it.each([1, 7, 100, 65_536])('does not care that chunks are cut every %d bytes', (chunkLength) => {
    const lines = fixture('2.2.0').subarray(0, 60_000);
    expect(read(lines, chunkLength).samples).toEqual(read(lines).samples);
  });

  it('reads name, time, value and outcome of a request', () => {
    const { samples } = read(point('http_req_duration', 12.345678, { ...tags, error_code: '1404' }), 10, {
      script: 'a.js',
    });
    expect(samples).toEqual([
      {
        kind: 'request',
        protocol: 'http',
        method: 'GET',
        name: 'http://a/items',
        isNamed: false,
        scenario: 's',
        script: 'a.js',
        status: '200',
        errorCode: '1404',
        endedAtMs: Date.UTC(2026, 10, 25, 1, 21, 20, 250),
        durationMs: 12.345678,
        isExpected: true,
      },
    ]);
  });

  it('tells names of the script from URLs, and decodes escapes of both k6 lines', () => {
    const names = (name: string) =>
      new Set(
        read(fixture(name)).samples.flatMap((sample) =>
          sample.kind === 'request' && sample.isNamed ? [sample.name] : [],
        ),
      );
    const expected = new Set(['Search <b>|all|</b>', '/greet.Greeter/Hello', '/greet.Greeter/Fail']);
    expect(names('1.8.1')).toEqual(expected);
    expect(names('2.2.0')).toEqual(expected);
  });

  it('takes the tag of groupBy', () => {
    const { samples } = read(fixture('2.2.0'), undefined, { groupBy: 'operation' });
    const groups = samples.flatMap((sample) => (sample.kind === 'request' ? [sample.group] : []));
    expect(new Set(groups)).toEqual(new Set([undefined, 'search, "all"']));
  });

  it.each([
    ['https://shop.example/index.php?session=7&action=list#top', undefined, 'action=list'],
    [`https://shop.example/index.php?action=\${}`, 'https://shop.example/index.php?action=edit', 'action=edit'],
    ['https://shop.example/index.php?transaction=7', undefined, undefined],
  ])('takes the query parameter of groupBy from %s', (name, url, query) => {
    const line = point('http_req_duration', 1, { ...tags, name, url });
    const { samples } = read(line, undefined, { groupBy: '?action' });
    expect(samples.map((sample) => sample.kind === 'request' && [sample.group, sample.query])).toEqual([
      [undefined, query],
    ]);
  });

  it('takes the URL, and then the group, where the script switched the tag of the name off', () => {
    const { name: _, ...rest } = tags;
    const some = [{ ...rest, url: 'http://shop.example/a' }, { ...rest, group: '::shop::pay' }, rest];
    const { samples, reader } = read(some.map((one) => point('http_req_duration', 1, one)).join(''));
    expect(samples.map((sample) => sample.kind === 'request' && [sample.name, sample.isNamed])).toEqual([
      ['http://shop.example/a', false],
      ['shop::pay', true],
      ['(no name)', true],
    ]);
    expect(reader.warnings()).toEqual([
      'the system tag name is off, so different endpoints count as one: add name to systemTags in the options of the script, or to K6_SYSTEM_TAGS or --system-tags where those are given',
    ]);
  });

  it('takes the method that the script wrote before the name where the tag of the method is off', () => {
    const { method: _, ...rest } = tags;
    const names = ['POST /pay', 'pay'];
    const { samples, reader } = read(names.map((name) => point('http_req_duration', 1, { ...rest, name })).join(''));
    expect(samples.map((sample) => sample.kind === 'request' && sample.method)).toEqual(['POST', 'HTTP']);
    expect(reader.warnings()).toEqual([
      'the system tag method is off, so different endpoints count as one: add method to systemTags in the options of the script, or to K6_SYSTEM_TAGS or --system-tags where those are given',
    ]);
  });

  it('asks http_req_failed when the tags do not tell', () => {
    const { expected_response, ...silent } = tags;
    const missing = { ...silent, status: '404', error_code: '1404' };
    const { samples } = read(
      [
        point('http_req_duration', 1, missing),
        point('http_req_failed', 0, missing),
        point('http_req_duration', 2, missing, '2026-11-25T01:21:21Z'),
        point('http_req_failed', 1, missing, '2026-11-25T01:21:21Z'),
        point('http_req_duration', 3, missing, '2026-11-25T01:21:22Z'),
        point('http_req_duration', 4, silent, '2026-11-25T01:21:23Z'),
      ].join(''),
    );
    expect(samples.map((sample) => sample.kind === 'request' && sample.isExpected)).toEqual([true, false, false, true]);
  });

  it('leaves requests, checks and metrics of setup and teardown out', () => {
    const setup = { ...tags, scenario: undefined, group: '::setup::login' };
    const { samples, reader } = read(
      point('http_req_duration', 1, setup) +
        point('checks', 1, { group: '::teardown', check: 'x' }) +
        point('http_req_duration', 1, { ...tags, group: '::setup' }) +
        point('http_req_duration', 1, { ...setup, group: '::setup of cart' }),
    );
    expect(samples).toHaveLength(2);
    expect(reader.points.setupAndTeardownRequests).toBe(1);
  });

  it('knows custom metrics by what k6 says of them', () => {
    const metric = (name: string, type: string, contains: string) =>
      `{"type":"Metric","data":{"name":"${name}","type":"${type}","contains":"${contains}","thresholds":[],"submetrics":null},"metric":"${name}"}\n`;
    const { samples } = read(
      metric('http_req_stalled', 'trend', 'time') +
        metric('size', 'trend', 'default') +
        metric('stock', 'gauge', 'default') +
        point('http_req_stalled', 5, {}) +
        point('size', 3e21, {}) +
        point('stock', 1, {}) +
        point('never_declared', 1, {}),
    );
    expect(samples).toEqual([
      expect.objectContaining({ kind: 'trend', metric: 'http_req_stalled', unit: 'ms', value: 5 }),
      expect.objectContaining({ kind: 'trend', metric: 'size', unit: '', value: 3e21 }),
    ]);
  });

  it('reads the name of a metric where it stands beside the data only', () => {
    const old =
      '{"type":"Metric","data":{"type":"trend","contains":"time","tainted":null,"thresholds":[],"submetrics":null},"metric":"checkout_time"}\n';
    const { samples, text } = read(old + point('checkout_time', 5, {}));
    expect(samples).toEqual([
      expect.objectContaining({ kind: 'trend', metric: 'checkout_time', unit: 'ms', value: 5 }),
    ]);
    expect(text).toBe('');
  });

  it("keeps the script's own thresholds, which k6 names beside their metrics", () => {
    const line =
      '{"type":"Metric","data":{"name":"http_req_duration","type":"trend","contains":"time","thresholds":["p(95)<500","avg<1"],"submetrics":null},"metric":"http_req_duration"}\n';
    expect(read(line).reader.thresholds).toEqual(['http_req_duration: p(95)<500', 'http_req_duration: avg<1']);
  });

  it('takes the type of a custom metric from its configured unit where no line tells it, and names the others', () => {
    const points = ['checkout_time', 'cart_value', 'found', 'stock'].map((name) => point(name, 1, {})).join('');
    const metricUnits = new Map([...Object.entries({ checkout_time: 'ms', cart_value: 'EUR', found: 'fraction' })]);
    const { samples, reader } = read(points, undefined, { metricUnits });
    expect(samples).toEqual([
      expect.objectContaining({ kind: 'trend', metric: 'checkout_time', unit: 'ms' }),
      expect.objectContaining({ kind: 'trend', metric: 'cart_value', unit: '' }),
      expect.objectContaining({ kind: 'rate', metric: 'found', isTrue: true }),
    ]);
    expect(reader.warnings()).toEqual([
      "JSON without lines of type Metric doesn't tell the type of custom metrics, so these are left out: stock (a unit under `metrics` in .tailgate.yml tells it: `ms`, `fraction` of a Rate, or your own)",
    ]);
  });

  it('names the duration of iterations after their scenario', () => {
    const { samples } = read(point('iteration_duration', 5, { scenario: 'buy' }) + point('iteration_duration', 5, {}));
    expect(samples.map((sample) => sample.kind === 'trend' && sample.metric)).toEqual([
      'iteration_duration{scenario:buy}',
      'iteration_duration',
    ]);
  });

  it('hands on everything else unchanged and in order', () => {
    const summary =
      '\r\n  █ TOTAL RESULTS\r\n    ✓ status\n{"metrics":{"a":1}}\n{ "pretty": [\n1] }\n{"metric":"mine"}\nno newline at the end';
    const { text, samples, reader } = read(`hello\n${point('http_req_duration', 1, tags)}${summary}`, 5);
    expect(text).toBe(`hello\n${summary}`);
    expect([samples.length, reader.brokenLines]).toEqual([1, 0]);
  });

  it('counts broken lines, names the first and reads on', () => {
    const whole = point('http_req_duration', 1, tags);
    const cut = whole.slice(0, 70);
    const { samples, reader } = read(`${whole}${cut}\n${whole}${cut}${whole}${whole}${whole.slice(0, -3)}`);
    expect(samples).toHaveLength(3);
    expect(reader.brokenLines).toBe(3);
    expect(reader.warnings()).toEqual([
      expect.stringMatching(/^3 broken lines of k6's JSON were left out; the first is line 2: "\{\\"metric\\":/u),
    ]);
  });

  it('survives tags that are cut in the middle but end like a line', () => {
    const line =
      '{"metric":"http_req_duration","type":"Point","data":{"time":"2026-11-25T01:21:20Z","value":1,"tags":{"na}}}\n';
    const { samples, reader } = read(line + point('http_req_duration', 2, tags));
    expect([samples.length, reader.brokenLines]).toEqual([1, 1]);
  });

  it('reads times of other zones and values with an exponent', () => {
    const { samples } = read(point('http_req_duration', '1.5e-05', tags, '2026-11-25T03:21:20.000000001+02:00'));
    expect(samples).toEqual([expect.objectContaining({ durationMs: 1.5e-5 })]);
    const [sample] = samples;
    expect(sample?.kind === 'request' && sample.endedAtMs).toBeCloseTo(Date.UTC(2026, 10, 25, 1, 21, 20) + 1e-6, 3);
  });

  it('keeps metadata that differs in each line out of the labels', () => {
    const line = (i: number) =>
      point('http_req_duration', i, tags).replace('}}}', `},"metadata":{"trace_id":"${i}"}}}`);
    const { samples, reader } = read([1, 2, 3].map(line).join(''));
    expect(samples.map((sample) => sample.kind === 'request' && [sample.durationMs, sample.name])).toEqual([
      [1, tags.name],
      [2, tags.name],
      [3, tags.name],
    ]);
    expect(reader.brokenLines).toBe(0);
  });

  it('keeps 10,000 distinct URLs and names of any script apart', () => {
    const names = Array.from({ length: 10_000 }, (_, i) => `http://a/${i}/päge-🛒`);
    const { samples } = read(names.map((name) => point('http_req_duration', 1, { ...tags, name })).join(''));
    expect(samples.map((sample) => sample.kind === 'request' && sample.name)).toEqual(names);
  });

  const value = fc.oneof(
    fc.double({ min: 0, max: 1e9, noNaN: true }),
    fc.integer({ min: 0, max: 2 ** 40 }).map((ns) => ns / 1e6),
  );
  test.prop([value, fc.date({ min: new Date(0), max: new Date('2200-01-01'), noInvalidDate: true })])(
    'reads value and time as JSON.parse and Date do',
    (durationMs, date) => {
      const { samples } = read(point('http_req_duration', JSON.stringify(durationMs), tags, date.toISOString()));
      expect(samples).toEqual([expect.objectContaining({ durationMs, endedAtMs: expect.closeTo(date.getTime(), 3) })]);
    },
  );

  test.prop([fc.array(fc.nat({ max: 5999 }), { maxLength: 20 }), fc.uint8Array({ minLength: 1, maxLength: 20 })])(
    'never throws, whatever bytes are changed',
    (positions, junk) => {
      const bytes = Buffer.from(fixture('2.2.0').subarray(0, 6000));
      positions.forEach((position, i) => {
        bytes[position] = junk[i % junk.length] as number;
      });
      expect(() => read(bytes, 997)).not.toThrow();
    },
  );
});
