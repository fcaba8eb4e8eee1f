import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type BuildK6Options, buildableK6Versions, buildK6 } from '../../../../src/adapters/k6/binary/find-k6.ts';
import { defaultK6Version } from '../../../../src/adapters/k6/binary/k6-version.ts';
import { writeExecutable } from '../../../support/k6-release-server.ts';
import { recordedLog } from '../../../support/recorded-log.ts';

const repository = resolve(import.meta.dirname, '../../../..');
let root: string;
let log: ReturnType<typeof recordedLog>;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'tailgate-build-'));
  mkdirSync(join(root, 'tools/k6'), { recursive: true });
  log = recordedLog();
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

/** A `go` that notes how it was called and then does `then`. */
function fakeGo(then: string): BuildK6Options {
  const note = 'echo "$PWD|$*|CGO_ENABLED=$CGO_ENABLED|GOWORK=$GOWORK|GOPROXY=$GOPROXY" > "$0.called"';
  return {
    version: '2.2.0',
    packageRoot: root,
    goPath: writeExecutable(join(root, 'go'), `#!/bin/sh\n${note}\n${then}\n`),
    outputPath: join(root, 'out/k6'),
    environment: { PATH: process.env['PATH'], GOPROXY: 'https://goproxy.example', GOWORK: '/somewhere/go.work' },
    log,
    progressEveryMs: 20,
  };
}

describe('buildK6', () => {
  it('builds the pinned package in the tool module, with the user’s Go settings but for a workspace', async () => {
    await buildK6(fakeGo('exit 0'));
    const [folder, args, ...variables] = readFileSync(join(root, 'go.called'), 'utf8').trim().split('|');
    expect(folder).toBe(join(root, 'tools/k6'));
    expect(args).toBe(`build -mod=readonly -trimpath -buildvcs=false -o ${join(root, 'out/k6')} go.k6.io/k6/v2`);
    expect(variables).toEqual(['CGO_ENABLED=0', 'GOWORK=off', 'GOPROXY=https://goproxy.example']);
  });

  it('tells how long it has been at it', async () => {
    await buildK6(fakeGo('sleep 0.3'));
    expect(log.lines[0]).toBe('info: Building k6 2.2.0 from source, once; this takes a minute or two.');
    expect(log.lines[1]).toMatch(/^info: Building k6 2\.2\.0 from source, once: \d+ s so far\.$/);
    expect(log.lines.at(-1)).toMatch(/^info: Built k6 2\.2\.0 in \d+ s\.$/);
  });

  it('quotes the last lines that Go wrote, and leaves out its list of downloads', async () => {
    const downloads = 'for i in 1 2 3 4 5; do echo "go: downloading example.com/m$i v1.0.0" >&2; done';
    const error = buildK6(fakeGo(`${downloads}\necho "dial tcp: i/o timeout" >&2\nexit 1`));
    await expect(error).rejects.toMatchObject({
      code: 'K6_BUILD_FAILED',
      message: expect.stringMatching(/^k6 2\.2\.0 can't be built from source: .*dial tcp: i\/o timeout\.$/),
      hint: expect.stringContaining('Go 1.26 or newer'),
    });
    await expect(error).rejects.not.toMatchObject({ message: expect.stringContaining('example.com/m1') });
  });

  it('says that Go was killed', async () => {
    await expect(buildK6(fakeGo('kill -KILL $$'))).rejects.toMatchObject({
      code: 'K6_BUILD_FAILED',
      message: expect.stringContaining('SIGKILL'),
    });
  });

  it('says that Go could not be started', async () => {
    await expect(buildK6({ ...fakeGo(''), goPath: join(root, 'no-go') })).rejects.toMatchObject({
      code: 'K6_BUILD_FAILED',
      message: expect.stringContaining('ENOENT'),
    });
  });

  it('stops Go when told to', async () => {
    const stop = new AbortController();
    const building = buildK6({ ...fakeGo('exec sleep 60'), signal: stop.signal });
    setTimeout(() => stop.abort(new Error('canceled by the test')), 50);
    await expect(building).rejects.toThrow('canceled by the test');
  });
});

describe('the pinned Go modules', () => {
  it.each([
    ['2.2.0', 'tools/k6', 'go.k6.io/k6/v2 v2.2.0'],
    ['1.8.1', 'tools/k6-v1', 'go.k6.io/k6 v1.8.1'],
  ])('require k6 %s with its checksum', (version, folder, requirement) => {
    expect(buildableK6Versions).toContain(version);
    expect(readFileSync(join(repository, folder, 'go.mod'), 'utf8')).toContain(`\nrequire ${requirement}\n`);
    expect(readFileSync(join(repository, folder, 'go.sum'), 'utf8')).toContain(`${requirement} h1:`);
  });

  it('cover the default version', () => {
    expect(buildableK6Versions).toContain(defaultK6Version);
  });
});
