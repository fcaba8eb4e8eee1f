import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openBaselineStore, type StoreLocation } from '../../src/adapters/baseline-store/open-baseline-store.ts';
import { acceptBaseline } from '../../src/commands/accept-baseline.ts';
import { buildReport } from '../../src/core/report/model/report-model.ts';
import { renderJson } from '../../src/core/report/render/report-json.ts';
import type { RunRecord } from '../../src/core/run-record/run-record.ts';
import { encodeRunRecord } from '../../src/core/run-record/run-record-codec.ts';
import { seededRandom } from '../../src/core/stats/random.ts';
import { judgeRuns } from '../../src/gate/judge.ts';
import { slowed, someRuns } from '../support/a-steady-run.ts';
import { someThresholds } from '../support/some-thresholds.ts';
import { runNode } from '../support/spawn-and-wait.ts';

const cli = resolve(import.meta.dirname, '../../src/cli.ts');
const branch = 'tailgate-baselines';
const endpoints = {
  'GET /items': { medianMs: 100, requests: 600 },
  'GET /cart': { medianMs: 60, requests: 600 },
  'POST /order': { medianMs: 150, requests: 600 },
};
/** A run a day; the first five are stored, the others come later. */
const measured = someRuns(9, endpoints, seededRandom('accept'), 0.02);
const run = (day: number, factor = 1): RunRecord => slowed(measured[day] as RunRecord, factor, ['GET /items']);
const red = { ...run(5, 1.5), quarantined: { reason: 'GET /items p95 rose' } };

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tailgate-accept-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const tailgate = (...args: string[]) =>
  runNode([cli, ...args], { cwd: folder, env: { NO_COLOR: '1', GITHUB_ACTOR: '' } });
const accept = (...args: string[]) => tailgate('baseline', 'accept', ...args);

async function seed(location: StoreLocation, remote?: string): Promise<void> {
  const store = openBaselineStore(location, remote === undefined ? {} : { remote: { url: remote } });
  for (let day = 0; day < 5; day++) await store.append(run(day));
  await store.append(red);
}

const inDirectory = () => seed({ kind: 'directory', path: join(folder, 'runs') });
const stored = async () => (await openBaselineStore({ kind: 'directory', path: join(folder, 'runs') }).list()).records;

/** `tailgate compare` of a later run with everything that is stored. */
async function compare(candidate: RunRecord) {
  await writeFile(join(folder, 'candidate.json'), encodeRunRecord(candidate));
  const files = (await readdir(join(folder, 'runs'))).map((name) => join('runs', name));
  const args = ['--baseline', ...files, '--candidate', 'candidate.json', '--format', 'json'];
  const compared = await tailgate('compare', ...args);
  const { verdict, reason, detail } = JSON.parse(compared.stdout);
  return { verdict, reason, detail, code: compared.code };
}

/** The report that tells of `candidate`, in the folder of its job. */
async function report(candidate: RunRecord, runBeside = candidate): Promise<string> {
  const judged = judgeRuns(
    { name: 'shop', mode: 'stored', thresholds: someThresholds(), failOn: ['regressed'] },
    { record: candidate, validity: { kind: 'valid', warnings: [] }, stored: await stored(), warnings: [] },
  );
  await writeFile(join(folder, 'run-record.json'), encodeRunRecord(runBeside));
  await writeFile(join(folder, 'report.json'), renderJson(buildReport(judged)));
  return join(folder, 'report.json');
}

