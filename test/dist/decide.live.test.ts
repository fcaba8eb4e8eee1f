import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RunRecord } from '../../src/core/run-record/run-record.ts';
import { slowed } from '../support/a-steady-run.ts';
import { DecidingRig, reportFolderOf } from '../support/decide-rig.ts';
import { runNode } from '../support/spawn-and-wait.ts';

const commandLine = resolve(import.meta.dirname, '../../dist/cli.mjs');
let rig: DecidingRig;

beforeEach(async () => {
  rig = await DecidingRig.start();
});

afterEach(async () => {
  expect(rig.forge.problems).toEqual([]);
  await rig[Symbol.asyncDispose]();
});

const slower = (run: RunRecord) => slowed(run, 1.6, ['GET /search']);
const downloads = () => ({ 'report-from': join(rig.folder, 'artifacts') });

describe('the Action in mode decide', () => {
  it('passes what an earlier job measured, from its artifact, in at most twelve requests', async () => {
    rig.openPullRequest();
    await rig.storeRunsOnBranch('tailgate-baselines');
    rig.upload('shop', reportFolderOf({ record: rig.measured() }));
    const run = await rig.decide({
      event: 'pull_request',
      inputs: { 'baseline-store': 'branch:tailgate-baselines', 'check-run': 'true' },
    });
    expect(run.code, run.stdout).toBe(0);
    expect(run.outputs).toMatchObject({ verdict: 'pass', 'baseline-runs': '6' });
    expect(rig.ourComments()).toEqual([expect.stringContaining('PASS')]);
    expect(rig.forge.calls.length).toBeLessThanOrEqual(12);
  }, 120_000);

  it('fails what an earlier job measured, naming the endpoint', async () => {
    rig.openPullRequest();
    await rig.storeRuns();
    rig.upload('shop', reportFolderOf({ record: rig.measured('shop', slower) }));
    const run = await rig.decide({ event: 'pull_request' });
    expect(run.code, run.stdout).toBe(1);
    expect(run.outputs).toMatchObject({ verdict: 'fail', reason: 'regressed' });
    expect(rig.ourComments()).toEqual([expect.stringContaining('GET /search')]);
  }, 120_000);

  it('keeps the comment on newer figures when an older run is published late, and of no commit but the head', async () => {
    rig.openPullRequest();
    await rig.storeRuns();
    await rig.download('shop', reportFolderOf({ record: rig.measured('shop', slower) }));
    expect((await rig.decide({ event: 'pull_request', inputs: downloads() })).code).toBe(1);
    const [newer] = rig.ourComments();
    const older = rig.measured('shop', (run) => ({ ...run, id: 'older', startedAt: '2026-11-25T09:00:00.000Z' }));
    await rig.download('shop', reportFolderOf({ record: older }));
    const late = await rig.decide({ event: 'pull_request', inputs: downloads() });
    expect(late.code, late.stdout).toBe(0);
    expect(rig.ourComments()).toEqual([newer]);
    await rig.moveHead();
    await rig.decide({ event: 'pull_request', inputs: downloads() });
    expect(rig.ourComments()).toEqual([newer]);
  }, 120_000);
});

describe('the Action in mode decide, after fresh machines measured again', () => {
  beforeEach(async () => {
    await rig[Symbol.asyncDispose]();
    rig = await DecidingRig.start('repeats: fresh\n');
  });

  const further = (change: (run: RunRecord) => RunRecord) =>
    Promise.all(
      [1, 2].map((i) => {
        const record = rig.measured('shop', (run) => ({
          ...change(run),
          id: `again ${i}`,
          startedAt: `2026-11-25T10:0${i}:00.000Z`,
        }));
        return rig.download(`again-${i}`, reportFolderOf({ record }), 'again');
      }),
    );

  it.each([
    ['acquits what only the first run showed', (run: RunRecord) => run, 0],
    ['fails what all of them show', slower, 1],
  ])(
    '%s',
    async (_, change, exitCode) => {
      rig.openPullRequest();
      await rig.storeRuns();
      await rig.download('shop', reportFolderOf({ record: rig.measured('shop', slower) }));
      await further(change);
      const inputs = { ...downloads(), 'candidate-from': join(rig.folder, 'again') };
      const run = await rig.decide({ event: 'pull_request', inputs });
      expect(run.code, run.stdout).toBe(exitCode);
    },
    60_000,
  );
});

describe('tailgate decide', () => {
  it('decides on any machine from report folders', async () => {
    await rig.storeRuns();
    await rig.download('shop', reportFolderOf({ record: rig.measured('shop', slower) }));
    const flags = ['--report-from', 'artifacts', '--baseline-store', 'dir:baselines', '--narrative', 'template'];
    const run = await runNode([commandLine, 'decide', ...flags], { cwd: rig.folder });
    expect(run.code, run.stderr).toBe(1);
    expect(run.stdout).toContain('GET /search');
  }, 120_000);
});

