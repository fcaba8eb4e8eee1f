import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { promisify } from 'node:util';
import { gunzipSync, gzipSync } from 'node:zlib';
import { fc, test } from '@fast-check/vitest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ReadK6FileOptions, readK6File } from '../../../../src/adapters/k6/output/read-k6-file.ts';
import { type RunRecord, requestsOf } from '../../../../src/core/run-record/run-record.ts';
import { encodeRunRecord } from '../../../../src/core/run-record/run-record-codec.ts';
import { GateError } from '../../../../src/errors.ts';
import { csvFile, declarations, jsonFile, pointLine, pointLines, steadyRequests } from '../../../support/k6-lines.ts';
import { runStartMs } from '../../../support/some-samples.ts';

let folder: string;
let files = 0;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tailgate-people-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function file(content: string | Buffer): Promise<string> {
  const path = join(folder, `file-${files++}`);
  await writeFile(path, content);
  return path;
}

/** The record of one file, or of several of one run. */
async function readOf(contents: string | Buffer | readonly (string | Buffer)[], options: ReadK6FileOptions = {}) {
  const all = Array.isArray(contents) ? contents : [contents];
  const [first = '', ...rest] = await Promise.all(all.map(file));
  return readK6File([first, ...rest], options);
}

/** The record without the name of its source, so that equal content is equal. */
function content({ provenance: { source, ...provenance }, ...record }: RunRecord): string {
  return encodeRunRecord({ ...record, provenance });
}

/** Why the file is refused, with `FILE` in place of its path. */
async function refusal(contents: Parameters<typeof readOf>[0]): Promise<string> {
  const error = await readOf(contents).then(
    () => undefined,
    (cause: unknown) => cause,
  );
  if (!(error instanceof GateError)) throw new Error(`expected a GateError, got ${String(error)}`);
  return `${error.message}. ${error.hint}`.replaceAll(/"[^" ]*\/file-\d+"/g, 'FILE');
}

function requestsIn(record: RunRecord): number {
  return record.endpoints.reduce((sum, series) => sum + requestsOf(series), 0);
}

const lines = (text: string) => text.split('\n').slice(0, -1);
const json = jsonFile(steadyRequests());
const csv = csvFile(steadyRequests());
const keep = 'Keep the samples of the run, which k6 writes with `--out json=run.json`, and give that file.';

/** What log drivers and people's logs put around a line of k6's. */
const prefixes: Readonly<Record<string, (line: string, index: number) => string>> = {
  'docker compose': (line) => `k6-1  | ${line}`,
  'docker compose in color': (line) => `\u001B[36mk6_1    |\u001B[0m ${line}\u001B[0m`,
  'kubectl logs --prefix': (line) => `[pod/k6-sample-1-abcde/k6] ${line}`,
  'kubectl logs --timestamps': (line, i) => `2026-11-25T12:00:${String(i % 60).padStart(2, '0')}.123456789Z ${line}`,
  'a job of GitHub Actions, with \\r\\n': (line) => `2026-11-25T12:00:00.1234567Z ${line}\r`,
};

describe('a file behind the prefixes of a log', () => {
  it.each(Object.keys(prefixes))('of %s is read as the clean file is', async (name) => {
    const prefix = prefixes[name] as (line: string, index: number) => string;
    const behind = (text: string) => `${lines(text).map(prefix).join('\n')}\n`;
    expect(content(await readOf(behind(json)))).toBe(content(await readOf(json)));
    expect(content(await readOf(behind(csv)))).toBe(content(await readOf(csv)));
  });

  it.each(['log', 'message', 'textPayload'])('is read where a log driver wraps each line as "%s"', async (key) => {
    const wrapped = lines(json).map((line) => JSON.stringify({ stream: 'stdout', [key]: `${line}\n`, time: 'now' }));
    expect(content(await readOf(wrapped.join('\n')))).toBe(content(await readOf(json)));
    const deeper = wrapped.map((line) => `{"_index":"logs","_source":${line}}`);
    expect(content(await readOf(deeper.join('\n')))).toBe(content(await readOf(json)));
  });

  it('is read though other containers wrote before and between its lines', async () => {
    const others = Array.from({ length: 300 }, (_, i) => `db-1  | checkpoint ${i} complete, no errors`);
    const mixed = lines(json).flatMap((line, i) => (i % 100 === 0 ? [others[i % 300], `k6-1  | ${line}`] : [line]));
    expect(content(await readOf([...others, ...mixed, ''].join('\n')))).toBe(content(await readOf(json)));
  });
});

