import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { installedAt, shippedWorkflow } from '../support/act/shipped-workflow.ts';
import { loadFiles, slowDelayMs, slowShopProgram } from '../support/act/slow-shop.ts';
import { WorkflowRig, type WorkflowRun } from '../support/act/workflow-rig.ts';
import { Conversation } from '../support/forge/conversation-routes.ts';

const workflow = installedAt('confirm.yml');
const decision = ({ outputs }: WorkflowRun) => outputs['decide.2'];

describe('confirm.yml', () => {
  let rig: WorkflowRig;

  beforeAll(async () => {
    const service = { 'server.mjs': slowShopProgram() };
    const settings = { '.tailgate.yml': `${loadFiles['.tailgate.yml']}repeats: fresh\n` };
    rig = await WorkflowRig.start({ ...loadFiles, ...settings, ...shippedWorkflow('confirm.yml'), ...service });
    await rig.commit('same', { 'README.md': 'The shop.\n' });
    await rig.commit('slow', { 'server.mjs': slowShopProgram(slowDelayMs) });
    for (let i = 0; i < 3; i++) {
      const run = await rig.push(workflow);
      expect(run.jobs, run.log).toEqual({ record: 'success' });
    }
  });

  afterAll(async () => {
    expect(rig.forge.problems).toEqual([]);
    await rig.stop();
  });

  const comments = (pull: number) => rig.forge.state.of(Conversation).comments(pull);

  it('passes an unchanged pull request by the first runner’s word', async () => {
    const run = await rig.pullRequest(workflow, await rig.openPullRequest(7, 'same'));
    expect(run.jobs, run.log).toEqual({ measure: 'success', decide: 'success' });
    expect(decision(run), run.log).toMatchObject({ verdict: 'pass' });
  });

  it('has a slow one measured by two more runners, and fails it by all three', async () => {
    const run = await rig.pullRequest(workflow, await rig.openPullRequest(8, 'slow'));
    expect(run.jobs, run.log).toEqual({ measure: 'success', 'measure-again': 'success', decide: 'failure' });
    expect(decision(run), run.log).toMatchObject({ verdict: 'fail', reason: 'regressed' });
    expect(comments(8)[0]?.body).toMatch(/FAIL[\s\S]*GET \/items\/:id/);
  });
});
