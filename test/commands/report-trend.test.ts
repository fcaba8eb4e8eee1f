import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openBaselineStore } from '../../src/adapters/baseline-store/open-baseline-store.ts';
import { runNode } from '../support/spawn-and-wait.ts';
import { storedMonths } from '../support/stored-months.ts';

const cli = resolve(import.meta.dirname, '../../src/cli.ts');
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tailgate-trend-'));
  const store = openBaselineStore({ kind: 'directory', path: join(folder, 'runs') });
  const level = (endpoint: string, run: number) => (endpoint === 'GET /a' ? 1.4 ** (run / 39) : 1);
  const endpoints = { 'GET /a': { medianMs: 50, requests: 300 }, 'GET /b': { medianMs: 90, requests: 300 } };
  for (const record of storedMonths({ endpoints, runs: 40, seed: 'command', level })) await store.append(record);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const tailgate = (...args: string[]) => runNode([cli, ...args], { cwd: folder, env: { NO_COLOR: '1' } });

describe('tailgate report --trend', () => {
  it('writes a page of the stored runs into the folder and says what it shows', async () => {
    const run = await tailgate('report', '--trend', '--baseline-store', 'dir:runs', '-o', 'site/trend');
    expect(run.stderr).toBe('');
    expect(run.stdout).toBe(
      `1 of 2 endpoints is worse than where it began (40 stored runs of dir:runs, 16 Oct 2026 to 24 Nov 2026). Written to ${join('site/trend', 'index.html')}.\n`,
    );
    expect(run.code).toBe(0);
    const html = await readFile(join(folder, 'site/trend/index.html'), 'utf8');
    expect(html).toMatch(/p95 crept from .* to .*, \+29\u00a0%: no single step/);
  });

  it('writes a page that says so where nothing is stored yet', async () => {
    const run = await tailgate('report', '--trend', '--baseline-store', 'dir:nothing', '-o', 'empty');
    expect(run.code).toBe(0);
    expect(run.stderr).toContain('no run is stored in dir:nothing: --baseline-store names the store');
    expect(await readFile(join(folder, 'empty/index.html'), 'utf8')).toContain('No stored run has a request yet');
  });

  it.each([
    [
      ['report', '-o', 'a page'],
      "Add --trend for the stored runs over months: (CONFIG_INVALID)\n    tailgate report --trend --output 'a page'\n",
    ],
    [['report', '--trend', '--baseline-store', 'nowhere'], '"nowhere"'],
  ])('exits with 2 on wrong usage: %j', async (args, message) => {
    const run = await tailgate(...args);
    expect(run.code).toBe(2);
    expect(run.stderr).toContain(message);
  });

  it('shows help with an example', async () => {
    expect((await tailgate('report', '--help')).stdout).toContain('Example:\n  tailgate report --trend');
  });
});
