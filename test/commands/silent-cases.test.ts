import { readdirSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openBaselineStore } from '../../src/adapters/baseline-store/open-baseline-store.ts';
import { whyNotWritable } from '../../src/adapters/files/make-folder.ts';
import { reportFiles } from '../../src/adapters/files/report-files.ts';
import { buildReport } from '../../src/core/report/model/report-model.ts';
import { encodeRunRecord } from '../../src/core/run-record/run-record-codec.ts';
import { seededRandom } from '../../src/core/stats/random.ts';
import type { RenderedReport } from '../../src/ports.ts';
import { pageOf, version } from '../../src/version.ts';
import { someRuns } from '../support/a-steady-run.ts';
import { reportFacts } from '../support/report-cases.ts';
import { runNode, runProgram } from '../support/spawn-and-wait.ts';

const cli = resolve(import.meta.dirname, '../../src/cli.ts');
const endpoints = { 'GET /items': { medianMs: 100, requests: 600 } };
const runs = someRuns(5, endpoints, seededRandom('silent'), 0.02);
const load = ['--target-url', 'http://127.0.0.1:9', '--script', 'load.js'];
const everySetting = `Change the values named above; every setting: https://github.com/tailgate/tailgate/blob/v${version}/docs/inputs.md (CONFIG_INVALID)\n`;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tailgate-silent-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function place(files: Readonly<Record<string, string>> = {}): Promise<string> {
  const own = await mkdtemp(join(folder, 'case-'));
  for (const [name, text] of Object.entries(files)) await writeFile(join(own, name), text);
  return own;
}

const tailgate = (cwd: string, args: readonly string[], env: Record<string, string> = {}) =>
  runNode([cli, ...args], { cwd, env: { NO_COLOR: '1', GITHUB_EVENT_PATH: '', ...env } });

/** What the command says of a mistake before it measures anything. */
async function saidOf(args: readonly string[], files: Readonly<Record<string, string>> = {}) {
  const cwd = await place(files);
  const { code, stdout, stderr } = await tailgate(cwd, args);
  expect(stdout).toBe('');
  return { code, stderr: stderr.replaceAll(cwd, '.') };
}

