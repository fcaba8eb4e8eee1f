import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { artifactFolders } from '../../../src/adapters/artifacts/artifact-folder.ts';
import { maxRecordBytes } from '../../../src/core/run-record/record-size-limit.ts';
import { encodeRunRecord } from '../../../src/core/run-record/run-record-codec.ts';
import { aMeasuredRun } from '../../support/a-measured-run.ts';

const record = encodeRunRecord(aMeasuredRun());
let root: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'tailgate-artifacts-'));
});
afterEach(() => rm(root, { recursive: true, force: true }));

async function folder(name: string, files: Readonly<Record<string, string | Uint8Array>> = {}): Promise<string> {
  const path = join(root, name);
  await mkdir(path, { recursive: true });
  for (const [file, content] of Object.entries(files)) await writeFile(join(path, file), content);
  return path;
}

const read = (...paths: string[]) => artifactFolders(paths).read();

describe('artifactFolders', () => {
  it('reads one artifact, or every one of a folder of them, in the order of their names', async () => {
    const search = await folder('all/tailgate-search', { 'run-record.json': record });
    await folder('all/tailgate-checkout', { 'run-record.json': record });
    await folder('all/coverage', { 'run-record.json': record });
    expect((await read(search)).map(({ artifact }) => artifact)).toEqual(['search']);
    expect((await read(join(root, 'all'))).map(({ artifact }) => artifact)).toEqual(['checkout', 'search']);
  });

  it('finds nothing in a folder that no download made, and a job without a run in one that holds other files', async () => {
    expect(await read(join(root, 'nothing'))).toEqual([]);
    await folder('all/tailgate-search', { 'report.html': '' });
    expect(await read(join(root, 'all'))).toEqual([{ artifact: 'search', records: [] }]);
  });

  it('reads a packed run', async () => {
    const path = await folder('tailgate-shop', { 'run-record.json': gzipSync(record) });
    expect((await read(path))[0]?.records).toHaveLength(1);
  });

  it('refuses a packed run that unpacks to more than a run can be', async () => {
    const path = await folder('tailgate-shop', { 'run-record.json': gzipSync(Buffer.alloc(maxRecordBytes + 1)) });
    await expect(read(path)).rejects.toMatchObject({ code: 'RECORD_INVALID' });
  });

  it('follows no link, neither of a file nor of a folder', async () => {
    const secret = await folder('secret', { 'run-record.json': record });
    const path = await folder('tailgate-shop');
    await symlink(join(secret, 'run-record.json'), join(path, 'run-record.json'));
    await expect(read(path)).rejects.toMatchObject({ message: expect.stringContaining('symbolic link') });
    await mkdir(join(root, 'all'));
    await symlink(secret, join(root, 'all', 'tailgate-shop'));
    await expect(read(join(root, 'all'))).rejects.toMatchObject({ message: expect.stringContaining("isn't a folder") });
  });

  it('does not wait at a pipe', async () => {
    const path = await folder('tailgate-shop');
    execFileSync('mkfifo', [join(path, 'run-record.json')]);
    await expect(read(path)).rejects.toMatchObject({ message: expect.stringContaining("isn't a regular file") });
  });

  it('refuses more artifacts than a matrix has jobs', async () => {
    for (let i = 0; i <= 256; i++) await folder(`all/tailgate-${i}`);
    await expect(read(join(root, 'all'))).rejects.toMatchObject({ message: expect.stringContaining('257 artifacts') });
  });
});
