import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { installedAt, shippedWorkflow } from '../support/act/shipped-workflow.ts';
import { loadFiles, type SlowShop, slowDelayMs, startSlowShop } from '../support/act/slow-shop.ts';
import { WorkflowRig, type WorkflowRun } from '../support/act/workflow-rig.ts';
import { Conversation } from '../support/forge/conversation-routes.ts';
import type { ForgePullRequest } from '../support/forge/pull-request-routes.ts';

const workflow = installedAt('performance.yml');
const gate = ({ outputs }: WorkflowRun) => outputs['compare.1'];

describe('performance.yml and seed-baseline.yml', () => {
  let rig: WorkflowRig;
  let staging: SlowShop;
  let preview: SlowShop;
  let pull: ForgePullRequest;

  beforeAll(async () => {
    const workflows = { ...shippedWorkflow('performance.yml'), ...shippedWorkflow('seed-baseline.yml') };
    rig = await WorkflowRig.start({ ...loadFiles, ...workflows });
    staging = await startSlowShop();
    preview = await startSlowShop();
    Object.assign(rig.vars, { STAGING_URL: staging.url, PREVIEW_URL: preview.url });
    await rig.commit('topic', { 'src/items.ts': 'export const items = [];\n' });
    pull = await rig.openPullRequest(7, 'topic');
  });

  afterAll(async () => {
    expect(rig.forge.problems).toEqual([]);
    await staging[Symbol.asyncDispose]();
    await preview[Symbol.asyncDispose]();
    await rig.stop();
  });

  const talk = () => rig.forge.state.of(Conversation);
  const comments = () =>
    talk()
      .comments(7)
      .filter(({ user }) => user.login === 'github-actions[bot]');
  const storedRuns = async () => (await rig.storedRuns()).length;

  it('store two runs of each of five runners on day one', async () => {
    const run = await rig.dispatch(installedAt('seed-baseline.yml'));
    expect(run.jobs, run.log).toEqual({ record: 'success' });
    expect(await storedRuns()).toBe(10);
  });

  it('store a run at each push to the default branch', async () => {
    const run = await rig.push(workflow);
    expect(run.jobs, run.log).toEqual({ record: 'success' });
    expect(await storedRuns()).toBe(11);
  });

  it('pass an unchanged pull request', async () => {
    const run = await rig.pullRequest(workflow, pull, 'opened');
    expect(run.jobs, run.log).toEqual({ compare: 'success' });
    expect(gate(run), run.log).toMatchObject({ verdict: 'pass', 'baseline-runs': '11' });
  });

  it('fail a slow one, with a comment that names the endpoint', async () => {
    preview.itemDelayMs = slowDelayMs;
    const run = await rig.pullRequest(workflow, pull);
    expect(run.jobs, run.log).toEqual({ compare: 'failure' });
    expect(gate(run), run.log).toMatchObject({ verdict: 'fail', reason: 'regressed' });
    expect(comments()).toHaveLength(1);
    expect(comments()[0]?.body).toMatch(/FAIL[\s\S]*GET \/items\/:id/);
  });

  it('stay red under a label that means something else, without load', async () => {
    const asked = preview.requests.length;
    talk().setLabel(rig.forge.state, 7, 'maintainer', 'documentation');
    const run = await rig.pullRequest(workflow, pull, 'labeled', 'documentation');
    expect(run.jobs, run.log).toEqual({ compare: 'failure' });
    expect(gate(run), run.log).toMatchObject({ verdict: 'fail', reason: 'regressed' });
    expect(preview.requests.length).toBe(asked);
  });

  it('turn green by the label and a reason of somebody who may write, without load', async () => {
    const asked = preview.requests.length;
    talk().permissions.set('maintainer', 'write');
    talk().setLabel(rig.forge.state, 7, 'maintainer', 'tailgate-accept');
    talk().comment(rig.forge.state, 7, 'maintainer', 'tailgate accept: the search index moves next week');
    const run = await rig.pullRequest(workflow, pull, 'labeled', 'tailgate-accept');
    expect(run.jobs, run.log).toEqual({ compare: 'success' });
    expect(gate(run), run.log).toMatchObject({ verdict: 'pass', reason: 'accepted' });
    expect(preview.requests.length).toBe(asked);
    expect(comments()[0]?.body).toContain('the search index moves next week');
  });

  it('show no token in a comment or an artifact', async () => {
    const shown = [await rig.uploads(), ...comments().map(({ body }) => body)].join('\n');
    expect(shown).toContain('GET /items/:id');
    for (const token of rig.forge.tokens.values()) expect(shown).not.toContain(token);
  });
});