describe('a mistake that nothing used to say', () => {
  it.each([['.tailgate.yaml'], ['tailgate.yml'], ['.tailgate.json']])(
    'is told where the configuration file is called %s, which nobody reads',
    async (name) => {
      expect(await saidOf(['run', ...load], { [name]: 'name: shop\n' })).toEqual({
        code: 2,
        stderr: `The configuration has a problem:\n  configuration file: got "${name}", expected .tailgate.yml, the only name that is looked for\nRename it to .tailgate.yml, or name it with \`config\`. (CONFIG_INVALID)\n`,
      });
    },
  );

  it('is told where two spellings of the configuration file lie side by side, and not where one is named', async () => {
    const files = { '.tailgate.yml': 'name: shop\n', '.tailgate.yaml': 'name: other\n' };
    expect((await saidOf(['run', ...load], files)).stderr).toContain('got ".tailgate.yaml"');
    const named = await saidOf(['run', ...load, '--config', '.tailgate.yaml'], files);
    expect(named.stderr).toContain('there is no script "load.js"');
  });

  it('is told where a variable is to be passed through that is not set', async () => {
    expect(await saidOf(['run', ...load, '--env', 'NO_SUCH_VARIABLE', '--env', 'A=b'])).toEqual({
      code: 2,
      stderr:
        'The configuration has a problem:\n  input env: NO_SUCH_VARIABLE is to be passed through, and no such variable is set here\nSet it for this step or shell, or give its value as NAME=VALUE; an empty one counts as set. (CONFIG_INVALID)\n',
    });
  });

  it.each([
    [
      ['duet', '--baseline', 'http://localhost:1'],
      "'--baseline' (did you mean --baseline-url, --baseline-env, or --baseline-store?)",
    ],
    [['run', '--warmup', '3s'], "'--warmup' (did you mean --warm-up?)"],
    [['run', '--target', 'http://localhost:1'], "'--target' (did you mean --target-url?)"],
    [['record', '--baseline_store', 'dir:x'], "'--baseline_store' (did you mean --baseline-store?)"],
    [
      ['duet', '--candidate=http://localhost:1'],
      "'--candidate=http://localhost:1' (did you mean --target-url, --candidate-env, or --candidate-from?)",
    ],
    [['calibrate', '--blocklength', '1s'], "'--blocklength' (did you mean --block-length?)"],
  ])('is told with what was meant: %j', async (args, said) => {
    expect(await saidOf(args)).toEqual({
      code: 2,
      stderr: `error: unknown option ${said}\n(add --help to see what the command takes)\n`,
    });
  });

  it.each([
    ['max-p95-increse: 5%', '"max-p95-increse", expected "max-p95-increase"'],
    ['warmup: 5s', '"warmup", expected "warm-up"'],
    ['p95: 5%', '"p95", expected "max-p95-increase"'],
  ])('is told where a setting is mistyped: %s', async (line, said) => {
    expect(await saidOf(['run', ...load], { '.tailgate.yml': line })).toEqual({
      code: 2,
      stderr: `The configuration has a problem:\n  .tailgate.yml: got the key ${said}\n${everySetting}`,
    });
  });

  it.each([
    ['a pipe', 'mkfifo odd', 'it is a pipe or a device, not a file'],
    ['a folder', 'mkdir odd', 'it is a folder'],
    ['an endless device', 'ln -s /dev/zero odd', 'it is a pipe or a device, not a file'],
    ['far too long', 'head -c 2000000 /dev/zero > odd', 'it has more than 1000000 bytes'],
  ])('is told where the configuration file is %s, without waiting for it', async (_, make, why) => {
    const cwd = await place();
    await runProgram('sh', ['-c', make], { cwd });
    const { code, stderr } = await tailgate(cwd, ['run', ...load, '--config', 'odd']);
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: `The configuration has a problem:\n  input config: got "odd", expected a readable file: ${why}\n${everySetting}`,
    });
  });

  it('is told where the configuration file is a link that leads nowhere', async () => {
    const cwd = await place({ 'load.js': '' });
    await symlink('nowhere', join(cwd, '.tailgate.yml'));
    expect((await tailgate(cwd, ['run', ...load])).stderr).toBe(
      `The configuration has a problem:\n  input config: got ".tailgate.yml", expected a file; it doesn't exist\n${everySetting}`,
    );
  });

  it('is told in our words where the configuration file holds two documents', async () => {
    expect((await saidOf(['run', ...load], { '.tailgate.yml': 'name: a\n---\nname: b\n' })).stderr).toBe(
      `The configuration has a problem:\n  .tailgate.yml: Leave one document: a second begins at line 2, column 1:\n    name: a\n    ---\n    ^\n${everySetting}`,
    );
  });

  it('is told where the event of the workflow is not JSON', async () => {
    const cwd = await place({ 'load.js': '', event: 'not json' });
    const { code, stderr } = await tailgate(cwd, ['run', ...load], { GITHUB_EVENT_PATH: 'event' });
    expect({ code, stderr }).toEqual({
      code: 3,
      stderr:
        'the event in "event" (GITHUB_EVENT_PATH) isn\'t JSON: it begins with "not json"\nThe runner writes that file; take away the step that changed it, or unset GITHUB_EVENT_PATH outside of a workflow. (INPUT_UNREADABLE)\n',
    });
  });
});

describe('an old Node', () => {
  it.each([['12.22.12'], ['18.20.8'], ['22.11.0']])('is told which one is needed: %s', async (old) => {
    const pretend = `data:text/javascript,Object.defineProperty(process.versions,"node",{value:"${old}"})`;
    const { code, stdout, stderr } = await runNode(['--import', pretend, cli, 'doctor']);
    expect({ code, stdout, stderr }).toEqual({
      code: 2,
      stdout: '',
      stderr: `tailgate needs Node 22.12 or newer; this is ${old} (${process.execPath}).\nInstall a newer one (https://nodejs.org/en/download) or put it first on the PATH. (NODE_TOO_OLD)\n`,
    });
  });
});

