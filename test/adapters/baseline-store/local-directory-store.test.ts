import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rename, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { localDirectoryStore } from '../../../src/adapters/baseline-store/open-baseline-store.ts';
import { encodeRunRecord } from '../../../src/core/run-record/run-record-codec.ts';
import { aMeasuredRun } from '../../support/a-measured-run.ts';

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'tailgate-store-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

const open = () => localDirectoryStore(join(directory, 'runs'), 'dir:runs');
const aRun = (id: string) => aMeasuredRun(undefined, { id, startedAt: `2026-11-2${id}T10:00:00Z` });

describe('localDirectoryStore', () => {
  it('is empty where there is no directory yet', async () => {
    expect(await open().list()).toEqual({ records: [], warnings: [] });
  });

  it('gives back what was stored, oldest first, one gzip file a run', async () => {
    for (const id of ['3', '1', '2']) await open().append(aRun(id));
    const { records } = await open().list();
    expect(records.map((record) => record.id)).toEqual(['1', '2', '3']);
    const names = await readdir(join(directory, 'runs'));
    expect(names).toHaveLength(3);
    expect(gunzipSync(await readFile(join(directory, 'runs', names[0] as string))).toString()).toContain(
      'tailgate.run/2',
    );
  });

  it('stores the same run once, however often it is appended', async () => {
    await open().append(aRun('1'));
    await open().append(aRun('1'));
    expect((await open().list()).records).toHaveLength(1);
  });

  it('loses nothing when many runs are stored at once', async () => {
    const ids = Array.from({ length: 20 }, (_, i) => `run-${i}`);
    await Promise.all(ids.map((id) => open().append(aMeasuredRun(undefined, { id }))));
    const { records, warnings } = await open().list();
    expect(records.map((record) => record.id).sort()).toEqual(ids.sort());
    expect(warnings).toEqual([]);
  });

  it('leaves out a small file that unpacks to more than a run record can be, and says how much that is', async () => {
    await open().append(aRun('1'));
    const padded = encodeRunRecord(aRun('2')).replace('{', `{${' '.repeat(65 * 1024 * 1024)}`);
    await writeFile(join(directory, 'runs', 'bomb.json.gz'), gzipSync(padded, { level: 1 }));
    const { records, warnings } = await open().list();
    expect(records.map((record) => record.id)).toEqual(['1']);
    expect(warnings).toEqual([expect.stringMatching(/bomb\.json\.gz.*64 MB/)]);
  });

  it('leaves out what is no file, without waiting for it', async () => {
    await open().append(aRun('1'));
    await mkdir(join(directory, 'runs', 'folder.json.gz'));
    execFileSync('mkfifo', [join(directory, 'runs', 'pipe.json.gz')]);
    await symlink('/dev/zero', join(directory, 'runs', 'device.json.gz'));
    const { records, warnings } = await open().list();
    expect(records.map((record) => record.id)).toEqual(['1']);
    expect(warnings).toHaveLength(3);
    for (const name of ['device', 'folder', 'pipe']) {
      expect(warnings).toContainEqual(expect.stringMatching(`${name}.json.gz .*isn't a regular file`));
    }
  });

  it('leaves out damaged, cut and future files with a warning that names each', async () => {
    await open().append(aRun('1'));
    const future = encodeRunRecord(aRun('2')).replace('tailgate.run/2', 'tailgate.run/9');
    await writeFile(join(directory, 'runs', 'future.json.gz'), gzipSync(future));
    await writeFile(join(directory, 'runs', 'cut.json.gz'), gzipSync(encodeRunRecord(aRun('3'))).subarray(0, 60));
    await writeFile(join(directory, 'runs', 'junk.json.gz'), 'junk');
    await writeFile(join(directory, 'runs', 'notes.txt'), 'not a run');
    const { records, warnings } = await open().list();
    expect(records.map((record) => record.id)).toEqual(['1']);
    expect(warnings.map((warning) => /stored run (\S+)/.exec(warning)?.[1])).toEqual([
      'cut.json.gz',
      'future.json.gz',
      'junk.json.gz',
    ]);
  });

  it('never shows a reader half a file', async () => {
    await open().append(aRun('1'));
    await writeFile(join(directory, 'runs', '2.json.gz.99.tmp'), 'half');
    expect(await open().list()).toMatchObject({ records: [{ id: '1' }], warnings: [] });
  });

  it('changes one stored run in its place, whatever its file is called', async () => {
    for (const id of ['1', '2']) await open().append(aRun(id));
    const [first = ''] = await readdir(join(directory, 'runs'));
    await rename(join(directory, 'runs', first), join(directory, 'runs', 'renamed.json.gz'));
    expect(await open().revise?.('1', (run) => ({ ...run, quarantined: { reason: 'slow' } }))).toBe('revised');
    const { records, warnings } = await open().list();
    expect(records.map(({ id, quarantined }) => [id, quarantined?.reason])).toEqual([
      ['1', 'slow'],
      ['2', undefined],
    ]);
    expect(warnings).toEqual([]);
    expect(await readdir(join(directory, 'runs'))).toContain('renamed.json.gz');
  });

  it('leaves one whole run where many change it at once, and nothing beside it', async () => {
    await open().append(aRun('1'));
    const reasons = Array.from({ length: 20 }, (_, i) => `reason ${i}`);
    await Promise.all(
      reasons.map(async (reason) => open().revise?.('1', (run) => ({ ...run, quarantined: { reason } }))),
    );
    const { records, warnings } = await open().list();
    expect(reasons).toContain(records[0]?.quarantined?.reason);
    expect(warnings).toEqual([]);
    expect(await readdir(join(directory, 'runs'))).toHaveLength(1);
  });

  it('writes nothing where a run is left as it is, or where none has the id', async () => {
    await open().append(aRun('1'));
    const [name = ''] = await readdir(join(directory, 'runs'));
    const before = await stat(join(directory, 'runs', name), { bigint: true });
    expect(await open().revise?.('1', (run) => run)).toBe('revised');
    expect(await open().revise?.('7', (run) => ({ ...run, warnings: ['x'] }))).toBe('not-there');
    const after = await stat(join(directory, 'runs', name), { bigint: true });
    expect([after.ino, after.mtimeNs]).toEqual([before.ino, before.mtimeNs]);
  });

  it('says where and why when it can’t write', async () => {
    await writeFile(join(directory, 'runs'), 'a file where the directory should be');
    await expect(open().append(aRun('1'))).rejects.toMatchObject({
      code: 'STORE_WRITE_FAILED',
      message: expect.stringContaining('runs'),
    });
  });

  it('says why when it can’t read', async () => {
    await writeFile(join(directory, 'runs'), 'a file where the directory should be');
    await expect(open().list()).rejects.toMatchObject({ code: 'STORE_UNREADABLE' });
  });
});
