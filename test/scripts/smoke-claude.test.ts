import { resolve } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { type MessagesApi, type ReceivedRequest, type Step, startMessagesApi } from '../support/messages-api.ts';
import { runNode } from '../support/spawn-and-wait.ts';

const script = resolve(import.meta.dirname, '../../scripts/smoke-claude.mjs');
let api: MessagesApi | undefined;

afterEach(async () => {
  await api?.close();
  api = undefined;
});

const withoutAccess = {
  ANTHROPIC_API_KEY: '',
  ANTHROPIC_FEDERATION_RULE_ID: '',
  ANTHROPIC_ORGANIZATION_ID: '',
};

async function smoke(
  step: Step,
  environment: Readonly<Record<string, string>> = { ANTHROPIC_API_KEY: 'sk-ant-test-key' },
) {
  api = await startMessagesApi([step], { identityToken: 'of-the-workload' });
  return runNode([script, '--base-url', api.url], { env: { ...withoutAccess, ...environment } });
}

/** Says of every fact that it is worse, and guesses where there is a file. */
const answer: Step = {
  kind: 'answer',
  text: ({ body }: ReceivedRequest) => {
    const asked = JSON.stringify(body);
    const sentences = ['f1', 'f2', 'f3'].map((fact) => ({
      fact,
      text: `{{${fact}.name}} is worse, {{${fact}.change}}.`,
    }));
    const guess = { file: 'd1', fact: 'f2', text: '{{d1.file}} may run a query for each row of {{f2.name}}.' };
    return JSON.stringify({ sentences, next: 'none', ...(asked.includes('<changes>') && { guess }) });
  },
};

describe('npm run smoke:claude', () => {
  it('says that nothing was proven, and does not pass, without a key', async () => {
    const run = await runNode([script], { env: withoutAccess });
    expect(run.code).toBe(2);
    expect(run.stderr).toMatch(/^NOT RUN, so nothing is proven: set ANTHROPIC_API_KEY/);
    expect(run.stdout).toBe('');
  });

  it('passes when the API words both reports, and shows the words', async () => {
    const run = await smoke(answer);
    expect(run.stdout).toContain('GET /search is worse, +52 %.');
    expect(run.stdout).toContain('Without changed files: Worded by claude-haiku-5-5 after one question.');
    expect(run.stdout).toMatch(/A guess from the changed files, .*src\/catalogue\/search\.ts may run a query/);
    expect(run.code).toBe(0);
  });

  it('enters by workload identity too', async () => {
    const run = await smoke(answer, {
      ANTHROPIC_FEDERATION_RULE_ID: 'fdrl_1',
      ANTHROPIC_ORGANIZATION_ID: 'org_1',
      ANTHROPIC_IDENTITY_TOKEN: 'of-the-workload',
    });
    expect(run.code).toBe(0);
    expect(api?.requests.map(({ path }) => path)).toContain('/v1/oauth/token');
  });

  it('fails when the template had to step in', async () => {
    const run = await smoke({ kind: 'status', status: 401 });
    expect(run.stdout).toContain('Worded without a model: the API did not accept the credentials (401).');
    expect(run.code).toBe(1);
  });
});