describe('what can’t be written', () => {
  it.each([
    ['a file', 'file', './file is not a folder'],
    ['below a file', 'file/reports', "ENOTDIR: not a directory, stat './file/reports'"],
    [
      'below /proc, where Node itself would try for ever',
      '/proc/x/y',
      "ENOENT: no such file or directory, mkdir '/proc/x'",
    ],
  ])('is found before the load where report-dir is %s', async (_, path, why) => {
    const said = await saidOf(['run', ...load, '--report-dir', path], { file: '' });
    expect(said).toEqual({
      code: 3,
      stderr: `report-dir: nothing can be written into ${JSON.stringify(path)}: ${why}\nGive a folder that this user may write into, on a disk with room; nothing was measured. (OUTPUT_WRITE_FAILED)\n`,
    });
  });

  it('leaves no folder behind where it only looked', async () => {
    const cwd = await place();
    expect(await whyNotWritable(join(cwd, 'a/b'))).toBeUndefined();
    expect(readdirSync(cwd)).toEqual([]);
  });

  it('is found before the load where the store is no folder', async () => {
    const store = openBaselineStore({ kind: 'directory', path: join(await place({ file: '' }), 'file') });
    await expect(store.prepare?.()).rejects.toMatchObject({
      code: 'STORE_WRITE_FAILED',
      message: expect.stringMatching(/^no run can be stored in dir:.*\/file: .*\/file is not a folder$/),
    });
  });

  it('keeps what was measured before, where a later try measured nothing', async () => {
    const cwd = await place();
    const report = buildReport(reportFacts({}));
    const write = (rest: Partial<RenderedReport>) =>
      reportFiles(join(cwd, 'report')).write({ report, json: 'new', markdown: 'new', ...rest } as RenderedReport);
    const measured = { json: 'old', runRecord: 'run', jobFiles: { 'run-record.json': 'run' } };
    await write(measured);
    await write({});
    await write({});
    const read = (name: string) => readFile(join(cwd, 'report', name), 'utf8');
    expect(await Promise.all(['report.json', 'earlier/report.json', 'earlier/run-record.json'].map(read))).toEqual([
      'new',
      'old',
      'run',
    ]);
    expect(readdirSync(join(cwd, 'report'))).not.toContain('run-record.json');
    // What measures again replaces it as ever.
    await write({ ...measured, json: 'newest' });
    expect(await read('report.json')).toBe('newest');
  });
});

describe('where the runs lie', () => {
  const stored = async (...places: readonly string[]) => {
    const cwd = await place();
    for (const path of places) {
      const store = openBaselineStore({ kind: 'directory', path: join(cwd, path) });
      for (const run of runs.slice(0, 3)) await store.append(run);
    }
    return cwd;
  };

  it('is read from baseline-store of the configuration file by list, show, prune and report', async () => {
    const cwd = await stored('mine');
    await writeFile(join(cwd, '.tailgate.yml'), 'baseline-store: dir:mine\n');
    expect((await tailgate(cwd, ['baseline', 'list'])).stdout).toContain('3 of 3 stored runs are in the window.\n');
    expect((await tailgate(cwd, ['baseline', 'show', runs[0]?.id ?? ''])).code).toBe(0);
    expect((await tailgate(cwd, ['report', '--trend'])).stdout).toContain('3 stored runs of dir:mine');
    const pruned = await tailgate(cwd, ['baseline', 'prune', '--keep-runs', '2']);
    expect(pruned).toMatchObject({ code: 0, stdout: 'Removed 1 stored run from dir:mine; 2 are left.\n' });
    expect(readdirSync(join(cwd, 'mine'))).toHaveLength(2);
  });

  it('is said where the store that was asked is empty and another is not', async () => {
    const cwd = await stored('.tailgate/baselines', 'other');
    expect((await tailgate(cwd, ['baseline', 'list', '--baseline-store', 'dir:typo'])).stdout).toBe(
      'dir:typo holds no run yet. But dir:.tailgate/baselines holds 3 runs:\n    tailgate baseline list --baseline-store dir:.tailgate/baselines\n',
    );
    await writeFile(join(cwd, '.tailgate.yml'), 'baseline-store: dir:other\n');
    const asked = ['report', '--trend', '--baseline-store', 'dir:typo'];
    expect((await tailgate(cwd, asked)).stderr).toBe(
      'warning: no run is stored in dir:typo: dir:other holds 3 runs:\n    tailgate report --baseline-store dir:other --trend --output tailgate-trend\n',
    );
    const unknown = await tailgate(cwd, ['baseline', 'show', '1999']);
    expect(unknown.stderr).toBe(
      'The configuration has a problem:\n  id: got "1999", which begins the id of 0 runs of 3 in dir:other, expected the beginning of exactly one\nThis shows them all: (CONFIG_INVALID)\n    tailgate baseline list\n',
    );
  });

  it('is said by prune of a folder that holds none', async () => {
    expect((await tailgate(await place(), ['baseline', 'prune'])).stdout).toBe(
      'Removed 0 stored runs from dir:.tailgate/baselines; 0 are left.\n',
    );
  });
});

