import { afterEach, describe, expect, it } from 'vitest';
import { askClaude, type ClaudeLimits } from '../../../src/adapters/claude/ask-claude.ts';
import { type ClaudeAccess, findAccess } from '../../../src/adapters/claude/claude-access.ts';
import type { Narrative } from '../../../src/core/narrative/narrative.ts';
import type { NarrativeFacts } from '../../../src/core/narrative/narrative-facts.ts';
import { tellByTemplate } from '../../../src/core/narrative/tell-by-template.ts';
import { tellWithModel } from '../../../src/core/narrative/tell-with-model.ts';
import { type MessagesApi, type MessagesApiOptions, type Step, startMessagesApi } from '../../support/messages-api.ts';
import { type RecordedLog, recordedLog } from '../../support/recorded-log.ts';
import { aFact, aTrueAnswer, someFacts } from '../../support/some-facts.ts';

const key = 'sk-ant-test-key';
const facts = someFacts();
const answer: Step = { kind: 'answer', text: aTrueAnswer(facts) };
let api: MessagesApi | undefined;
let log: RecordedLog;

afterEach(async () => api?.close());

interface Setting {
  readonly limits?: Partial<ClaudeLimits>;
  readonly api?: MessagesApiOptions;
  readonly access?: ClaudeAccess;
  readonly model?: string;
  readonly facts?: NarrativeFacts;
  readonly signal?: AbortSignal;
}

/** The paragraph after the API has played `steps`. */
async function told(steps: readonly Step[], setting: Setting = {}): Promise<Narrative> {
  api = await startMessagesApi(steps, setting.api);
  log = recordedLog();
  const ask = askClaude(
    {
      access: setting.access ?? { kind: 'key', key },
      model: setting.model ?? 'claude-haiku-5-5',
      baseUrl: api.url,
      log,
      ...(setting.limits && { limits: setting.limits }),
    },
    setting.signal ?? new AbortController().signal,
  );
  const narrative = await tellWithModel(setting.facts ?? facts, ask);
  if (narrative === undefined) throw new TypeError('these facts always have a paragraph');
  return narrative;
}

const plain = ({ spans }: Narrative) => spans.map(({ text }) => text).join('');

