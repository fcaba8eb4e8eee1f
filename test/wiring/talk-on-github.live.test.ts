import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { scriptOrigin } from '../../src/adapters/git/current-commit.ts';
import type { Config } from '../../src/config/config.ts';
import { parseConfig } from '../../src/config/parse-config.ts';
import { readMarker } from '../../src/core/comment/comment-marker.ts';
import type { PlatformEvent } from '../../src/core/platform/platform-event.ts';
import { buildReport } from '../../src/core/report/model/report-model.ts';
import { endpointSubject } from '../../src/core/run-record/subject.ts';
import type { Decided } from '../../src/core/verdict/build-verdict.ts';
import { openGitHub, talkOnGitHub } from '../../src/wiring/open-github.ts';
import { refuseRecording, refuseStrangersScripts } from '../../src/wiring/refuse-strangers-scripts.ts';
import { aRegression, estimate } from '../support/a-comparison.ts';
import { CheckRuns } from '../support/forge/check-run-routes.ts';
import { Conversation } from '../support/forge/conversation-routes.ts';
import { Forge } from '../support/forge/forge.ts';
import { PullRequests } from '../support/forge/pull-request-routes.ts';
import type { TokenGrant } from '../support/forge/tokens.ts';
import { anEvent, fromFork } from '../support/github-events.ts';
import { recordedLog } from '../support/recorded-log.ts';
import { reportFacts } from '../support/report-cases.ts';

const issue = 7;
const head = 'a'.repeat(40);
const merge = 'd'.repeat(40);
const permissions = { 'pull-requests': 'write', contents: 'read', checks: 'write' } as const;

let forge: Forge;
let talk: Conversation;

beforeEach(async () => {
  forge = await Forge.start();
  talk = forge.state.of(Conversation);
  talk.permissions.set('maintainer', 'write');
  forge.state.of(PullRequests).open(issue, head);
});

afterEach(() => forge.stop());

const pullRequest: PlatformEvent = {
  name: 'pull_request',
  repository: 'acme/shop',
  headRepository: 'acme/shop',
  commit: head,
  pullRequest: { number: issue, baseBranch: 'main', baseCommit: 'b'.repeat(40) },
};

function configOf(inputs: Readonly<Record<string, string>> = {}): Config {
  const given = { 'target-url': 'http://127.0.0.1:1', script: 'load.js', name: 'shop', ...inputs };
  const parsed = parseConfig({ inputs: given });
  if ('problems' in parsed) throw new Error(JSON.stringify(parsed.problems));
  return parsed.config;
}

let runs = 0;

function open(
  event: PlatformEvent,
  options: { inputs?: Record<string, string>; granted?: TokenGrant['permissions'] } = {},
) {
  const token = forge.token(options.granted ?? permissions);
  const api = openGitHub({ GITHUB_API_URL: forge.apiUrl, GITHUB_REPOSITORY: 'acme/shop' }, token, recordedLog());
  if (api === undefined) throw new Error('no GitHub');
  const startMs = Date.UTC(2026, 10, 26) + ++runs * 60_000;
  return talkOnGitHub(configOf(options.inputs), {
    ...{ api, event, scripts: [], log: recordedLog(), onComment: () => {} },
    run: { id: String(runs), attempt: 1 },
    isRecorded: event.name === 'push',
    clock: { now: () => startMs },
  });
}

function slower(change: number): Decided {
  const relativeChange = { point: change, interval: [change - 0.05, change + 0.05] as const, level: 0.95, n: 6 };
  return reportFacts({ comparisons: [aRegression({ relativeChange, candidate: estimate(100 * (1 + change)) })] })
    .decided;
}

/** One run from verdict to comment. */
async function run(decided: Decided, event = pullRequest) {
  const { sinks, acceptor } = open(event);
  const accepted = await acceptor.accept(decided);
  const report = buildReport({ ...reportFacts({}), decided: accepted.decided, warnings: accepted.warnings });
  for (const sink of sinks) await sink.write({ report, json: '', markdown: '' });
  return accepted;
}

function ourComments() {
  return talk.comments(issue).filter(({ user }) => user.login === 'github-actions[bot]');
}

function label() {
  talk.comment(forge.state, issue, 'maintainer', 'tailgate accept: the export streams now');
  talk.setLabel(forge.state, issue, 'maintainer', 'tailgate-accept');
}

