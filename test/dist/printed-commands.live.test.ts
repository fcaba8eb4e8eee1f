import { readdirSync } from 'node:fs';
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openBaselineStore } from '../../src/adapters/baseline-store/open-baseline-store.ts';
import { buildReport } from '../../src/core/report/model/report-model.ts';
import { renderJson } from '../../src/core/report/render/report-json.ts';
import type { RunRecord } from '../../src/core/run-record/run-record.ts';
import { encodeRunRecord } from '../../src/core/run-record/run-record-codec.ts';
import { seededRandom } from '../../src/core/stats/random.ts';
import { judgeRuns } from '../../src/gate/judge.ts';
import { slowed, someRuns } from '../support/a-steady-run.ts';
import { k6Binary } from '../support/k6-binary.ts';
import { type ScriptedTarget, startScriptedTarget } from '../support/scripted-target.ts';
import { someThresholds } from '../support/some-thresholds.ts';
import { type Finished, runNode, runProgram } from '../support/spawn-and-wait.ts';

/** Every command that is printed is pasted into a shell here and has to do its work. */

const root = resolve(import.meta.dirname, '../..');
const load = `import http from 'k6/http';
export const options = { scenarios: { shop: { executor: 'constant-arrival-rate', duration: __ENV.DURATION || '12s',
  rate: Number(__ENV.RATE || 100), preAllocatedVUs: 10 } } };
export default () => { http.get(\`\${__ENV.SHOP || __ENV.BASE_URL}/items\`, { headers: { 'x-login': __ENV.LOGIN || '' } }); };
`;
let targets: readonly [ScriptedTarget, ScriptedTarget];
let folder: string;
/** What was printed and pasted, with what it came to; the figure of the last test. */
const pasted = new Map<string, number | null>();

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "tailgate it's "));
  targets = [
    await startScriptedTarget({ kind: 'ok', delayMs: 3 }),
    await startScriptedTarget({ kind: 'ok', delayMs: 3 }),
  ];
  await mkdir(join(folder, 'bin'));
  const program = `#!/bin/sh\nexec '${process.execPath}' '${join(root, 'dist/cli.mjs')}' "$@"\n`;
  await writeFile(join(folder, 'bin/tailgate'), program, { mode: 0o755 });
  await writeFile(join(folder, 'bin/k6'), `#!/bin/sh\nexec '${await k6Binary('2.2.0')}' "$@"\n`, { mode: 0o755 });
});