describe('tailgate baseline accept on dir:', () => {
  it('makes a red run the first of a new level: the same passes as accepted, a further slowdown fails', async () => {
    await inDirectory();
    expect(await compare(run(6, 1.5))).toMatchObject({ verdict: 'fail', reason: 'regressed', code: 1 });

    const accepted = await accept(
      ...[red.id.slice(0, 10), '--reason', 'exports are streamed', '--until', '2027-06-30'],
      ...['--by', 'maintainer', '--baseline-store', 'dir:runs'],
    );
    expect(accepted.code, accepted.stderr).toBe(0);
    expect(accepted.stdout).toContain(`Run ${red.id} in dir:runs begins a new level`);
    expect(accepted.stdout).toContain('accepted by maintainer until 2027-06-30: exports are streamed');
    expect(accepted.stdout).toMatch(/GET \/items +p95 +\+\d\d %/);

    const same = await compare(run(6, 1.5));
    expect(same).toMatchObject({ verdict: 'pass', reason: 'accepted', code: 0 });
    expect(same.detail).toContain('accepted by maintainer on the command line until 2027-06-30: exports are streamed');
    expect(await compare(run(6, 2.2))).toMatchObject({ verdict: 'fail', reason: 'regressed', code: 1 });
    expect(await compare(run(6))).toMatchObject({ verdict: 'pass', code: 0 });
  });

  it('is told by list and show', async () => {
    await inDirectory();
    const list = () => tailgate('baseline', 'list', '--baseline-store', 'dir:runs');
    expect((await list()).stdout).toContain('quarantined: GET /items p95 rose');
    await accept(
      red.id,
      '--reason',
      'more rows until 2027-06-30',
      '--by',
      'maintainer',
      '--baseline-store',
      'dir:runs',
    );
    const listed = (await list()).stdout;
    expect(listed).toContain('at the accepted level, which has too few runs yet; accepted until 2027-06-30');
    expect(listed).not.toContain('quarantined');
    const shown = (await tailgate('baseline', 'show', red.id, '--baseline-store', 'dir:runs')).stdout;
    expect(shown).toContain('by maintainer on the command line until 2027-06-30: more rows');
    expect(shown).toMatch(/accepted change/);
  });

  it('changes nothing when it is said again, and counts for 30 days when no day is given', async () => {
    await inDirectory();
    const args = [red.id, '--reason', 'more rows', '--baseline-store', 'dir:runs'];
    expect((await accept(...args)).code).toBe(0);
    const before = await stored();
    const again = await accept(...args);
    expect(again.code).toBe(0);
    expect(again.stdout).toContain('was accepted already, nothing was changed');
    expect((await stored()).map(encodeRunRecord)).toEqual(before.map(encodeRunRecord));
    const days = (Date.parse(before.at(-1)?.accepted?.until ?? '') - Date.now()) / 86_400_000;
    expect(Math.ceil(days)).toBe(30);
  });

  it('takes the slowdown of a report, whose run it stores as the first of the new level', async () => {
    await inDirectory();
    const path = await report(run(6, 1.5));
    const accepted = await accept(path, '--reason', 'more rows', '--baseline-store', 'dir:runs');
    expect(accepted.code, accepted.stderr).toBe(0);
    expect((await stored()).at(-1)).toMatchObject({ id: run(6).id, accepted: { reason: 'more rows', pullRequest: 0 } });
    expect(await compare(run(7, 1.5))).toMatchObject({ verdict: 'pass', reason: 'accepted' });
    const again = await accept(path, '--reason', 'more rows', '--baseline-store', 'dir:runs');
    expect(again.stdout).toContain('was accepted already');
    expect(await stored()).toHaveLength(7);
  });

  it('exits with 2 without a reason, and says what to give', async () => {
    const refused = await accept(red.id, '--baseline-store', 'dir:runs');
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain('--reason: got nothing, expected why the slowdown is worth it');
    expect(refused.stdout).toBe('');
  });
});

describe('acceptBaseline', () => {
  const refusal = (target: string, flags: object = {}, inputs: Record<string, string> = {}) => {
    const all = { reason: 'more rows', baselineStore: `dir:${join(folder, 'runs')}`, ...flags };
    return acceptBaseline(target, all, inputs).catch((error: unknown) => error);
  };
  beforeEach(inDirectory);

  it.each([
    ['an empty reason', red.id, { reason: '  ' }, '--reason: got "  "', 'CONFIG_INVALID'],
    ['a day that is over', red.id, { until: '2020-01-01' }, '--until: got "2020-01-01"', 'CONFIG_INVALID'],
    ['a day too far away', red.id, { until: '2999-01-01' }, 'more than a year away', 'CONFIG_INVALID'],
    ['what is no day', red.id, { until: 'soon' }, '--until: got "soon"', 'CONFIG_INVALID'],
    ['an unknown run', '1999', {}, '"1999", which begins the id of 0 runs of 6 in dir:', 'CONFIG_INVALID'],
    ['several runs', '2026', {}, 'which begins the id of 6 runs of 6 in dir:', 'CONFIG_INVALID'],
    ['a green run', run(2).id, {}, 'it was not red', 'NOTHING_TO_ACCEPT'],
    ['a report that is not there', 'no/report.json', {}, 'got "no/report.json"', 'CONFIG_INVALID'],
  ])('refuses %s, says what to change, and changes nothing', async (_, target, flags, message, code) => {
    const before = (await stored()).map(encodeRunRecord);
    const error = await refusal(target, flags);
    expect(error).toMatchObject({ code, message: expect.stringContaining(message), hint: expect.stringMatching(/./) });
    expect((await stored()).map(encodeRunRecord)).toEqual(before);
  });

  it('goes by the margins that are given', async () => {
    const wide = { 'max-p50-increase': '90%', 'max-p95-increase': '90%', 'max-p99-increase': '90%' };
    expect(await refusal(red.id, {}, wide)).toMatchObject({
      code: 'NOTHING_TO_ACCEPT',
      message: expect.stringContaining('these margins find no regression'),
    });
  });

  it('refuses a report without a regression', async () => {
    expect(await refusal(await report(run(6)))).toMatchObject({
      code: 'NOTHING_TO_ACCEPT',
      message: expect.stringContaining('tells of no regression: '),
    });
  });

  it('refuses a report without its run, with another one beside it, and what is no report', async () => {
    const other = await refusal(await report(run(6, 1.5), run(7, 1.5)));
    expect(other).toMatchObject({ code: 'INPUT_UNREADABLE', message: expect.stringContaining(run(7).id) });
    await rm(join(folder, 'run-record.json'));
    const alone = await refusal(join(folder, 'report.json'));
    expect(alone).toMatchObject({ message: expect.stringContaining('neither stored nor beside it') });
    await writeFile(join(folder, 'report.json'), '{"schema": "tailgate.report/1"}');
    const damaged = await refusal(join(folder, 'report.json'));
    expect(damaged).toMatchObject({ message: expect.stringContaining("can't be read as a report: verdict") });
    expect(await stored()).toHaveLength(6);
  });

  it('refuses a store that can’t be written', async () => {
    const path = await report(run(6, 1.5));
    await mkdir(join(folder, 'runs', `${run(6).id.replaceAll(':', '-')}.json.gz`));
    expect(await refusal(path)).toMatchObject({
      code: 'STORE_WRITE_FAILED',
      message: expect.stringContaining(run(6).id),
    });
  });
});

