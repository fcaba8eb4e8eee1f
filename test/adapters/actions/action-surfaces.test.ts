import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { setActionOutputs } from '../../../src/adapters/actions/action-log.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tailgate-outputs-'));
});

afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true });
});

describe('setActionOutputs', () => {
  it('hands each output to the runner', async () => {
    const file = join(folder, 'output');
    await writeFile(file, '');
    vi.stubEnv('GITHUB_OUTPUT', file);
    setActionOutputs({ verdict: 'fail', summary: 'two\nlines' });
    expect(await readFile(file, 'utf8')).toMatch(/^verdict<<(\S+)\nfail\n\1\nsummary<<(\S+)\ntwo\nlines\n\2\n$/);
  });

  it('warns where the runner’s file can’t be written, and lets the verdict stand', () => {
    vi.stubEnv('GITHUB_OUTPUT', join(folder, 'missing'));
    const written = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
    try {
      setActionOutputs({ verdict: 'fail' });
      expect(written.mock.calls.flat().join('')).toMatch(/^::warning::The outputs could not be set: Missing file/);
    } finally {
      written.mockRestore();
    }
  });
});
