import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { judgeValidity } from '../../../../src/core/validity/judge-validity.ts';
import type { Validity } from '../../../../src/core/validity/validity.ts';
import type { Measurement } from '../../../../src/ports.ts';
import { isRunning } from '../../../support/is-running.ts';
import { k6Binary } from '../../../support/k6-binary.ts';
import { type MeasureRequest, measureScript, recordOf, scriptFolder } from '../../../support/measure-script.ts';
import { type RecordedLog, recordedLog } from '../../../support/recorded-log.ts';
import { type ScriptedTarget, startScriptedTarget } from '../../../support/scripted-target.ts';

interface Outcome {
  readonly measurement: Measurement;
  readonly log: RecordedLog;
  /** What the run is judged to be; undefined when nothing was measured. */
  readonly validity: Validity | undefined;
}

/** Measures a script given as text. */
async function run(text: string, url: string, more: Partial<MeasureRequest> = {}): Promise<Outcome> {
  await using folder = await scriptFolder({ 'script.js': text });
  const outcome = await measureScript({ url, scripts: ['script.js'], directory: folder.path, ...more });
  const { measurement } = outcome;
  const validity =
    measurement.kind === 'measured' ? judgeValidity(measurement.record, { targetWasReady: true }) : undefined;
  return { ...outcome, validity };
}

const get = `import http from 'k6/http';
const get = () => http.get(__ENV.BASE_URL + '/a');`;
const aMinute = `${get}
export const options = { vus: 1, duration: '60s' };
export default function () { get(); }`;
const oneSecond = 'export const options = { vus: 1, duration: "1s" };';

