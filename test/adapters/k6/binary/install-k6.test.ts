import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type InstallK6Options, installK6 } from '../../../../src/adapters/k6/binary/find-k6.ts';
import { cachedK6Path, k6Platform } from '../../../../src/adapters/k6/binary/k6-cache.ts';
import { askVersion } from '../../../../src/adapters/k6/binary/k6-version.ts';
import {
  archiveName,
  barePath,
  fakeK6Script,
  forwardProxy,
  packRelease,
  serveRelease,
  testAuthority,
  writeExecutable,
} from '../../../support/k6-release-server.ts';
import { recordedLog } from '../../../support/recorded-log.ts';

/** A release that nobody pinned, so its own list of checksums counts. */
const unpinned = '2.1.0';
let root: string;
let archive: Buffer;
let options: InstallK6Options;
let log: ReturnType<typeof recordedLog>;

beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), 'tailgate-install-'));
  archive = packRelease(join(root, 'release'), unpinned);
  log = recordedLog();
  options = {
    version: unpinned,
    target: cachedK6Path(join(root, 'cache'), unpinned),
    environment: { PATH: await barePath(join(root, 'bin')) },
    packageRoot: root,
    log,
    retryAfterMs: 1,
  };
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function expectNothingInstalled(): void {
  const folder = dirname(options.target);
  expect(existsSync(folder) ? readdirSync(folder) : []).toEqual([]);
}