describe('a file in the encoding of another system', () => {
  const utf16be = (text: string) => Buffer.from(text, 'utf16le').swap16();
  it.each<[string, (text: string) => Buffer]>([
    ['UTF-16 of PowerShell', (text) => Buffer.from(`\uFEFF${text.replaceAll('\n', '\r\n')}`, 'utf16le')],
    ['UTF-16 without a mark', (text) => Buffer.from(text, 'utf16le')],
    ['UTF-16, big end first', (text) => utf16be(`\uFEFF${text}`)],
    ['UTF-8 with a mark', (text) => Buffer.from(`\uFEFF${text}`)],
    ['lines that end in \\r\\n', (text) => Buffer.from(text.replaceAll('\n', '\r\n'))],
    ['UTF-16 in gzip', (text) => gzipSync(Buffer.from(`\uFEFF${text}`, 'utf16le'))],
  ])('%s is read as plain text is', async (_, encode) => {
    expect(content(await readOf(encode(json)))).toBe(content(await readOf(json)));
    expect(content(await readOf(encode(csv)))).toBe(content(await readOf(csv)));
  });
});

describe('standard input', () => {
  const short = jsonFile(steadyRequests({ seconds: 12 }));
  const compose = `${lines(short)
    .map((line) => `k6-1  | ${line}`)
    .join('\n')}\n`;
  const forms = {
    'UTF-16': Buffer.from(`\uFEFF${short}`, 'utf16le'),
    gzip: gzipSync(short),
    'a log': Buffer.from(compose),
  };

  test.prop([fc.constantFrom(...Object.values(forms)), fc.integer({ min: 1, max: 9_000 })], { numRuns: 25 })(
    'gives the same record however it is cut into pieces',
    async (bytes, length) => {
      const pieces = Array.from({ length: Math.ceil(bytes.length / length) }, (_, i) =>
        bytes.subarray(i * length, (i + 1) * length),
      );
      const stdin = Readable.from(length < 50 ? [bytes.subarray(0, length), bytes.subarray(length)] : pieces);
      expect(content(await readK6File('-', { stdin }))).toBe(content(await readOf(short)));
    },
  );
});

