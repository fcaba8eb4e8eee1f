import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { checkRun } from '../../../src/adapters/github/check-run.ts';
import { type CommentOptions, pullRequestComment } from '../../../src/adapters/github/pull-request-comment.ts';
import { readMarker, writeMarker } from '../../../src/core/comment/comment-marker.ts';
import { buildReport, type Report } from '../../../src/core/report/model/report-model.ts';
import { endpointSubject } from '../../../src/core/run-record/subject.ts';
import { aRegression } from '../../support/a-comparison.ts';
import { CheckRuns } from '../../support/forge/check-run-routes.ts';
import { Conversation } from '../../support/forge/conversation-routes.ts';
import { failing } from '../../support/forge/faults.ts';
import { Forge } from '../../support/forge/forge.ts';
import { forgeClient } from '../../support/forge/forge-client.ts';
import { PullRequests } from '../../support/forge/pull-request-routes.ts';
import { recordedLog } from '../../support/recorded-log.ts';
import { reportCases, reportFacts } from '../../support/report-cases.ts';

const head = 'a'.repeat(40);
const issue = 7;
const mayComment = { 'pull-requests': 'write' } as const;

let forge: Forge;

beforeEach(async () => {
  forge = await Forge.start();
  forge.state.of(PullRequests).open(issue, head);
});

afterEach(() => forge.stop());

const passed = reportOf('pass-shown');
const red = reportOf('fail-regressed');

function reportOf(name: string): Report {
  const facts = reportCases[name];
  if (facts === undefined) throw new Error(`no case ${name}`);
  return buildReport(facts);
}

function write(report: Report, run: number, overrides: Partial<CommentOptions> = {}) {
  const urls: string[] = [];
  const sink = pullRequestComment({
    api: forgeClient(forge, mayComment),
    pullRequest: issue,
    policy: 'always',
    name: 'shop',
    head,
    run: { id: String(run), attempt: 1, url: `https://github.com/acme/shop/actions/runs/${run}` },
    startedAt: () => new Date(Date.UTC(2026, 10, 25, 10) + run * 60_000).toISOString(),
    acceptLabel: 'tailgate-accept',
    accepted: () => undefined,
    log: recordedLog(),
    onWritten: (url) => urls.push(url),
    ...overrides,
  });
  return sink.write({ report, json: '', markdown: '' }).then(() => urls);
}

function comments() {
  return forge.state.of(Conversation).comments(issue);
}

