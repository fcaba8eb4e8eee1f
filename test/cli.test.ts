import { readdirSync, readFileSync } from 'node:fs';
import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { Ajv } from 'ajv';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { version } from '../src/version.ts';
import { runNode, runProgram } from './support/spawn-and-wait.ts';

const root = resolve(import.meta.dirname, '..');
const data = join(root, 'evaluation/data/monolith-baseline');
const runs = readdirSync(data)
  .sort()
  .map((name) => join(data, name));
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tailgate-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const tailgate = (...args: string[]) =>
  runNode([join(root, 'src/cli.ts'), ...args], { cwd: folder, env: { NO_COLOR: '1' } });

describe('tailgate', () => {
  it('says the version that package.json says', async () => {
    expect((await tailgate('--version')).stdout.trim()).toBe(version);
    expect(version).toBe(JSON.parse(await readFile(join(root, 'package.json'), 'utf8')).version);
  });

  it.each([
    ['run'],
    ['record'],
    ['compare'],
    ['import'],
    ['baseline', 'list'],
    ['baseline', 'show'],
    ['baseline', 'accept'],
    ['doctor'],
  ])('shows help with an example for %s %s', async (...command) => {
    const help = await tailgate(...command.filter(Boolean), '--help');
    expect(help.code).toBe(0);
    expect(help.stdout).toContain(`Example:\n  tailgate ${command.filter(Boolean).join(' ')}`);
  });

  it.each([[['run', '--no-such-flag']], [['nonsense']], [['compare']], [['run', '--target-url', 'nowhere']]])(
    'exits with 2 on wrong usage: %j',
    async (args) => {
      const run = await tailgate(...args);
      expect(run.code).toBe(2);
      expect(run.stderr).not.toBe('');
      expect(run.stdout).toBe('');
    },
  );

  it('doctor names what it found and exits with 0 or 3', async () => {
    const run = await tailgate('doctor');
    expect([0, 3]).toContain(run.code);
    for (const subject of ['k6', 'node', 'git', 'go', 'disk', 'clock']) expect(run.stdout).toContain(subject);
  });
});

describe('a working directory that was removed', () => {
  it('is told in a sentence', async () => {
    const inIt = 'mkdir gone && cd gone && rmdir ../gone && exec "$0" "$1" doctor';
    const program = ['-c', inIt, process.execPath, join(root, 'src/cli.ts')];
    expect(await runProgram('/bin/sh', program, { cwd: folder })).toMatchObject({
      code: 3,
      stdout: '',
      stderr: 'The working directory is gone: another process removed it. Change to one that exists and run again.\n',
    });
  });
});

describe('tailgate compare', () => {
  it('passes an unchanged run and writes JSON that its schema accepts', async () => {
    const run = await tailgate(
      'compare',
      '--baseline',
      ...runs.slice(0, 9),
      '--candidate',
      runs[9] as string,
      '--format',
      'json',
    );
    expect(run.code, run.stderr).toBe(0);
    const schema = JSON.parse(await readFile(join(root, 'schemas/tailgate.report.2.schema.json'), 'utf8'));
    const validate = new Ajv({ strict: false }).compile(schema);
    expect(validate(JSON.parse(run.stdout)), JSON.stringify(validate.errors)).toBe(true);
  });

  it('gives the same bytes for the same files', async () => {
    const args = [
      'compare',
      '--baseline',
      ...runs.slice(0, 3),
      '--candidate',
      runs[5] as string,
      '--format',
      'markdown',
    ];
    expect((await tailgate(...args)).stdout).toBe((await tailgate(...args)).stdout);
  });

  it('says no-baseline below three runs and exits with 0, or with 1 when fail-on lists it', async () => {
    const args = ['compare', '--baseline', runs[0] as string, runs[1] as string, '--candidate', runs[2] as string];
    const lenient = await tailgate(...args);
    expect(lenient.stdout).toMatch(/^NO BASELINE/);
    expect(lenient.code).toBe(0);
    expect((await tailgate(...args, '--fail-on', 'no-baseline')).code).toBe(1);
  });

  it('takes run records beside raw files', async () => {
    const records = await Promise.all(
      runs.slice(0, 3).map(async (run, index) => {
        const record = join(folder, `run-${index}.json`);
        expect((await tailgate('import', run, '-o', record)).code).toBe(0);
        return record;
      }),
    );
    const compared = await tailgate('compare', '--baseline', ...records, '--candidate', runs[4] as string);
    expect(compared.code, compared.stderr).toBe(0);
  });

  it('exits with 3 and names the file that it can’t read', async () => {
    await writeFile(join(folder, 'junk.csv'), 'a,b\n1,2\n');
    const run = await tailgate('compare', '--baseline', ...runs.slice(0, 3), '--candidate', 'junk.csv');
    expect(run.code).toBe(3);
    expect(run.stderr).toContain('junk.csv');
  });

  it('exits with 2 and names every path that is no file, before it reads the others', async () => {
    const run = await tailgate('compare', '--baseline', 'main-1.csv', runs[0] as string, '--candidate', folder);
    expect(run.code).toBe(2);
    expect(run.stderr).toContain('--baseline: got "main-1.csv", expected a file; it doesn\'t exist');
    expect(run.stderr).toContain(`--candidate: got ${JSON.stringify(folder)}, expected a file; it is a directory`);
    expect((await tailgate('import', 'main-1.csv', '-o', 'run.json')).code).toBe(2);
  });
});