describe('several k6 processes of one run', () => {
  const pod = (k: number) => steadyRequests({ startMs: runStartMs + k * 700, perSecond: 8 + k });

  it('are put on one clock, one after the other in one file or in a file each', async () => {
    const [a, b] = [jsonFile(pod(2)), jsonFile(pod(1))];
    const record = await readOf(`${a}${b}`, { warmUpMs: 10_000 });
    expect(record.warnings).toEqual([]);
    expect(record.startedAt).toBe(new Date(runStartMs + 700).toISOString());
    expect(Math.round(record.durationMs / 1000)).toBe(61);
    expect(requestsIn(record) + (record.requestsOutsideBlocks?.warmUp ?? 0)).toBe(600 + 540);
    expect(content(await readOf([b, a], { warmUpMs: 10_000 }))).toBe(content(record));
  });

  it.each([
    ['CSV with a header each', `${csvFile(pod(1))}${csvFile(pod(2))}`],
    ['CSV with one header', `${csvFile(pod(1))}${csvFile(pod(2)).replace(/^.*\n/, '')}`],
    ['JSON without declarations', [...pod(1), ...pod(2)].flatMap(pointLines).join('\n')],
  ])('are recognized in %s', async (_, text) => {
    const record = await readOf(text);
    expect(record.warnings).toEqual([]);
    expect(Math.round(record.durationMs / 1000)).toBe(61);
  });

  it('may stand in one log line by line', async () => {
    const requests = [1, 2].flatMap((k) => pod(k).map((request) => ({ request, prefix: `k6-${k}  | ` })));
    const told = requests.toSorted((a, b) => a.request.endedAtMs - b.request.endedAtMs);
    const log = told.flatMap(({ request, prefix }) => pointLines(request).map((line) => `${prefix}${line}`));
    const begun = declarations.flatMap((line) => [`k6-1  | ${line}`, `k6-2  | ${line}`]);
    const both = [...begun, ...log].join('\n');
    expect(content(await readOf(both))).toBe(content(await readOf(`${jsonFile(pod(1))}${jsonFile(pod(2))}`)));
  });

  it('are refused where they are several runs, or one given twice', async () => {
    const later = jsonFile(steadyRequests({ startMs: runStartMs + 3_600_000 }));
    const several = 'several runs: one ended at 2026-11-25 12:00:59 UTC, the next began at 2026-11-25 13:00:00 UTC';
    expect(await refusal(`${json}${later}`)).toContain(`FILE holds ${several}. Keep each run in a file of its own`);
    expect(await refusal([later, json])).toContain(`FILE and FILE hold ${several}.`);
    expect(await refusal([json, json])).toContain('hold the same samples twice, ');
  });

  const shards = fc.array(fc.nat({ max: 3 }), { minLength: 300, maxLength: 300 });
  test.prop([shards, fc.boolean()], { numRuns: 20 })(
    'make the same record, whichever of them made which request',
    async (shardOf, isOneFile) => {
      const requests = steadyRequests({ seconds: 30 });
      const parts = [0, 1, 2, 3]
        .map((shard) => requests.filter((_, i) => shardOf[i] === shard))
        .filter(({ length }) => length > 0)
        .map(jsonFile);
      const record = await readOf(isOneFile ? parts.join('') : parts, { warmUpMs: 3_000 });
      expect(content(record)).toBe(content(await readOf(jsonFile(requests), { warmUpMs: 3_000 })));
    },
  );
});

