import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { readSources } from '../../../../src/adapters/k6/script/script-sources.ts';
import { requestsOf } from '../../../../src/core/run-record/run-record.ts';
import { encodeRunRecord } from '../../../../src/core/run-record/run-record-codec.ts';
import { LatencySketch } from '../../../../src/core/sketch/latency-sketch.ts';
import { judgeValidity } from '../../../../src/core/validity/judge-validity.ts';
import { startGrpcTarget } from '../../../support/grpc-target.ts';
import { k6Binary } from '../../../support/k6-binary.ts';
import { k6Fixtures, measureScript, recordOf, scriptFolder } from '../../../support/measure-script.ts';
import { startScriptedTarget } from '../../../support/scripted-target.ts';

const ready = { targetWasReady: true };
const fewSeconds = { path: '/', statuses: [{ lowest: 200, highest: 399 }], timeoutMs: 3_000 };

describe.each(['2.2.0', '1.8.1'] as const)('measureWithK6 with k6 %s', (version) => {
  it("agrees with k6's own summary in counts exactly and in percentiles within 0.5 %", async () => {
    await using target = await startScriptedTarget({ kind: 'ok', delayMs: 5 });
    await using folder = await scriptFolder({});
    const summary = join(folder.path, 'summary.json');
    const record = recordOf(await measureScript({ url: target.url, version, k6Args: ['--summary-export', summary] }));
    const { metrics } = JSON.parse(await readFile(summary, 'utf8'));
    const all = LatencySketch.merged(record.endpoints.flatMap((series) => series.blocks.map((block) => block.latency)));
    expect(record.endpoints.map((series) => series.endpoint)).toEqual(['GET /items/:id']);
    expect(record.endpoints.reduce((sum, series) => sum + requestsOf(series), 0)).toBe(metrics.http_reqs.count);
    expect(record.iterations).toBe(metrics.iterations.count);
    for (const [name, probability] of [
      ['p(50)', 0.5],
      ['p(95)', 0.95],
      ['p(99)', 0.99],
    ] as const) {
      const exact = metrics.http_req_duration[name];
      expect(Math.abs(all.quantile(probability) - exact) / exact, name).toBeLessThan(0.0051);
    }
    expect(record.exit).toEqual({ class: 'ran', code: 0, crossedThresholds: [], thrownIterations: 0 });
    expect(record.fingerprint.hard).toEqual({
      name: 'test',
      load: 'steady: constant-arrival-rate 50/1s for 3s',
      outputMode: 'json-stdout',
      k6Major: version[0],
    });
    expect(record.checks.map((series) => series.check)).toEqual(['status is 200']);
    expect(record.generator).toMatchObject({ peakCpuShare: expect.any(Number), readerLagMs: expect.any(Number) });
    expect(judgeValidity(record, ready).kind).toBe('valid');
  });

  it('runs TypeScript with several scenarios, groups, imports and open()', async () => {
    await using target = await startScriptedTarget();
    const record = recordOf(await measureScript({ url: target.url, version, scripts: ['typed.ts'] }));
    expect(record.endpoints.map((series) => series.endpoint).sort()).toEqual([
      'GET /items/:id [browse]',
      'GET /items/:id [find]',
      'GET search',
    ]);
  });

  it('measures gRPC calls', async () => {
    await using target = await startGrpcTarget();
    const record = recordOf(
      await measureScript({ url: `http://${target.address}`, version, scripts: ['greeter.js'], wait: fewSeconds }),
    );
    expect(record.endpoints.map(({ endpoint, protocol }) => ({ endpoint, protocol }))).toEqual([
      { endpoint: 'GRPC /greet.Greeter/Hello', protocol: 'grpc' },
    ]);
    expect(record.endpoints.reduce((sum, series) => sum + requestsOf(series), 0)).toBe(target.calls());
    expect(judgeValidity(record, ready).kind).toBe('valid');
  });

  it('gives a crossed threshold and the failing checks, and keeps the data', async () => {
    await using target = await startScriptedTarget();
    await using folder = await scriptFolder({
      'script.js': `import http from 'k6/http';
import { check } from 'k6';
export const options = { vus: 1, duration: '2s', thresholds: { http_req_duration: ['p(95)<0.0001', 'max>=0'], checks: ['rate>0.9'] } };
export default function () { check(http.get(__ENV.BASE_URL + '/a'), { 'is red': () => false }); }`,
    });
    const record = recordOf(
      await measureScript({ url: target.url, version, scripts: ['script.js'], directory: folder.path }),
    );
    expect(record.exit).toMatchObject({ class: 'ran', code: 99 });
    expect([...record.exit.crossedThresholds].sort()).toEqual(['checks: rate>0.9', 'http_req_duration: p(95)<0.0001']);
    expect(record.checks[0]?.blocks.every((block) => block.failed === block.total)).toBe(true);
    expect(judgeValidity(record, ready).kind).toBe('valid');
  });
});

