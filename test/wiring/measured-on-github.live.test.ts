import { resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RunRecord } from '../../src/core/run-record/run-record.ts';
import { k6Binary } from '../support/k6-binary.ts';
import { type Commit, RepositoryRig } from '../support/repository-rig.ts';
import { type ScriptedTarget, startScriptedTarget } from '../support/scripted-target.ts';

const script = resolve(import.meta.dirname, '../fixtures-k6/two-endpoints.js');
const main = 'refs/heads/main';

let rig: RepositoryRig;
let target: ScriptedTarget;
let base: Commit;
let inputs: Record<string, string>;

/** On GitHub Enterprise Server the interface lies under a path, and everything at one host. */
beforeAll(async () => {
  rig = await RepositoryRig.start({ basePath: '/api/v3' });
  target = await startScriptedTarget({ kind: 'ok' }, (_, response) => {
    setTimeout(() => response.end('{}'), 10);
    return true;
  });
  // The case without a change must not flake on a crowded machine.
  const settings = ['alpha: 0.001', 'min-latency-increase: 60ms', 'block-length: 1s', 'warm-up: 500ms'];
  base = rig.commit({ '.tailgate.yml': [...settings, `k6-path: ${await k6Binary('2.2.0')}`].join('\n') });
  inputs = { 'target-url': target.url, script, env: 'DURATION=5s' };
});

afterAll(async () => {
  await target[Symbol.asyncDispose]();
  await rig[Symbol.asyncDispose]();
});

/** As if the same had been measured on another day. */
function again(run: RunRecord, day: number): RunRecord {
  const startedAt = new Date(Date.parse(run.startedAt) - day * 86_400_000).toISOString();
  return { ...run, startedAt, id: `${startedAt}-again` };
}

describe('the Action on GitHub', () => {
  it('records a push on the branch, with the commit that was pushed', async () => {
    const job = await rig.pushTo(main, base, { inputs });
    expect(job.code, job.stdout).toBe(0);
    expect((await rig.stored()).map(({ provenance }) => [provenance.commit, provenance.tree])).toEqual([
      [base.commit, base.tree],
    ]);
    expect(rig.forge.problems).toEqual([]);
  });

  it('passes a pull request in at most twelve requests, the comment and the check run among them', async () => {
    const [run] = (await rig.stored()) as [RunRecord];
    for (const day of [1, 2]) await rig.store().append(again(run, day));
    const pull = rig.openPullRequest(7, rig.commit({ 'shop.js': 'faster' }, 'topic'));
    rig.forge.calls.length = 0;
    const job = await rig.pullRequest(pull, { inputs: { ...inputs, 'check-run': 'true' } });
    expect(job.outputs, job.stdout).toMatchObject({ verdict: 'pass', 'baseline-runs': '3' });
    expect(rig.talk.comments(7).map(({ body }) => body)).toEqual([expect.stringContaining('PASS')]);
    expect(rig.forge.calls.filter(({ status }) => status >= 400)).toEqual([]);
    expect(rig.forge.calls.length).toBeLessThanOrEqual(12);
    expect(rig.forge.problems).toEqual([]);
    expect(await rig.stored()).toHaveLength(3);
  });

  it('stores nothing of a pull request that calibrates, and says why', async () => {
    const pull = rig.openPullRequest(8, rig.commit({ 'shop.js': 'calibrating' }, 'other'));
    const calibrating = { mode: 'calibrate', 'time-budget': '9s', env: 'DURATION=10s' };
    const job = await rig.pullRequest(pull, { inputs: { ...inputs, ...calibrating } });
    expect(job.code, job.stdout).toBe(0);
    expect(job.stdout).toMatch(/could not be stored: nothing is stored under pull_request: a pull request must not/);
    expect(await rig.stored()).toHaveLength(3);
  });
});