describe('tailgate baseline accept on branch:', () => {
  let url: string;
  const git = (...args: string[]) => execFileSync('git', ['-C', url, ...args], { encoding: 'utf8' }).trim();

  beforeEach(async () => {
    url = join(folder, 'origin.git');
    execFileSync('git', ['init', '--quiet', '--bare', url]);
    execFileSync('git', ['init', '--quiet', folder]);
    execFileSync('git', ['-C', folder, 'remote', 'add', 'origin', url]);
    execFileSync('git', ['-C', folder, 'config', 'user.name', 'Maintainer']);
    await seed({ kind: 'branch', name: branch }, url);
  });

  it('is a commit on the branch that a fresh clone reads, by whoever git knows', async () => {
    const accepted = await accept(red.id, '--reason', 'more rows', '--baseline-store', `branch:${branch}`);
    expect(accepted.code, accepted.stderr).toBe(0);
    expect(git('log', '-1', '--format=%s', branch)).toBe(`Revise run ${red.id}`);
    expect(git('rev-list', '--count', branch)).toBe('7');
    execFileSync('git', ['clone', '--quiet', '--branch', branch, url, join(folder, 'clone')]);
    const [path = ''] = git('log', '-1', '--format=', '--name-only', branch).split('\n').slice(-1);
    const unpacked = execFileSync('gunzip', { input: await readFile(join(folder, 'clone', path)), encoding: 'utf8' });
    expect(JSON.parse(unpacked)).toMatchObject({ id: red.id, accepted: { by: 'Maintainer', reason: 'more rows' } });
    expect(JSON.parse(unpacked)).not.toHaveProperty('quarantined');
    const listed = await tailgate('baseline', 'list', '--baseline-store', `branch:${branch}`);
    expect(listed.stdout).toContain('accepted until');
  });

  it('is safe with several at once: each is told, and one acceptance is kept in one line of history', async () => {
    const args = [red.id, '--reason', 'more rows', '--baseline-store', `branch:${branch}`];
    const both = await Promise.all([accept(...args), accept(...args)]);
    expect(both.map(({ code }) => code)).toEqual([0, 0]);
    expect(git('rev-list', '--count', branch)).toBe('7');
    expect(git('rev-list', '--count', '--merges', branch)).toBe('0');
    expect(git('fsck', '--strict')).toBe('');
  });

  it('refuses a branch that is protected', async () => {
    const hook = '#!/bin/sh\necho "error: GH006: Protected branch update failed." >&2\nexit 1\n';
    await writeFile(join(url, 'hooks/pre-receive'), hook, { mode: 0o755 });
    const refused = await accept(red.id, '--reason', 'more rows', '--baseline-store', `branch:${branch}`);
    expect(refused.code).toBe(3);
    expect(refused.stderr).toContain('(STORE_PROTECTED)');
    expect(git('rev-list', '--count', branch)).toBe('6');
  });
});
