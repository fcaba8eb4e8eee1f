import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type FindK6Options, findK6 } from '../../../../src/adapters/k6/binary/find-k6.ts';
import { cachedK6Path } from '../../../../src/adapters/k6/binary/k6-cache.ts';
import {
  barePath,
  fakeK6Script,
  packRelease,
  serveRelease,
  writeExecutable,
} from '../../../support/k6-release-server.ts';
import { recordedLog } from '../../../support/recorded-log.ts';

let root: string;
let options: FindK6Options;
let log: ReturnType<typeof recordedLog>;
/** Nothing listens there: a test that should not download fails if it does. */
const nowhere = 'http://127.0.0.1:9';

beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), 'tailgate-find-'));
  log = recordedLog();
  options = {
    environment: { PATH: `${join(root, 'first-bin')}:${await barePath(join(root, 'bin'))}` },
    cacheDir: join(root, 'cache'),
    packageRoot: root,
    mirror: nowhere,
    log,
  };
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

describe('findK6 with k6-path', () => {
  it('uses that k6 although another is on PATH, whatever its file is called', async () => {
    writeExecutable(join(root, 'bin/k6'), fakeK6Script('2.2.0'));
    const own = writeExecutable(join(root, 'k6-with-kafka'), fakeK6Script('1.8.1'));
    expect(await findK6({ ...options, k6Path: own })).toEqual({
      path: own,
      version: '1.8.1',
      major: 1,
      source: 'k6-path',
    });
  });

  it('says which of k6-path and k6-version wins when they differ', async () => {
    const own = writeExecutable(join(root, 'own'), fakeK6Script('2.1.0'));
    expect((await findK6({ ...options, k6Path: own, version: '2.2.0' })).version).toBe('2.1.0');
    expect(log.lines).toEqual(['warn: k6-version asks for 2.2.0, but k6-path is k6 2.1.0; k6-path is used.']);
  });

  it('refuses a missing file', async () => {
    await expect(findK6({ ...options, k6Path: join(root, 'missing') })).rejects.toMatchObject({
      code: 'K6_NOT_FOUND',
      message: expect.stringContaining(join(root, 'missing')),
      hint: expect.stringContaining('k6-path'),
    });
  });

  it('refuses a folder', async () => {
    await expect(findK6({ ...options, k6Path: root })).rejects.toMatchObject({
      code: 'K6_UNUSABLE',
      message: `k6-path: "${root}" is not a file.`,
    });
  });

  it('refuses a file that is not executable, and says how to change that', async () => {
    const path = writeExecutable(join(root, 'own'), fakeK6Script('2.2.0'));
    chmodSync(path, 0o644);
    await expect(findK6({ ...options, k6Path: path })).rejects.toMatchObject({
      code: 'K6_UNUSABLE',
      message: `k6-path: "${path}" is not executable.`,
      hint: `Run: chmod +x ${path}`,
    });
  });

  it('refuses another program, quoting what it said', async () => {
    const path = writeExecutable(join(root, 'own'), '#!/bin/sh\necho "usage: frobnicate"\n');
    await expect(findK6({ ...options, k6Path: path })).rejects.toMatchObject({
      code: 'K6_UNUSABLE',
      message: expect.stringContaining('it printed "usage: frobnicate"'),
    });
  });

  it('refuses a program that fails, quoting its exit code and its first words', async () => {
    const path = writeExecutable(join(root, 'own'), '#!/bin/sh\necho "no such command" >&2\nexit 7\n');
    await expect(findK6({ ...options, k6Path: path })).rejects.toMatchObject({
      code: 'K6_UNUSABLE',
      message: expect.stringMatching(/exit code 7.*no such command/),
    });
  });

  it('refuses a file that the system cannot start', async () => {
    const path = writeExecutable(join(root, 'own'), '#!/no/such/interpreter\n');
    await expect(findK6({ ...options, k6Path: path })).rejects.toMatchObject({
      code: 'K6_UNUSABLE',
      message: expect.stringContaining('ENOENT'),
    });
  });

  it.each(['0.57.0', '1.7.3'])('refuses k6 %s as too old', async (version) => {
    const path = writeExecutable(join(root, 'own'), fakeK6Script(version));
    await expect(findK6({ ...options, k6Path: path })).rejects.toMatchObject({
      code: 'K6_UNUSABLE',
      message: expect.stringContaining(`k6 ${version}, which is too old`),
      hint: expect.stringContaining('2.2.0'),
    });
  });
});