describe('the Action in mode decide, after a fork measured', () => {
  it('comments on the fork’s pull request from the numbers alone, in at most twelve requests', async () => {
    rig.openPullRequest('fork');
    await rig.storeRunsOnBranch('tailgate-baselines');
    const record = rig.measured('shop', (run) => ({
      ...run,
      warnings: ['merge this: https://evil.example'],
      exit: { ...run.exit, message: 'ask @maintainer' },
    }));
    rig.upload('shop', reportFolderOf({ record }));
    const run = await rig.decide({
      event: 'workflow_run',
      inputs: { 'baseline-store': 'branch:tailgate-baselines' },
    });
    expect(run.code, run.stdout).toBe(0);
    expect(rig.ourComments()).toEqual([expect.stringContaining('PASS')]);
    expect(rig.ourComments().join()).not.toMatch(/evil|@maintainer/);
    expect(rig.forge.calls.length).toBeLessThanOrEqual(12);
  }, 120_000);

  it('says nothing about a record of another commit and ends with 3', async () => {
    rig.openPullRequest('fork');
    await rig.storeRuns();
    const forged = (run: RunRecord) => ({ ...run, provenance: { ...run.provenance, commit: 'e'.repeat(40) } });
    rig.upload('shop', reportFolderOf({ record: rig.measured('shop', forged) }));
    const run = await rig.decide({ event: 'workflow_run' });
    expect(run.code, run.stdout).toBe(3);
    expect(run.stdout).toContain('the run record is of commit eeeeeeeeeeee');
    expect(rig.ourComments()).toEqual([]);
  }, 120_000);

  it('takes no artifact that a run of ours for the same commit uploaded', async () => {
    await rig.storeRuns();
    rig.openPullRequest();
    rig.upload('shop', reportFolderOf({ record: rig.measured() }));
    rig.openPullRequest('fork');
    const run = await rig.decide({ event: 'workflow_run' });
    expect(run.outputs).toMatchObject({ verdict: 'invalid', reason: 'job-missing' });
  }, 120_000);
});

describe('the Action in mode decide, after a matrix', () => {
  const inputs = () => ({ ...downloads(), jobs: '["checkout", "search"]' });

  beforeEach(async () => {
    rig.openPullRequest();
    await rig.storeRuns(['checkout', 'search']);
    await rig.download('checkout', reportFolderOf({ record: rig.measured('checkout') }));
  });

  it('writes one comment on all jobs, and shows an unchanged one as not run', async () => {
    await rig.download('search', reportFolderOf({ record: rig.measured('search', slower) }));
    const run = await rig.decide({ event: 'pull_request', inputs: { ...inputs(), 'unchanged-jobs': '["mail"]' } });
    expect(run.code, run.stdout).toBe(1);
    const [comment = '', ...others] = rig.ourComments();
    expect(others).toEqual([]);
    expect(comment).toContain('search / GET /search');
    expect(comment).toContain('checkout: pass');
    expect(comment).toContain('mail: not run, unchanged');
  }, 120_000);

  it('is invalid when a job left nothing behind, and names it', async () => {
    const run = await rig.decide({ event: 'pull_request', inputs: inputs() });
    expect(run.code, run.stdout).toBe(3);
    expect(run.outputs).toMatchObject({ verdict: 'invalid', reason: 'job-missing' });
    expect(run.outputs['summary']).toContain('search left nothing measured behind');
  }, 120_000);

  it('is invalid when a job’s job ended before it measured, with the reason that the job gave', async () => {
    await rig.download('search', {
      'report.json': JSON.stringify({
        verdict: 'invalid',
        reason: 'target-not-ready',
        headline: 'https://evil.example',
      }),
    });
    const run = await rig.decide({ event: 'pull_request', inputs: inputs() });
    expect(run.code, run.stdout).toBe(3);
    expect(run.outputs).toMatchObject({ verdict: 'invalid', reason: 'target-not-ready' });
    expect(run.stdout).not.toContain('evil');
  }, 120_000);
});

describe('the Action in mode decide, when a label is set', () => {
  const labeled = { event: 'pull_request', action: 'labeled' } as const;

  beforeEach(async () => {
    rig.openPullRequest();
    await rig.storeRuns();
    await mkdir(join(rig.folder, 'artifacts'), { recursive: true });
  });

  it('accepts a known regression by label and reason, at once and without load', async () => {
    rig.upload('shop', reportFolderOf({ record: rig.measured('shop', slower) }));
    expect((await rig.decide({ event: 'pull_request' })).code).toBe(1);
    rig.setLabel('bug');
    const unrelated = await rig.decide(labeled);
    expect(unrelated.outputs).toMatchObject({ verdict: 'fail', reason: 'regressed' });
    rig.setLabel('tailgate-accept');
    expect((await rig.decide(labeled)).code).toBe(1);
    rig.say('tailgate accept: the export streams now');
    const run = await rig.decide(labeled);
    expect(run.code, run.stdout).toBe(0);
    expect(run.outputs).toMatchObject({ verdict: 'pass', reason: 'accepted' });
    expect(rig.ourComments()).toEqual([expect.stringContaining('the export streams now')]);
  }, 120_000);

  it('accepts k6’s own thresholds and a run that measured nothing, saying what was not checked', async () => {
    rig.setLabel('tailgate-accept');
    rig.say('tailgate accept: the cluster is down');
    const nothing = await rig.decide(labeled);
    expect(nothing.code, nothing.stdout).toBe(0);
    expect(nothing.outputs['summary']).toContain('not checked at all');
    const crossed = rig.measured('shop', (run) => ({
      ...run,
      exit: { ...run.exit, code: 99, crossedThresholds: ['http_req_duration: p(95)<1'] },
    }));
    rig.upload('shop', reportFolderOf({ record: crossed }));
    expect((await rig.decide(labeled)).outputs).toMatchObject({ verdict: 'pass', reason: 'accepted' });
  }, 120_000);
});
