import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readK6File, readRunOrK6File } from '../../../../src/adapters/k6/output/read-k6-file.ts';
import { type RunRecord, requestsOf } from '../../../../src/core/run-record/run-record.ts';
import { encodeRunRecord } from '../../../../src/core/run-record/run-record-codec.ts';
import { relativeAccuracy } from '../../../../src/core/sketch/bucket-mapping.ts';
import { LatencySketch } from '../../../../src/core/sketch/latency-sketch.ts';
import { GateError } from '../../../../src/errors.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tailgate-read-'));
});
afterAll(() => rm(folder, { recursive: true }));

const fixturePath = (name: string) => fileURLToPath(new URL(`../../../fixtures/k6/${name}`, import.meta.url));

async function file(name: string, content: string | Buffer): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, content);
  return path;
}

async function failure(reading: Promise<unknown>): Promise<GateError> {
  const error = await reading.then(
    () => undefined,
    (cause: unknown) => cause,
  );
  if (error instanceof GateError) return error;
  throw new Error(`expected a GateError, got ${String(error)}`);
}

function someCsv(requests: number, hasHeader = true, from = 0): string {
  const header = 'metric_name,timestamp,metric_value,method,name,status\n';
  const line = (_: unknown, i: number) => `http_req_duration,${1795569600 + Math.floor((from + i) / 20)},5,GET,a,200\n`;
  return `${hasHeader ? header : ''}${Array.from({ length: requests }, line).join('')}`;
}

/** What a record says, apart from the name of its source. */
function content(record: RunRecord): string {
  const { source, ...provenance } = record.provenance;
  return encodeRunRecord({ ...record, provenance });
}

function requestsIn(record: RunRecord): number {
  return (
    record.endpoints.reduce((sum, series) => sum + requestsOf(series), 0) + (record.requestsOutsideBlocks?.warmUp ?? 0)
  );
}

