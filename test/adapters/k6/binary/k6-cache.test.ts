import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { installAtomically, k6Platform, toolCacheDir } from '../../../../src/adapters/k6/binary/k6-cache.ts';

describe('toolCacheDir', () => {
  it.each([
    ["the runner's tool cache in Actions", { RUNNER_TOOL_CACHE: '/opt/cache', HOME: '/home/ada' }, '/opt/cache'],
    ["the user's cache folder", { XDG_CACHE_HOME: '/var/ada', HOME: '/home/ada' }, '/var/ada/tailgate'],
    ['the usual place of caches', { HOME: '/home/ada' }, '/home/ada/.cache/tailgate'],
  ])('is %s', (_, environment, expected) => {
    expect(toolCacheDir(environment)).toBe(expected);
  });
});

describe('k6Platform', () => {
  it.each([
    ['linux', 'x64', 'linux-amd64'],
    ['linux', 'arm64', 'linux-arm64'],
    ['darwin', 'arm64', 'macos-arm64'],
    ['win32', 'x64', 'windows-amd64'],
  ] as const)('names %s %s as k6 does: %s', (platform, arch, expected) => {
    expect(k6Platform(platform, arch)).toBe(expected);
  });
});

describe('installAtomically', () => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'tailgate-cache-'));
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  it('shows nothing under the final name before it is complete', async () => {
    const target = join(root, 'k6');
    await installAtomically(target, async (workDir) => {
      writeFileSync(join(workDir, 'made'), 'complete');
      expect(readdirSync(root)).not.toContain('k6');
      return join(workDir, 'made');
    });
    expect(readFileSync(target, 'utf8')).toBe('complete');
    expect(readdirSync(root)).toEqual(['k6']);
  });

  it('keeps what was there, and nothing else, when making fails', async () => {
    const target = join(root, 'k6');
    writeFileSync(target, 'before');
    const failing = installAtomically(target, async (workDir) => {
      writeFileSync(join(workDir, 'half'), 'half');
      throw new Error('broke off');
    });
    await expect(failing).rejects.toThrow('broke off');
    expect(readdirSync(root)).toEqual(['k6']);
    expect(readFileSync(target, 'utf8')).toBe('before');
  });
});