describe('installK6 from a release', () => {
  it('installs an executable whose checksum fits, and nothing beside it', async () => {
    await using server = await serveRelease(unpinned, archive);
    expect(await installK6({ ...options, mirror: `${server.url}/` })).toBe('download');
    expect(await askVersion(options.target, options.environment)).toMatchObject({ version: { text: unpinned } });
    expect(readdirSync(dirname(options.target))).toEqual(['k6']);
    expect(server.requests).toEqual([
      `GET /v${unpinned}/k6-v${unpinned}-checksums.txt`,
      `GET /v${unpinned}/${archiveName(unpinned)}`,
    ]);
  });

  it('says that an unpinned checksum is the weaker one', async () => {
    await using server = await serveRelease(unpinned, archive);
    await installK6({ ...options, mirror: server.url });
    expect(log.lines.at(-1)).toMatch(/^info: The checksum of k6-v2\.1\.0-.* comes from the release itself/);
  });

  it('follows a redirect, as release hosts give', async () => {
    await using server = await serveRelease(unpinned, archive);
    await using front = await serveRelease(unpinned, archive);
    front.answers.set(archiveName(unpinned), (request, response) =>
      response.writeHead(302, { location: `${server.url}${request.url}` }).end(),
    );
    expect(await installK6({ ...options, mirror: front.url })).toBe('download');
    expect(server.requests).toEqual([`GET /v${unpinned}/${archiveName(unpinned)}`]);
  });

  it('leaves an archive packed that its server labels as gzip-encoded', async () => {
    await using server = await serveRelease(unpinned, archive);
    server.answers.set(archiveName(unpinned), (_, response) =>
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(archive),
    );
    expect(await installK6({ ...options, mirror: server.url })).toBe('download');
  });

  it('tries again after a fault that passes', async () => {
    await using server = await serveRelease(unpinned, archive);
    let calls = 0;
    server.answers.set(archiveName(unpinned), (_, response) => {
      calls++;
      if (calls === 1) response.writeHead(503).end();
      else if (calls === 2) response.socket?.destroy();
      else response.end(archive);
    });
    expect(await installK6({ ...options, mirror: server.url })).toBe('download');
    expect(calls).toBe(3);
  });

  it('gets over two answers of 503, and gives up at the third', async () => {
    await using server = await serveRelease(unpinned, archive);
    let faults = 2;
    server.answers.set(archiveName(unpinned), (_, response) => {
      if (faults-- > 0) response.writeHead(503).end('overloaded');
      else response.end(archive);
    });
    expect(await installK6({ ...options, mirror: server.url })).toBe('download');
    const asked = () => server.requests.filter((request) => request.includes(archiveName(unpinned))).length;
    expect(asked()).toBe(3);
    faults = 3;
    rmSync(dirname(options.target), { recursive: true });
    await expect(installK6({ ...options, mirror: server.url })).rejects.toMatchObject({
      code: 'K6_DOWNLOAD_FAILED',
      message: expect.stringContaining('answers 503'),
    });
    expect(asked()).toBe(6);
  });

  it('goes on where a transfer broke off, with the same file', async () => {
    await using server = await serveRelease(unpinned, archive);
    const ranges: (string | undefined)[] = [];
    server.answers.set(archiveName(unpinned), ({ headers: { range } }, response) => {
      ranges.push(range);
      const [first, last] = [100 * (ranges.length - 1), archive.length - 1];
      const headers = { etag: '"one"', 'content-length': archive.length - first };
      if (range === undefined) response.writeHead(200, headers);
      else response.writeHead(206, { ...headers, 'content-range': `bytes ${first}-${last}/${archive.length}` });
      if (ranges.length === 3) response.end(archive.subarray(first));
      else response.write(archive.subarray(first, first + 100), () => response.socket?.destroy());
    });
    expect(await installK6({ ...options, mirror: server.url })).toBe('download');
    expect(ranges).toEqual([undefined, `bytes=100-${archive.length - 1}`, `bytes=200-${archive.length - 1}`]);
  });

  it('signs in at a mirror whose address carries credentials, and never shows the password', async () => {
    await using server = await serveRelease(unpinned, archive);
    const seen: (string | undefined)[] = [];
    server.answers.set(archiveName(unpinned), (request, response) => {
      seen.push(request.headers.authorization);
      response.writeHead(404).end();
    });
    const mirror = server.url.replace('//', '//ci:s3cret%40@');
    const error = await installK6({ ...options, mirror }).catch((caught: unknown) => caught as Error);
    expect(seen).toEqual([`Basic ${Buffer.from('ci:s3cret@').toString('base64')}`]);
    expect(`${String(error)} ${log.lines.join(' ')}`).not.toContain('s3cret');
  });

  it('is safe when two processes install at once', async () => {
    await using server = await serveRelease(unpinned, archive);
    const source = resolve(import.meta.dirname, '../../../../src/adapters/k6/binary/find-k6.ts');
    const program = `
      import { installK6 } from ${JSON.stringify(source)};
      const log = { info() {}, warn() {}, debug() {} };
      const options = ${JSON.stringify({ ...options, log: undefined, mirror: server.url })};
      process.stdout.write(await installK6({ ...options, log }));`;
    const installInProcess = () =>
      promisify(execFile)(process.execPath, ['--input-type=module', '--eval', program], { env: process.env });
    const both = await Promise.all([installInProcess(), installInProcess()]);
    expect(both.map((result) => result.stdout)).toEqual(['download', 'download']);
    expect(await askVersion(options.target, options.environment)).toMatchObject({ kind: 'k6' });
    expect(readdirSync(dirname(options.target))).toEqual(['k6']);
  });
});

