import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { outgoingHttp } from '../../../src/adapters/http/outgoing-http.ts';
import { Forge } from '../../support/forge/forge.ts';
import {
  archiveName,
  barePath,
  packRelease,
  type ReleaseServer,
  serveRelease,
  testAuthority,
} from '../../support/k6-release-server.ts';
import { type Door, type LoggingProxy, startDoor, startLoggingProxy } from '../../support/logging-proxy.ts';
import { recordedLog } from '../../support/recorded-log.ts';
import { type ScriptedTarget, startScriptedTarget } from '../../support/scripted-target.ts';
import { runNode } from '../../support/spawn-and-wait.ts';

const version = '2.1.0';
let everything: AsyncDisposableStack;
let folder: string;
let proxy: LoggingProxy;
let doors: { readonly github: Door; readonly target: Door; readonly mirror: Door };
let target: ScriptedTarget;
let mirror: ReleaseServer;
let job: { readonly apiUrl: string; readonly repository: string; readonly token: string };

beforeEach(async () => {
  everything = new AsyncDisposableStack();
  folder = mkdtempSync(join(tmpdir(), 'tailgate-way-out-'));
  everything.defer(() => rmSync(folder, { recursive: true, force: true }));
  const forge = await Forge.start();
  everything.defer(() => forge.stop());
  target = everything.use(await startScriptedTarget());
  mirror = everything.use(await serveRelease(version, packRelease(join(folder, 'release'), version), { tls: true }));
  proxy = everything.use(await startLoggingProxy());
  const doorTo = async (port: number) => everything.use(await startDoor(port));
  const api = new URL(forge.apiUrl);
  doors = {
    github: await doorTo(Number(api.port)),
    target: await doorTo(target.port),
    mirror: await doorTo(mirror.port),
  };
  api.port = String(doors.github.port);
  job = {
    apiUrl: api.href.replace(/\/$/, ''),
    repository: forge.repository,
    token: forge.token({ contents: 'write' }),
  };
});
afterEach(() => everything.disposeAsync());

/** A process that writes to GitHub, waits for the target and downloads k6, as a job does. */
async function aJob(environment: Record<string, string>) {
  const source = (path: string) => JSON.stringify(resolve(import.meta.dirname, '../../../src/adapters', path));
  const options = { version, mirror: `https://127.0.0.1:${doors.mirror.port}`, packageRoot: folder };
  const program = `
    import { gitDataBranch } from ${source('github/git-data-branch.ts')};
    import { gitHubClient } from ${source('github/github-client.ts')};
    import { waitForTarget } from ${source('target/wait-for-target.ts')};
    import { installK6 } from ${source('k6/binary/find-k6.ts')};
    const log = { info() {}, debug() {}, warn: (line) => process.stdout.write(line + '\\n') };
    const environment = process.env;
    const client = gitHubClient(${JSON.stringify(job)}, { environment, log, secondMs: 1, spacedWrites: false });
    const file = { path: 'v1/a', bytes: Buffer.from('a'), message: 'Add a' };
    const added = await gitDataBranch(client, 'runs').tryAdd(file);
    const check = { path: '/', statuses: [{ lowest: 200, highest: 299 }], timeoutMs: 20_000 };
    const ready = await waitForTarget({
      url: 'http://127.0.0.1:${doors.target.port}', check, probe: 'http', allowsUntrustedCertificate: false,
      environment, log, signal: new AbortController().signal,
    });
    const k6 = { ...${JSON.stringify(options)}, target: ${JSON.stringify(join(folder, 'cache/k6'))}, environment, log };
    process.stdout.write([added, ready.kind, await installK6(k6)].join(' '));`;
  return runNode(['--input-type=module', '--eval', program], {
    env: { PATH: await barePath(join(folder, 'bin')), NODE_EXTRA_CA_CERTS: testAuthority, ...environment },
  });
}

const callers = () => Object.values(doors).map((door) => door.callers.length > 0);
const around = () => Object.values(doors).flatMap((door) => door.callers.filter((port) => !proxy.ports.has(port)));

describe('the one way out', () => {
  it('takes GitHub, readiness and downloads through the proxy, and nothing around it', async () => {
    const { stdout, code, stderr } = await aJob({ HTTP_PROXY: proxy.url, HTTPS_PROXY: proxy.url });
    expect([stdout, code], stderr).toEqual(['added ready download', 0]);
    expect(around()).toEqual([]);
    expect(callers()).toEqual([true, true, true]);
    const [github, shop] = [`${job.apiUrl}/repos/${job.repository}`, `http://127.0.0.1:${doors.target.port}`];
    expect(proxy.requests).toEqual([
      `POST ${github}/git/blobs`,
      `GET ${github}/git/ref/heads%2Fruns`,
      `POST ${github}/git/trees`,
      `POST ${github}/git/commits`,
      `POST ${github}/git/refs`,
      ...Array(3).fill(`GET ${shop}/`),
      `CONNECT 127.0.0.1:${doors.mirror.port}`,
    ]);
    expect(mirror.requests.map((request) => request.split('/').at(-1))).toEqual([
      `k6-v${version}-checksums.txt`,
      archiveName(version),
    ]);
  });

  it.each([
    ['for hosts of NO_PROXY', true],
    ['where there is none', false],
  ])('goes past the proxy %s', async (_, isThere) => {
    const proxies = { HTTP_PROXY: proxy.url, HTTPS_PROXY: proxy.url, NO_PROXY: '127.0.0.1' };
    const { code, stderr } = await aJob(isThere ? proxies : {});
    expect(code, stderr).toBe(0);
    expect(proxy.requests).toEqual([]);
    expect(callers()).toEqual([true, true, true]);
  });

  it('is opened once for the same settings', async () => {
    const log = recordedLog();
    const named = { HTTP_PROXY: proxy.url, SSL_CERT_FILE: join(folder, 'none.pem') };
    expect(outgoingHttp({ ...named, HOME: '/a' }, log)).toBe(outgoingHttp({ ...named, HOME: '/b' }, log));
    expect(outgoingHttp(named, log)).not.toBe(outgoingHttp({}, log));
    await outgoingHttp(named, log);
    expect(log.lines).toEqual([expect.stringContaining('SSL_CERT_FILE')]);
  });

  it('says that an address of a proxy is none', async () => {
    await expect(outgoingHttp({ HTTP_PROXY: 'http://:::' }, recordedLog())).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringContaining("the proxy settings can't be used"),
      hint: expect.stringContaining('HTTP_PROXY'),
    });
  });
});
