import { execFileSync } from 'node:child_process';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { inspectSides } from '../../../src/adapters/inspection/inspect-sides.ts';
import { compareInspections } from '../../../src/core/evidence/outside/inspection.ts';
import { seededRandom } from '../../../src/core/stats/random.ts';
import type { Inspection } from '../../../src/ports.ts';
import { k6Binary } from '../../support/k6-binary.ts';
import { measureScript, recordOf, scriptFolder, someMeasureOptions } from '../../support/measure-script.ts';
import { type ScriptedTarget, startScriptedTarget } from '../../support/scripted-target.ts';

const load = (body: string, seconds = 2) => `import http from 'k6/http';
export const options = { scenarios: { shop: { executor: 'constant-arrival-rate', rate: 20, duration: '${seconds}s', preAllocatedVUs: 20 } } };
export default function () { ${body} }`;

const get = (path: string, params = '{}') => `http.get(__ENV.BASE_URL + '${path}', ${params});`;

type Respond = (request: IncomingMessage, response: ServerResponse) => boolean;

interface Look {
  readonly inspection: Inspection;
  readonly seconds: number;
  readonly target: ScriptedTarget;
}

/** Measures a script at a target and looks at it again, beside itself unless `baseline` is another one. */
async function look(
  script: string,
  respond: Respond,
  more: {
    readonly baseline?: Respond;
    readonly mayProbe?: boolean;
    readonly name?: string;
    readonly header?: string;
  } = {},
): Promise<Look> {
  const { baseline, mayProbe = true, name = 'shop.js', header } = more;
  await using folder = await scriptFolder({ [name]: script });
  await using target = await startScriptedTarget({ kind: 'ok' }, respond);
  await using other = baseline && (await startScriptedTarget({ kind: 'ok' }, baseline));
  const shared = {
    ...{ scripts: [name], directory: folder.path },
    ...(header !== undefined && { bypassHeader: { name: 'x-bypass', value: header } }),
  };
  const record = recordOf(await measureScript({ url: target.url, ...shared }));
  const candidate = (await someMeasureOptions({ url: target.url, ...shared })).options;
  const beside = other && (await someMeasureOptions({ url: other.url, ...shared })).options;
  const startedMs = performance.now();
  const inspection = await inspectSides(
    { sides: { candidate, ...(beside && { baseline: beside }) }, areTogether: true, mayProbe, random: seededRandom(1) },
    { endpoints: record.endpoints.map(({ endpoint }) => endpoint).slice(0, 3), others: false, record, sides: 'target' },
    new AbortController().signal,
  );
  return { inspection, seconds: (performance.now() - startedMs) / 1000, target };
}

const answersOf = ({ inspection }: Look, endpoint: string) =>
  inspection.candidate.alone.find((asked) => asked.endpoint === endpoint)?.answers.flatMap((answer) => answer ?? []) ??
  [];

/** Answers `/list` in so many ms with so many items. */
const list =
  (delayMs: number, items: number): Respond =>
  (request, response) => {
    if (!request.url?.startsWith('/list')) return false;
    const body = JSON.stringify(Array.from({ length: items }, (_, id) => ({ id })));
    setTimeout(() => response.writeHead(200, { 'content-type': 'application/json' }).end(body), delayMs);
    return true;
  };

describe.concurrent('a look at both sides', () => {
  it('asks the same requests of both, with their own credentials, and sees what differs', async () => {
    const cookies = new Set<string>();
    const seen = await look(
      load(get('/list?limit=20', "{ headers: { Cookie: 'side=' + __ENV.BASE_URL.slice(-4) } }")),
      (request, response) => {
        if (request.url?.startsWith('/list')) cookies.add(request.headers.cookie ?? '');
        return list(60, 20)(request, response);
      },
      { baseline: list(20, 20) },
    );
    const { baseline, candidate } = seen.inspection;
    const { contrasts, n } = compareInspections(baseline ?? candidate, candidate).endpoints.get('GET /list') ?? {};
    expect(n).toBe(40);
    expect(contrasts?.get('totalMs')?.added.point).toBeGreaterThan(30);
    expect(contrasts?.get('items')?.candidate).toBe(20);
    expect([...cookies]).toEqual([`side=${seen.target.url.slice(-4)}`]);
    expect(seen.target.requests.some((request) => request.startsWith('GET /list?limit=5'))).toBe(true);
  });

  it('says nothing of an endpoint that is gone on one side', async () => {
    const seen = await look(load(get('/list')), (_, response) => response.writeHead(404).end() !== undefined, {
      baseline: list(5, 3),
    });
    const { baseline, candidate } = seen.inspection;
    const evidence = compareInspections(baseline ?? candidate, candidate).endpoints.get('GET /list');
    expect(evidence?.n ?? 0).toBe(0);
  });
});

describe.concurrent('what it leaves alone', () => {
  it('repeats no request that does something or counts once, and asks no other host', async () => {
    const seen = await look(
      load(`${get('/logout')} ${get('/reset?token=' + 'abc')} http.post(__ENV.BASE_URL + '/orders', '{}');`, 1),
      () => false,
    );
    const times = (request: string) => seen.target.requests.filter((one) => one === request).length;
    // Each iteration of the script makes each of the three.
    expect([times('GET /logout'), times('GET /reset?token=abc')]).toEqual([
      times('POST /orders'),
      times('POST /orders'),
    ]);
  });

  it('sees what is no GET in the script’s own iterations', async () => {
    const seen = await look(load("http.post(__ENV.BASE_URL + '/orders', '{}');", 1), () => false);
    expect(answersOf(seen, 'POST /orders').length).toBeGreaterThan(10);
  });

  it('asks nothing by itself where that is not wanted', async () => {
    const seen = await look(load(get('/list')), list(2, 3), { mayProbe: false });
    expect(new Set(seen.target.requests)).toEqual(new Set(['GET /', 'GET /list']));
  });
});

