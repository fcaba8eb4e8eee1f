import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { k6Binary } from '../support/k6-binary.ts';
import { runAction } from '../support/run-action.ts';
import { type ScriptedTarget, startScriptedTarget } from '../support/scripted-target.ts';
import { runNode } from '../support/spawn-and-wait.ts';

const root = resolve(import.meta.dirname, '../..');
const usualMs = 20;
const slowMs = 120;
let target: ScriptedTarget;
let folder: string;

const inputs = async () => ({
  name: 'shop',
  'target-url': target.url,
  script: join(root, 'test/fixtures-k6/two-endpoints.js'),
  env: 'DURATION=3s\nRATE=200',
  'baseline-store': 'dir:store',
  inspect: 'never',
});

async function tailgate(command: 'record' | 'run', onText?: { text: string; call: () => void }) {
  const flags = Object.entries(await inputs()).flatMap(([name, value]) => [`--${name}`, value]);
  const run = await runNode(
    [join(root, 'src/cli.ts'), command, ...flags, '--warm-up', '500ms', '--k6-path', await k6Binary('2.2.0')],
    { cwd: folder, ...(onText && { onText }) },
  );
  return { ...run, report: await reportIn(join(folder, 'tailgate-report')) };
}

const reportIn = async (directory: string) => JSON.parse(await readFile(join(directory, 'report.json'), 'utf8'));

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tailgate-repeat-live-'));
  target = await startScriptedTarget({ kind: 'ok', delayMs: usualMs });
  for (let i = 0; i < 3; i++) expect((await tailgate('record')).code).toBe(0);
});
afterAll(async () => {
  await target[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

describe('a run that looks slower than the stored ones', () => {
  it('passes when the target hiccupped: measured again, it is as fast as ever', async () => {
    target.behave({ kind: 'ok', delayMs: slowMs });
    const recovers = { text: 'measuring it again', call: () => target.behave({ kind: 'ok', delayMs: usualMs }) };
    const { code, report, stdout, stderr } = await tailgate('run', recovers);
    expect(report, stdout).toMatchObject({ verdict: 'pass' });
    expect(code).toBe(0);
    expect(stderr).toMatch(/looks worse.*: measuring it again, which takes about 1[34] s/);
    expect(stdout).toContain('The same deployment was measured once more, which did not confirm it.');
  });

  it('fails when it is slow again', async () => {
    target.behave({ kind: 'ok', delayMs: slowMs });
    const { code, report, stdout } = await tailgate('run');
    expect(report, stdout).toMatchObject({ verdict: 'fail', reason: 'regressed' });
    expect(code).toBe(1);
    expect(stdout).toContain('The same deployment was measured once more, which confirmed it.');
  });

  it('leaves the suspicion, the report and the run behind when the job is canceled meanwhile', async () => {
    target.behave({ kind: 'ok', delayMs: slowMs });
    const reportDir = join(folder, 'canceled');
    const { code, outputs, summary, stdout } = await runAction({
      event: 'pull_request',
      inputs: { ...(await inputs()), 'report-dir': reportDir },
      cwd: folder,
      env: { PATH: `${join(await k6Binary('2.2.0'), '..')}:${process.env['PATH']}` },
      onText: { text: 'measuring it again', call: (pid) => process.kill(pid, 'SIGINT') },
    });
    expect(code).toBe(130);
    expect(outputs, stdout).toMatchObject({ verdict: 'inconclusive', reason: 'unsettled' });
    expect(summary).toContain('it is being measured again');
    expect(await reportIn(reportDir)).toMatchObject({ verdict: 'inconclusive', reason: 'unsettled' });
    expect(JSON.parse(await readFile(join(reportDir, 'run-record.json'), 'utf8'))).toMatchObject({
      schema: 'tailgate.run/2',
    });
  });
});
