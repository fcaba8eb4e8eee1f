import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { k6Binary } from '../support/k6-binary.ts';
import { type ScriptedTarget, startScriptedTarget } from '../support/scripted-target.ts';
import { runNode } from '../support/spawn-and-wait.ts';

const root = resolve(import.meta.dirname, '../..');
let target: ScriptedTarget;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tailgate-accept-live-'));
  target = await startScriptedTarget();
});
afterAll(async () => {
  await target[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

const store = ['--baseline-store', 'dir:store'];
const tailgate = (...args: string[]) => runNode([join(root, 'src/cli.ts'), ...args], { cwd: folder });

/** Measures the target while it answers in `delayMs`. */
async function measure(command: 'record' | 'run', delayMs: number) {
  target.behave({ kind: 'ok', delayMs });
  const load = ['--script', join(root, 'test/fixtures-k6/two-endpoints.js'), '--k6-path', await k6Binary('2.2.0')];
  const rate = ['--env', 'DURATION=3s\nRATE=30', '--warm-up', '500ms', '--inspect', 'never'];
  const run = await tailgate(command, '--target-url', target.url, ...load, ...rate, ...store);
  const report = JSON.parse(await readFile(join(folder, 'tailgate-report/report.json'), 'utf8'));
  return { ...run, report };
}

describe('tailgate record, baseline accept and run', () => {
  it('takes a red run as the new level, passes the same level as accepted and fails a further slowdown', async () => {
    for (let i = 0; i < 3; i++) expect((await measure('record', 8)).code).toBe(0);
    const red = await measure('record', 50);
    expect(red.report, red.stdout).toMatchObject({ verdict: 'fail', reason: 'regressed' });

    const accepted = await tailgate('baseline', 'accept', red.report.candidate.id, '--reason', 'more rows', ...store);
    expect(accepted.code, accepted.stderr).toBe(0);
    const same = await measure('run', 50);
    expect(same.report, same.stdout).toMatchObject({ verdict: 'pass', reason: 'accepted', exitCode: 0 });
    expect(same.stdout).toContain('on the command line until');
    const further = await measure('run', 220);
    expect(further.report, further.stdout).toMatchObject({ verdict: 'fail', reason: 'regressed', exitCode: 1 });
    expect(further.stdout).toContain('beyond what was accepted');

    const report = join('tailgate-report', 'report.json');
    const again = await tailgate('baseline', 'accept', report, '--reason', 'more rows yet', ...store);
    expect(again.code, again.stderr).toBe(0);
    expect((await measure('run', 220)).report).toMatchObject({ verdict: 'pass', reason: 'accepted' });
  }, 300_000);
});
