import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { reportFiles, writeOutputFile } from '../../../src/adapters/files/report-files.ts';
import { buildReport } from '../../../src/core/report/model/report-model.ts';
import { reportFacts } from '../../support/report-cases.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tailgate-report-files-'));
});

afterEach(() => rm(folder, { recursive: true }));

describe('writeOutputFile', () => {
  it('makes the folders it needs and leaves the file alone behind', async () => {
    const path = join(folder, 'a/b/report.json');
    await writeOutputFile(path, 'first');
    await writeOutputFile(path, 'second');
    expect(await readFile(path, 'utf8')).toBe('second');
    expect(await readdir(join(folder, 'a/b'))).toEqual(['report.json']);
  });

  it('shows whoever has opened the file before all of what was there', async () => {
    const path = join(folder, 'report.json');
    await writeFile(path, 'of an earlier run');
    const open = await import('node:fs/promises').then(({ open: opened }) => opened(path));
    await writeOutputFile(path, 'new');
    expect(await open.readFile('utf8')).toBe('of an earlier run');
    await open.close();
  });

  it('writes through a link, and to a device', async () => {
    await symlink(join(folder, 'elsewhere.json'), join(folder, 'report.json'));
    await writeOutputFile(join(folder, 'report.json'), 'text');
    expect(await readFile(join(folder, 'elsewhere.json'), 'utf8')).toBe('text');
    await expect(writeOutputFile('/dev/null', 'text')).resolves.toBeUndefined();
  });

  it('names the file that could not be written', async () => {
    await writeFile(join(folder, 'file'), '');
    await expect(writeOutputFile(join(folder, 'file/report.json'), 'text')).rejects.toMatchObject({
      code: 'OUTPUT_WRITE_FAILED',
      message: expect.stringContaining('file/report.json" could not be written'),
    });
  });
});

describe('reportFiles', () => {
  it('leaves no file of an earlier run beside its own when one can’t be written', async () => {
    const old = ['report.md', 'report.html', 'run-record.json', 'junit.xml'];
    await Promise.all(old.map((name) => writeFile(join(folder, name), 'of an earlier run')));
    await mkdir(join(folder, 'report.json'));
    const report = buildReport(reportFacts({ stored: 0 }));
    const writing = reportFiles(folder).write({ report, json: '{}', markdown: 'new', jobFiles: {}, runRecord: '{}' });
    await expect(writing).rejects.toMatchObject({ message: expect.stringContaining('report.json') });
    const names = await readdir(folder);
    expect(names.sort()).toEqual(['junit.xml', 'report.html', 'report.json', 'report.md']);
    const texts = names.filter((name) => name !== 'report.json').map((name) => readFile(join(folder, name), 'utf8'));
    for (const text of await Promise.all(texts)) expect(text).not.toContain('of an earlier run');
  });
});