describe('output of several pods of which not every line fits', () => {
  it('is refused where one pod wrote JSON and another CSV: half of the requests would be gone', async () => {
    const prefixed = (text: string, pod: string) => lines(text).map((line) => `${pod} | ${line}`);
    expect(await refusal(json + csv)).toMatch(/^FILE is damaged, \d+ of \d+ lines can't be read: .*"metric_name,/);
    const mixed = [...prefixed(json, 'k6-1'), ...prefixed(csv, 'k6-2')].join('\n');
    expect(await refusal(`${mixed}\n`)).toMatch(/^FILE is damaged, \d+ of \d+ lines can't be read/);
  });

  it('is refused where the lines of the second have another prefix, and are no metrics', async () => {
    const [first, second] = [csv, csvFile(steadyRequests({ slowdown: () => 4 }))].map(lines) as [string[], string[]];
    const mixed = [...first.map((line) => `p | ${line}`), ...second.map((line) => `pod-2, 2026 | ${line}`)].join('\n');
    expect(await refusal(`${mixed}\n`)).toMatch(/^FILE is damaged, \d+ of \d+ lines can't be read/);
  });

  it('is read where the second has its columns in another order', async () => {
    const reversed = lines(csv).map((line) => line.split(',').reverse().join(','));
    const once = requestsIn(await readOf(csv));
    const both = readOf(`${csv}${reversed.join('\n')}\n`).then(requestsIn, (error: Error) => error.message);
    expect(once).toBeGreaterThan(500);
    // The second was understood if it is known to be the first once more.
    expect(await both).toMatch(/holds the same samples twice/);
  });

  it('is one run where two pods made as many requests at the same time', async () => {
    const other = jsonFile(steadyRequests({ slowdown: (index) => (index === 599 ? 1 : 1.5) }));
    for (const files of [
      [json, other],
      [other, json],
    ]) {
      expect(requestsIn(await readOf(files))).toBeGreaterThan(1000);
    }
  });
});

describe('a pipe', () => {
  it('is read once, whatever is found in it', async () => {
    const [early, late] = [0, 3_000].map((ms) => jsonFile(steadyRequests({ startMs: runStartMs + ms }))) as [
      string,
      string,
    ];
    const [fifo, plain] = [join(folder, 'fifo'), await file(early)];
    await promisify(execFile)('mkfifo', [fifo]);
    const [record] = await Promise.all([readK6File([fifo, plain]), writeFile(fifo, late)]);
    expect(requestsIn(record)).toBeGreaterThan(1000);
  });
});

describe('points that k6 did not write so', () => {
  const request = (data: object, more: object = {}) =>
    JSON.stringify({ data: { time: '2026-11-25T12:00:01Z', value: 50, ...data }, type: 'Point', ...more });
  const duration = { metric: 'http_req_duration' };
  const named = { name: 'items', method: 'GET' };

  it('are used where tags are numbers, booleans or null, in any order of keys', async () => {
    const odd = { ...named, status: 500, expected_response: false, error: null, retries: { most: 3 } };
    for (const line of [
      request({ tags: odd }, duration),
      pointLine('http_req_duration', runStartMs + 1000, 50, odd),
      request({ tags: odd, value: '50', time: (runStartMs + 1000) / 1000 }, duration),
    ]) {
      const [series] = (await readOf(`${line}\n`)).endpoints;
      expect([series?.endpoint, series?.outcomes]).toEqual(['GET items', { '500': 1 }]);
      expect(series?.blocks.map(({ failedRequests }) => failedRequests)).toEqual([1]);
    }
  });

  it('are counted and told where they can not be used', async () => {
    const broken = request({ tags: named, value: null }, duration);
    const record = await readOf(`${json}${broken}\n`);
    expect(record.warnings).toEqual([
      `1 broken lines of k6's JSON were left out; the first is line 2405: ${JSON.stringify(`${broken.slice(0, 120)}…`)}`,
    ]);
    expect(await refusal(`${broken}\n`.repeat(3))).toContain(
      "FILE holds no samples of k6 (3 broken lines of k6's JSON were left out; the first is line 1: ",
    );
  });

  it('are no run where none of them is of a request or a metric', async () => {
    const iterations = Array.from({ length: 9 }, (_, i) => pointLine('iterations', runStartMs + i, 1, {}));
    expect(await refusal([...declarations, ...iterations].join('\n'))).toBe(
      'FILE holds samples of k6, but none of a request or of another metric that can be compared. Keep http_req_duration, or grpc_req_duration, with its tags when the file is filtered; see that the script makes requests.',
    );
  });

  it('are told where nothing tells the requests apart, in JSON and in CSV', async () => {
    const told =
      'the system tag name is off, so different endpoints count as one: add name to systemTags in the options of the script, or to K6_SYSTEM_TAGS or --system-tags where those are given';
    expect((await readOf(json.replaceAll(/,"(?:name|url)":"[^"]*"/g, ''))).warnings).toEqual([told]);
    const bare = 'metric_name,timestamp,metric_value,method,extra_tags\nhttp_req_duration,1795608001,3.5,GET,team=a\n';
    expect((await readOf(bare)).warnings).toEqual([told]);
  });
});

describe('tags of people’s own', () => {
  it.each(['constructor', '__proto__', 'toString'])(
    'are no endpoint names where group-by is %s and no request has it',
    async (tag) => {
      const record = await readOf(json, { groupBy: tag });
      expect(record.endpoints.map(({ name }) => name)).toEqual(['/items']);
    },
  );

  it('are a broken line where they are nested beyond measure', async () => {
    const deep = `${'{"a":'.repeat(20_000)}1${'}'.repeat(20_000)}`;
    const line = `{"metric":"http_req_duration","type":"Point","data":{"time":"2026-11-25T12:00:01Z","value":1,"tags":${deep}}}\n`;
    expect((await readOf(json + line)).warnings.join()).toMatch(/1 broken lines of k6's JSON were left out/);
  });
});

describe('a file that was sorted or shuffled', () => {
  it('is not what a few impossible times make of it', async () => {
    const odd = pointLine('http_req_duration', runStartMs, 5, { name: 'a', method: 'GET' }).replace('2026-', '1926-');
    const record = await readOf(`${json}${`${odd}\n`.repeat(5)}`);
    expect(record.warnings).toEqual([
      `5 samples with an impossible time were left out; the first: Unix time ${Date.UTC(1926, 10, 25, 12)} ms`,
    ]);
  });

  it('gives the record of the same lines in order, and says that it was not', async () => {
    const shuffled = lines(csv)
      .slice(1)
      .toSorted((a, b) => a.slice(-40).localeCompare(b.slice(-40)) || a.localeCompare(b));
    const mixed = shuffled.map((_, i) => shuffled[(i * 1009) % shuffled.length]);
    const record = await readOf([lines(csv)[0], ...mixed].join('\n'));
    expect(record.warnings).toEqual([
      'the samples are not in the order in which k6 told of them: each is placed by its own time, and jumps of the clock would not be noticed',
    ]);
    expect(content({ ...record, warnings: [] })).toBe(content(await readOf(csv)));
  });
});

describe("k6's CSV", () => {
  const header = 'metric_name,timestamp,metric_value';
  const times: Readonly<Record<string, (ms: number) => string>> = {
    unix: (ms) => String(Math.floor(ms / 1000)),
    unix_milli: String,
    unix_micro: (ms) => `${ms}000`,
    unix_nano: (ms) => `${ms}000000`,
    rfc3339: (ms) => new Date(ms + 19_800_000).toISOString().replace(/\.\d+Z/, '+05:30'),
    rfc3339_nano: (ms) => new Date(ms).toISOString().replace('Z', '000000Z'),
  };

  it.each(Object.keys(times))('is read with the times of K6_CSV_TIME_FORMAT=%s', async (format) => {
    const time = times[format] as (ms: number) => string;
    const row = (_: unknown, i: number) => `http_req_duration,${time(runStartMs + i * 1000)},12.500000,200,items`;
    const record = await readOf(`${[`${header},status,name`, ...Array.from({ length: 30 }, row)].join('\n')}\n`);
    expect([record.startedAt.slice(0, 18), Math.round(record.durationMs / 1000)]).toEqual(['2026-11-25T11:59:5', 29]);
  });

  it('takes names and other tags from extra_tags, whatever they hold, and from columns in any order', async () => {
    const name = 'users, all & more';
    const time = runStartMs / 1000;
    for (const text of [
      `${header},method,status,extra_tags,metadata\nhttp_req_duration,${time},3.5,GET,200,"team=a=b&name=${name}",\n`,
      `${header},method,status,extra_tags,metadata\nhttp_req_duration,${time},3.5,GET,200,"name=${name}&team=a=b",\n`,
      `extra_tags,status,metric_value,timestamp,metric_name,method\n"name=${name}",200,3.5,${time},http_req_duration,GET\n`,
    ]) {
      for (const bytes of [text, gzipSync(text)]) {
        expect((await readOf(bytes)).endpoints.map(({ endpoint }) => endpoint)).toEqual([`GET ${name}`]);
      }
    }
  });

  it.each(['1.8.1', '2.2.0'])('of k6 %s gives the record that its JSON of the same script gives', async (version) => {
    const fixture = (kind: string) =>
      gunzipSync(readFileSync(new URL(`../../../fixtures/k6/${version}.${kind}.gz`, import.meta.url)));
    const [ofCsv, ofJson] = [await readOf(fixture('csv')), await readOf(fixture('json'))];
    const told = (record: RunRecord) => record.endpoints.map(({ endpoint, protocol }) => [endpoint, protocol]);
    expect(told(ofCsv)).toEqual(told(ofJson));
    expect(ofCsv.checks.map(({ check }) => check)).toEqual(ofJson.checks.map(({ check }) => check));
  });
});

describe('what holds no samples is named for what it is:', () => {
  const spread = lines(json).map((line) => JSON.stringify(JSON.parse(line), null, 2));
  const tar = Buffer.alloc(1024);
  tar.write('run.json');
  tar.write('ustar', 257);
  it.each<[string, string | Buffer, string]>([
    ['an empty file', '', 'FILE is empty. Did k6 write to another file, or was it stopped?'],
    [
      'a summary',
      '{\n  "root_group": {},\n  "metrics": {}\n}',
      `FILE is k6's summary of a run (\`--summary-export\` or handleSummary), not its samples. ${keep}`,
    ],
    [
      'the data of handleSummary',
      '{"metrics":{"checks":{"type":"rate"}}}',
      `FILE is k6's summary of a run (\`--summary-export\` or handleSummary), not its samples. ${keep}`,
    ],
    [
      'the newer summary',
      '{"config":{"duration":3,"execution":"local"},"results":{}}',
      `FILE is k6's summary of a run (\`--summary-export\` or handleSummary), not its samples. ${keep}`,
    ],
    [
      'the console',
      '\n     execution: local\n        script: s.js\n',
      `FILE is what k6 prints for people, not its samples. ${keep}`,
    ],
    [
      'the console of a container',
      'k6-1  |   █ TOTAL RESULTS \nk6-1  |\n',
      `FILE is what k6 prints for people, not its samples. ${keep}`,
    ],
    [
      'an array',
      `[${lines(json).join(',\n')}]`,
      'FILE holds k6\'s lines as one JSON array. Give one JSON object a line: jq -c ".[]" FILE > run.json',
    ],
    [
      'pretty JSON',
      spread.join('\n'),
      "FILE holds k6's samples spread over several lines each. Give one JSON object a line: jq -c . FILE > run.json",
    ],
    [
      'zip',
      Buffer.from('504b0304140000', 'hex'),
      'FILE is a zip archive, as downloaded artifacts are. Unpack it first: unzip -p FILE > run.json',
    ],
    [
      'zstd',
      Buffer.from('28b52ffd04586900', 'hex'),
      'FILE is packed with zstd. Unpack it first: zstd -d FILE -o run.json',
    ],
    ['tar', tar, 'FILE is a tar archive. Unpack it first: tar -xOf FILE > run.json'],
    ['tar in gzip', gzipSync(tar), 'FILE is a tar archive. Unpack it first: tar -xOf FILE > run.json'],
    [
      'gzip in gzip',
      gzipSync(gzipSync(json)),
      'FILE is packed twice with gzip. Unpack it first: gunzip -c FILE > run.json.gz',
    ],
    [
      'a web page',
      '<!DOCTYPE html>\n<title>Sign in</title>',
      'FILE is an HTML page. A login or an error page was saved in place of the file, or it is a report for people. Download it again with access (curl -fL), or keep the samples, which k6 writes with `--out json=run.json`.',
    ],
    [
      'an error of a file store',
      '<?xml version="1.0"?><Error><Code>AccessDenied</Code></Error>',
      'FILE is XML. It is a report or an error of a file store. Download it again, or keep the samples, which k6 writes with `--out json=run.json`.',
    ],
    [
      'lines for InfluxDB',
      'http_req_duration,method=GET,name=a\\ b value=12.3 1772359201401625000\n',
      `FILE is InfluxDB's line protocol, not k6's output to a file. ${keep}`,
    ],
    [
      'an export of InfluxDB',
      '#group,false,false\n#datatype,string,long\n,result,table,_time\n',
      `FILE is an export of InfluxDB, which no longer tells one sample from another. ${keep}`,
    ],
    [
      'Prometheus',
      '# TYPE k6_http_reqs_total counter\nk6_http_reqs_total 12\n',
      `FILE is an export of Prometheus, which keeps figures over time and no samples. ${keep}`,
    ],
    [
      'an answer of Prometheus',
      '{"status":"success","data":{"resultType":"matrix","result":[]}}',
      `FILE is an export of Prometheus, which keeps figures over time and no samples. ${keep}`,
    ],
    [
      'a script',
      "// load\nimport http from 'k6/http';\n",
      'FILE is a k6 script, not what it measured. Measure with it: it is what `tailgate run` takes as --script.',
    ],
    [
      'a report',
      '{"schema":"tailgate.report/2","mode":"duet"}',
      'FILE is a report of Tailgate, not a run. Give the run record: `run-record.json` in the same report folder.',
    ],
  ])('%s', async (_, bytes, told) => {
    expect(await refusal(bytes)).toBe(told);
  });

  it('a log that ends within a line is cut short', async () => {
    const cut = lines(json)
      .map((line) => `k6-1  | ${line}`)
      .join('\n')
      .slice(0, -40);
    expect(await refusal(cut)).toBe(
      'FILE is cut short: its last line is not whole. Was k6 or the copy stopped early? Measure or copy again; half a run is not compared.',
    );
  });
});
