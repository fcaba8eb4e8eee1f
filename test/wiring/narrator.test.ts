import { afterEach, describe, expect, it } from 'vitest';
import { parseConfig } from '../../src/config/parse-config.ts';
import type { ChangedFile } from '../../src/core/narrative/diff-excerpt.ts';
import { seededRandom } from '../../src/core/stats/random.ts';
import { type GateResult, runGate } from '../../src/gate/gate.ts';
import type { RenderedReport } from '../../src/ports.ts';
import { narrator } from '../../src/wiring/narrator.ts';
import { aSteadyRun, someRuns } from '../support/a-steady-run.ts';
import { type MessagesApi, type ReceivedRequest, type Step, startMessagesApi } from '../support/messages-api.ts';
import { type RecordedLog, recordedLog } from '../support/recorded-log.ts';

const secret = 'sk-ant-test-key';
const endpoints = Object.fromEntries(
  ['GET /a', 'GET /b', 'GET /c', 'GET /search'].map((name) => [name, { medianMs: 50, requests: 2000 }]),
);
let api: MessagesApi | undefined;
let rendered: RenderedReport[] = [];
let log: RecordedLog;

afterEach(async () => {
  await api?.close();
  api = undefined;
});

interface Setting {
  readonly inputs?: Readonly<Record<string, string>>;
  readonly environment?: Readonly<Record<string, string>>;
  readonly runnerToken?: (audience: string) => Promise<string>;
  readonly slowdown?: number;
  readonly changedFiles?: readonly ChangedFile[];
  readonly steps?: readonly Step[];
  readonly cancelAfterMs?: number;
}

/** A gate whose candidate serves `GET /search` slower by `slowdown`, with a narrator as the inputs ask for it. */
async function judged({
  inputs,
  environment,
  runnerToken,
  slowdown = 2,
  changedFiles,
  steps = [trueAnswer],
  cancelAfterMs,
}: Setting): Promise<GateResult> {
  api = await startMessagesApi(steps, { key: secret, identityToken: 'token for https://api.anthropic.com' });
  rendered = [];
  log = recordedLog();
  const text = `anthropic-base-url: ${api.url}`;
  const parsed = parseConfig({
    inputs: inputs ?? {},
    configFile: { path: '.tailgate.yml', text },
    needs: 'comparison',
  });
  if ('problems' in parsed) throw new TypeError(JSON.stringify(parsed.problems));
  const { config } = parsed;
  const records = someRuns(8, endpoints, seededRandom('narrator'));
  const slow = { medianMs: 50 * slowdown, requests: 2000 };
  const record = aSteadyRun({ ...endpoints, 'GET /search': slow }, { startedAt: '2026-11-25T10:00:00.000Z' });
  const controller = new AbortController();
  if (cancelAfterMs !== undefined) setTimeout(() => controller.abort(), cancelAfterMs);
  return runGate(
    { name: 'shop', mode: 'stored', thresholds: config.thresholds, failOn: config.failOn },
    {
      measurer: { measure: async () => ({ kind: 'measured', record }) },
      store: { label: 'memory', list: async () => ({ records, warnings: [] }), append: async () => undefined },
      narrator: narrator(config, {
        ...{ environment: environment ?? {}, log },
        ...(runnerToken && { runnerToken }),
        ...(changedFiles && { changedFiles: async () => changedFiles }),
      }),
      sinks: [{ label: 'collector', write: async (report) => void rendered.push(report) }],
      log,
      signal: controller.signal,
      onInterrupt: 'leave-no-trace',
    },
  );
}

/** Says of every fact of the request that it is worse, which is true of all. */
const trueAnswer: Step = {
  kind: 'answer',
  text: ({ body }: ReceivedRequest) => {
    const [, list = '[]'] = /"fact":\{"enum":(\[[^\]]*\])/.exec(JSON.stringify(body)) ?? [];
    const ids = JSON.parse(list) as string[];
    const sentences = ids.map((fact) => ({
      fact,
      text: `{{${fact}.name}} is worse than before ({{${fact}.change}}).`,
    }));
    return JSON.stringify({ sentences, next: 'none' });
  },
};

function textOf(step: Step, request: ReceivedRequest): string {
  if (step.kind !== 'answer') throw new TypeError('this step says nothing');
  return typeof step.text === 'string' ? step.text : step.text(request);
}

const paragraph = () => rendered[0]?.markdown ?? '';
const templateWords = '`GET /search` got slower: ';

