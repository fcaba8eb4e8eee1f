import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { slowed } from '../support/a-steady-run.ts';
import { DecidingRig, reportFolderOf } from '../support/decide-rig.ts';
import { usedSecret } from '../support/kept-output.ts';
import { startLoggingProxy } from '../support/logging-proxy.ts';
import { type MessagesApi, type ReceivedRequest, startMessagesApi } from '../support/messages-api.ts';

const key = 'sk-ant-of-this-test';
const runnerToken = usedSecret('the-runner-may-ask');
let api: MessagesApi;
let rig: DecidingRig;

beforeEach(async () => {
  const identityToken = 'identity for https://api.anthropic.com';
  api = await startMessagesApi([{ kind: 'answer', text: words }], { key, identityToken });
  rig = await DecidingRig.start(`anthropic-base-url: ${api.url}\ninclude-diff: true\n`);
});

afterEach(async () => {
  expect(rig.forge.problems).toEqual([]);
  await rig[Symbol.asyncDispose]();
  await api.close();
});

/** Says of every fact that it is worse, and guesses where there is a file. */
function words({ body }: ReceivedRequest): string {
  const asked = JSON.stringify(body);
  const [, list = '[]'] = /"fact":\{"enum":(\[[^\]]*\])/.exec(asked) ?? [];
  const ids = JSON.parse(list) as string[];
  const sentences = ids.map((fact) => ({ fact, text: `{{${fact}.name}} is worse than before ({{${fact}.change}}).` }));
  const guess = { file: 'd1', fact: 'f1', text: '{{d1.file}} may scan a table for {{f1.name}}.' };
  return JSON.stringify({ sentences, next: 'none', ...(asked.includes('<changes>') && { guess }) });
}

async function decideSlower(from: 'ours' | 'fork', env: Readonly<Record<string, string>> = {}) {
  rig.openPullRequest(from);
  await rig.storeRunsOnBranch('tailgate-baselines');
  rig.upload('shop', reportFolderOf({ record: rig.measured('shop', (run) => slowed(run, 1.6, ['GET /search'])) }));
  return rig.decide({
    event: from === 'fork' ? 'workflow_run' : 'pull_request',
    inputs: { 'baseline-store': 'branch:tailgate-baselines', narrative: 'auto' },
    env,
  });
}

describe('the Action with a model', () => {
  it('publishes its words, and its guess at a changed file marked as one, in at most twelve requests to GitHub', async () => {
    const run = await decideSlower('ours', { ANTHROPIC_API_KEY: key });
    expect(run.code, run.stdout).toBe(1);
    expect(JSON.stringify(api.requests[0]?.body)).toContain('d1 is search.js\\n @@ -0,0 +1 @@\\n1 +faster');
    expect(rig.ourComments().join()).toMatch(
      /`GET \/search` is worse than before .*A guess from the changed files, not a measurement: `search\.js` may scan a table for `GET \/search`\./,
    );
    expect(rig.forge.calls.length).toBeLessThanOrEqual(12);
    expect(`${run.stdout}${run.stderr}${rig.ourComments().join()}`.replaceAll(`::add-mask::${key}`, '')).not.toContain(
      key,
    );
  }, 60_000);

  it('asks GitHub and the model through the proxy of the job, and neither around it', async () => {
    await using proxy = await startLoggingProxy();
    const run = await decideSlower('ours', { ANTHROPIC_API_KEY: key, HTTP_PROXY: proxy.url });
    expect(run.code, run.stdout).toBe(1);
    const asked = proxy.requests.filter((request) => request.includes(rig.forge.apiUrl));
    expect(asked.length).toBeGreaterThan(5);
    expect(rig.forge.calls.map(({ method, path }) => `${method} ${rig.forge.serverUrl}${path}`).sort()).toEqual(
      asked.toSorted(),
    );
    expect(proxy.requests.filter((request) => request.includes(api.url))).toHaveLength(api.requests.length);
    expect(rig.ourComments().join()).toContain('is worse than before');
  }, 60_000);

  it('enters with the identity of the workload, which the runner vouches for, where there is no key', async () => {
    const issuer = await startIssuer();
    const run = await decideSlower('ours', {
      ACTIONS_ID_TOKEN_REQUEST_URL: `${issuer.url}?api-version=2`,
      ACTIONS_ID_TOKEN_REQUEST_TOKEN: runnerToken,
      ANTHROPIC_FEDERATION_RULE_ID: 'fdrl_1',
      ANTHROPIC_ORGANIZATION_ID: 'org_1',
    }).finally(issuer.close);
    expect(run.code, run.stdout).toBe(1);
    expect(api.requests.map(({ path }) => path)).toEqual(['/v1/oauth/token', '/v1/messages']);
    expect(rig.ourComments().join()).toContain('Worded by claude-haiku-5-5');
  }, 60_000);

  it('is shown nothing of a fork’s change, which could be written for it', async () => {
    const run = await decideSlower('fork', { ANTHROPIC_API_KEY: key });
    expect(run.code, run.stdout).toBe(1);
    expect(api.requests).toEqual([]);
    expect(rig.ourComments().join()).toContain('`GET /search` got slower');
  }, 60_000);
});

/** The runner's issuer: a token for whatever audience it is asked for, to who may ask. */
async function startIssuer(): Promise<{ url: string; close: () => void }> {
  const server = createServer((request, response) => {
    const audience = new URL(request.url ?? '', 'http://issuer').searchParams.get('audience');
    const mayAsk = request.headers.authorization === `Bearer ${runnerToken}`;
    response.writeHead(mayAsk ? 200 : 401, { 'content-type': 'application/json' });
    response.end(JSON.stringify(mayAsk ? { value: `identity for ${audience}` } : {}));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/token`, close: () => void server.close() };
}
