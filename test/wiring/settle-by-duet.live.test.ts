import { readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { localDirectoryStore } from '../../src/adapters/baseline-store/open-baseline-store.ts';
import { k6Binary } from '../support/k6-binary.ts';
import { scriptFolder } from '../support/measure-script.ts';
import { startScriptedTarget } from '../support/scripted-target.ts';
import { runNode } from '../support/spawn-and-wait.ts';

const program = resolve(import.meta.dirname, '../../src/cli.ts');

const script = `import http from 'k6/http';
export const options = { scenarios: { steady: { executor: 'constant-arrival-rate', rate: 40, duration: '60s', preAllocatedVUs: 60, maxVUs: 200 } } };
export default function () { http.get(__ENV.BASE_URL + '/items'); }`;

/** Two more runs like the one that is stored, measured a little before it. */
async function storeTwice(directory: string): Promise<void> {
  const store = localDirectoryStore(directory, 'dir:baselines');
  const [run] = (await store.list()).records;
  if (run === undefined) throw new Error('nothing is stored');
  for (const minutes of [5, 10]) {
    const startedAt = new Date(Date.parse(run.startedAt) - minutes * 60_000).toISOString();
    await store.append({ ...run, startedAt, id: `${startedAt}-like-it` });
  }
}

describe('tailgate run --mode stored --baseline-url', () => {
  it('settles what looks slower than the stored runs by a duet, and tells the story', async () => {
    await using baseline = await startScriptedTarget({ kind: 'ok', delayMs: 20 });
    await using candidate = await startScriptedTarget({ kind: 'ok', delayMs: 20 });
    await using folder = await scriptFolder({ 'load.js': script });
    await writeFile(join(folder.path, '.tailgate.yml'), 'block-length: 1s\ninspect: never\n');
    const given = {
      'target-url': candidate.url,
      script: 'load.js',
      'k6-path': await k6Binary(),
      'baseline-store': 'dir:baselines',
      'warm-up': '500ms',
      'time-budget': '16s',
      'report-dir': 'report',
    };
    const tailgate = (command: string, more: Readonly<Record<string, string>> = {}) => {
      const flags = Object.entries({ ...given, ...more }).flatMap(([name, value]) => [`--${name}`, value]);
      return runNode([program, command, ...flags], { cwd: folder.path });
    };
    const recorded = await tailgate('record');
    expect(recorded.code, recorded.stderr).toBe(0);
    await storeTwice(join(folder.path, 'baselines'));
    // So slow that no crowded machine hides it.
    candidate.behave({ kind: 'ok', delayMs: 800 });
    const judged = await tailgate('run', { mode: 'stored', 'baseline-url': baseline.url });
    expect(judged.code, judged.stdout + judged.stderr).toBe(1);
    const report = JSON.parse(await readFile(join(folder.path, 'report/report.json'), 'utf8'));
    expect(report).toMatchObject({ mode: 'duet', verdict: 'fail', reason: 'regressed', pairs: { planned: 16 } });
    expect(judged.stdout).toMatch(/A first look at 3 stored runs: .*GET \/items/);
    expect(judged.stdout).toContain('The duet that followed confirmed it.');
  });
});
