import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fileAt, filesOfPullRequest, mergeBaseOf } from '../../../src/adapters/github/gate-of-merge-base.ts';
import { lookUpCommit, mergedPullRequest } from '../../../src/adapters/github/look-up-commit.ts';
import { readAcceptance } from '../../../src/adapters/github/read-acceptance.ts';
import { writeMarker } from '../../../src/core/comment/comment-marker.ts';
import { endpointSubject } from '../../../src/core/run-record/subject.ts';
import { Conversation } from '../../support/forge/conversation-routes.ts';
import { Forge } from '../../support/forge/forge.ts';
import { forgeClient } from '../../support/forge/forge-client.ts';
import { PullRequests } from '../../support/forge/pull-request-routes.ts';

const issue = 7;
const label = 'tailgate-accept';
const read = { 'pull-requests': 'read', contents: 'read' } as const;

let forge: Forge;
let talk: Conversation;

beforeEach(async () => {
  forge = await Forge.start();
  talk = forge.state.of(Conversation);
  talk.permissions.set('maintainer', 'write').set('stranger', 'read');
});

afterEach(async () => {
  expect(forge.problems).toEqual([]);
  await forge.stop();
});

function ask() {
  const clock = { now: () => Date.UTC(2026, 10, 26) };
  return readAcceptance({ api: forgeClient(forge, read), pullRequest: issue, label, name: 'shop', clock });
}

describe('readAcceptance', () => {
  it('asks one question where there is no label', async () => {
    talk.setLabel(forge.state, issue, 'maintainer', 'bug');
    expect(await ask()).toEqual({ decision: { kind: 'none' } });
    expect(forge.calls).toHaveLength(1);
  });

  it('accepts with a label and a reason of somebody who may write, asked of GitHub', async () => {
    talk.comment(forge.state, issue, 'maintainer', 'tailgate accept: the export streams now until 2026-12-31');
    talk.setLabel(forge.state, issue, 'maintainer', label);
    expect((await ask()).decision).toMatchObject({
      kind: 'accepted',
      acceptance: { by: 'maintainer', until: '2026-12-31', pullRequest: issue },
    });
  });

  it.each(['stranger', 'nobody-known'])('ignores a label that %s set', async (login) => {
    talk.comment(forge.state, issue, 'maintainer', 'tailgate accept: x');
    talk.setLabel(forge.state, issue, login, label);
    expect((await ask()).decision).toMatchObject({ kind: 'ignored', why: expect.stringContaining(login) });
  });

  it('sees a label that was taken off since', async () => {
    talk.comment(forge.state, issue, 'maintainer', 'tailgate accept: x');
    talk.setLabel(forge.state, issue, 'maintainer', label);
    talk.removeLabel(forge.state, issue, 'maintainer', label);
    expect((await ask()).decision.kind).toBe('none');
  });

  it('knows the level that an earlier run found accepted from our own comment only', async () => {
    const level = (relativeChange: number) => ({
      labeledAt: '2026-11-25T10:00:00Z',
      figures: [{ subject: endpointSubject('GET /items'), metric: 'p95', relativeChange }],
    });
    const marker = (relativeChange: number) =>
      writeMarker({
        name: 'shop',
        head: 'a'.repeat(40),
        runId: '1',
        attempt: 1,
        startedAt: '2026-11-25T10:00:00Z',
        outcome: 'failed',
        accepted: level(relativeChange),
      });
    talk.comment(forge.state, issue, 'github-actions[bot]', marker(0.3));
    talk.comment(forge.state, issue, 'stranger', marker(9));
    talk.setLabel(forge.state, issue, 'maintainer', label);
    expect((await ask()).earlier).toEqual(level(0.3));
  });
});

/** A repository in which `topic` left `main` after the first of two commits. */
async function twoBranches() {
  const { git } = forge.state;
  const commit = async (files: Readonly<Record<string, string>>, parents: readonly string[], message: string) => {
    const entries = Object.entries(files).map(async ([path, text]) => ({
      path,
      mode: '100644',
      sha: await git.writeBlob(Buffer.from(text)),
    }));
    return git.writeCommit(await git.writeTree(undefined, await Promise.all(entries)), parents, message);
  };
  const first = await commit(
    { '.tailgate.yml': 'alpha: 0.05\n', 'a.js': 'long enough to be seen as moved' },
    [],
    'first',
  );
  const main = await commit(
    { '.tailgate.yml': 'alpha: 0.04\n', 'a.js': 'long enough to be seen as moved' },
    [first],
    'main',
  );
  const topic = await commit(
    { '.tailgate.yml': 'alpha: 0.9\n', 'b.js': 'long enough to be seen as moved' },
    [first],
    'topic',
  );
  await git.swapRef('refs/heads/main', main, undefined);
  return { first, main, topic };
}

function openPull(headCommit: string, baseCommit: string, headRepository: string, number = issue) {
  const pull = { number, headRepository, headCommit, headBranch: 'topic', baseBranch: 'main', baseCommit };
  forge.state.of(PullRequests).all.push({ ...pull, state: 'open' });
}

describe('the gate before a change', () => {
  it('is read from where the change left its base, not from the change and not from the tip', async () => {
    const { first, main, topic } = await twoBranches();
    const api = forgeClient(forge, read);
    expect(await mergeBaseOf(api, main, topic)).toBe(first);
    expect(await fileAt(api, './.tailgate.yml', first)).toBe('alpha: 0.05\n');
    expect(await fileAt(api, 'nothing.yml', first)).toBeUndefined();
  });

  it('is compared with every file that the change touches, moved ones under both names', async () => {
    const { main, topic } = await twoBranches();
    openPull(topic, main, 'acme/shop');
    const files = await filesOfPullRequest(forgeClient(forge, read), issue);
    const names = files.flatMap(({ path, previousPath }) => [path, previousPath].filter((name) => name !== undefined));
    expect(names.sort()).toEqual(['.tailgate.yml', 'a.js', 'b.js']);
  });
});

describe('lookUpCommit', () => {
  it('knows a commit of the default branch', async () => {
    const { first } = await twoBranches();
    expect(await lookUpCommit(forgeClient(forge, read), first, 'main')).toEqual({
      pullRequests: [],
      isOnDefaultBranch: true,
    });
  });

  it('finds the open pull request of a fork’s commit', async () => {
    const { main, topic } = await twoBranches();
    openPull(topic, main, 'stranger/shop');
    expect(await lookUpCommit(forgeClient(forge, read), topic, 'main')).toMatchObject({
      isOnDefaultBranch: false,
      pullRequests: [{ number: issue, headRepository: 'stranger/shop', headCommit: topic }],
    });
  });
});

describe('mergedPullRequest', () => {
  it('finds the pull request that a push merged, and none for a plain push', async () => {
    const { main, topic } = await twoBranches();
    openPull(topic, main, 'acme/shop');
    const api = forgeClient(forge, read);
    expect(await mergedPullRequest(api, main, 'main')).toBeUndefined();
    const [pull] = forge.state.of(PullRequests).all;
    if (pull !== undefined) Object.assign(pull, { state: 'closed', mergeCommit: main });
    expect(await mergedPullRequest(api, main, 'main')).toMatchObject({ number: issue });
  });
});