afterAll(async () => {
  for (const target of targets) await target[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

/** A folder of its own for each story, with the script under an awkward name. */
async function place(name: string, files: Readonly<Record<string, string>> = {}): Promise<string> {
  const own = join(folder, name);
  await mkdir(own, { recursive: true });
  for (const [path, text] of Object.entries(files)) await writeFile(join(own, path), text);
  return own;
}

/** What a person's shell does with a line that was copied out of an output; the ports of the text are the reader's. */
async function paste(line: string, cwd: string, env: Record<string, string> = {}): Promise<Finished> {
  const run = await type(line, cwd, env);
  pasted.set(line, run.code);
  return run;
}

/** The same with a line that nobody printed. */
async function type(line: string, cwd: string, env: Record<string, string> = {}): Promise<Finished> {
  const mine = line
    .replace(/http:\/\/localhost:(?:3000|3333|23333)/, targets[0].url)
    .replace('http://localhost:3001', targets[1].url);
  const path = `${join(folder, 'bin')}:${process.env['PATH']}`;
  return runProgram('bash', ['-c', mine], { cwd, env: { PATH: path, NO_COLOR: '1', ...env } });
}

const inTerminal = (text: string) =>
  text
    .split('\n')
    .filter((line) => /^ {2,4}tailgate /.test(line))
    .map((line) => line.trim());
const inMarkdown = (text: string) => [...text.matchAll(/^```sh\n(.*)\n```$/gm)].map(([, line]) => line as string);
const entities: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', '#39': "'" };
const onPage = (html: string) =>
  [...html.matchAll(/<pre[^>]*>(tailgate .*?)<\/pre>/g)].map(([, line = '']) =>
    line.replaceAll(/&(#39|\w+);/g, (_, name: string) => entities[name] ?? name),
  );
const fileOf = (cwd: string, name: string) => readFile(join(cwd, 'tailgate-report', name), 'utf8');

/** Pastes every command of `output` and gives what each of them printed. */
async function pasteAll(output: Finished, cwd: string): Promise<Finished[]> {
  const runs: Finished[] = [];
  for (const line of inTerminal(`${output.stdout}\n${output.stderr}`)) runs.push(await paste(line, cwd));
  return runs;
}

describe('the commands of hints', () => {
  it('find the runs where they lie, and list them where an id is unknown, of a dirty checkout', async () => {
    const cwd = await place('stored', { 'load.js': load });
    const record = `tailgate record --target-url ${targets[0].url} --script load.js --time-budget 2s --baseline-store dir:.tailgate --inspect never`;
    await type('git init --quiet && git add . && git -c user.name=a -c user.email=a@b.example commit -qm a', cwd);
    await writeFile(join(cwd, 'load.js'), `${load}// not committed\n`);
    const recorded = await type(record, cwd);
    expect(recorded.code, recorded.stderr).toBe(0);
    expect(recorded.stdout.replaceAll(/\s+/g, ' ')).toMatch(
      /warning: the working tree has changes that commit [0-9a-f]{7} doesn't have: if they were measured, it isn't that commit that ran/,
    );
    const asked: readonly (readonly [string, string])[] = [
      ['tailgate baseline list', '1 of 1 stored runs are in the window'],
      ['tailgate baseline show 1999', '1 of 1 stored runs are in the window'],
      ['tailgate baseline show 1999 --baseline-store dir:.tailgate', '1 of 1 stored runs are in the window'],
      ['tailgate baseline prune', 'Removed 0 stored runs from dir:.tailgate; 1 is left.'],
      ['tailgate report --trend -o site', 'Written to site/index.html.'],
      ["tailgate report --baseline-store dir:.tailgate -o 'my site'", 'Written to my site/index.html.'],
      [
        'tailgate baseline accept 2 --reason because --baseline-store dir:.tailgate',
        '1 of 1 stored runs are in the window',
      ],
    ];
    for (const [line, found] of asked) {
      const runs = await pasteAll(await type(line, cwd), cwd);
      expect(
        runs.map(({ code, stdout }) => ({ code, found: stdout.includes(found) })),
        line,
      ).toEqual([{ code: 0, found: true }]);
    }
  });
});

describe('the commands of reports', () => {
  const secret = { BYPASS_HEADER: 'x-bypass: s3cr3t-of-the-preview', LOGIN: "who's $there" };
  const script = "load/it's $here.js";
  const given = `--url-variable SHOP --script "load/it's \\$here.js" --env DURATION=2s --env RATE=100 --env "LOGIN=who's \\$there" --name 'the "shop"' --environment local --warm-up 100ms --block-length 1s --time-budget 9s --max-p95-increase 400% --max-p50-increase 400% --inspect never --bypass-header '${secret.BYPASS_HEADER}'`;
  let cwd: string;

  beforeAll(async () => {
    cwd = await place('a shop');
    await mkdir(join(cwd, 'load'));
    await writeFile(join(cwd, script), load);
  });

  it('make the baseline that is missing, in the terminal, the comment and the page', async () => {
    const first = await type(`tailgate run --target-url ${targets[0].url} ${given}`, cwd);
    expect(first.stdout).toContain('NO BASELINE');
    const commands = [
      ...inTerminal(first.stdout),
      ...inMarkdown(await fileOf(cwd, 'report.md')),
      ...onPage(await fileOf(cwd, 'report.html')),
    ];
    expect(commands).toHaveLength(3);
    expect(commands.join('\n')).not.toContain('s3cr3t');
    // A shell without the secret says what it lacks, and nothing runs.
    const served = targets[0].requests.length;
    const lacking = await type(commands[0] as string, cwd, { LOGIN: 'x' });
    expect(lacking.stderr).toMatch(/BYPASS_HEADER: NAME: VALUE, as this run was given it\n$/);
    expect(targets[0].requests.length).toBe(served);
    for (const [i, command] of commands.entries()) {
      const run = await paste(command, cwd, secret);
      expect(run.stdout, run.stderr).toContain(`RECORDED: stored as run ${i + 1} of 3`);
    }
  });

  it('repeat a run that was compared, as two side by side, and that once more', async () => {
    const compared = await type(`tailgate run --target-url ${targets[0].url} ${given}`, cwd);
    expect(compared.stdout, compared.stderr).toMatch(/^(PASS|INCONCLUSIVE)/);
    const [command = ''] = inMarkdown(await fileOf(cwd, 'report.md'));
    const duet = await paste(command, cwd, secret);
    expect(duet.stdout, duet.stderr).toMatch(/^(PASS|INCONCLUSIVE|FAIL)/);
    expect(duet.stdout).toContain('measured beside it');
    const [again = ''] = inMarkdown(await fileOf(cwd, 'report.md'));
    expect(again).toBe(command);
  });
});

/** Lines of a shell's blocks, and what begins as one types it. */
const inDocument = (text: string) =>
  [...text.matchAll(/^```\w*\n([\s\S]*?)^```$/gm)]
    .flatMap(([, block = '']) => block.split('\n'))
    .filter((line) => /^(?:\$ | {4})?tailgate /.test(line))
    .map((line) => line.replace(/^(?:\$ | {4})/, '').replace(/ +#.*$/, ''));

const documents = ['README.md', ...readdirSync(join(root, 'docs')).map((name) => `docs/${name}`)].filter((name) =>
  name.endsWith('.md'),
);

describe('the commands of the help and of the documents', () => {
  const endpoints = { 'GET /items': { medianMs: 100, requests: 600 }, 'GET /cart': { medianMs: 60, requests: 600 } };
  const measured = someRuns(7, endpoints, seededRandom('documents'), 0.02);
  const slower = (day: number) => slowed(measured[day] as RunRecord, 1.5, ['GET /items']);
  const red = { ...slower(5), id: '2026-11-25T10:00:00.000Z-a1b2c3', quarantined: { reason: 'GET /items p95 rose' } };
  let count = 0;

  /** A clone that has everything that a command may name: scripts, results, reports, stored runs. */
  async function clone(line: string): Promise<string> {
    const isTwoSided = / (?:duet|calibrate) /.test(line);
    const cwd = await place(`documents ${++count}`, {
      'load.js': load,
      '.tailgate.yml': `time-budget: ${isTwoSided ? 9 : 2}s\nblock-length: 1s\nwarm-up: 100ms\n`,
    });
    await mkdir(join(cwd, 'k6-scripts'));
    await writeFile(join(cwd, 'k6-scripts/steady.js'), load);
    const data = join(root, 'evaluation/data/monolith-baseline');
    const results = readdirSync(data).sort().slice(0, 4);
    const names = ['main-1.csv.gz', 'main-2.csv.gz', 'main-3.csv.gz', 'pull-request.csv.gz'];
    for (const [i, name] of names.entries()) await copyFile(join(data, results[i] as string), join(cwd, name));
    await copyFile(join(root, 'test/fixtures/k6/2.2.0.json.gz'), join(cwd, 'results.json.gz'));
    const stores = [{ kind: 'directory', path: join(cwd, '.tailgate') }] as const;
    for (const record of [...measured.slice(0, 5), red]) await openBaselineStore(stores[0]).append(record);
    await runProgram('git', ['init', '--quiet', '--bare', 'origin.git'], { cwd });
    await runProgram('git', ['init', '--quiet'], { cwd });
    await runProgram('git', ['remote', 'add', 'origin', 'origin.git'], { cwd });
    if (line.includes('branch:')) {
      const remote = { remote: { url: join(cwd, 'origin.git') } };
      await openBaselineStore({ kind: 'branch', name: 'tailgate-baselines' }, remote).append(measured[0] as RunRecord);
    }
    const judged = judgeRuns(
      { name: 'shop', mode: 'stored', thresholds: someThresholds(), failOn: ['regressed'] },
      { record: slower(6), validity: { kind: 'valid', warnings: [] }, stored: measured.slice(0, 5), warnings: [] },
    );
    for (const report of ['tailgate-report', 'artifacts/tailgate-shop']) {
      await mkdir(join(cwd, report), { recursive: true });
      const isRed = report === 'tailgate-report';
      await writeFile(
        join(cwd, report, 'run-record.json'),
        encodeRunRecord(isRed ? slower(6) : (measured[6] as RunRecord)),
      );
      await writeFile(join(cwd, report, 'report.json'), renderJson(buildReport(judged)));
    }
    return cwd;
  }

  it('work in a clone that has what they name', async () => {
    const help = await Promise.all(
      [
        ...['run', 'duet', 'record', 'calibrate', 'decide', 'compare', 'import', 'report', 'doctor'],
        ...['baseline list', 'baseline show', 'baseline accept', 'baseline prune'],
      ].map((command) => runNode([join(root, 'dist/cli.mjs'), ...command.split(' '), '--help'])),
    );
    const texts = await Promise.all(documents.map((path) => readFile(join(root, path), 'utf8')));
    const lines = [...new Set([...help.flatMap(({ stdout }) => inTerminal(stdout)), ...texts.flatMap(inDocument)])];
    expect(lines.length).toBeGreaterThan(18);
    const broken: string[] = [];
    const left = [...lines];
    // Nothing here is measured for its figures, so several may run at once.
    const pasteRest = async () => {
      for (let line = left.shift(); line !== undefined; line = left.shift()) {
        const run = await paste(line, await clone(line));
        if (run.code !== 0) broken.push(`${line}\n${run.code}: ${run.stdout.slice(0, 500)}${run.stderr}`);
      }
    };
    await Promise.all([pasteRest(), pasteRest(), pasteRest(), pasteRest()]);
    expect(broken).toEqual([]);
  });

  it('are all that was pasted, and all of them worked', () => {
    const failed = [...pasted].filter(([, code]) => code !== 0);
    expect(failed).toEqual([]);
    process.stdout.write(`${pasted.size - failed.length} of ${pasted.size} printed commands run\n`);
  });
});