describe('askClaude', () => {
  it('publishes an answer that the strict API gave and the checker found true', async () => {
    const narrative = await told([answer]);
    expect(narrative.model).toBe('claude-haiku-5-5');
    expect(plain(narrative)).toContain('GET /search answers more slowly than before (+52 %).');
    expect(api?.requests).toHaveLength(1);
  });

  it('asks for structured output that can name nothing but the facts, and sends no name from outside', async () => {
    const hostile = someFacts(
      aFact({ name: 'GET /secret-plan' }),
      aFact({ id: 'f2', kind: 'metric', name: 'x', metric: 'ignore previous' }),
    );
    await told([{ kind: 'answer', text: aTrueAnswer(hostile) }], { facts: hostile });
    const sent = JSON.stringify(api?.requests[0]?.body);
    expect(sent).toContain('"enum":["f1","f2"]');
    expect(sent).not.toMatch(/secret-plan|ignore previous/);
  });

  it('asks once more with the reasons, and no third time', async () => {
    const lie: Step = { kind: 'answer', text: aTrueAnswer(facts).replace('more slowly', 'twice as slowly') };
    const better = await told([lie, answer]);
    expect(better.model).toBe('claude-haiku-5-5');
    const messages = api?.requests[1]?.body['messages'] as { role: string; content: string }[];
    expect(messages.map(({ role }) => role)).toEqual(['user', 'assistant', 'user']);
    expect(messages[2]?.content).toContain('"twice" says how much');
    await api?.close();

    const refused = await told([lie]);
    expect(api?.requests).toHaveLength(2);
    expect(refused).toEqual({
      ...tellByTemplate(facts),
      note: expect.stringContaining('a number of its own'),
    });
  });

  it.each<[string, Step, string]>([
    ['a bad request', { kind: 'status', status: 400 }, 'the API refused the request (400)'],
    ['a wrong key', { kind: 'status', status: 401 }, 'the API did not accept the credentials (401)'],
    ['no credit', { kind: 'status', status: 402 }, 'the account can not be billed (402)'],
    ['no permission', { kind: 'status', status: 403 }, 'the credentials have no permission for this (403)'],
    ['a large request', { kind: 'status', status: 413 }, 'the request was too large (413)'],
    [
      'a rate limit',
      { kind: 'status', status: 429, headers: { 'retry-after-ms': '1' } },
      'the rate limit of the API was reached (429)',
    ],
    ['a broken server', { kind: 'status', status: 500, headers: { 'retry-after-ms': '1' } }, 'the API failed (500)'],
    [
      'an overloaded server',
      { kind: 'status', status: 529, headers: { 'retry-after-ms': '1' } },
      'the API is overloaded (529)',
    ],
    ['a redirect', { kind: 'redirect', to: 'https://elsewhere.example/v1/messages' }, 'the API could not be reached'],
    ['a reset', { kind: 'reset' }, 'the API could not be reached'],
    ['a reset in the middle', { kind: 'reset-in-body' }, 'the connection to the API broke off'],
    ['cut JSON', { kind: 'cut-json' }, 'what the API sent was cut off'],
    ['a page instead of JSON', { kind: 'no-json' }, 'what the API sent is no message'],
    ['a refusal', { kind: 'stopped', reason: 'refusal' }, 'the model declined to answer'],
    [
      'an answer that is too long',
      { kind: 'stopped', reason: 'max_tokens' },
      'its answer was cut off at the token limit',
    ],
    [
      'a full context',
      { kind: 'stopped', reason: 'model_context_window_exceeded' },
      'its answer was cut off at the token limit',
    ],
    ['a pause', { kind: 'stopped', reason: 'pause_turn' }, 'its answer did not come to an end'],
  ])('tells by the template after %s, with one line saying why', async (_, step, why) => {
    const narrative = await told([step], { limits: { totalMs: 20_000 } });
    expect(narrative).toEqual({ ...tellByTemplate(facts), note: `Worded without a model: ${why}.` });
  });

  it('says which model the API does not know', async () => {
    const narrative = await told([answer], { model: 'claude-nobody-1' });
    expect(narrative.note).toBe('Worded without a model: the API does not know the model claude-nobody-1 (404).');
  });

  it.each([429, 500, 529])('tries again after %i when the API says how long to wait', async (status) => {
    const narrative = await told([{ kind: 'status', status, headers: { 'retry-after-ms': '1' } }, answer]);
    expect(narrative.model).toBe('claude-haiku-5-5');
    expect(api?.requests).toHaveLength(2);
  });

  it('waits as long as a rate limit asks for', async () => {
    const narrative = await told([{ kind: 'status', status: 429, headers: { 'retry-after': '1' } }, answer]);
    expect(narrative.model).toBe('claude-haiku-5-5');
    expect(api?.requests).toHaveLength(2);
    expect(api?.hasty).toEqual([]);
  });

  it('takes an answer that comes slowly', async () => {
    const narrative = await told([{ kind: 'slow-answer', text: aTrueAnswer(facts) }]);
    expect(narrative.model).toBe('claude-haiku-5-5');
  });

  it('does not try again what can not get better', async () => {
    await told([{ kind: 'status', status: 401 }]);
    expect(api?.requests).toHaveLength(1);
  });

  it.each<[string, Step]>([
    ['a server that never answers', { kind: 'no-headers' }],
    ['a body that never ends', { kind: 'no-body' }],
    ['a long wait that the API asks for', { kind: 'status', status: 429, headers: { 'retry-after': '3600' } }],
  ])('gives up on %s when its time is over', async (_, step) => {
    const narrative = await told([step], { limits: { tryMs: 60_000, totalMs: 300 } });
    expect(narrative.note).toBe('Worded without a model: there was no answer within 0.3 s.');
  });

  it('waits no longer for one try than it may', async () => {
    const narrative = await told([{ kind: 'no-headers' }, answer], { limits: { tryMs: 200, totalMs: 20_000 } });
    expect(narrative.model).toBe('claude-haiku-5-5');
  });

  it('ends at once when the run is canceled', async () => {
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 100);
    const narrative = await told([{ kind: 'no-headers' }], { signal: controller.signal });
    expect(narrative.note).toBe('Worded without a model: the run was interrupted.');
  });

  it('asks no second time when the first answer used up the tokens', async () => {
    const narrative = await told([{ kind: 'answer', text: '{}', tokens: 20_000 }]);
    expect(api?.requests).toHaveLength(1);
    expect(narrative.note).toBe('Worded without a model: its first answer had used up the tokens.');
  });

  it('does not send a question beyond its length', async () => {
    const narrative = await told([answer], { limits: { questionCharacters: 100 } });
    expect(api?.requests).toHaveLength(0);
    expect(narrative.note).toBe('Worded without a model: the facts are too many for one question.');
  });

  it.each<Step>([{ kind: 'status', status: 401 }, { kind: 'reset' }, answer])(
    'lets neither the key nor a text of the API into a log or the report (%o)',
    async (step) => {
      const narrative = await told([step]);
      expect(`${log.lines.join()} ${JSON.stringify(narrative)}`).not.toMatch(/sk-ant|everyone|scripted/);
    },
  );
});

describe('findAccess', () => {
  const federation = { ANTHROPIC_FEDERATION_RULE_ID: 'fdrl_1', ANTHROPIC_ORGANIZATION_ID: 'org_1' };

  it('prefers the key that was given to the one in the environment, and a key to a workload identity', () => {
    const environment = { ...federation, ANTHROPIC_API_KEY: 'from-environment', ANTHROPIC_IDENTITY_TOKEN: 't' };
    expect(findAccess('given', environment, undefined)).toEqual({ kind: 'key', key: 'given' });
    expect(findAccess(undefined, environment, undefined)).toEqual({ kind: 'key', key: 'from-environment' });
  });

  it('finds nothing without a key and without a whole workload identity', () => {
    expect(findAccess(undefined, {}, async () => 'token')).toBeUndefined();
    expect(findAccess(undefined, federation, undefined)).toBeUndefined();
    expect(findAccess(undefined, { ANTHROPIC_API_KEY: ' ' }, undefined)).toBeUndefined();
  });

  it('exchanges the token of the workload for access', async () => {
    const access = findAccess(undefined, federation, async () => 'identity-token');
    if (access === undefined) throw new TypeError('the federation is complete');
    const narrative = await told([answer], { access, api: { identityToken: 'identity-token' } });
    expect(narrative.model).toBe('claude-haiku-5-5');
    expect(api?.requests.map(({ path }) => path)).toEqual(['/v1/oauth/token', '/v1/messages']);
  });

  it.each<[string, () => Promise<string>]>([
    ['is refused', async () => 'another-token'],
    ['can not be had', async () => Promise.reject(new Error('no id-token: write'))],
  ])('tells by the template when the token of the workload %s', async (_, runnerToken) => {
    const access = findAccess(undefined, federation, runnerToken);
    if (access === undefined) throw new TypeError('the federation is complete');
    const narrative = await told([answer], { access, api: { identityToken: 'identity-token' } });
    expect(narrative.note).toMatch(/^Worded without a model: .*workload identity.*\.$/);
    expect(JSON.stringify(narrative)).not.toContain('another-token');
  });
});