describe('narrator', () => {
  it('asks Claude where there is a key, and publishes its words with our numbers', async () => {
    const result = await judged({ inputs: { 'anthropic-api-key': secret } });
    expect(result).toMatchObject({ decided: { verdict: { verdict: 'fail', reason: 'regressed' } } });
    expect(paragraph()).toMatch(/^`GET \/search` is worse than before \(\+\d+ %\)\./m);
    expect(paragraph()).toContain(
      '<sub>Worded by claude-haiku-5-5; every number and name was filled in by Tailgate.</sub>',
    );
    expect(api?.requests).toHaveLength(1);
  });

  it('takes the key of the environment, and the model of the inputs', async () => {
    await judged({ environment: { ANTHROPIC_API_KEY: secret }, inputs: { 'anthropic-model': 'claude-of-tomorrow' } });
    expect(paragraph()).toContain(
      '<sub>Worded without a model: the API does not know the model claude-of-tomorrow (404).</sub>',
    );
    expect(log.lines).toContain(
      'warn: Worded without a model: the API does not know the model claude-of-tomorrow (404).',
    );
  });

  it.each<[string, Setting, string]>([
    ['there is no key', {}, templateWords],
    ['a template is asked for', { inputs: { narrative: 'template', 'anthropic-api-key': secret } }, templateWords],
    [
      'nothing regressed',
      { inputs: { 'anthropic-api-key': secret }, slowdown: 1 },
      'This is more than having found nothing',
    ],
  ])('asks nobody when %s', async (_, setting, words) => {
    await judged(setting);
    expect(paragraph()).toContain(words);
    expect(paragraph()).not.toContain('<sub>');
    expect(api?.requests).toHaveLength(0);
  });

  it('exchanges the identity of the workload for access where there is no key', async () => {
    const environment = { ANTHROPIC_FEDERATION_RULE_ID: 'fdrl_1', ANTHROPIC_ORGANIZATION_ID: 'org_1' };
    await judged({ environment, runnerToken: async (audience) => `token for ${audience}` });
    expect(paragraph()).toContain('<sub>Worded by claude-haiku-5-5;');
  });

  describe('with changed files', () => {
    const changedFiles = [{ path: 'src/search.ts', hunks: '@@ -1 +1 @@\n-const limit = 20;\n+const limit = 2000;' }];
    const key = { 'anthropic-api-key': secret };

    it('shows none to the model unless that is asked for', async () => {
      await judged({ inputs: key, changedFiles });
      expect(JSON.stringify(api?.requests)).not.toMatch(/search/);
    });

    it('shows them when asked to, and publishes a guess that is marked as one', async () => {
      const guess = {
        file: 'd1',
        line: 1,
        fact: 'f1',
        text: '{{d1.file}} may read a larger page of rows for {{f1.name}}.',
      };
      const text = (request: ReceivedRequest) =>
        JSON.stringify({ ...(JSON.parse(textOf(trueAnswer, request)) as object), guess });
      await judged({ inputs: { ...key, 'include-diff': 'true' }, changedFiles, steps: [{ kind: 'answer', text }] });
      expect(JSON.stringify(api?.requests[0]?.body)).toContain('d1 is src/search.ts\\n @@ -1 +1 @@');
      expect(paragraph()).toContain(
        'A guess from the changed files, not a measurement: `src/search.ts:1` may read a larger page of rows for `GET /search`.',
      );
    });

    it('tells the findings without a guess where no file could be had', async () => {
      await judged({ inputs: { ...key, 'include-diff': 'true' }, changedFiles: [] });
      expect(paragraph()).toMatch(/^`GET \/search` is worse than before/m);
      expect(JSON.stringify(api?.requests)).not.toContain('guess');
    });
  });

  it('leaves the paragraph out when it is off', async () => {
    await judged({ inputs: { narrative: 'off', 'anthropic-api-key': secret } });
    expect(paragraph()).toContain('FAIL');
    expect(paragraph()).not.toContain(templateWords);
    expect(api?.requests).toHaveLength(0);
  });

  it('keeps verdict and template when the API is down', async () => {
    const result = await judged({ inputs: { 'anthropic-api-key': secret }, steps: [{ kind: 'status', status: 401 }] });
    expect(result).toMatchObject({ decided: { outcome: { exitCode: 1 } } });
    expect(paragraph()).toContain(templateWords);
    expect(paragraph()).toContain('<sub>Worded without a model: the API did not accept the credentials (401).</sub>');
  });

  it('leaves no trace when the run is canceled while Claude thinks', async () => {
    const result = await judged({
      inputs: { 'anthropic-api-key': secret },
      steps: [{ kind: 'no-headers' }],
      cancelAfterMs: 200,
    });
    expect(result).toEqual({ kind: 'interrupted' });
    expect(rendered).toEqual([]);
  });

  it('lets the key into no log and no file', async () => {
    await judged({ inputs: { 'anthropic-api-key': secret } });
    expect(JSON.stringify([log.lines, rendered])).not.toContain(secret);
  });
});
