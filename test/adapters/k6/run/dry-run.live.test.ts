import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseK6Arguments } from '../../../../src/adapters/k6/binary/k6-arguments.ts';
import type { K6Binary } from '../../../../src/adapters/k6/binary/k6-command.ts';
import { dryRun } from '../../../../src/adapters/k6/run/dry-run.ts';
import { inspectScript } from '../../../../src/adapters/k6/script/inspect-script.ts';
import type { TargetUse } from '../../../../src/adapters/k6/script/recorded-calls.ts';
import { readSources } from '../../../../src/adapters/k6/script/script-sources.ts';
import { parseAddress } from '../../../../src/adapters/target/target-host.ts';
import { k6Binary } from '../../../support/k6-binary.ts';
import { type ScriptedTarget, startScriptedTarget } from '../../../support/scripted-target.ts';

const fixtures = resolve(import.meta.dirname, '../../../fixtures-k6');
const versions = ['2.2.0', '1.8.1'] as const;
let binaries: Record<(typeof versions)[number], K6Binary>;
let other: ScriptedTarget;
let folder: string;

beforeAll(async () => {
  binaries = {
    '2.2.0': { path: await k6Binary('2.2.0'), version: '2.2.0', major: 2 },
    '1.8.1': { path: await k6Binary('1.8.1'), version: '1.8.1', major: 1 },
  };
  other = await startScriptedTarget();
  folder = await mkdtemp(join(tmpdir(), 'tailgate-test-'));
});

