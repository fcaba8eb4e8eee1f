import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { readmeWorkflow, readmeWorkflows } from './support/act/readme-workflows.ts';
import { permissionsOf } from './support/act/workflow-permissions.ts';
import { runNode } from './support/spawn-and-wait.ts';

const root = resolve(import.meta.dirname, '..');
const readme = readFileSync(`${root}/README.md`, 'utf8');
const blocks = [...readme.matchAll(/```(\w*)\n([\s\S]*?)```/g)].map(([, language, text]) => ({
  language,
  text: text as string,
}));
const commandLines = blocks.flatMap(({ text }) => text.split('\n')).filter((line) => line.startsWith('tailgate '));

describe('README.md', () => {
  it.each(commandLines)('shows flags that exist: %s', async (line) => {
    const words = line.replace(/#.*/, '').trim().split(/\s+/);
    const help = await runNode([`${root}/src/cli.ts`, words[1] as string, '--help']);
    expect(help.code).toBe(0);
    const flags = words.filter((word) => word.startsWith('--'));
    expect(flags.length).toBeGreaterThan(0);
    for (const flag of flags) expect(help.stdout).toContain(flag);
  });

  it('shows workflows whose inputs all exist', () => {
    const { inputs } = parse(readFileSync(`${root}/action.yml`, 'utf8')) as { inputs: Record<string, unknown> };
    for (const text of readmeWorkflows) {
      const { jobs } = parse(text) as { jobs: Record<string, { steps: { uses: string; with?: object }[] }> };
      const steps = Object.values(jobs).flatMap((job) => job.steps.filter(({ uses }) => uses.startsWith('tailgate/')));
      const used = steps.flatMap((step) => Object.keys(step.with ?? {}));
      expect(used).toContain('target-url');
      expect(used.filter((name) => !(name in inputs))).toEqual([]);
    }
  });

  it('shows workflows of at most ten lines a job, not counting permissions', () => {
    for (const text of readmeWorkflows) {
      const isPermission = /^ *(permissions:|[a-z-]+: (read|write)( |$))/;
      const lines = text.split('\n').filter((line) => line.startsWith('  ') && !isPermission.test(line));
      const jobs = lines.filter((line) => /^ {2}\S/.test(line)).length;
      expect(lines.length).toBeLessThanOrEqual(10 * jobs);
    }
  });

  it('lets no job that a pull request starts write to the repository', () => {
    for (const text of readmeWorkflows) expect(permissionsOf(text, 'pull_request')).toMatchObject({ contents: 'read' });
    expect(permissionsOf(readmeWorkflow('stored runs'), 'push')).toMatchObject({ contents: 'write' });
  });

  it('links only to files that are there', () => {
    const targets = [...readme.matchAll(/\]\(([^)#]+)(?:#[^)]*)?\)/g)].map((match) => match[1] as string);
    const missing = targets.filter((target) => !target.startsWith('http')).filter((target) => !exists(target));
    expect(missing).toEqual([]);
  });
});

function exists(path: string): boolean {
  try {
    readFileSync(`${root}/${path}`);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EISDIR';
  }
}
