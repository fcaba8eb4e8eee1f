import { describe, expect, it } from 'vitest';
import { installedAt, shippedWorkflow } from '../support/act/shipped-workflow.ts';
import { loadFiles, slowDelayMs, startSlowShop } from '../support/act/slow-shop.ts';
import { WorkflowRig } from '../support/act/workflow-rig.ts';

describe('release.yml', () => {
  it('fails a release that is slower than the one before it, which it names', async () => {
    await using staging = await startSlowShop();
    const workflows = { ...shippedWorkflow('performance.yml'), ...shippedWorkflow('release.yml') };
    const rig = await WorkflowRig.start({ ...loadFiles, ...workflows });
    rig.vars['STAGING_URL'] = staging.url;
    for (let i = 0; i < 3; i++) {
      const stored = await rig.push(installedAt('performance.yml'));
      expect(stored.jobs, stored.log).toEqual({ record: 'success' });
    }
    await rig.publishRelease('v1.0.0');
    await rig.commit('main', { 'src/items.ts': 'export const items = [];\n' });
    await rig.publishRelease('v1.1.0');
    staging.itemDelayMs = slowDelayMs;
    const run = await rig.release(installedAt('release.yml'), 'v1.1.0');
    expect(run.jobs, run.log).toEqual({ compare: 'failure' });
    const wanted = { verdict: 'fail', reason: 'regressed', 'baseline-runs': '3' };
    expect(run.outputs['compare.1'], run.log).toMatchObject(wanted);
    expect(run.log).toContain('the release v1.0.0');
    expect(rig.forge.problems).toEqual([]);
    await rig.stop();
  });
});
