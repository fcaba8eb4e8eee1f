import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { installedAt, shippedWorkflow } from '../support/act/shipped-workflow.ts';
import { loadFiles, slowDelayMs, slowShopProgram } from '../support/act/slow-shop.ts';
import { WorkflowRig, type WorkflowRun } from '../support/act/workflow-rig.ts';
import { Conversation } from '../support/forge/conversation-routes.ts';
import type { ForgePullRequest } from '../support/forge/pull-request-routes.ts';

const [measuring, commenting] = ['forks-measure.yml', 'forks-comment.yml'];
const secret = 'a-secret-of-the-repository';

describe('forks-measure.yml and forks-comment.yml', () => {
  let rig: WorkflowRig;
  let pull: ForgePullRequest;
  let measured: WorkflowRun;

  beforeAll(async () => {
    const workflows = { ...shippedWorkflow(measuring), ...shippedWorkflow(commenting) };
    rig = await WorkflowRig.start({ ...loadFiles, ...workflows, 'server.mjs': slowShopProgram() });
    rig.secrets['DEPLOY_KEY'] = secret;
    const edited = `${workflows[installedAt(measuring)]}# theirs\n`;
    await rig.commit('theirs', {
      'server.mjs': slowShopProgram(slowDelayMs),
      'load/checkout.js': `${loadFiles['load/checkout.js']}// theirs\n`,
      [installedAt(measuring)]: edited,
    });
    pull = await rig.openPullRequest(7, 'theirs', 'stranger');
  });

  afterAll(async () => {
    expect(rig.forge.problems).toEqual([]);
    await rig.stop();
  });

  const comments = () => rig.forge.state.of(Conversation).comments(7);

  it('fail the stranger’s slow pull request in the half that runs it, which only reads', async () => {
    measured = await rig.pullRequest(installedAt(measuring), pull);
    expect(measured.jobs, measured.log).toEqual({ compare: 'failure' });
    expect(measured.outputs['compare.3'], measured.log).toMatchObject({ verdict: 'fail', reason: 'regressed' });
    expect(measured.log).not.toContain(secret);
    expect(comments()).toEqual([]);
  });

  it('comment from the half that runs nothing of it, and stay green there', async () => {
    const run = await rig.workflowRun(installedAt(commenting), pull, measured);
    expect(run.jobs, run.log).toEqual({ comment: 'success' });
    expect(run.outputs['comment.gate'], run.log).toMatchObject({ verdict: 'fail', reason: 'regressed' });
    expect(comments()[0]?.body).toMatch(/FAIL[\s\S]*GET \/items\/:id/);
    for (const file of ['load/checkout.js', installedAt(measuring)])
      expect(comments()[0]?.body).toMatch(new RegExp(`This change edits the (load script|workflow) ${file}`));
  });

  it('refuse an artifact that says it is of another commit, and write nothing', async () => {
    const before = comments().map(({ body }) => body);
    await rig.forgeArtifact(measured, 'tailgate-performance', async (folder) => {
      const file = join(folder, 'run-record.json');
      const text = await readFile(file, 'utf8');
      await writeFile(file, text.replaceAll(pull.headCommit, 'f'.repeat(40)));
    });
    const run = await rig.workflowRun(installedAt(commenting), pull, measured);
    expect(run.jobs, run.log).toEqual({ comment: 'failure' });
    expect(run.log).toContain('RECORD_OF_OTHER_RUN');
    expect(comments().map(({ body }) => body)).toEqual(before);
  });
});
