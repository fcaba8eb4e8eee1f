import { describe, expect, it } from 'vitest';
import { installedAt, shippedWorkflow } from '../support/act/shipped-workflow.ts';
import { loadFiles, slowDelayMs, slowShopProgram } from '../support/act/slow-shop.ts';
import { WorkflowRig } from '../support/act/workflow-rig.ts';
import { Conversation } from '../support/forge/conversation-routes.ts';

const files = { ...loadFiles, ...shippedWorkflow('both-sides.yml'), 'server.mjs': slowShopProgram() };

describe('both-sides.yml', () => {
  it('fails a pull request that makes the service slower, and blames it for nothing that its base brought', async () => {
    const rig = await WorkflowRig.start(files);
    await rig.commit('topic', { 'server.mjs': slowShopProgram(slowDelayMs) });
    await rig.commit('other', { 'README.md': 'The shop.\n' });
    const [slow, unchanged] = [await rig.openPullRequest(7, 'topic'), await rig.openPullRequest(8, 'other')];
    const failed = await rig.pullRequest(installedAt('both-sides.yml'), slow);
    expect(failed.jobs, failed.log).toEqual({ compare: 'failure' });
    expect(failed.outputs['compare.3'], failed.log).toMatchObject({ verdict: 'fail', reason: 'regressed' });
    const passed = await rig.pullRequest(installedAt('both-sides.yml'), unchanged);
    expect(passed.jobs, passed.log).toEqual({ compare: 'success' });
    const talk = rig.forge.state.of(Conversation);
    expect(talk.comments(7)[0]?.body).toMatch(/FAIL[\s\S]*GET \/items\/:id/);
    expect(talk.comments(8)[0]?.body).toContain('PASS');
    expect(rig.forge.problems).toEqual([]);
    await rig.stop();
  });
});