afterAll(async () => {
  await other[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

const target = 'http://target.test:8080';

async function runDry(
  script: string,
  environment: Record<string, string> = {},
  version: (typeof versions)[number] = '2.2.0',
): Promise<TargetUse> {
  const user = parseK6Arguments([]);
  const env = { PATH: process.env['PATH'] ?? '', BASE_URL: target, TARGET_URL: target, ...environment };
  const k6 = binaries[version];
  const signal = new AbortController().signal;
  const inspected = await inspectScript({ k6, script, user, environment: env, directory: fixtures, signal });
  if (inspected.kind !== 'inspected') throw new Error(inspected.detail);
  const sources = await readSources(resolve(fixtures, script));
  const address = parseAddress(target);
  if (address === undefined) throw new Error('no address');
  const { inspection } = inspected;
  return dryRun({
    k6,
    script,
    sources,
    inspection,
    user,
    environment: env,
    directory: fixtures,
    target: address,
    signal,
  });
}

async function scriptOf(text: string): Promise<string> {
  const path = join(folder, `${Math.abs(hash(text))}.js`);
  await writeFile(path, text);
  return path;
}

function hash(text: string): number {
  return [...text].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) | 0, 7);
}

describe.each(versions)('dryRun with k6 %s', (version) => {
  it('records every kind of HTTP call and sends none of them', async () => {
    const before = other.requests.length;
    const use = await runDry('every-call.js', { CALL_URL: other.url }, version);
    expect(use).toEqual({ kind: 'elsewhere', hosts: [`127.0.0.1:${other.port}`] });
    expect(other.requests.length).toBe(before);
  });

  it('takes a TypeScript script with open(), imports, groups and several scenarios', async () => {
    expect(await runDry('typed.ts', {}, version)).toEqual({ kind: 'proven', otherHosts: [] });
  });

  it('goes on with the stub when a script logs in elsewhere first', async () => {
    const use = await runDry('login-elsewhere.js', { LOGIN_URL: other.url }, version);
    expect(use).toEqual({ kind: 'proven', otherHosts: [`127.0.0.1:${other.port}`] });
    expect(other.requests).toEqual([]);
  });

  it('goes along with whatever a script does with answers', async () => {
    expect(await runDry('uses-answers.js', {}, version)).toEqual({ kind: 'proven', otherHosts: ['127.0.0.1:1'] });
  });

  it('records where a gRPC client connects', async () => {
    expect(await runDry('greeter.js', {}, version)).toEqual({ kind: 'proven', otherHosts: [] });
  });

  it('runs CommonJS scripts', async () => {
    const script = await scriptOf(`const http = require('k6/http');
module.exports.options = { vus: 1, iterations: 1 };
module.exports.default = function () { http.get(__ENV.BASE_URL + '/a'); };`);
    expect(await runDry(script, {}, version)).toEqual({ kind: 'proven', otherHosts: [] });
  });
});

describe('dryRun', () => {
  it('is not fooled by a script that does not use the variable', async () => {
    const script = await scriptOf(`import http from 'k6/http';
export default function () { http.get('${other.url}/items'); }`);
    expect(await runDry(script)).toEqual({ kind: 'elsewhere', hosts: [`127.0.0.1:${other.port}`] });
    expect(other.requests).toEqual([]);
  });

  it('names what was called where the address is no URL', async () => {
    const script = await scriptOf(`import http from 'k6/http';
export default function () { http.get(__ENV.NOT_SET + '/items'); }`);
    expect(await runDry(script)).toEqual({ kind: 'elsewhere', hosts: ['"undefined/items"'] });
  });

  it('leaves it open when the script stops on the stub before it reaches the target', async () => {
    const script = await scriptOf(`import http from 'k6/http';
export default function () {
  const login = http.post('${other.url}/login');
  if (login.status !== 418) throw new Error('not a teapot');
  http.get(__ENV.BASE_URL + '/items');
}`);
    const use = await runDry(script);
    expect(use.kind).toBe('unknown');
    expect(use).toHaveProperty('why', expect.stringContaining('not a teapot'));
  });

  it('ends a script that polls for a change that the stub never brings', async () => {
    const script = await scriptOf(`import http from 'k6/http';
export default function () {
  while (http.get(__ENV.BASE_URL + '/job').json().state !== 'done') sleep(1);
}`);
    expect(await runDry(script)).toEqual({ kind: 'proven', otherHosts: [] });
  });

  it('records where WebSockets are opened, in files that the script imports too', async () => {
    await writeFile(
      join(folder, 'socket.js'),
      `import { WebSocket } from 'k6/websockets';
export const listen = () => new WebSocket('${other.url.replace('http', 'ws')}/socket').addEventListener('open', () => {});`,
    );
    const script = await scriptOf(`import { listen } from './socket.js';
import { connect } from 'k6/ws';
export default function () {
  listen();
  connect(__ENV.BASE_URL.replace('http', 'ws'), null, (socket) => socket.on('open', () => socket.close()));
}`);
    expect(await runDry(script)).toEqual({ kind: 'proven', otherHosts: [`127.0.0.1:${other.port}`] });
    expect(other.requests).toEqual([]);
  });

  it('sends nothing through what is not stubbed', async () => {
    const script = await scriptOf(`import http from 'k6/http';
import { browser } from 'k6/browser';
export default async function () {
  await browser.newPage().then((page) => page.goto('${other.url}/page')).catch(() => {});
  http.get(__ENV.BASE_URL + '/');
}`);
    expect(await runDry(script)).toEqual({ kind: 'proven', otherHosts: [] });
    expect(other.requests).toEqual([]);
  });

  it('records where a gRPC client connects that is imported by name', async () => {
    const script = await scriptOf(`import { Client } from 'k6/net/grpc';
const client = new Client();
export default function () { client.connect(__ENV.BASE_URL.replace('http://', '')); }`);
    expect(await runDry(script)).toEqual({ kind: 'proven', otherHosts: [] });
  });

  it('does not take a login elsewhere for the whole when the script then sleeps long', async () => {
    const script = await scriptOf(`import http from 'k6/http';
import { sleep } from 'k6';
export default function () {
  http.post('${other.url}/login');
  sleep(30);
  http.get(__ENV.BASE_URL + '/items');
}`);
    expect((await runDry(script)).kind).not.toBe('elsewhere');
  });

  it('runs each function of several scenarios', async () => {
    const script = await scriptOf(`import http from 'k6/http';
export const options = { scenarios: {
  a: { executor: 'constant-vus', vus: 1, duration: '1s', exec: 'first' },
  b: { executor: 'ramping-arrival-rate', stages: [{ target: 5, duration: '1s' }], preAllocatedVUs: 1, exec: 'second', env: { PART: 'b' } },
} };
export function first() { http.get('${other.url}/first'); }
export function second() { http.get(__ENV.BASE_URL + '/' + __ENV.PART); }`);
    expect(await runDry(script)).toEqual({ kind: 'proven', otherHosts: [`127.0.0.1:${other.port}`] });
  });

  it('leaves no file behind, neither beside the script nor in the folder for temporary files', async () => {
    const before = { fixtures: await readdir(fixtures), temporary: await dryFolders() };
    await runDry('steady.js');
    expect({ fixtures: await readdir(fixtures), temporary: await dryFolders() }).toEqual(before);
  });
});

async function dryFolders(): Promise<string[]> {
  return (await readdir(tmpdir())).filter((name) => name.startsWith('tailgate-dry-'));
}