describe('what is given the wrong way round', () => {
  const files = Object.fromEntries(runs.map((run, i) => [`${i}.json`, encodeRunRecord(run)]));

  it('is asked about by compare where the candidate is older than every baseline', async () => {
    const cwd = await place(files);
    const turned = await tailgate(cwd, [
      'compare',
      '--candidate',
      '0.json',
      '--baseline',
      '1.json',
      '2.json',
      '3.json',
    ]);
    expect(turned.stdout.replaceAll(/\s+/g, ' ')).toContain(
      `is older than every baseline (from ${runs[1]?.startedAt} on): were --baseline and --candidate given the wrong way round?`,
    );
    const right = await tailgate(cwd, ['compare', '--candidate', '4.json', '--baseline', '1.json', '2.json', '3.json']);
    expect(right.stdout).not.toContain('wrong way round');
  });

  it('is told where a report is given for a run record, and a run record for a report', async () => {
    const cwd = await place({ ...files, 'report.json': '{"schema":"tailgate.report/2"}' });
    const compared = ['compare', '--candidate', 'report.json', '--baseline', '1.json', '2.json', '3.json'];
    expect((await tailgate(cwd, compared)).stderr).toBe(
      '"report.json" is a report of Tailgate, not a run\nGive the run record: `run-record.json` in the same report folder. (INPUT_UNREADABLE)\n',
    );
    expect((await tailgate(cwd, ['baseline', 'accept', '1.json', '--reason', 'because'])).stderr).toBe(
      '"1.json" is a run record, not a report\nGive the report.json beside it; `tailgate compare` takes run records. (INPUT_UNREADABLE)\n',
    );
  });

  it.each([
    ['page.html', /^<!doctype html>/],
    ['report.MD', /^### /],
    ['report.json', /^\{\n/],
    ['junit.xml', /^<\?xml /],
    ['report.txt', /^PASS: /],
  ])('is no matter of the format of a file: %s is written as what it is called', async (name, begins) => {
    const cwd = await place(files);
    const compared = ['--candidate', '4.json', '--baseline', '1.json', '2.json', '3.json', '-o', name];
    expect((await tailgate(cwd, ['compare', ...compared])).code).toBe(0);
    expect(await readFile(join(cwd, name), 'utf8')).toMatch(begins);
  });
});

describe('folders that are not there', () => {
  it('are named by decide, which would otherwise judge less than was meant', async () => {
    const cwd = await place();
    await mkdir(join(cwd, 'reports'));
    await writeFile(join(cwd, 'reports/run-record.json'), encodeRunRecord(runs[4] as (typeof runs)[number]));
    const args = ['decide', '--report-from', 'reports', '--candidate-from', 'confirmation'];
    expect((await tailgate(cwd, args)).stdout).toContain(
      'warning: candidate-from: there is no folder "confirmation", so nothing of it was read\n',
    );
    const nothing = await tailgate(cwd, ['decide', '--report-from', 'report']);
    expect(nothing.code).toBe(3);
    expect(nothing.stdout).toContain('warning: report-from: there is no folder "report", so nothing of it was read\n');
  });
});

describe('pages of the documentation', () => {
  it('are named by their full address in this version', () => {
    expect(pageOf('docs/inputs.md')).toBe(`https://github.com/tailgate/tailgate/blob/v${version}/docs/inputs.md`);
  });

  it('are named in no other way by what is printed', () => {
    const source = resolve(import.meta.dirname, '../../src');
    const short = readdirSync(source, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
    return Promise.all(
      short.map(async (name) => {
        const text = await readFile(join(source, name), 'utf8');
        const code = text.replaceAll(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '').replaceAll(/pageOf\('[^']*'\)/g, '');
        expect(code.match(/docs\/[\w-]+\.md|npx \w+|README\.md/g) ?? [], name).toEqual([]);
      }),
    );
  });
});