/** A copy of the file whose requests all ended `laterMs` after those of `other` did. */
async function beside(run: string, other: string, laterMs = 0): Promise<string> {
  const rows = (path: string) =>
    gunzipSync(readFileSync(path))
      .toString('utf8')
      .trimEnd()
      .split('\n')
      .map((line) => line.split(','));
  const [header = [], ...own] = rows(run);
  const [, first = []] = rows(other);
  const time = header.indexOf('timestamp');
  const shift = Number(first[time]) - Number(own[0]?.[time]) + laterMs / 1000;
  const shifted = own.map((row) => row.map((field, i) => (i === time ? String(Number(field) + shift) : field)));
  const path = join(folder, `beside-${laterMs}.csv`);
  await writeFile(path, [header, ...shifted].map((row) => row.join(',')).join('\n'));
  return path;
}

describe('tailgate compare --paired', () => {
  it('pairs the time blocks of two runs made side by side', async () => {
    const run = await tailgate(
      ...['compare', '--paired', '--placement', 'separate-hosts', '--format', 'json'],
      ...['--baseline', runs[3] as string, '--candidate', await beside(runs[4] as string, runs[3] as string)],
    );
    expect(run.code, run.stderr).toBe(0);
    const report = JSON.parse(run.stdout);
    expect(report).toMatchObject({ mode: 'duet', verdict: 'pass' });
    expect(report.pairs.used).toBeGreaterThan(50);
  });

  it('refuses runs of different hours, and says what compares them', async () => {
    const files = ['--baseline', runs[3] as string, '--candidate', runs[4] as string];
    const run = await tailgate('compare', '--paired', ...files);
    expect(run).toMatchObject({ code: 2, stdout: '' });
    expect(run.stderr).toMatch(/^the two runs were not made side by side: the baseline ran from 20\d\d-/);
    expect(run.stderr).toContain('Leave out --paired: `tailgate compare` then compares runs that were made one after');
  });

  it('cuts a start that was some seconds apart, and says so', async () => {
    const candidate = await beside(runs[4] as string, runs[3] as string, 23_000);
    const files = ['--baseline', runs[3] as string, '--candidate', candidate];
    const report = JSON.parse((await tailgate('compare', '--paired', ...files, '--format', 'json')).stdout);
    expect(report.warnings).toContain(
      'the candidate began to be measured 25 s after the baseline: that beginning of the baseline is left out, and blocks are paired by the clock',
    );
    expect(report.verdict).toBe('pass');
  });

  it('takes one file a side', async () => {
    const run = await tailgate(
      'compare',
      '--paired',
      '--baseline',
      ...runs.slice(0, 2),
      '--candidate',
      runs[4] as string,
    );
    expect(run.code).toBe(2);
    expect(run.stderr).toContain('2 baseline and 1 candidate files');
  });

  it('refuses to pair a run with itself, beside which it is never slower', async () => {
    const copy = join(folder, 'copy.csv.gz');
    await copyFile(runs[3] as string, copy);
    const run = await tailgate('compare', '--paired', '--baseline', copy, '--candidate', runs[3] as string);
    expect(run).toMatchObject({ code: 2, stdout: '' });
    expect(run.stderr).toContain(`the same run twice, from "${copy}" and "${runs[3]}"`);
  });

  it('writes to standard output for -o -, as import does', async () => {
    const candidate = await beside(runs[4] as string, runs[3] as string);
    const files = ['--baseline', runs[3] as string, '--candidate', candidate];
    const run = await tailgate('compare', '--paired', ...files, '--format', 'json', '-o', '-');
    expect(JSON.parse(run.stdout)).toMatchObject({ mode: 'duet' });
    expect(readdirSync(folder)).not.toContain('-');
  });
});

describe('tailgate baseline', () => {
  it('says what to do when the store is empty', async () => {
    const run = await tailgate('baseline', 'list', '--baseline-store', 'dir:nowhere');
    expect(run.code).toBe(0);
    expect(run.stdout).toContain('tailgate record');
  });

  it('refuses an id that no stored run has', async () => {
    const run = await tailgate('baseline', 'show', '2026', '--baseline-store', 'dir:nowhere');
    expect(run.code).toBe(2);
    expect(run.stderr).toContain('"2026"');
  });
});

describe('a full disk', () => {
  it('costs the report file, not the verdict', async () => {
    const run = await tailgate(
      'compare',
      '--baseline',
      ...runs.slice(0, 3),
      '--candidate',
      runs[4] as string,
      '-o',
      '/dev/full',
    );
    expect(run.code).toBe(0);
    expect(run.stderr).toContain('ENOSPC');
    expect(run.stdout).toMatch(/^(PASS|INCONCLUSIVE): /);
  });
});
