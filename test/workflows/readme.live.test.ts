import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ActRun } from '../support/act/read-act-log.ts';
import { readmeWorkflow } from '../support/act/readme-workflows.ts';
import { loadFiles, type SlowShop, slowDelayMs, startSlowShop } from '../support/act/slow-shop.ts';
import { WorkflowRig } from '../support/act/workflow-rig.ts';
import { Conversation } from '../support/forge/conversation-routes.ts';
import type { ForgePullRequest } from '../support/forge/pull-request-routes.ts';

const workflow = '.github/workflows/performance.yml';
const label = 'tailgate-accept';

/** Outputs of the Action, the second step. */
const gate = ({ outputs }: ActRun) => outputs['compare.1'] ?? outputs['performance.1'];

describe('the README’s workflow with stored runs', () => {
  let rig: WorkflowRig;
  let shop: SlowShop;
  let pull: ForgePullRequest;

  beforeAll(async () => {
    rig = await WorkflowRig.start({ ...loadFiles, [workflow]: readmeWorkflow('stored runs') });
    shop = await startSlowShop();
    rig.vars['PREVIEW_URL'] = shop.url;
    await rig.commit('topic', { 'src/items.ts': 'export const items = [];\n' });
    pull = await rig.openPullRequest(7, 'topic');
  });

  afterAll(async () => {
    expect(rig.forge.problems).toEqual([]);
    await shop[Symbol.asyncDispose]();
    await rig.stop();
  });

  const talk = () => rig.forge.state.of(Conversation);

  it('says on the first pull request that there is no baseline yet, and stays green', async () => {
    const run = await rig.pullRequest(workflow, pull, 'opened');
    expect(run.jobs, run.log).toEqual({ compare: 'success' });
    expect(gate(run), run.log).toMatchObject({ verdict: 'no-baseline', 'baseline-runs': '0' });
    expect(talk().comments(7)).toHaveLength(1);
  });

  it('stores pushes to the default branch on a branch that plain git reads', async () => {
    for (let i = 0; i < 3; i++) {
      const run = await rig.push(workflow);
      expect(run.jobs, run.log).toEqual({ record: 'success' });
    }
    expect(await rig.storedRuns()).toHaveLength(3);
  });

  it('passes an unchanged pull request, in the comment that is there', async () => {
    const run = await rig.pullRequest(workflow, pull);
    expect(run.jobs, run.log).toEqual({ compare: 'success' });
    expect(gate(run), run.log).toMatchObject({ verdict: 'pass', 'baseline-runs': '3' });
    expect(talk().comments(7)).toHaveLength(1);
    expect(talk().comments(7)[0]?.body).toContain('PASS');
  });

  it('fails a slow pull request, whose comment names the endpoint', async () => {
    shop.itemDelayMs = slowDelayMs;
    const run = await rig.pullRequest(workflow, pull);
    expect(run.jobs, run.log).toEqual({ compare: 'failure' });
    expect(gate(run), run.log).toMatchObject({ verdict: 'fail', reason: 'regressed' });
    expect(talk().comments(7)).toHaveLength(1);
    expect(talk().comments(7)[0]?.body).toMatch(/FAIL[\s\S]*GET \/items\/:id/);
  });

  it('passes the slow pull request once a maintainer has accepted it with a label and a reason', async () => {
    talk().permissions.set('maintainer', 'write');
    talk().setLabel(rig.forge.state, 7, 'maintainer', label);
    talk().comment(rig.forge.state, 7, 'maintainer', 'tailgate accept: the search index moves next week');
    const run = await rig.pullRequest(workflow, pull);
    expect(run.jobs, run.log).toEqual({ compare: 'success' });
    expect(gate(run), run.log).toMatchObject({ verdict: 'pass', reason: 'accepted' });
  });

  it('shows no token in the comment', () => {
    const [comment] = talk().comments(7);
    expect(rig.forge.tokens.values().length).toBeGreaterThan(0);
    for (const token of rig.forge.tokens.values()) expect(comment?.body).not.toContain(token);
  });
});

describe('the README’s workflow with two deployments', () => {
  it('fails a pull request whose deployment is slower than the other one', async () => {
    await using staging = await startSlowShop();
    await using preview = await startSlowShop(slowDelayMs);
    const rig = await WorkflowRig.start({ ...loadFiles, [workflow]: readmeWorkflow('two deployments') });
    Object.assign(rig.vars, { PREVIEW_URL: preview.url, STAGING_URL: staging.url });
    await rig.commit('topic', { 'src/items.ts': 'export const items = [];\n' });
    const run = await rig.pullRequest(workflow, await rig.openPullRequest(7, 'topic'));
    expect(run.jobs, run.log).toEqual({ performance: 'failure' });
    expect(gate(run), run.log).toMatchObject({ verdict: 'fail', reason: 'regressed' });
    expect(rig.forge.state.of(Conversation).comments(7)[0]?.body).toContain('GET /items/:id');
    expect(rig.forge.problems).toEqual([]);
    await rig.stop();
  });
});