describe.concurrent('bad luck', () => {
  it('keeps its time where answers take two seconds', async () => {
    const seen = await look(load(get('/list'), 2), list(2_000, 3));
    expect(seen.seconds).toBeLessThan(32);
    expect(answersOf(seen, 'GET /list').length).toBeGreaterThan(2);
  });

  it('stops where the target asks for fewer requests', async () => {
    let alone = 0;
    const seen = await look(load(get('/list')), (request, response) => {
      if (request.url !== '/list' || request.headers['x-load'] !== undefined) return false;
      // The load comes in tens; what is asked alone comes after it.
      if (Date.now() - last < 300) {
        last = Date.now();
        return list(1, 3)(request, response);
      }
      last = Date.now();
      alone++;
      return response.writeHead(alone > 3 ? 429 : 200, { 'content-type': 'application/json' }).end('[1]') !== undefined;
    });
    expect(seen.inspection.notes.join()).toMatch(/^$|429/);
  });

  it('gets past a protection, and keeps its secret', async () => {
    const seen = await look(
      load(get('/list')),
      (request, response) => {
        if (request.headers['x-bypass'] === 'let-me-in-please') return list(2, 3)(request, response);
        return response.writeHead(401).end() !== undefined;
      },
      { header: 'let-me-in-please' },
    );
    expect(answersOf(seen, 'GET /list').map(({ status }) => status)).toEqual(Array(40).fill(200));
    expect(seen.inspection.notes.join()).not.toContain('let-me-in-please');
  });

  it('is over at once when it is interrupted', async () => {
    await using folder = await scriptFolder({ 'shop.js': load(get('/list'), 20) });
    await using target = await startScriptedTarget({ kind: 'ok' }, list(2, 3));
    const { options } = await someMeasureOptions({ url: target.url, scripts: ['shop.js'], directory: folder.path });
    const record = recordOf(
      await measureScript({ url: target.url, scripts: ['shop.js'], directory: folder.path, timeBudgetMs: 1_000 }),
    );
    const stop = new AbortController();
    const asked = { endpoints: ['GET /list'], others: false, record, sides: 'target' } as const;
    const looking = inspectSides(
      { sides: { candidate: options }, areTogether: false, mayProbe: true, random: seededRandom(1) },
      asked,
      stop.signal,
    );
    await sleep(4_000);
    const stoppedMs = performance.now();
    stop.abort();
    await looking;
    expect(performance.now() - stoppedMs).toBeLessThan(6_000);
  });
});

let last = 0;

it.each([
  [
    'exports.js',
    `const http = require('k6/http');\nexports.options = { vus: 1, iterations: 30 };\nexports.default = () => { ${get('/list')} };`,
  ],
  [
    'named.ts',
    `import { get as ask, type Response } from 'k6/http';\nexport const options = { vus: 1, iterations: 30 };\nexport default (): Response => ask(__ENV.BASE_URL + '/list');`,
  ],
  [
    'batch.js',
    `import http from 'k6/http';\nexport const options = { vus: 1, iterations: 30 };\nexport default () => http.batch([['GET', __ENV.BASE_URL + '/list']]);`,
  ],
])('knows the requests of %s', async (name, script) => {
  const seen = await look(script, list(1, 3), { name });
  expect(answersOf(seen, 'GET /list')).toHaveLength(40);
});

it('knows the requests of an archive, and sends it the header that gets it past a protection', async () => {
  await using folder = await scriptFolder({
    'helpers.js': `export const path = '/list';`,
    'shop.js': `import http from 'k6/http';\nimport { path } from './helpers.js';\nexport const options = { vus: 1, iterations: 30 };\nexport default () => http.get(__ENV.BASE_URL + path);`,
  });
  const archive = join(folder.path, 'shop.tar');
  execFileSync(await k6Binary('2.2.0'), ['archive', '-O', archive, join(folder.path, 'shop.js')], { stdio: 'ignore' });
  await using target = await startScriptedTarget({ kind: 'ok' }, (request, response) => {
    if (request.headers['x-bypass'] === 'let-me-in-please') return list(1, 3)(request, response);
    return response.writeHead(401).end() !== undefined;
  });
  const bypassHeader = { name: 'x-bypass', value: 'let-me-in-please' };
  const given = { url: target.url, scripts: ['shop.tar'], directory: folder.path, bypassHeader };
  const record = recordOf(await measureScript(given));
  expect(record.endpoints.map(({ outcomes }) => outcomes)).toEqual([{ 200: 30 }]);
  const { options } = await someMeasureOptions(given);
  const asked = { endpoints: ['GET /list'], others: false, record, sides: 'target' } as const;
  const { candidate } = await inspectSides(
    { sides: { candidate: options }, areTogether: false, mayProbe: true, random: seededRandom(1) },
    asked,
    new AbortController().signal,
  );
  expect(candidate.alone[0]?.answers).toHaveLength(40);
});