describe('readK6File', () => {
  it.each(['1.8.1', '2.2.0'])("agrees with k6 %s's own percentiles within the sketch's accuracy", async (version) => {
    const record = await readK6File(fixturePath(`${version}.json.gz`), { warmUpMs: 0 });
    const { metrics } = JSON.parse(readFileSync(fixturePath(`${version}.json.summary.json`), 'utf8'));
    const cart = record.metrics.find(({ metric }) => metric === 'cart_time');
    const sketches = cart?.kind === 'trend' ? cart.blocks.map((block) => block.values) : [];
    const total = LatencySketch.merged(sketches);
    for (const [quantile, key] of [
      [0.5, 'med'],
      [0.9, 'p(90)'],
      [0.95, 'p(95)'],
      [1, 'max'],
    ] as const) {
      const exact: number = metrics.cart_time[key];
      expect(Math.abs(total.quantile(quantile) / exact - 1)).toBeLessThanOrEqual(relativeAccuracy);
    }
  });

  it('reads JSON and CSV, plain, packed and from standard input, to the same content', async () => {
    for (const format of ['json', 'csv']) {
      const packed = readFileSync(fixturePath(`2.2.0.${format}.gz`));
      const plain = gunzipSync(packed);
      const expected = content(await readK6File(fixturePath(`2.2.0.${format}.gz`)));
      expect(content(await readK6File(await file(`plain.${format}`, plain)))).toBe(expected);
      const pieces = (bytes: Buffer) =>
        Readable.from([bytes.subarray(0, 1), bytes.subarray(1, 9000), bytes.subarray(9000)]);
      expect(content(await readK6File('-', { stdin: pieces(plain) }))).toBe(expected);
      expect(content(await readK6File('-', { stdin: pieces(packed) }))).toBe(expected);
      expect(JSON.parse(expected).fingerprint).toEqual({ hard: { outputMode: `k6-${format}` }, soft: {} });
    }
  });

  it('finds the samples behind text that k6 printed before them', async () => {
    const json = gunzipSync(readFileSync(fixturePath('2.2.0.json.gz')));
    const path = await file(
      'mixed.json',
      Buffer.concat([Buffer.from('Starting\n'), json, Buffer.from('\n  █ TOTAL RESULTS\n')]),
    );
    expect(content(await readK6File(path))).toBe(content(await readK6File(fixturePath('2.2.0.json.gz'))));
  });

  it('takes a given warm-up, block length and target', async () => {
    const options = { warmUpMs: 1000, blockLengthMs: 500, target: 'http://127.0.0.1:18977' };
    const record = await readK6File(fixturePath('2.2.0.json.gz'), options);
    expect([record.warmUpMs, record.blockLengthMs]).toEqual([1000, 500]);
    expect(record.requestsOutsideBlocks?.warmUp).toBeGreaterThan(20);
    expect(requestsIn(record)).toBe(requestsIn(await readK6File(fixturePath('2.2.0.json.gz'))));
    expect(record.endpoints.filter((series) => series.otherHost).map((series) => series.endpoint)).toEqual([
      'GET 127.0.0.1:1/nobody',
    ]);
  });

  it.each(['monolith-baseline', 'monolith-stress'])('imports the ten real runs of %s completely', async (cell) => {
    const directory = fileURLToPath(new URL(`../../../../evaluation/data/${cell}/`, import.meta.url));
    const names = await readdir(directory);
    expect(names).toHaveLength(10);
    for (const name of names) {
      const lines = gunzipSync(readFileSync(join(directory, name)))
        .toString('utf8')
        .trimEnd()
        .split('\n');
      const record = await readK6File(join(directory, name));
      expect(requestsIn(record)).toBe(lines.length - 1);
      expect(record.endpoints.length).toBeGreaterThanOrEqual(10);
      expect(record.warnings).toEqual([]);
    }
  });

  it('refuses a file that does not exist', async () => {
    const { code, message } = await failure(readK6File(join(folder, 'none.json')));
    expect([code, message]).toEqual(['INPUT_UNREADABLE', expect.stringContaining('none.json" doesn\'t exist')]);
  });

  it('refuses a directory', async () => {
    expect((await failure(readK6File(folder))).message).toContain('is a directory');
  });

  it.each(['json', 'csv'])('refuses plain %s cut short in the middle of any of its last lines', async (format) => {
    const whole = gunzipSync(readFileSync(fixturePath(`2.2.0.${format}.gz`)));
    const lastLines = whole.lastIndexOf(10, whole.length * 0.75);
    for (const length of [lastLines + 2, lastLines + 20, lastLines + 61]) {
      const { code, message } = await failure(readK6File(await file('cut', whole.subarray(0, length))));
      expect([code, message]).toEqual(['INPUT_UNREADABLE', expect.stringContaining('cut" is cut short')]);
    }
  });

  it.each(['json', 'csv'])('reads %s whose last newline is missing', async (format) => {
    const whole = gunzipSync(readFileSync(fixturePath(`2.2.0.${format}.gz`)));
    const expected = content(await readK6File(await file('whole', whole)));
    expect(content(await readK6File(await file('trimmed', whole.subarray(0, -1))))).toBe(expected);
  });

  it('refuses CSV that ends within a quoted field', async () => {
    const csv = `${someCsv(200)}http_req_duration,1795569683,1.0,GET,"a\n`;
    expect((await failure(readK6File(await file('quoted.csv', csv)))).message).toContain('is cut short');
  });

  it('warns of a few broken lines and refuses more than one in a hundred', async () => {
    const broken = 'http_req_duration,1795569683,what,GET,a,200\n';
    const fewBroken = await readK6File(await file('few.csv', `${someCsv(100)}${broken}${someCsv(100, false, 100)}`));
    expect(fewBroken.warnings).toEqual([expect.stringContaining('1 broken lines of CSV')]);
    const many = await failure(
      readK6File(await file('many.csv', `${someCsv(100)}${broken.repeat(3)}${someCsv(100, false, 100)}`)),
    );
    expect([many.code, many.message]).toEqual(['INPUT_UNREADABLE', expect.stringContaining('3 of 204 lines')]);
  });

  it.each(['NaN', '-5', '1e12'])('refuses more than one in a hundred requests that took %s ms', async (duration) => {
    const odd = `http_req_duration,1795569610,${duration},GET,a,200\n`;
    const one = await readK6File(await file('one.csv', `${someCsv(200)}${odd}`));
    expect(one.warnings).toEqual([expect.stringContaining('1 requests with an impossible duration')]);
    const three = await failure(readK6File(await file('three.csv', `${someCsv(200)}${odd.repeat(3)}`)));
    expect([three.code, three.message]).toEqual(['INPUT_UNREADABLE', expect.stringContaining('3 of 203 requests')]);
  });

  it.each([3, 1000])('refuses %d requests none of which has a possible time', async (count) => {
    const csv = `${someCsv(0)}${'http_req_duration,100000000000000000000000,5,GET,a,200\n'.repeat(count)}`;
    const { message } = await failure(readK6File(await file('times.csv', csv)));
    expect(message).toContain(`${count} of ${count} requests have an impossible duration or time`);
  });

  it.each([
    ['an empty file', '', 'is empty'],
    ['an empty packed file', gzipSync(''), 'is empty once unpacked'],
    [
      'a packed file cut short',
      readFileSync(fixturePath('2.2.0.json.gz')).subarray(0, 9000),
      'is a gzip file cut short',
    ],
    ['a damaged packed file', Buffer.from('1f8b0800000000000003ffffffff', 'hex'), 'is a damaged gzip file'],
    ['binary junk', Buffer.from([0x7f, 0x45, 0x4c, 0x46, 0, 1, 2, 3, 0xff, 0xfe]), 'is binary data'],
    ['a CSV without header', 'http_req_duration,1795569683,1.0,GET\n', "looks like CSV without k6's header"],
    ['some text', 'hello\nworld\n', 'is no k6 output: it begins with "hello'],
    ['JSON that is not of k6', '{"a":1}\n', 'is no k6 output: it begins with "{\\"a\\":1}'],
    ['only broken lines', '{"metric":"http_req_duration","ty\n{"metric":"htt', '2 broken lines'],
    ['a run record', '{"schema":"tailgate.run/2","id":"a"}', 'is a run record already'],
  ])('refuses %s and names it', async (what, bytes, problem) => {
    const { code, message } = await failure(readK6File(await file('input', bytes)));
    expect([what, code, message]).toEqual([what, 'INPUT_UNREADABLE', expect.stringContaining(problem)]);
    expect(message).toContain('input"');
  });
});