describe.each(['2.2.0', '1.8.1'] as const)('a script that k6 %s can not run', (version) => {
  it.each([
    ['a syntax error', 'export default function () {', /^k6 can't run script\.js: Line 1:29 Unexpected end of input$/],
    ['nothing in it', '', /no exported functions in script/],
    ['a missing import', "import './nope.js';\nexport default function () {}", /"\.\/nope\.js" couldn't be found/],
    ['an error in its init code', "throw new Error('init boom');", /Error: init boom \(script\.js:1:\d+\)/],
    [
      'a threshold on no metric',
      'export const options = { thresholds: { nope: ["p(95)<1"] } };\nexport default function () {}',
      /no metric name "nope"/,
    ],
  ])('is told by its first error when it has %s', async (_, text, error) => {
    await using target = await startScriptedTarget();
    const { measurement } = await run(text, target.url, { version });
    expect(measurement).toMatchObject({
      kind: 'not-measured',
      reason: 'k6-could-not-run',
      detail: expect.stringMatching(error),
    });
    expect(target.requests).toEqual([]);
  });

  it('is told by the error that setup() throws', async () => {
    await using target = await startScriptedTarget();
    const script = `${get}
export function setup() { if (get().body !== ' {"stub":true} ') throw new Error('setup boom'); }
export default function () { get(); }`;
    const { validity } = await run(script, target.url, { version });
    expect(validity).toMatchObject({
      kind: 'invalid',
      reason: 'k6-could-not-run',
      detail: expect.stringMatching(/exit code 107.*Error: setup boom \(script\.js:3:/),
    });
  });

  it('is named when it does not exist, before anything is said of what it would have been given', async () => {
    await using target = await startScriptedTarget();
    const log = recordedLog();
    const environment = { PATH: process.env['PATH'], API_TOKEN: 'x' };
    const measuring = measureScript({ url: target.url, version, scripts: ['nowhere.js'], environment, log });
    await expect(measuring).rejects.toMatchObject({
      code: 'SCRIPT_NOT_FOUND',
      message: 'there is no script "nowhere.js"',
    });
    expect(log.lines).toEqual([]);
  });
});

describe('a run that ended before its time', () => {
  it('is aborted when the script aborts it', async () => {
    await using target = await startScriptedTarget();
    const script = `${get}
import exec from 'k6/execution';
${oneSecond}
export default function () { get(); if (__ITER === 5) exec.test.abort('enough'); }`;
    const { validity } = await run(script, target.url);
    expect(validity).toMatchObject({
      kind: 'invalid',
      reason: 'k6-aborted',
      detail: expect.stringContaining('enough'),
    });
  });

  it('is usable when the script only marks it as failed', async () => {
    await using target = await startScriptedTarget();
    const script = `${get}
import exec from 'k6/execution';
export const options = { vus: 1, iterations: 5 };
export default function () { get(); exec.test.fail('not good'); }`;
    const outcome = await run(script, target.url);
    expect(recordOf(outcome).exit).toMatchObject({ class: 'ran', code: 110 });
    expect(outcome.validity?.kind).toBe('valid');
  });

  it('is usable when only teardown() throws', async () => {
    await using target = await startScriptedTarget();
    const script = `${get}
${oneSecond}
export default function () { get(); }
export function teardown() { throw new Error('late boom'); }`;
    const outcome = await run(script, target.url);
    expect(recordOf(outcome).warnings.join()).toContain('late boom');
    expect(outcome.validity?.kind).toBe('valid');
  });

  it.each(['2.2.0', '1.8.1'] as const)(
    'keeps what was measured when a signal stops it (k6 %s), and leaves no process behind',
    async (version) => {
      await using target = await startScriptedTarget();
      const abort = new AbortController();
      const running = run(aMinute, target.url, { signal: abort.signal, version });
      await requestsReach(target, 50);
      const k6 = await childProcesses(process.pid, version);
      expect(k6.length).toBeGreaterThan(0);
      abort.abort();
      const outcome = await running;
      expect(recordOf(outcome).exit).toMatchObject({ class: 'aborted', code: 105 });
      expect(recordOf(outcome).endpoints).toHaveLength(1);
      expect(outcome.validity).toMatchObject({ kind: 'invalid', reason: 'cut-short' });
      expect(await childProcesses(process.pid, version)).toEqual([]);
    },
  );

  it('does not wait for a teardown() that takes its time', async () => {
    await using target = await startScriptedTarget();
    const abort = new AbortController();
    const script = `${get}
import { sleep } from 'k6';
export const options = { vus: 1, duration: '60s' };
export default function () { get(); }
export function teardown() { sleep(55); }`;
    const running = run(script, target.url, { signal: abort.signal });
    await requestsReach(target, 50);
    abort.abort();
    expect(recordOf(await running).exit).toMatchObject({ class: 'aborted', code: 105 });
    expect(await childProcesses()).toEqual([]);
  }, 30_000);

  it('takes k6 along when the gate itself is killed', async () => {
    await using target = await startScriptedTarget();
    await using folder = await scriptFolder({ 'script.js': aMinute });
    const program = `import { measureScript } from ${JSON.stringify(import.meta.resolve('../../../support/measure-script.ts'))};
      await measureScript({ url: process.argv[1], scripts: ['script.js'], directory: process.env.TMPDIR });`;
    const gate = spawn(process.execPath, ['--input-type=module', '-e', program, target.url], {
      env: { ...process.env, TMPDIR: folder.path },
    });
    await requestsReach(target, 50);
    const k6 = await childProcesses(gate.pid);
    expect(k6).toHaveLength(1);
    gate.kill('SIGKILL');
    await expect.poll(() => k6.filter(isRunning), { timeout: 20_000 }).toEqual([]);
  });

  it('says that k6 was killed when something else kills it', async () => {
    await using target = await startScriptedTarget();
    const running = run(aMinute, target.url);
    await requestsReach(target, 50);
    for (const pid of await childProcesses()) process.kill(pid, 'SIGKILL');
    const outcome = await running;
    expect(recordOf(outcome).exit).toMatchObject({ class: 'aborted', signal: 'SIGKILL' });
    expect(outcome.validity).toMatchObject({
      kind: 'invalid',
      reason: 'k6-aborted',
      hint: expect.stringContaining('memory'),
    });
  });
});

describe.each(['2.2.0', '1.8.1'] as const)('a run that k6 %s calls a success', (version) => {
  it('is invalid when every iteration threw', async () => {
    await using target = await startScriptedTarget();
    const script = `${get}
export const options = { vus: 1, iterations: 20 };
export default function () { const answer = get(); if (answer.body !== ' {"stub":true} ') answer.nothing.at(0); }`;
    const outcome = await run(script, target.url, { version });
    expect(recordOf(outcome).exit).toMatchObject({ class: 'ran', code: 0, thrownIterations: 20 });
    expect(outcome.validity).toMatchObject({ kind: 'invalid', reason: 'script-throws' });
  });

  it('is invalid without a single request', async () => {
    await using target = await startScriptedTarget();
    const { validity } = await run(
      'export const options = { vus: 1, iterations: 3 };\nexport default function () {}',
      target.url,
      { version },
    );
    expect(validity).toMatchObject({ kind: 'invalid', reason: 'no-requests' });
  });
});

describe('the target', () => {
  it('that is not there is told before any load', async () => {
    const target = await startScriptedTarget();
    await target.die();
    const { measurement } = await run(`${get}\n${oneSecond}\nexport default get;`, target.url, {
      wait: { path: '/health', statuses: [{ lowest: 200, highest: 299 }], timeoutMs: 1_200 },
    });
    expect(measurement).toMatchObject({
      kind: 'not-measured',
      reason: 'target-not-ready',
      detail: expect.stringContaining(
        `${target.url}/health wasn't ready within 1 s: it can't be reached (ECONNREFUSED)`,
      ),
    });
  });

  it('that comes up late is waited for', async () => {
    let asked = 0;
    await using target = await startScriptedTarget({ kind: 'ok' }, ({ url }, response) => {
      if (url !== '/health' || ++asked > 2) return false;
      response.writeHead(503).end();
      return true;
    });
    const { measurement, log } = await run(`${get}\n${oneSecond}\nexport default function () { get(); }`, target.url, {
      wait: { path: '/health', statuses: [{ lowest: 200, highest: 299 }], body: 'items', timeoutMs: 10_000 },
    });
    expect(measurement.kind).toBe('measured');
    expect(log.lines.join()).toContain('it answers with status 503');
  });

  it('that answers with a bot challenge is told before any load', async () => {
    await using target = await startScriptedTarget({
      kind: 'status',
      status: 403,
      headers: { 'cf-mitigated': 'challenge' },
    });
    const { measurement } = await run(`${get}\n${oneSecond}\nexport default get;`, target.url);
    expect(measurement).toMatchObject({
      kind: 'not-measured',
      reason: 'bot-challenge',
      detail: expect.stringContaining('Cloudflare'),
    });
  });

  it('that was ready and answers 5xx to everything has failed', async () => {
    await using target = await startScriptedTarget({ kind: 'status', status: 503 });
    const { validity } = await run(
      `${get}\n${oneSecond}\nexport default function () { get().json().items.length; }`,
      target.url,
    );
    expect(validity).toMatchObject({
      kind: 'all-failed',
      detail: expect.stringMatching(/every one of \d+ requests failed \(503: \d+\)/),
    });
  });

  it('that was ready and is gone under load has failed', async () => {
    let dying: Promise<void> | undefined;
    let answers = 0;
    const target: ScriptedTarget = await startScriptedTarget({ kind: 'ok' }, (_, response) => {
      // Three good answers make it ready.
      response.once('close', () => {
        if (++answers === 3) dying = target.die();
      });
      return false;
    });
    const { validity } = await run(`${get}\n${oneSecond}\nexport default function () { get(); }`, target.url);
    await dying;
    expect(validity).toMatchObject({ kind: 'all-failed', detail: expect.stringContaining('connection refused') });
  });

  it('that dies during the run is judged by its errors, with a warning', async () => {
    await using target = await startScriptedTarget();
    const script = `${get}
export const options = { scenarios: { main: { executor: 'constant-arrival-rate', rate: 20, timeUnit: '1s', duration: '4s', preAllocatedVUs: 2 } } };
export default function () { get(); }`;
    const running = run(script, target.url);
    await requestsReach(target, 25);
    await target.die();
    const { validity } = await running;
    expect(validity).toMatchObject({
      kind: 'valid',
      warnings: [expect.stringContaining('of all requests failed'), expect.stringContaining('seems to have died')],
    });
  });

  it('that turns requests away by a rate limit is told', async () => {
    let count = 0;
    await using target = await startScriptedTarget({ kind: 'ok' }, (_, response) => {
      count += 1;
      if (count % 4 !== 0) return false;
      response.writeHead(429).end();
      return true;
    });
    const { validity } = await run(`${get}\n${oneSecond}\nexport default function () { get(); }`, target.url);
    expect(validity).toMatchObject({ kind: 'invalid', reason: 'throttled', detail: expect.stringContaining('(25 %)') });
  });

  it('that a script does not use gets no load, nor does the host that it calls', async () => {
    await using target = await startScriptedTarget();
    await using other = await startScriptedTarget();
    const script = `import http from 'k6/http';
const base = __ENV.API_HOST || '${other.url}';
${oneSecond}
export default function () { http.post(base + '/orders'); }`;
    const { measurement } = await run(script, target.url);
    expect(measurement).toMatchObject({
      kind: 'not-measured',
      reason: 'target-not-used',
      detail: expect.stringContaining(`its requests go to 127.0.0.1:${other.port}`),
      hint: expect.stringMatching(/script\.js:2: .*__ENV\.BASE_URL.*it reads API_HOST.*`url-variable`/),
    });
    expect(other.requests).toEqual([]);
  });

  it('that a script proves to ignore only under load ends the load within seconds', async () => {
    await using target = await startScriptedTarget();
    await using other = await startScriptedTarget();
    const script = `import http from 'k6/http';
export const options = { vus: 1, duration: '60s' };
export default function () {
  const answer = http.get('${other.url}/orders');
  if (answer.body === ' {"stub":true} ') throw new Error('a stub');
}`;
    const { measurement } = await run(script, target.url);
    expect(measurement).toMatchObject({ kind: 'not-measured', reason: 'target-not-used' });
    expect(other.requests.length).toBeGreaterThan(0);
  });
});

async function requestsReach(target: ScriptedTarget, count: number): Promise<void> {
  while (target.requests.length < count) await new Promise((resolve) => setTimeout(resolve, 20));
}

/** Pids of the k6 processes that a process has started and that still run. */
async function childProcesses(ofPid = process.pid, version: '2.2.0' | '1.8.1' = '2.2.0'): Promise<number[]> {
  const k6 = await k6Binary(version);
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const mine: number[] = [];
  for (const pid of pids) {
    const stat = await readFile(`/proc/${pid}/stat`, 'latin1').catch(() => '');
    const command = await readFile(`/proc/${pid}/cmdline`, 'latin1').catch(() => '');
    const parent = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
    if (parent === ofPid && isRunning(pid) && command.startsWith(`${k6}\0`)) mine.push(pid);
  }
  return mine;
}

describe('options that k6 reads in its own way', () => {
  it('are taken as k6 takes them when a script gives a duration and no VUs', async () => {
    await using target = await startScriptedTarget();
    const script = `${get}\nexport const options = { duration: '1s' };\nexport default function () { get(); }`;
    const outcome = await run(script, target.url);
    expect(recordOf(outcome).fingerprint.hard.load).toBe('default: constant-vus 1 VUs for 1s');
    expect(outcome.validity?.kind).toBe('valid');
  });

  it("count K6_ variables of the user's into the load", async () => {
    await using target = await startScriptedTarget();
    const script = `${get}\nexport const options = { vus: 1, duration: '60s' };\nexport default function () { get(); }`;
    const environment = { PATH: process.env['PATH'], K6_ITERATIONS: '7', K6_VUS: '2' };
    const record = recordOf(await run(script, target.url, { environment }));
    expect(record.iterations).toBe(7);
    expect(record.fingerprint.hard.load).toBe('default: shared-iterations 7 iterations by 2 VUs');
  });

  it('keep a run that a threshold ends early', async () => {
    await using target = await startScriptedTarget();
    const script = `${get}
export const options = { vus: 1, duration: '60s', thresholds: { http_reqs: [{ threshold: 'count<1', abortOnFail: true }] } };
export default function () { get(); }`;
    const outcome = await run(script, target.url);
    expect(recordOf(outcome).exit).toMatchObject({ class: 'ran', code: 99, crossedThresholds: ['http_reqs: count<1'] });
    expect(outcome.validity?.kind).toBe('valid');
  });

  it('end a run whose setup() takes too long', async () => {
    await using target = await startScriptedTarget();
    const script = `${get}
import { sleep } from 'k6';
export const options = { vus: 1, duration: '1s', setupTimeout: '1s' };
export function setup() { get(); sleep(30); }
export default function () { get(); }`;
    const { validity } = await run(script, target.url);
    expect(validity).toMatchObject({
      kind: 'invalid',
      reason: 'k6-could-not-run',
      hint: expect.stringContaining('setupTimeout'),
    });
  });

  it('name crossed thresholds by their metric when the summary is off', async () => {
    await using target = await startScriptedTarget();
    const script = `${get}
export const options = { vus: 1, iterations: 3, thresholds: { http_reqs: ['count<1'] } };
export default function () { get(); }`;
    const outcome = await run(script, target.url, { k6Args: ['--summary-mode', 'disabled'] });
    expect(recordOf(outcome).exit.crossedThresholds).toEqual(['http_reqs']);
  });

  it.each([{ K6_LINGER: 'true' }, { K6_PAUSED: '1' }])('are refused when k6 would never end: %o', async (variables) => {
    const environment = { PATH: process.env['PATH'], ...variables };
    await expect(measureScript({ url: 'http://127.0.0.1:1', environment })).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
    });
  });
});

describe('a script without HTTP requests', () => {
  it('is measured by its WebSocket sessions', async () => {
    await using target = await startScriptedTarget({ kind: 'ok' }, undefined, closeWebSocket);
    const script = `import ws from 'k6/ws';
export const options = { vus: 1, iterations: 20 };
export default function () { ws.connect(__ENV.BASE_URL.replace('http', 'ws') + '/socket', {}, () => {}); }`;
    const outcome = await run(script, target.url);
    expect(recordOf(outcome).endpoints).toEqual([]);
    expect(recordOf(outcome).metrics.map((series) => series.metric)).toContain('ws_session_duration');
    expect(outcome.validity?.kind).toBe('valid');
  });
});

/** Accepts a WebSocket and closes it at once (RFC 6455, sections 4.2.2 and 5.5.1). */
function closeWebSocket(request: IncomingMessage, socket: Duplex): void {
  const accept = createHash('sha1')
    .update(`${request.headers['sec-websocket-key']}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`)
    .digest('base64');
  socket.write(
    `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
  );
  socket.end(Buffer.from([0x88, 0x02, 0x03, 0xe8]));
}
