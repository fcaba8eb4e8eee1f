import { writeFileSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { essentialInputs, inputNames } from '../../src/config/inputs.ts';
import { k6Binary } from '../support/k6-binary.ts';
import { type ScriptedTarget, startScriptedTarget } from '../support/scripted-target.ts';
import { runNode, runProgram, type SpawnOptions } from '../support/spawn-and-wait.ts';

const root = resolve(import.meta.dirname, '../..');
const script = join(root, 'test/fixtures-k6/two-endpoints.js');
let target: ScriptedTarget;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tailgate-cli-'));
  target = await startScriptedTarget({ kind: 'ok', delayMs: 10 });
});

afterAll(async () => {
  await target[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

const tailgate = (args: readonly string[], options: SpawnOptions = {}) =>
  runNode([join(root, 'dist/cli.mjs'), ...args], { cwd: folder, ...options });

async function loadFlags(): Promise<string[]> {
  const k6 = await k6Binary('2.2.0');
  return [
    '--target-url',
    target.url,
    '--script',
    script,
    '--k6-path',
    k6,
    '--baseline-store',
    'dir:store',
    '--report-dir',
    'report',
  ];
}

/** Sends `signal` to the program once its load has made a hundred requests. */
function signalUnderLoad(signal: NodeJS.Signals): SpawnOptions {
  const before = target.requests.length;
  const call = (pid: number) => {
    const poll = setInterval(() => {
      if (target.requests.length < before + 100) return;
      clearInterval(poll);
      process.kill(pid, signal);
    }, 50);
  };
  return { onText: { text: 'with k6 2.2.0', call } };
}

describe('tailgate record and run', () => {
  it('stores a run, shows its figures, and lists and shows what is stored', async () => {
    const recorded = await tailgate(['record', ...(await loadFlags()), '--env', 'DURATION=3s']);
    expect(recorded.code, recorded.stderr).toBe(0);
    expect(recorded.stdout).toContain('RECORDED: stored as run 1 of 3');
    expect(recorded.stdout).toContain('GET /items/:id');

    const listed = await tailgate(['baseline', 'list', '--baseline-store', 'dir:store']);
    expect(listed.stdout).toContain('1 of 1 stored runs are in the window');
    const id = (await readdir(join(folder, 'store')))[0]?.slice(0, 15) ?? '';
    const shown = await tailgate(['baseline', 'show', id, '--baseline-store', 'dir:store']);
    expect(shown.code, shown.stderr).toBe(0);
    expect(shown.stdout).toContain('GET /fast');
  });

  it('skips a damaged stored run with a warning that names it', async () => {
    await writeFile(join(folder, 'store', '20200101T000000.000Z-cut.json.gz'), 'not gzip at all');
    const listed = await tailgate(['baseline', 'list', '--baseline-store', 'dir:store']);
    expect(listed.code).toBe(0);
    expect(listed.stderr).toContain('20200101T000000.000Z-cut.json.gz');
    expect(listed.stdout).toContain('1 of 1 stored runs');
  });

  it('keeps the verdict when the report can’t be written', async () => {
    const flags = (await loadFlags()).with(-1, 'going/report');
    // It could be written before the load; afterwards a file stands in its place.
    const call = () => writeFileSync(join(folder, 'going'), '');
    const onText = { text: 'with k6 2.2.0', call };
    const run = await tailgate(['run', ...flags, '--env', 'DURATION=2s'], { onText });
    expect(run.code, run.stderr).toBe(0);
    expect(run.stdout).toContain('NO BASELINE');
    expect(run.stderr).toContain('The verdict stands');
  });

  it('stops k6 on Ctrl-C, keeps what was measured and exits with 3', async () => {
    const run = await tailgate(
      ['run', ...(await loadFlags()), '--env', 'DURATION=60s', '--warm-up', '100ms'],
      signalUnderLoad('SIGINT'),
    );
    expect(run.code, run.stderr).toBe(3);
    expect(run.stdout).toContain('INVALID');
    const record = JSON.parse(await readFile(join(folder, 'report/run-record.json'), 'utf8'));
    expect(record.exit.class).toBe('aborted');
    expect(record.endpoints).toHaveLength(2);
    const served = target.requests.length;
    await new Promise((done) => setTimeout(done, 500));
    expect(target.requests.length).toBe(served);
  });

  it('leaves no k6 behind when it is killed itself', async () => {
    await tailgate(['run', ...(await loadFlags()), '--env', 'DURATION=60s'], signalUnderLoad('SIGKILL'));
    await new Promise((done) => setTimeout(done, 1500));
    const served = target.requests.length;
    await new Promise((done) => setTimeout(done, 700));
    expect(target.requests.length).toBe(served);
  });
});

describe('the bundled command line', () => {
  it('explains a wrong configuration with sentence, hint and code, and exits with 2', async () => {
    const run = await tailgate(['run', '--target-url', target.url]);
    expect(run.code).toBe(2);
    expect(run.stderr).toContain('input script');
    expect(run.stderr).toContain('(CONFIG_INVALID)');
    expect(run.stderr).not.toContain('    at ');
  });

  it('shows the ten flags that matter in its help, in groups, and with --all every one', async () => {
    const shown = async (...args: string[]) => {
      const { code, stdout } = await tailgate(args);
      expect(code).toBe(0);
      return { stdout, flags: [...stdout.matchAll(/^ {2}--([\w-]+) </gm)].map(([, name]) => name ?? '') };
    };
    const few = await shown('run', '--help');
    expect(few.flags.toSorted()).toEqual(essentialInputs.toSorted());
    expect(few.stdout).toMatch(/^What to run:\n[\s\S]*^How to compare:\n[\s\S]*^Thresholds:\n/m);
    expect((await shown('run', '--help', '--all')).flags.toSorted()).toEqual(inputNames.toSorted());
  });

  it('says what is called otherwise now: a flag, a mode, a command', async () => {
    const flags = ['--target-url', target.url, '--script', script, '--legs', 'a', '--mode', 'publish'];
    const run = await tailgate(['run', ...flags]);
    expect(run.code).toBe(2);
    expect(run.stderr).toContain('input legs: now called jobs');
    expect(run.stderr).toContain('input mode: publish is now called decide');
    const command = await tailgate(['publish', '--report-from', 'artifacts']);
    expect([command.code, command.stderr]).toEqual([
      2,
      expect.stringContaining('tailgate publish is now called tailgate decide'),
    ]);
  });

  it('keeps the exit code of the verdict when nobody reads its output', async () => {
    const raw = ['1', '2', '3', '4'].map((run) =>
      join(root, `evaluation/data/monolith-baseline/12-31-r0${run}.csv.gz`),
    );
    const line = `"${process.execPath}" "${join(root, 'dist/cli.mjs')}" compare --baseline ${raw.slice(0, 3).join(' ')} --candidate ${raw[3]}`;
    for (const sink of ['> /dev/full', '2> /dev/full > /dev/full']) {
      expect((await runProgram('sh', ['-c', `${line} ${sink}`])).code).toBe(0);
    }
    expect((await runProgram('bash', ['-c', `set -o pipefail; ${line} | true`])).code).toBe(0);
  });
});

describe('the packed tarball', () => {
  it('gives a working tailgate in an empty folder', async () => {
    const empty = join(folder, 'empty');
    await mkdir(empty);
    const packed = await runProgram('npm', ['pack', '--silent', '--pack-destination', empty], { cwd: root });
    expect(packed.code, packed.stderr).toBe(0);
    const installed = await runProgram(
      'npm',
      ['install', '--silent', '--no-audit', '--no-fund', join(empty, packed.stdout.trim())],
      { cwd: empty },
    );
    expect(installed.code, installed.stderr).toBe(0);
    const bin = join(empty, 'node_modules/.bin/tailgate');
    expect((await runProgram(bin, ['--version'])).stdout.trim()).toBe('0.1.0');
    const raw = ['1', '2', '3', '4'].map((run) =>
      join(root, `evaluation/data/monolith-baseline/12-31-r0${run}.csv.gz`),
    );
    const compared = await runProgram(
      bin,
      ['compare', '--baseline', ...raw.slice(0, 3), '--candidate', raw[3] as string],
      { cwd: empty },
    );
    expect(compared.code, compared.stderr).toBe(0);
    expect(compared.stdout).toMatch(/^PASS/);
  });
});
