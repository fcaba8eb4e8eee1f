import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseConfig } from '../../src/config/parse-config.ts';
import type { PlatformEvent } from '../../src/core/platform/platform-event.ts';
import type { Report } from '../../src/core/report/model/report-model.ts';
import { reportJson } from '../../src/core/report/render/report-json.ts';
import { locateSides } from '../../src/wiring/locate-sides.ts';
import { measureAndCalibrate, measureAndJudge } from '../../src/wiring/measure-and-judge.ts';
import { Deployments } from '../support/forge/deployment-routes.ts';
import { Forge } from '../support/forge/forge.ts';
import { forgeClient } from '../support/forge/forge-client.ts';
import { anEvent } from '../support/github-events.ts';
import { recordedLog } from '../support/recorded-log.ts';

const head = 'a'.repeat(40);
const merge = 'c'.repeat(40);

let forge: Forge;

beforeEach(async () => {
  forge = await Forge.start();
});

afterEach(async () => {
  expect(forge.problems).toEqual([]);
  await forge.stop();
});

function deploy(environment: string, sha: string, url: string) {
  const statuses = [{ state: 'success', environment_url: url }];
  forge.state.of(Deployments).all.push({ id: forge.state.nextId(), sha, environment, statuses });
}

function configOf(inputs: Readonly<Record<string, string>>) {
  const parsed = parseConfig({ inputs: { script: 'load.js', 'wait-timeout': '1s', ...inputs } });
  if ('problems' in parsed) throw new Error(JSON.stringify(parsed.problems));
  return parsed.config;
}

const ofPullRequest: PlatformEvent = {
  name: 'pull_request',
  commit: head,
  workflowCommit: merge,
  pullRequest: { number: 7, baseBranch: 'main', baseCommit: 'b'.repeat(40) },
};

function surroundings(event: PlatformEvent, log = recordedLog()) {
  const api = forgeClient(forge, { deployments: 'read' });
  return { api, event, commit: undefined, pollEveryMs: 20, log, signal: new AbortController().signal };
}

describe('locateSides', () => {
  it('leaves plain addresses as they are and asks nobody', async () => {
    const config = configOf({ 'target-url': 'https://a.test', 'baseline-url': 'https://b.test' });
    const source = { ...surroundings(ofPullRequest), api: undefined };
    expect(await locateSides(config, true, source)).toEqual({ kind: 'located', config });
  });

  it('takes the deployment of the pull request’s head, never that of GitHub’s merge commit', async () => {
    deploy('preview', head, 'https://head.example/');
    deploy('preview', merge, 'https://merge.example');
    const log = recordedLog();
    const config = configOf({ 'target-url': 'deployment:preview' });
    expect(await locateSides(config, true, surroundings(ofPullRequest, log))).toMatchObject({
      config: { target: { url: 'https://head.example', urlVariables: ['BASE_URL', 'TARGET_URL'] } },
    });
    expect(log.lines).toEqual(['info: target-url: "deployment:preview" is https://head.example/ (aaaaaaa)']);
  });

  it('does not take the checked-out commit for the head of a pull request that the event doesn’t show', async () => {
    const event = { name: 'pull_request', commit: merge };
    const config = configOf({ 'target-url': 'deployment:preview' });
    await expect(locateSides(config, true, { ...surroundings(event), commit: merge })).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringContaining('which commit is judged is not known'),
    });
  });

  it('takes the checked-out commit where there is no event', async () => {
    deploy('preview', head, 'https://head.example');
    const source = { ...surroundings({ name: 'unknown' }), commit: head };
    expect(await locateSides(configOf({ 'target-url': 'deployment:preview' }), true, source)).toMatchObject({
      config: { target: { url: 'https://head.example' } },
    });
  });

  it('finds two environments for the two sides, and says of which commit the baseline is', async () => {
    deploy('preview', head, 'https://head.example');
    deploy('staging', 'b'.repeat(40), 'https://staging.example');
    const config = configOf({ 'target-url': 'deployment:preview', 'baseline-url': 'deployment:staging' });
    expect(await locateSides(config, true, surroundings(ofPullRequest))).toMatchObject({
      config: { target: { url: 'https://head.example' }, duet: { baselineUrl: 'https://staging.example' } },
      baselineCommit: 'b'.repeat(40),
    });
  });

  it('does not look for a baseline that is not needed', async () => {
    const config = configOf({ 'target-url': 'https://a.test', 'baseline-url': 'deployment:staging' });
    expect((await locateSides(config, false, surroundings(ofPullRequest))).kind).toBe('located');
    expect(forge.calls).toEqual([]);
  });

  it('takes the address that a deployment_status event tells, without a request', async () => {
    const event = anEvent('deployment_status');
    const told = {
      ...event,
      deployment: { environment: 'Production', state: 'success', url: 'https://told.example' },
    };
    const source = { ...surroundings(told), api: undefined };
    expect(await locateSides(configOf({ 'target-url': 'deployment:production' }), true, source)).toMatchObject({
      config: { target: { url: 'https://told.example' } },
    });
  });

  it.each([
    ['another environment', { environment: 'docs', state: 'success', url: 'https://docs.example' }],
    ['a deployment that is on its way', { environment: 'preview', state: 'pending' }],
  ])('looks the address up when the event is about %s', async (_, deployment) => {
    deploy('preview', head, 'https://head.example');
    const event = { name: 'deployment_status', commit: head, deployment };
    expect(
      await locateSides(configOf({ 'target-url': 'deployment:preview' }), true, surroundings(event)),
    ).toMatchObject({ config: { target: { url: 'https://head.example' } } });
  });

  it('refuses an address that load can’t be sent to', async () => {
    deploy('preview', head, 'ssh://host.example');
    expect(
      await locateSides(configOf({ 'target-url': 'deployment:preview' }), true, surroundings(ofPullRequest)),
    ).toEqual(
      expect.objectContaining({ kind: 'not-measured', detail: expect.stringContaining('"ssh://host.example"') }),
    );
  });

  it('says what is missing where there is no GitHub to ask', async () => {
    const source = { ...surroundings({ name: 'unknown' }), api: undefined };
    const locating = locateSides(configOf({ 'target-url': 'deployment:preview' }), true, source);
    await expect(locating).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringContaining('no GitHub to ask'),
      hint: expect.stringMatching(/GITHUB_API_URL, GITHUB_REPOSITORY and GITHUB_TOKEN/),
    });
  });
});