describe('installK6 from a release that is not what it should be', () => {
  it('refuses a file that differs from the checksum pinned here, and does not build instead', async () => {
    // The only pinned platform is the one that this project is tested on; elsewhere the release's own list decides.
    await using server = await serveRelease('2.2.0', packRelease(join(root, 'forged'), '2.2.0'), {
      checksum: 'b5a8003c86f35f5cd5ceef1490312c48e587696c94d998cefc6d7b3b4cb1597d',
    });
    writeExecutable(join(root, 'bin/go'), '#!/bin/sh\necho called > "$0.called"\nexit 1\n');
    await expect(installK6({ ...options, version: '2.2.0', mirror: server.url })).rejects.toMatchObject({
      code: 'K6_CHECKSUM_MISMATCH',
      message: expect.stringContaining('b5a8003c86f35f5cd5ceef1490312c48e587696c94d998cefc6d7b3b4cb1597d'),
      hint: expect.stringContaining('mirror'),
    });
    expect(existsSync(join(root, 'bin/go.called'))).toBe(false);
    expectNothingInstalled();
  });

  it('refuses a file that differs from the checksum that the release lists', async () => {
    await using server = await serveRelease(unpinned, archive, { checksum: 'a'.repeat(64) });
    await expect(installK6({ ...options, mirror: server.url })).rejects.toMatchObject({
      code: 'K6_CHECKSUM_MISMATCH',
      message: expect.stringContaining(`${'a'.repeat(64)} is listed by the release`),
    });
    expectNothingInstalled();
  });

  it('refuses a file that was cut short where it is kept', async () => {
    await using server = await serveRelease(unpinned, archive);
    server.answers.set(archiveName(unpinned), (_, response) => response.end(archive.subarray(0, 100)));
    await expect(installK6({ ...options, mirror: server.url })).rejects.toMatchObject({ code: 'K6_CHECKSUM_MISMATCH' });
    expectNothingInstalled();
  });

  it('refuses a transfer that breaks off where its server can not go on in the middle', async () => {
    await using server = await serveRelease(unpinned, archive);
    server.answers.set(archiveName(unpinned), (_, response) => {
      response.writeHead(200, { 'content-length': archive.length });
      response.write(archive.subarray(0, 100), () => response.socket?.destroy());
    });
    await expect(installK6({ ...options, mirror: server.url })).rejects.toMatchObject({ code: 'K6_DOWNLOAD_FAILED' });
    expect(server.requests.filter((request) => request.includes(archiveName(unpinned)))).toHaveLength(2);
    expectNothingInstalled();
  });

  it('refuses an archive that is none', async () => {
    const junk = Buffer.from('<html>please sign in</html>');
    await using server = await serveRelease(unpinned, junk);
    await expect(installK6({ ...options, mirror: server.url })).rejects.toMatchObject({
      code: 'K6_DOWNLOAD_FAILED',
      message: expect.stringContaining("can't be unpacked"),
    });
    expectNothingInstalled();
  });

  it.each([
    ['another version', fakeK6Script('2.0.0'), 'it is k6 2.0.0'],
    ['a program for another machine', '\u007fELF not for here', 'ended with exit code'],
  ])('refuses an archive that holds %s', async (_, script, detail) => {
    await using server = await serveRelease(unpinned, packRelease(join(root, 'other'), unpinned, script));
    await expect(installK6({ ...options, mirror: server.url })).rejects.toMatchObject({
      code: 'K6_UNUSABLE',
      message: expect.stringMatching(new RegExp(`${k6Platform()} doesn't serve: .*${detail}`)),
    });
    expectNothingInstalled();
  });
});