describe('pullRequestComment', () => {
  it('writes one comment and keeps it up to date', async () => {
    const [url] = await write(passed, 1);
    await write(passed, 2);
    expect(comments()).toHaveLength(1);
    expect(comments()[0]?.body).toContain('actions/runs/2');
    expect(url).toContain(`issuecomment-${comments()[0]?.id}`);
    expect(forge.problems).toEqual([]);
  });

  it('needs at most four requests for a comment that is there', async () => {
    await write(passed, 1);
    const before = forge.calls.length;
    await write(passed, 2);
    expect(forge.calls.length - before).toBeLessThanOrEqual(4);
  });

  it('finds its comment among 350 of others, some of which bear its marker', async () => {
    await write(passed, 1);
    const planted = comments()[0]?.body ?? '';
    const state = forge.state.of(Conversation);
    for (let i = 0; i < 350; i++) state.comment(forge.state, issue, 'chatter', i % 50 === 0 ? planted : `comment ${i}`);
    await write(passed, 2);
    expect(comments()).toHaveLength(351);
    expect(comments().filter(({ body }) => body.includes('actions/runs/2'))).toHaveLength(1);
    expect(comments()[0]?.body).toContain('actions/runs/2');
    expect(forge.problems).toEqual([]);
  });

  it('writes a new comment when a pass turns into a fail, and only then', async () => {
    await write(passed, 1);
    const [first] = comments();
    await write(red, 2);
    const [second] = comments();
    expect(comments()).toHaveLength(1);
    expect(second?.id).not.toBe(first?.id);
    expect(second?.body).toContain('tailgate accept: REASON');
    await write(red, 3);
    await write(passed, 4);
    expect(comments().map(({ id }) => id)).toEqual([second?.id]);
  });

  it('keeps the old comment when the new one can’t be written', async () => {
    await write(passed, 1);
    forge.faults.push(failing({ method: 'POST' }, { kind: 'status', status: 500 }));
    await expect(write(red, 2)).rejects.toThrow();
    expect(comments()).toHaveLength(1);
  });

  it('never overwrites what a newer run wrote', async () => {
    await write(red, 5);
    await write(passed, 4);
    expect(comments()[0]?.body).toContain('actions/runs/5');
  });

  it('says nothing about a commit that is no longer the head', async () => {
    await write(red, 1, { head: 'c'.repeat(40) });
    expect(comments()).toEqual([]);
  });

  it('leaves one comment when two runs start at once', async () => {
    await Promise.all([write(red, 1), write(red, 2), write(red, 3)]);
    await write(red, 4);
    expect(comments()).toHaveLength(1);
    expect(comments()[0]?.body).toContain('actions/runs/4');
  });

  it('keeps what was accepted in its marker', async () => {
    const accepted = {
      labeledAt: '2026-11-25T10:00:00Z',
      figures: [{ subject: endpointSubject('GET /--> x'), metric: 'p95', relativeChange: 0.3 }],
    };
    await write(red, 1, { accepted: () => accepted });
    expect(readMarker(comments()[0]?.body ?? '')?.accepted).toEqual(accepted);
  });

  it('writes anew what somebody deleted in between', async () => {
    await write(passed, 1);
    forge.faults.push(failing({ method: 'PATCH', times: 1 }, { kind: 'status', status: 404, message: 'Not Found' }));
    await write(passed, 2);
    expect(comments().some(({ body }) => body.includes('actions/runs/2'))).toBe(true);
  });

  it('writes less where GitHub finds the usual length too long', async () => {
    const endpoints = Array.from({ length: 200 }, (_, i) =>
      aRegression({ subject: endpointSubject(`GET /${'a|'.repeat(70)}${i}`) }),
    );
    const report = buildReport(reportFacts({ comparisons: endpoints }));
    const message = 'Body is too long (maximum is 65536 characters)';
    forge.faults.push(failing({ method: 'POST', times: 1 }, { kind: 'status', status: 422, message }));
    await write(report, 1);
    expect(comments()[0]?.body.length).toBeLessThan(20_000);
  });

  it('names the line of the workflow file that is missing', async () => {
    const api = forgeClient(forge, { 'pull-requests': 'read' });
    await expect(write(red, 1, { api })).rejects.toMatchObject({
      code: 'GITHUB_REFUSED',
      hint: expect.stringContaining('`pull-requests: write`'),
    });
  });

  it('does nothing at all when the comment is never', async () => {
    await write(red, 1, { policy: 'never' });
    expect(forge.calls).toEqual([]);
  });

  it('takes another name’s comment for another’s', async () => {
    await write(passed, 1);
    await write(passed, 2, { name: 'search' });
    expect(comments().map(({ body }) => readMarker(body)?.name)).toEqual(['shop', 'search']);
  });

  it('is not misled by a marker of a stranger that claims a run of the far future', async () => {
    const body = writeMarker({
      name: 'shop',
      head,
      runId: '999999',
      attempt: 1,
      startedAt: '2030-01-01T00:00:00Z',
      outcome: 'passed',
    });
    forge.state.of(Conversation).comment(forge.state, issue, 'stranger', body);
    await write(red, 1);
    expect(comments()).toHaveLength(2);
  });
});

describe('checkRun', () => {
  const scripts = [
    {
      path: 'load/shop.js',
      text: "import http from 'k6/http';\nhttp.get(base + '/items');\nhttp.get(base + '/search?q=1');\n",
    },
  ];

  async function check(
    report: Report,
    permissions: Parameters<typeof forgeClient>[1] = { checks: 'write' },
    measuredAt = '2026-11-25T10:00:00.000Z',
  ) {
    const api = forgeClient(forge, permissions);
    const run = { id: '42', attempt: 1 };
    const startedAt = () => measuredAt;
    const sink = checkRun({ api, name: 'shop', head, run, scripts, startedAt, log: recordedLog() });
    await sink.write({ report, json: '', markdown: '' });
    return forge.state.of(CheckRuns).all.at(-1);
  }

  it('is red with a note at the script line of the endpoint that got slower', async () => {
    const run = await check(red);
    expect(run).toMatchObject({ name: 'Tailgate: shop', head_sha: head, conclusion: 'failure' });
    expect(run?.output.annotations).toEqual([
      expect.objectContaining({
        path: 'load/shop.js',
        start_line: 3,
        annotation_level: 'failure',
        title: expect.stringContaining('GET /search'),
      }),
    ]);
    expect(forge.problems).toEqual([]);
  });

  it.each([
    ['pass-shown', 'success'],
    ['no-baseline-run-1', 'success'],
    ['inconclusive-too-weak', 'neutral'],
    ['fail-not-enforced', 'neutral'],
    ['invalid', 'failure'],
  ])('of %s is %s', async (name, conclusion) => {
    expect((await check(reportOf(name)))?.conclusion).toBe(conclusion);
  });

  it('is not written over one with newer figures of the same commit', async () => {
    const newer = await check(red);
    expect(await check(passed, { checks: 'write' }, '2026-11-25T09:59:59.000Z')).toBe(newer);
    expect(await check(passed, { checks: 'write' }, '2026-11-25T10:00:00.000Z')).not.toBe(newer);
    expect(forge.problems).toEqual([]);
  });

  it('names the line of the workflow file that is missing', async () => {
    await expect(check(red, mayComment)).rejects.toMatchObject({ hint: expect.stringContaining('`checks: write`') });
  });
});