describe('the target of a raw file', () => {
  const line = (url: string, i: number) =>
    JSON.stringify({
      metric: 'http_req_duration',
      type: 'Point',
      data: { time: new Date(1795569600000 + 100 * i).toISOString(), value: 5, tags: { name: url, method: 'GET' } },
    });
  const urls = ['https://shop.example/a', 'https://shop.example/a', 'https://cdn.example/a'];
  const raw = `${Array.from({ length: 300 }, (_, i) => line(urls[i % 3] as string, i)).join('\n')}\n`;
  const endpointsOf = ({ endpoints }: RunRecord) => endpoints.map(({ endpoint, otherHost }) => [endpoint, otherHost]);

  it('is the busiest host where nobody says it, and all hosts stay apart', async () => {
    expect(endpointsOf(await readK6File(await file('hosts.json', raw)))).toEqual([
      ['GET /a', undefined],
      ['GET cdn.example/a', undefined],
    ]);
  });

  it.each(['https://shop.example', 'http://SHOP.example:443/'])(
    'is what is said, %s, also of a run record',
    async (target) => {
      const path = await file('hosts.json', raw);
      const record = await file('hosts-record.json', encodeRunRecord(await readK6File(path)));
      const told = [
        ['GET /a', undefined],
        ['GET cdn.example/a', 'cdn.example'],
      ];
      expect(endpointsOf(await readK6File(path, { target }))).toEqual(told);
      expect(endpointsOf(await readRunOrK6File(record, { target }))).toEqual(told);
    },
  );

  it('is told where no request went to what is said', async () => {
    const path = await file('hosts.json', raw);
    const record = await readK6File(path, { target: 'https://preview.example' });
    expect(endpointsOf(record)).toEqual([
      ['GET /a', undefined],
      ['GET cdn.example/a', 'cdn.example'],
    ]);
    expect(record.warnings).toEqual([
      `no request in ${JSON.stringify(path)} went to preview.example, the target: shop.example is taken for it`,
    ]);
  });
});

describe('readRunOrK6File', () => {
  it('refuses a small file that unpacks to more than a run record can be', async () => {
    const bomb = gzipSync(`{"schema":"tailgate.run/2"${' '.repeat(65 * 1024 * 1024)}}`, { level: 1 });
    const { code, message } = await failure(readRunOrK6File(await file('bomb.json.gz', bomb)));
    expect([code, message]).toEqual(['RECORD_INVALID', expect.stringMatching(/bomb\.json\.gz".* 64 MB/)]);
  });

  it('reads a named pipe, as a shell makes it of <(command)', async () => {
    const pipe = join(folder, 'pipe');
    execFileSync('mkfifo', [pipe]);
    const json = readFileSync(fixturePath('2.2.0.json.gz'));
    const [record] = await Promise.all([readRunOrK6File(pipe), writeFile(pipe, json)]);
    expect(content(record)).toBe(content(await readK6File(fixturePath('2.2.0.json.gz'))));
  });

  it.each(['/dev/zero', '/dev/null'])('refuses %s', async (device) => {
    expect((await failure(readRunOrK6File(device))).code).toBe('INPUT_UNREADABLE');
  });

  it('reads a run record, plain or packed, and raw output alike', async () => {
    const record = await readK6File(fixturePath('2.2.0.json.gz'));
    const text = encodeRunRecord(record);
    const pretty = JSON.stringify(JSON.parse(text), null, 2);
    for (const bytes of [text, pretty, gzipSync(text)]) {
      expect(encodeRunRecord(await readRunOrK6File(await file('record.json', bytes)))).toBe(text);
    }
    expect(encodeRunRecord(await readRunOrK6File(fixturePath('2.2.0.json.gz')))).toBe(text);
  });

  it('says of a damaged record which file it is', async () => {
    const text = encodeRunRecord(await readK6File(fixturePath('2.2.0.json.gz')));
    const { code, message } = await failure(readRunOrK6File(await file('cut.json', text.slice(0, 900))));
    expect([code, message]).toEqual(['RECORD_INVALID', expect.stringContaining('cut.json" is cut short')]);
  });
});
