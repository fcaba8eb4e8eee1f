import { globSync, readFileSync } from 'node:fs';
import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { documentWorkflows } from '../support/act/document-workflows.ts';
import { actionlintBinary } from '../support/actionlint-binary.ts';
import { runProgram } from '../support/spawn-and-wait.ts';
import { zizmorBinary } from '../support/zizmor-binary.ts';

const root = resolve(import.meta.dirname, '../..');
const workflows = globSync(['.github/workflows/*.yml', 'examples/workflows/*.yml'], { cwd: root });

let actionlint: string;
let zizmor: string;

beforeAll(async () => {
  [actionlint, zizmor] = await Promise.all([actionlintBinary(), zizmorBinary()]);
}, 600_000);

/** What actionlint finds wrong, without the linters of shells that a machine may have or not. */
async function actionlintProblems(files: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await runProgram(actionlint, ['-no-color', '-shellcheck=', '-pyflakes=', ...files], {
    cwd: root,
  });
  return code === 0 ? '' : stdout + stderr;
}

/** What zizmor finds wrong, without the audits that ask github.com. */
async function zizmorProblems(files: readonly string[]): Promise<string> {
  const flags = ['--offline', '--quiet', '--no-progress', '--color=never', '--strict-collection'];
  const config = ['--config', join(root, '.github/zizmor.yml')];
  const { code, stdout, stderr } = await runProgram(zizmor, [...flags, ...config, ...files], { cwd: root });
  return code === 0 ? '' : stdout + stderr;
}

describe('the workflows of this repository and its examples', () => {
  it('are some', () => {
    expect(workflows.length).toBeGreaterThan(2);
  });

  it('are right as actionlint sees it', async () => {
    expect(await actionlintProblems(workflows)).toBe('');
  });

  it('give Tailgate no input that it does not have', async () => {
    const { inputs } = parse(await readFile(join(root, 'action.yml'), 'utf8')) as { inputs: Record<string, unknown> };
    const texts = [
      ...workflows.map((path) => readFileSync(join(root, path), 'utf8')),
      ...documentWorkflows.map(({ text }) => text),
    ];
    const unknown = texts.flatMap((text) => givenInputs(text).filter((name) => !(name in inputs)));
    expect(unknown).toEqual([]);
  });

  it('are safe as zizmor sees it, and so is action.yml', async () => {
    expect(await zizmorProblems([...workflows, 'action.yml'])).toBe('');
  });
});

interface Step {
  readonly uses?: string;
  readonly run?: string;
}

/** Inputs that a workflow gives Tailgate. */
function givenInputs(workflow: string): string[] {
  const { jobs } = parse(workflow) as { jobs: Record<string, { steps: { uses?: string; with?: object }[] }> };
  const steps = Object.values(jobs).flatMap((job) => job.steps);
  return steps.flatMap(({ uses = '', with: given = {} }) => (uses.startsWith('tailgate/') ? Object.keys(given) : []));
}

describe('the workflows that README and documents show', () => {
  let paths: string[];

  beforeAll(async () => {
    const folder = await mkdtemp(join(tmpdir(), 'tailgate-lint-'));
    paths = documentWorkflows.map((_, i) => join(folder, `${i}.yml`));
    for (const [i, { text }] of documentWorkflows.entries()) await writeFile(paths[i] as string, text);
  });

  it('are those of the README, of a duet and of the trend page', () => {
    const documents = new Set(documentWorkflows.map(({ document }) => document));
    expect([...documents]).toEqual(['README.md', 'docs/duet.md', 'docs/trend-page.md']);
  });

  it('are right as actionlint sees it, and safe as zizmor does', async () => {
    expect(await actionlintProblems(paths)).toBe('');
    expect(await zizmorProblems(paths)).toBe('');
  });

  it('run on a runner that stays the same, with a Node of their own where they need one', () => {
    for (const { text } of documentWorkflows) {
      const { jobs } = parse(text) as { jobs: Record<string, { 'runs-on': string; steps: Step[] }> };
      for (const job of Object.values(jobs)) {
        expect(job['runs-on']).toBe('ubuntu-24.04');
        if (!job.steps.some(({ run }) => /^np[mx] /m.test(run ?? ''))) continue;
        expect(job.steps.map(({ uses }) => uses)).toContain('actions/setup-node@v6');
      }
    }
  });
});

describe('the two linters', () => {
  it('would have found a script injection', async () => {
    const path = join(await mkdtemp(join(tmpdir(), 'tailgate-lint-')), 'workflow.yml');
    await writeFile(path, unsafe);
    expect(await actionlintProblems([path])).toContain('github.event.pull_request.title');
    expect(await zizmorProblems([path])).toContain('template-injection');
  });
});

const unsafe = `on: pull_request
permissions: {}
jobs:
  greet:
    runs-on: ubuntu-24.04
    steps:
      - run: echo "\${{ github.event.pull_request.title }}"
`;
