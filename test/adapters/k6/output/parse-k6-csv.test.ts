import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import type { K6ReadOptions } from '../../../../src/adapters/k6/output/k6-points.ts';
import { csvFields, K6CsvReader } from '../../../../src/adapters/k6/output/parse-k6-csv.ts';
import type { Sample } from '../../../../src/core/run-record/sample.ts';
import { GateError } from '../../../../src/errors.ts';

function fixture(name: string): Buffer {
  return gunzipSync(readFileSync(new URL(`../../../fixtures/k6/${name}.csv.gz`, import.meta.url)));
}

function read(
  input: string | Buffer,
  chunkLength = Number.POSITIVE_INFINITY,
  options: K6ReadOptions = {},
): { samples: Sample[]; reader: K6CsvReader } {
  const samples: Sample[] = [];
  const reader = new K6CsvReader({ ...options, source: '"run.csv"', onSample: (sample) => samples.push(sample) });
  const bytes = Buffer.from(input);
  for (let start = 0; start < bytes.length; start += chunkLength)
    reader.push(bytes.subarray(start, start + chunkLength));
  reader.end();
  return { samples, reader };
}

const header =
  'metric_name,timestamp,metric_value,check,error,error_code,expected_response,group,method,name,proto,scenario,service,status,subproto,tls_version,url,extra_tags,metadata\n';

function row(value: string, time = '1795569683', name = 'Items', extra = ''): string {
  return `http_req_duration,${time},${value},,,,true,,GET,${name},HTTP/1.1,s,,200,,,${name},${extra},\n`;
}