describe('talkOnGitHub', () => {
  it('goes red, is accepted by label and reason, stays green at that level, and goes red again beyond it', async () => {
    expect((await run(slower(0.3))).decided.outcome.exitCode).toBe(1);
    label();
    expect((await run(slower(0.3))).decided.verdict).toMatchObject({ verdict: 'pass', reason: 'accepted' });
    expect(ourComments()).toHaveLength(1);
    expect(ourComments()[0]?.body).toContain('accepted by maintainer');
    expect((await run(slower(0.33))).decided.verdict.verdict).toBe('pass');
    const further = await run(slower(0.69));
    expect(further.decided.outcome.exitCode).toBe(1);
    expect(further.warnings.join()).toContain('set the label anew');
    talk.setLabel(forge.state, issue, 'maintainer', 'tailgate-accept');
    expect((await run(slower(0.69))).decided.verdict.verdict).toBe('pass');
    expect(forge.problems).toEqual([]);
  }, 60_000);

  it('leaves a standing verdict alone when another label is set', async () => {
    talk.setLabel(forge.state, issue, 'maintainer', 'bug');
    const decided = slower(0.3);
    expect(await run(decided)).toEqual({ decided, warnings: [] });
  });

  it('says why a label doesn’t count', async () => {
    talk.setLabel(forge.state, issue, 'maintainer', 'tailgate-accept');
    expect((await run(slower(0.3))).warnings).toEqual([expect.stringContaining('gave a reason')]);
  });

  it('keeps with the merged run who accepted what until when', async () => {
    label();
    await run(slower(0.3));
    const [pull] = forge.state.of(PullRequests).all;
    if (pull !== undefined) Object.assign(pull, { state: 'closed', mergeCommit: merge });
    const push: PlatformEvent = {
      name: 'push',
      repository: 'acme/shop',
      commit: merge,
      branch: 'main',
      defaultBranch: 'main',
    };
    const { recorded, decided } = await open(push).acceptor.accept(slower(0.31));
    expect(recorded).toMatchObject({ by: 'maintainer', pullRequest: issue, reason: 'the export streams now' });
    expect(recorded?.figures).toEqual([
      { subject: endpointSubject('GET /items'), metric: 'p95', relativeChange: 0.31 },
    ]);
    expect(decided.verdict.verdict).toBe('pass');
    expect(readMarker(ourComments()[0]?.body ?? '')?.accepted?.figures[0]?.relativeChange).toBe(0.3);
  }, 30_000);

  it('asks nothing and writes one comment, in at most four requests, when a run passes', async () => {
    await run(reportFacts({ comparisons: [] }).decided);
    expect(forge.calls.length).toBeLessThanOrEqual(4);
  });

  it('writes a check run when asked to, and no comment for a fork, whose token may not', async () => {
    const sinks = open({ ...pullRequest, headRepository: 'stranger/shop' }, { inputs: { 'check-run': 'true' } }).sinks;
    expect(sinks.map(({ label: name }) => name)).toEqual(['check run']);
    await sinks[0]?.write({ report: buildReport(reportFacts({})), json: '', markdown: '' });
    expect(forge.state.of(CheckRuns).all).toHaveLength(1);
  });
});

describe('refuseRecording', () => {
  it('keeps pull requests from changing their own baseline', () => {
    expect(() => refuseRecording(anEvent('pull_request'))).toThrow(/must not change the baseline/);
    expect(() => refuseRecording(anEvent('push', { GITHUB_REF: 'refs/heads/master' }))).not.toThrow();
  });
});

describe('refuseStrangersScripts', () => {
  let folder: string;
  const git = (...args: string[]) =>
    execFileSync('git', ['-C', folder, '-c', 'user.name=x', '-c', 'user.email=x@example.com', ...args])
      .toString()
      .trim();

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'tailgate-origin-'));
    git('init', '-q');
    writeFileSync(join(folder, 'load.js'), 'export default () => {};\n');
    git('add', '.');
    git('commit', '-q', '-m', 'a script');
  });

  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('knows the commit of an unchanged script, and none of a changed or an untracked one', async () => {
    const path = join(folder, 'load.js');
    expect(await scriptOrigin(path)).toEqual({ path, commit: git('rev-parse', 'HEAD') });
    writeFileSync(path, '// changed\n');
    expect(await scriptOrigin(path)).toEqual({ path });
    writeFileSync(join(folder, 'new.js'), '');
    expect(await scriptOrigin(join(folder, 'new.js'))).toEqual({ path: join(folder, 'new.js') });
  });

  it('stops a fork’s script in a privileged job and lets the default branch’s own run', async () => {
    const commit = git('rev-parse', 'HEAD');
    const event = fromFork(anEvent('pull_request_target', { GITHUB_SHA: commit }));
    await refuseStrangersScripts(event, [join(folder, 'load.js')]);
    writeFileSync(join(folder, 'load.js'), '// out of the fork\n');
    await expect(refuseStrangersScripts(event, [join(folder, 'load.js')])).rejects.toMatchObject({
      code: 'SCRIPT_NOT_TRUSTED',
    });
  });
});