describe('installK6 where the release is out of reach', () => {
  const goThatBuilds = (version: string) =>
    `#!/bin/sh\necho "$PWD $* CGO_ENABLED=$CGO_ENABLED" > "$0.called"\nwhile [ "$1" != -o ]; do shift; done\ncat > "$2" <<'K6'\n${fakeK6Script(version)}K6\nchmod 755 "$2"\n`;
  const buildable = () => ({ ...options, version: '2.2.0', target: cachedK6Path(join(root, 'cache'), '2.2.0') });
  beforeEach(() => mkdirSync(join(root, 'tools/k6'), { recursive: true }));

  it.each([
    ['answers 404', 404],
    ['answers 403', 403],
    ['answers 500 to every attempt', 500],
  ])('builds from source when the mirror %s and Go is there', async (_, status) => {
    await using server = await serveRelease('2.2.0', archive);
    for (const name of [archiveName('2.2.0'), 'k6-v2.2.0-checksums.txt']) {
      server.answers.set(name, (_request, response) => response.writeHead(status).end());
    }
    writeExecutable(join(root, 'bin/go'), goThatBuilds('2.2.0'));
    expect(await installK6({ ...buildable(), mirror: server.url })).toBe('build');
    expect(log.lines.filter((line) => line.startsWith('warn'))).toEqual([
      expect.stringMatching(new RegExp(`^warn: k6 2\\.2\\.0 can't be downloaded: http:.* answers ${status}\\.$`)),
    ]);
    expect(await askVersion(buildable().target, options.environment)).toMatchObject({ kind: 'k6' });
  });

  it('tells how to get Go or k6 when nothing listens and Go is not there', async () => {
    await expect(installK6({ ...buildable(), mirror: 'http://127.0.0.1:9' })).rejects.toMatchObject({
      code: 'K6_DOWNLOAD_FAILED',
      message: expect.stringContaining('ECONNREFUSED'),
      hint: expect.stringMatching(/k6-mirror.*HTTPS_PROXY.*k6-path.*Go 1\.26 or newer/),
    });
    expectNothingInstalled();
  });

  it('names the versions that can be built when another one was asked for', async () => {
    writeExecutable(join(root, 'bin/go'), goThatBuilds(unpinned));
    await expect(installK6({ ...options, mirror: 'http://127.0.0.1:9' })).rejects.toMatchObject({
      code: 'K6_DOWNLOAD_FAILED',
      hint: expect.stringContaining('only 2.2.0 and 1.8.1 can be built'),
    });
  });

  it('gives up a server that falls silent, before or within its answer', async () => {
    await using server = await serveRelease(unpinned, archive);
    server.answers.set(archiveName(unpinned), (_, response) => {
      response.writeHead(200, { 'content-length': archive.length });
      response.write(archive.subarray(0, 100));
    });
    const impatient = { ...options, mirror: server.url, stallAfterMs: 300 };
    const silent = expect.objectContaining({ message: expect.stringMatching(/nothing arrived from .* for 0\.3 s/) });
    await expect(installK6(impatient)).rejects.toEqual(silent);
    server.answers.set(`k6-v${unpinned}-checksums.txt`, () => {});
    await expect(installK6(impatient)).rejects.toEqual(silent);
    expectNothingInstalled();
  });

  it('reports both failures when the build fails too', async () => {
    writeExecutable(
      join(root, 'bin/go'),
      '#!/bin/sh\necho "go: go.mod requires go >= 1.26 (running go 1.22.2)" >&2\nexit 1\n',
    );
    await expect(installK6({ ...buildable(), mirror: 'http://127.0.0.1:9' })).rejects.toMatchObject({
      code: 'K6_BUILD_FAILED',
      message: expect.stringMatching(/ECONNREFUSED.*requires go >= 1\.26 \(running go 1\.22\.2\)/),
      hint: expect.stringContaining('GOPROXY'),
    });
    expectNothingInstalled();
  });

  it('stops at once when told to, leaving nothing', async () => {
    await using server = await serveRelease(unpinned, archive);
    const stop = new AbortController();
    server.answers.set(archiveName(unpinned), () => stop.abort(new Error('canceled by the test')));
    await expect(installK6({ ...options, mirror: server.url, signal: stop.signal })).rejects.toThrow(
      'canceled by the test',
    );
    expectNothingInstalled();
  });

  it.each(['ftp://mirror.example/k6', 'mirror.example', ''])('refuses %j as a mirror', async (mirror) => {
    await expect(installK6({ ...options, mirror })).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: `k6-mirror: got "${mirror}", expected an http or https address.`,
    });
  });

  it('says which folder can not be written to', async () => {
    writeFileSync(join(root, 'cache'), 'a file where the cache folder should be');
    await expect(installK6(options)).rejects.toMatchObject({
      code: 'K6_NOT_FOUND',
      message: expect.stringContaining(dirname(options.target)),
      hint: expect.stringContaining('XDG_CACHE_HOME'),
    });
  });
});

