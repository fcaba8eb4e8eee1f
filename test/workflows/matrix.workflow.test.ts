import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { installedAt, shippedWorkflow } from '../support/act/shipped-workflow.ts';
import { loadFiles, type SlowShop, slowDelayMs, startSlowShop } from '../support/act/slow-shop.ts';
import { WorkflowRig, type WorkflowRun } from '../support/act/workflow-rig.ts';
import { Conversation } from '../support/forge/conversation-routes.ts';
import type { ForgePullRequest } from '../support/forge/pull-request-routes.ts';

const workflow = installedAt('matrix.yml');
const decision = ({ outputs }: WorkflowRun) => outputs['decide.1'];

describe('matrix.yml', () => {
  let rig: WorkflowRig;
  let shop: SlowShop;
  let pull: ForgePullRequest;

  beforeAll(async () => {
    const files = { ...loadFiles, 'load/catalogue.js': loadFiles['load/checkout.js'] };
    rig = await WorkflowRig.start({ ...files, ...shippedWorkflow('matrix.yml') });
    shop = await startSlowShop();
    Object.assign(rig.vars, { STAGING_URL: shop.url, PREVIEW_URL: shop.url });
    await rig.commit('topic', { 'src/items.ts': 'export const items = [];\n' });
    pull = await rig.openPullRequest(7, 'topic');
  });

  afterAll(async () => {
    expect(rig.forge.problems).toEqual([]);
    await shop[Symbol.asyncDispose]();
    await rig.stop();
  });

  const comments = () => rig.forge.state.of(Conversation).comments(7);

  it('stores a run of each service at each push', async () => {
    for (let i = 0; i < 3; i++) {
      const run = await rig.push(workflow);
      expect(run.jobs, run.log).toEqual({ record: 'success' });
    }
    expect(await rig.storedRuns()).toHaveLength(6);
  });

  it('says with one comment that all services passed', async () => {
    const run = await rig.pullRequest(workflow, pull, 'opened');
    expect(run.jobs, run.log).toEqual({ measure: 'success', decide: 'success' });
    expect(decision(run), run.log).toMatchObject({ verdict: 'pass' });
    expect(comments()).toHaveLength(1);
  });

  it('fails in the deciding job alone when a service got slower, with the one comment that names it', async () => {
    shop.slowPath = '/checkout/items/';
    shop.itemDelayMs = slowDelayMs;
    const run = await rig.pullRequest(workflow, pull);
    expect(run.jobs, run.log).toEqual({ measure: 'success', decide: 'failure' });
    expect(decision(run), run.log).toMatchObject({ verdict: 'fail', reason: 'regressed' });
    expect(comments()).toHaveLength(1);
    expect(comments()[0]?.body).toMatch(/FAIL[\s\S]*checkout/);
  });
});