/** The same table with its columns in another order. */
function reordered(csv: string): string {
  return csv
    .trimEnd()
    .split('\n')
    .map((line) => {
      const fields = (csvFields(line) as string[]).map((field) =>
        /[",]/u.test(field) ? `"${field.replaceAll('"', '""')}"` : field,
      );
      return [...fields.slice(5).reverse(), ...fields.slice(0, 5).reverse()].join(',');
    })
    .join('\r\n');
}

function failure(input: string | Buffer): GateError {
  try {
    read(input);
  } catch (error) {
    if (error instanceof GateError) return error;
  }
  throw new Error('reading succeeded');
}

describe('K6CsvReader', () => {
  it.each(['1.8.1', '2.2.0'])("counts what k6's own summary of %s counts", (name) => {
    const { samples, reader } = read(fixture(name));
    const { metrics } = JSON.parse(
      readFileSync(new URL(`../../../fixtures/k6/${name}.csv.summary.json`, import.meta.url), 'utf8'),
    );
    const http = samples.filter((sample) => sample.kind === 'request' && sample.protocol === 'http').length;
    expect(http + reader.points.setupAndTeardownRequests).toBe(metrics.http_reqs.count);
    expect(reader.points.iterations).toBe(metrics.iterations.count);
    expect(reader.points.droppedIterations).toBe(metrics.dropped_iterations.count);
    expect(samples.filter((sample) => sample.kind === 'check' && sample.passed)).toHaveLength(metrics.checks.passes);
    expect(reader.brokenLines).toBe(0);
  });

  it('names the custom metrics that it has to leave out', () => {
    expect(read(fixture('2.2.0')).reader.warnings()).toEqual([
      "CSV doesn't tell the type of custom metrics, so these are left out: cart_items, cart_time, found, orders, stock (a unit under `metrics` in .tailgate.yml tells it: `ms`, `fraction` of a Rate, or your own)",
    ]);
  });

  it.each(['2.2.0', '2.2.0.few-tags'])('reads %s the same with its columns in another order', (name) => {
    const csv = fixture(name).toString('utf8');
    expect(read(reordered(csv)).samples).toEqual(read(csv).samples);
  });

  it.each([1, 7, 100, 65_536])('does not care that chunks are cut every %d bytes', (chunkLength) => {
    const csv = fixture('1.8.1').subarray(0, 30_000);
    expect(read(csv, chunkLength).samples).toEqual(read(csv).samples);
  });

  it.each([
    ['unix', '1795569683', 0],
    ['unix_milli', '1795569683250', 250],
    ['unix_micro', '1795569683250000', 250],
    ['unix_nano', '1795569683250000000', 250],
    ['rfc3339', '2026-11-25T01:21:23Z', 0],
    ['rfc3339 of another zone', '2026-11-25T03:21:23+02:00', 0],
    ['rfc3339_nano', '2026-11-25T01:21:23.25Z', 250],
  ])('reads times of the format %s', (_format, time, ms) => {
    const [sample] = read(header + row('1.500000', time)).samples;
    expect(sample).toMatchObject({ kind: 'request', durationMs: 1.5 });
    expect(sample?.kind === 'request' && sample.endedAtMs).toBeCloseTo(1_795_569_683_000 + ms, 2);
  });

  it('reads quoted names with commas, quotes and line breaks', () => {
    const { samples } = read(`${header}${row('1.0', undefined, '"a, ""b""\nc"')}${row('2.0')}`, 9);
    expect(samples.map((sample) => sample.kind === 'request' && sample.name)).toEqual(['a, "b"\nc', 'Items']);
  });

  it('takes the tag of groupBy from extra_tags or a column', () => {
    const csv = header + row('1.0', undefined, 'Items', 'team=x&operation=search');
    const group = (groupBy: string) =>
      read(csv, undefined, { groupBy }).samples.map((s) => s.kind === 'request' && s.group);
    expect([group('operation'), group('scenario'), group('none')]).toEqual([['search'], ['s'], [undefined]]);
  });

  it('tolerates unknown columns and missing ones that it can do without', () => {
    const csv =
      'metric_name,timestamp,metric_value,color,name,status\nhttp_req_duration,1795569683,1.0,red,Items,200\n';
    expect(read(csv).samples).toEqual([
      expect.objectContaining({ name: 'Items', status: '200', isExpected: true, method: 'HTTP' }),
    ]);
  });

  it('asks http_req_failed where expected_response is off', () => {
    const few = 'metric_name,timestamp,metric_value,method,name,status,extra_tags,metadata\n';
    const line = (metric: string, value: number, name = 'Items') =>
      `${metric},1795569683,${value}.0,GET,${name},404,,\n`;
    const { samples } = read(
      few +
        line('http_req_duration', 1) +
        line('http_req_failed', 0) +
        line('http_req_duration', 2, '"It,ems"') +
        line('http_req_failed', 0, '"It,ems"'),
    );
    expect(samples.map((sample) => sample.kind === 'request' && sample.isExpected)).toEqual([true, true]);
  });

  it('passes on numbers that are none, for the record to warn about', () => {
    const { samples } = read(header + ['NaN', '+Inf', '-Inf', '-5.0', '1e300'].map((value) => row(value)).join(''));
    expect(samples.map((sample) => sample.kind === 'request' && sample.durationMs)).toEqual([
      Number.NaN,
      Number.POSITIVE_INFINITY,
      Number.NEGATIVE_INFINITY,
      -5,
      1e300,
    ]);
  });

  it('counts broken lines, names the first and reads on', () => {
    const { samples, reader } = read(
      `${header}${row('1.0')}http_req_duration,17955\n${row('abc')}${row('2.0', 'soon')}${row('3.0')}`,
    );
    expect(samples).toHaveLength(2);
    expect(reader.warnings()).toEqual([
      '3 broken lines of CSV were left out; the first is line 3: "http_req_duration,17955"',
    ]);
  });

  it('counts a quoted field that never ends', () => {
    const { reader } = read(`${header}${row('1.0')}http_req_duration,1795569683,1.0,"open\n${row('2.0')}`);
    expect(reader.brokenLines).toBe(1);
  });

  it.each([
    ['no header', row('1.0'), 'lacks metric_name, timestamp, metric_value'],
    ['a header without values', 'metric_name,timestamp,name\n', 'lacks metric_value'],
    ['nothing', '', 'lacks metric_name'],
  ])('refuses %s, naming file and what is missing', (_what, csv, missing) => {
    const { code, message } = failure(csv);
    expect([code, message]).toEqual(['INPUT_UNREADABLE', expect.stringContaining(missing)]);
    expect(message).toContain('"run.csv"');
  });

  test.prop([fc.array(fc.nat({ max: 5999 }), { maxLength: 20 }), fc.uint8Array({ minLength: 1, maxLength: 20 })])(
    'throws nothing but GateError, whatever bytes are changed',
    (positions, junk) => {
      const bytes = Buffer.from(fixture('2.2.0').subarray(0, 6000));
      positions.forEach((position, i) => {
        bytes[position] = junk[i % junk.length] as number;
      });
      try {
        read(bytes, 997);
      } catch (error) {
        expect(error).toBeInstanceOf(GateError);
      }
    },
  );
});

describe('csvFields', () => {
  test.prop([fc.array(fc.string({ maxLength: 10 }), { minLength: 1, maxLength: 8 })])('undoes quoting', (fields) => {
    const quoted = fields.map((field) => `"${field.replaceAll('"', '""')}"`).join(',');
    expect(csvFields(quoted)).toEqual(fields);
  });

  it('keeps empty fields, also the last', () => {
    expect([csvFields('a,,'), csvFields('"a",,'), csvFields(''), csvFields('"",')]).toEqual([
      ['a', '', ''],
      ['a', '', ''],
      [''],
      ['', ''],
    ]);
  });

  it.each(['"open', '"a"b,c', 'a"b"'])('refuses %s', (text) => {
    expect(csvFields(text)).toBeUndefined();
  });
});