describe('measureAndJudge', () => {
  const world = () => ({
    log: recordedLog(),
    signal: new AbortController().signal,
    onInterrupt: 'report' as const,
    progress: { show: () => {}, end: () => {} },
    store: { label: 'none', list: async () => ({ records: [], warnings: [] }), append: async () => {} },
    deployments: { api: forgeClient(forge, { deployments: 'read' }), event: ofPullRequest, pollEveryMs: 20 },
  });

  it.each(['stored', 'record', 'duet'] as const)(
    'reports `invalid` in mode %s when no deployment comes',
    async (mode) => {
      deploy('preview', 'b'.repeat(40), 'https://older.example');
      const rendered: Report[] = [];
      const sinks = [{ label: 'a list', write: async ({ report }: { report: Report }) => void rendered.push(report) }];
      const config = configOf({ 'target-url': 'deployment:preview', 'baseline-url': 'https://staging.example' });
      await measureAndJudge(config, mode, {}, { ...world(), sinks });
      expect(rendered.map(reportJson)).toMatchObject([{ verdict: 'invalid', reason: 'target-not-ready', exitCode: 3 }]);
      expect(rendered[0]?.headline).toContain('preview has no deployment of aaaaaaa (the newest is of bbbbbbb)');
    },
  );

  it.each(['stored', 'duet'] as const)('refuses in mode %s to compare a deployment with itself', async (mode) => {
    deploy('preview', head, 'https://head.example');
    const config = configOf({ 'target-url': 'deployment:preview', 'baseline-url': 'https://HEAD.example:443/' });
    await expect(measureAndJudge(config, mode, {}, { ...world(), sinks: [] })).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringContaining('baseline-url and target-url are both "https://head.example"'),
      hint: expect.stringContaining('`calibrate`'),
    });
  });

  it('calibrates nothing when no deployment comes', async () => {
    const config = configOf({ 'target-url': 'deployment:preview' });
    expect(await measureAndCalibrate(config, {}, { ...world(), write: async () => {} })).toMatchObject({
      kind: 'not-measured',
      hint: expect.stringContaining('deployments: read'),
    });
  });
});
