import { describe, expect, it } from 'vitest';
import { installedAt, shippedWorkflow } from '../support/act/shipped-workflow.ts';
import { loadFiles, startSlowShop } from '../support/act/slow-shop.ts';
import { WorkflowRig } from '../support/act/workflow-rig.ts';

describe('calibrate.yml', () => {
  it('keeps both sides of what it measured, and says in the summary what would be seen', async () => {
    await using staging = await startSlowShop();
    const rig = await WorkflowRig.start({ ...loadFiles, ...shippedWorkflow('calibrate.yml') });
    rig.vars['STAGING_URL'] = staging.url;
    const run = await rig.dispatch(installedAt('calibrate.yml'));
    expect(run.jobs, run.log).toEqual({ calibrate: 'success' });
    expect(await rig.storedRuns()).toHaveLength(2);
    expect(run.log).toMatch(/Summary[\s\S]*GET \/items\/:id/);
    expect(rig.forge.problems).toEqual([]);
    await rig.stop();
  });
});