describe('measureWithK6', () => {
  it('runs an archive', async () => {
    await using target = await startScriptedTarget();
    await using folder = await scriptFolder({});
    const archive = join(folder.path, 'script.tar');
    await promisify(execFile)(await k6Binary(), ['archive', '-O', archive, 'typed.ts'], { cwd: k6Fixtures });
    expect((await readSources(archive)).map((source) => basename(source.path)).sort()).toEqual(['api.ts', 'typed.ts']);
    const { measurement, log } = await measureScript({ url: target.url, scripts: [archive] });
    const record = recordOf({ measurement });
    expect(record.endpoints.map((series) => series.endpoint)).toContain('GET search');
    expect(log.lines.join('\n')).toContain('its first second of load is checked instead');
  });

  it('joins several scripts into one record and keeps them apart', async () => {
    await using target = await startScriptedTarget();
    await using folder = await scriptFolder({ 'one.js': onceASecond('/same'), 'two.js': onceASecond('/same') });
    const record = recordOf(
      await measureScript({ url: target.url, scripts: ['one.js', 'two.js'], directory: folder.path }),
    );
    expect(record.endpoints.map(({ name, script }) => ({ name, script }))).toEqual([
      { name: '/same', script: 'one.js' },
      { name: '/same', script: 'two.js' },
    ]);
    expect(record.iterations).toBe(target.requests.filter((request) => request === 'GET /same').length);
    expect(record.fingerprint.hard.load).toMatch(/^one\.js \{ .* \} two\.js \{ .* \}$/);
  });

  it("keeps the user's outputs, K6_ variables and handleSummary, and shows what the script prints", async () => {
    await using target = await startScriptedTarget();
    await using folder = await scriptFolder({
      'script.js': `${onceASecond('/a')}
export function handleSummary(data) {
  return { stdout: 'SUMMARY ' + data.metrics.http_reqs.values.count + ' end\\n', 'own.json': JSON.stringify(data.metrics.http_reqs) };
}`,
    });
    const { measurement, log } = await measureScript({
      url: target.url,
      scripts: ['script.js'],
      directory: folder.path,
      k6Args: ['--out', 'csv=own.csv', '--tag', 'team=shop'],
      environment: { PATH: process.env['PATH'], K6_USER_AGENT: 'own-agent/1' },
    });
    const count = target.requests.filter((request) => request === 'GET /a').length;
    expect(recordOf({ measurement }).endpoints.reduce((sum, series) => sum + requestsOf(series), 0)).toBe(count);
    expect(JSON.parse(await readFile(join(folder.path, 'own.json'), 'utf8')).values.count).toBe(count);
    expect((await readFile(join(folder.path, 'own.csv'), 'utf8')).match(/^http_reqs,/gm)).toHaveLength(count);
    expect(log.lines.join('\n')).toContain(`SUMMARY ${count} end`);
    expect(target.lastHeaders['user-agent']).toBe('own-agent/1');
  });

  it('shows no secret to a script, names what it kept back, and passes what is listed', async () => {
    await using target = await startScriptedTarget();
    const { log } = await measureScript({
      url: target.url,
      scripts: ['dump-environment.js'],
      env: { API_ROOT: '{url}/api at {host}' },
      passThroughNames: ['WANTED_TOKEN'],
      environment: {
        PATH: process.env['PATH'],
        GITHUB_TOKEN: 'secret-1',
        DB_PASSWORD: 'secret-2',
        WANTED_TOKEN: 'wanted-3',
        MONKEY: 'harmless-4',
      },
    });
    const dump = log.lines.find((line) => line.includes('ENVIRONMENT')) ?? '';
    expect(dump).toContain('wanted-3');
    expect(dump).toContain('harmless-4');
    expect(dump).toContain(`${target.url}/api at 127.0.0.1:${target.port}`);
    expect(log.lines.join('\n')).not.toMatch(/secret-[12]/);
    expect(log.lines).toContain(
      'info: withheld from the script: DB_PASSWORD, GITHUB_TOKEN; list a name in `env` to pass it',
    );
  });

  it('stops before any load when a script reads a variable that was kept from it', async () => {
    await using target = await startScriptedTarget();
    await using folder = await scriptFolder({
      'login.js': 'export const token = __ENV.API_TOKEN;',
      'script.js': `import { token } from './login.js';\n${onceASecond('/a')}`,
    });
    const measuring = measureScript({
      url: target.url,
      scripts: ['script.js'],
      directory: folder.path,
      environment: { PATH: process.env['PATH'], API_TOKEN: 'x' },
    });
    await expect(measuring).rejects.toMatchObject({
      code: 'SCRIPT_READS_REMOVED_VARIABLE',
      message: expect.stringContaining('login.js:1 reads API_TOKEN'),
    });
    expect(target.requests).toEqual([]);
  });

  it('sends the bypass header with load and readiness check to the target only, and never shows it', async () => {
    const value = 'let-"me"\\in';
    await using target = await startScriptedTarget();
    await using other = await startScriptedTarget();
    await using folder = await scriptFolder({
      'script.js': `import http from 'k6/http';
import { check } from 'k6';
const seen = __ENV.SEEN;
export const options = { vus: 1, iterations: 2 };
export default function () {
  http.get('${other.url}/other');
  http.batch([__ENV.BASE_URL + '/a']);
  http.get(__ENV.BASE_URL + '/b', { tags: { name: 'b ' + seen } });
  check(null, { ['tok ' + seen]: () => true });
  console.log(seen, JSON.stringify(__ENV));
  throw new Error('refused ' + seen);
}
export const handleSummary = (data) => ({ stdout: 'summary ' + seen + JSON.stringify({ seen }) + JSON.stringify(data) });`,
    });
    const { measurement, log } = await measureScript({
      url: target.url,
      scripts: ['script.js'],
      directory: folder.path,
      env: { SEEN: value },
      bypassHeader: { name: 'x-bypass', value },
    });
    expect(target.lastHeaders['x-bypass']).toBe(value);
    expect(other.requests).toHaveLength(2);
    expect(other.lastHeaders['x-bypass']).toBeUndefined();
    const record = recordOf({ measurement });
    for (const shown of [log.lines.join('\n'), encodeRunRecord(record)]) {
      expect(shown).toContain('***');
      expect(shown).not.toContain('let-');
    }
    expect(log.lines).toContainEqual(expect.stringContaining('summary ***'));
    expect(record.checks.map((series) => series.check)).toEqual(['tok ***']);
    expect(record.endpoints.map((series) => series.endpoint).sort()).toEqual([
      'GET /a',
      `GET 127.0.0.1:${other.port}/other`,
      'GET b ***',
    ]);
  });

  it('sends the bypass header with every kind of call', async () => {
    const withHeader: string[] = [];
    const without: string[] = [];
    await using target = await startScriptedTarget({ kind: 'ok' }, ({ headers, url }) => {
      (headers['x-bypass'] === 'a: b' ? withHeader : without).push(url ?? '');
      return false;
    });
    const bypassHeader = { name: 'x-bypass', value: 'a: b' };
    recordOf(
      await measureScript({ url: target.url, scripts: ['every-call.js'], urlVariables: ['CALL_URL'], bypassHeader }),
    );
    expect(without).toEqual([]);
    expect(new Set(withHeader)).toEqual(
      new Set(
        ['', 'get', 'post', 'put', 'patch', 'del', 'head', 'options', 'request', 'captured', 'tagged/1', 'async']
          .concat(['batch-1', 'batch-2', 'batch-3', 'batch-4'])
          .map((path) => `/${path}`),
      ),
    );
  });

  it('makes a constant arrival rate of a script that has no load of its own', async () => {
    await using target = await startScriptedTarget();
    await using folder = await scriptFolder({
      'script.js': `import http from 'k6/http';\nexport default function () { http.get(__ENV.BASE_URL + '/a'); }`,
    });
    const record = recordOf(
      await measureScript({
        url: target.url,
        scripts: ['script.js'],
        directory: folder.path,
        rate: { count: 30, perMs: 1000 },
        durationMs: 2000,
      }),
    );
    expect(record.fingerprint.hard.load).toBe('default: constant-arrival-rate 30/1s for 2s');
    expect(record.iterations).toBeGreaterThanOrEqual(50);
    expect(record.iterations).toBeLessThanOrEqual(61);
  });

  it('refuses a duration for a script that defines its own scenarios', async () => {
    await using target = await startScriptedTarget();
    await expect(measureScript({ url: target.url, durationMs: 1000 })).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
    });
    expect(target.requests).toEqual([]);
  });

  it('leaves the warm-up out of the blocks', async () => {
    await using target = await startScriptedTarget();
    const record = recordOf(await measureScript({ url: target.url, warmUpMs: 1000 }));
    const judged = record.endpoints.reduce((sum, series) => sum + requestsOf(series), 0);
    expect(record.requestsOutsideBlocks?.warmUp).toBeGreaterThan(30);
    expect(judged + (record.requestsOutsideBlocks?.warmUp ?? 0)).toBe(record.iterations);
  });

  it('stops at the time budget, which leaves the data usable', async () => {
    await using target = await startScriptedTarget();
    await using folder = await scriptFolder({
      'script.js': onceASecond('/a').replace("duration: '1s'", "duration: '60s'"),
    });
    const record = recordOf(
      await measureScript({ url: target.url, scripts: ['script.js'], directory: folder.path, timeBudgetMs: 1500 }),
    );
    expect(record.exit.class).toBe('ran');
    expect(record.durationMs).toBeLessThan(10_000);
    expect(record.fingerprint.hard.load).toContain('first 1.5s');
    expect(record.warnings.join()).toContain('time budget');
    expect(judgeValidity(record, ready).kind).toBe('valid');
  });
});

/** A script with one scenario of 20 requests in a second. */
function onceASecond(path: string): string {
  return `import http from 'k6/http';
export const options = { scenarios: { main: { executor: 'constant-arrival-rate', rate: 20, timeUnit: '1s', duration: '1s', preAllocatedVUs: 2 } } };
export default function () { http.get(__ENV.BASE_URL + '${path}'); }`;
}
