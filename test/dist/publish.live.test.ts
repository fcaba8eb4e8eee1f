import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { slowed } from '../support/a-steady-run.ts';
import { PublishingRig, reportFolderOf } from '../support/publishing-rig.ts';

let rig: PublishingRig;

beforeEach(async () => {
  rig = await PublishingRig.start();
});

afterEach(async () => {
  expect(rig.forge.problems).toEqual([]);
  await rig[Symbol.asyncDispose]();
});

const slower = (run: Parameters<typeof slowed>[0]) => slowed(run, 1.6, ['GET /search']);

describe('the Action in mode publish', () => {
  it('passes what an earlier job measured, from its artifact, in at most twelve requests', async () => {
    rig.openPullRequest();
    await rig.storeRunsOnBranch('tailgate-baselines');
    rig.upload('shop', reportFolderOf({ record: rig.measured() }));
    const run = await rig.publish({
      event: 'pull_request',
      inputs: { 'baseline-store': 'branch:tailgate-baselines', 'check-run': 'true' },
    });
    expect(run.code, run.stdout).toBe(0);
    expect(run.outputs).toMatchObject({ verdict: 'pass', 'baseline-runs': '6' });
    expect(rig.ourComments()).toEqual([expect.stringContaining('PASS')]);
    expect(rig.forge.calls.length).toBeLessThanOrEqual(12);
  }, 60_000);

  it('fails what an earlier job measured, naming the endpoint', async () => {
    rig.openPullRequest();
    await rig.storeRuns();
    rig.upload('shop', reportFolderOf({ record: rig.measured('shop', slower) }));
    const run = await rig.publish({ event: 'pull_request' });
    expect(run.code, run.stdout).toBe(1);
    expect(run.outputs).toMatchObject({ verdict: 'fail', reason: 'regressed' });
    expect(rig.ourComments()).toEqual([expect.stringContaining('GET /search')]);
  }, 60_000);
});
