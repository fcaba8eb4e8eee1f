import { existsSync } from 'node:fs';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { withTemporaryFolder } from '../../../../src/adapters/k6/run/temporary-folder.ts';

afterEach(() => {
  vi.unstubAllEnvs();
});

describe('withTemporaryFolder', () => {
  it('gives a folder that is gone afterwards, whether the work succeeds or not', async () => {
    const folders: string[] = [];
    const done = await withTemporaryFolder('tailgate-test-', async (folder) => {
      folders.push(folder);
      await writeFile(join(folder, 'a'), 'text');
      return readFile(join(folder, 'a'), 'utf8');
    });
    expect(done).toBe('text');
    const failing = withTemporaryFolder('tailgate-test-', (folder) => {
      folders.push(folder);
      return Promise.reject(new Error('of its own'));
    });
    await expect(failing).rejects.toThrow('of its own');
    expect(folders.map((folder) => existsSync(folder))).toEqual([false, false]);
  });

  it.each(['/nowhere/at/all', '/dev/null'])('says what to change when TMPDIR is %s', async (place) => {
    vi.stubEnv('TMPDIR', place);
    await expect(withTemporaryFolder('tailgate-test-', () => Promise.resolve())).rejects.toMatchObject({
      code: 'OUTPUT_WRITE_FAILED',
      message: expect.stringContaining(`"${place}"`),
      hint: expect.stringContaining('TMPDIR'),
    });
  });

  it('says that the disk is full', async () => {
    const filling = withTemporaryFolder('tailgate-test-', () => writeFile('/dev/full', 'text'));
    await expect(filling).rejects.toMatchObject({
      code: 'OUTPUT_WRITE_FAILED',
      message: expect.stringContaining('ENOSPC'),
      hint: expect.stringContaining('Make room'),
    });
  });

  it('leaves errors about other files as they are', async () => {
    const reading = withTemporaryFolder('tailgate-test-', () => stat('/nowhere/at/all'));
    await expect(reading).rejects.toMatchObject({ code: 'ENOENT' });
  });
});