describe('installK6 through proxies and own certificate authorities', () => {
  it('trusts the authority in NODE_EXTRA_CA_CERTS although the process has started long ago', async () => {
    await using server = await serveRelease(unpinned, archive, { tls: true });
    const environment = { ...options.environment, NODE_EXTRA_CA_CERTS: testAuthority };
    expect(await installK6({ ...options, environment, mirror: server.url })).toBe('download');
  });

  it('trusts the authority in SSL_CERT_FILE', async () => {
    await using server = await serveRelease(unpinned, archive, { tls: true });
    const environment = { ...options.environment, SSL_CERT_FILE: testAuthority };
    expect(await installK6({ ...options, environment, mirror: server.url })).toBe('download');
  });

  it('refuses an unknown authority and names the variable to set', async () => {
    await using server = await serveRelease(unpinned, archive, { tls: true });
    await expect(installK6({ ...options, mirror: server.url })).rejects.toMatchObject({
      code: 'K6_DOWNLOAD_FAILED',
      message: expect.stringContaining('NODE_EXTRA_CA_CERTS'),
    });
  });

  it('warns of a certificate file that is missing, and goes on', async () => {
    await using server = await serveRelease(unpinned, archive);
    const environment = { ...options.environment, NODE_EXTRA_CA_CERTS: join(root, 'missing.pem') };
    expect(await installK6({ ...options, environment, mirror: server.url })).toBe('download');
    expect(log.lines.find((line) => line.startsWith('warn'))).toContain('missing.pem');
  });

  it('goes through HTTPS_PROXY by a tunnel, with its credentials', async () => {
    await using server = await serveRelease(unpinned, archive, { tls: true });
    await using proxy = await forwardProxy(server.port);
    const environment = {
      ...options.environment,
      HTTPS_PROXY: proxy.url.replace('//', '//ci:proxy-pass@'),
      NODE_EXTRA_CA_CERTS: testAuthority,
    };
    expect(await installK6({ ...options, environment, mirror: 'https://k6-mirror.invalid' })).toBe('download');
    expect([...new Set(proxy.requests)]).toEqual(['CONNECT k6-mirror.invalid:443']);
    expect(proxy.credentials[0]).toBe(`Basic ${Buffer.from('ci:proxy-pass').toString('base64')}`);
  });

  it('asks HTTP_PROXY for a plain address without a tunnel, also when the proxy is given without http://', async () => {
    await using server = await serveRelease(unpinned, archive);
    await using proxy = await forwardProxy(server.port);
    const environment = { ...options.environment, http_proxy: proxy.url.replace('http://', '') };
    expect(await installK6({ ...options, environment, mirror: 'http://k6-mirror.invalid' })).toBe('download');
    expect(proxy.requests).toEqual([
      `GET http://k6-mirror.invalid/v${unpinned}/k6-v${unpinned}-checksums.txt`,
      `GET http://k6-mirror.invalid/v${unpinned}/${archiveName(unpinned)}`,
    ]);
  });

  it('goes past the proxy for hosts in NO_PROXY', async () => {
    await using server = await serveRelease(unpinned, archive);
    const environment = { ...options.environment, HTTP_PROXY: 'http://127.0.0.1:9', NO_PROXY: 'localhost,127.0.0.1' };
    expect(await installK6({ ...options, environment, mirror: server.url })).toBe('download');
  });

  it('names a proxy address that is none', async () => {
    const environment = { ...options.environment, HTTPS_PROXY: 'http://:::' };
    await expect(installK6({ ...options, environment, mirror: 'http://127.0.0.1:9' })).rejects.toMatchObject({
      code: 'K6_DOWNLOAD_FAILED',
      message: expect.stringContaining('proxy settings'),
    });
  });
});