describe('findK6 on PATH', () => {
  it('uses any supported k6 there when no version is asked for, and shows its version', async () => {
    const path = writeExecutable(join(root, 'bin/k6'), fakeK6Script('1.9.3'));
    expect(await findK6(options)).toEqual({ path, version: '1.9.3', major: 1, source: 'PATH' });
    expect(log.lines).toEqual([`info: Using k6 1.9.3 from PATH ("${path}").`]);
  });

  it('takes the first executable, passing over a file and a folder of that name', async () => {
    mkdirSync(join(root, 'first-bin'));
    writeFileSync(join(root, 'first-bin/k6'), 'notes');
    mkdirSync(join(root, 'second-bin/k6'), { recursive: true });
    const path = writeExecutable(join(root, 'bin/k6'), fakeK6Script('2.2.0'));
    const PATH = `${join(root, 'second-bin')}:${options.environment['PATH']}`;
    expect((await findK6({ ...options, environment: { PATH } })).path).toBe(path);
  });

  it('does not use another version than the one asked for, and says so', async () => {
    writeExecutable(join(root, 'bin/k6'), fakeK6Script('2.1.0'));
    const cached = writeExecutable(cachedK6Path(options.cacheDir, '2.2.0'), fakeK6Script('2.2.0'));
    expect(await findK6({ ...options, version: 'v2.2.0' })).toMatchObject({ path: cached, source: 'tool-cache' });
    expect(log.lines[0]).toBe(
      `info: k6 2.1.0 on PATH ("${join(root, 'bin/k6')}") is not used, because k6-version asks for 2.2.0.`,
    );
  });

  it.each([
    ['is too old', fakeK6Script('0.47.0'), /k6 0\.47\.0 on PATH .* is too old/],
    ['is not k6', '#!/bin/sh\necho hello\n', /on PATH is not used: .*"hello"/],
  ])('passes over a k6 that %s, and says so', async (_, script, expected) => {
    writeExecutable(join(root, 'bin/k6'), script);
    const cached = writeExecutable(cachedK6Path(options.cacheDir, '2.2.0'), fakeK6Script('2.2.0'));
    expect((await findK6(options)).path).toBe(cached);
    expect(log.lines[0]).toMatch(expected);
  });

  it('follows a link', async () => {
    const target = writeExecutable(join(root, 'opt/k6-2'), fakeK6Script('2.2.0'));
    symlinkSync(target, join(root, 'bin/k6'));
    expect((await findK6(options)).source).toBe('PATH');
  });
});

describe('findK6 with nothing on PATH', () => {
  it('downloads once and finds it in the cache from then on, with no further request', async () => {
    await using server = await serveRelease('2.1.0', packRelease(root, '2.1.0'));
    const asked = { ...options, mirror: server.url, version: '2.1.0' };
    const path = cachedK6Path(options.cacheDir, '2.1.0');
    expect(await findK6(asked)).toEqual({ path, version: '2.1.0', major: 2, source: 'download' });
    const requests = server.requests.length;
    expect(await findK6(asked)).toEqual({ path, version: '2.1.0', major: 2, source: 'tool-cache' });
    expect(server.requests).toHaveLength(requests);
  });

  it.each([
    ['damaged', '#!/bin/sh\nexit 139\n', 'exit code 139'],
    ['another version', fakeK6Script('2.0.0'), 'it is k6 2.0.0'],
  ])('replaces a cached k6 that is %s', async (_, script, detail) => {
    await using server = await serveRelease('2.1.0', packRelease(root, '2.1.0'));
    writeExecutable(cachedK6Path(options.cacheDir, '2.1.0'), script);
    expect(await findK6({ ...options, mirror: server.url, version: '2.1.0' })).toMatchObject({ source: 'download' });
    expect(log.lines[0]).toContain(detail);
  });

  it('uses the default version when none is asked for', async () => {
    const cached = writeExecutable(cachedK6Path(options.cacheDir, '2.2.0'), fakeK6Script('2.2.0'));
    expect(await findK6(options)).toMatchObject({ path: cached, version: '2.2.0' });
  });

  it.each(['latest', '2', '^2.2.0'])('refuses the version %j', async (version) => {
    await expect(findK6({ ...options, version })).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: `k6-version: got "${version}", expected an exact version such as 2.2.0.`,
    });
  });

  it('refuses a version that is too old before it fetches anything', async () => {
    await expect(findK6({ ...options, version: '1.7.0' })).rejects.toMatchObject({ code: 'K6_UNUSABLE' });
    expect(existsSync(options.cacheDir)).toBe(false);
  });
});
