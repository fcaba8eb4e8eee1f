import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { PlatformEvent } from '../../src/core/platform/platform-event.ts';
import { changedFilesOfCheckout, changedFilesOfEvent, pullRequestChanges } from '../../src/wiring/changed-files.ts';
import { gateChangeLines } from '../../src/wiring/gate-before-change.ts';
import { openGitHub } from '../../src/wiring/open-github.ts';
import { Forge } from '../support/forge/forge.ts';
import { PullRequests } from '../support/forge/pull-request-routes.ts';
import type { TokenGrant } from '../support/forge/tokens.ts';
import { recordedLog } from '../support/recorded-log.ts';

const issue = 7;
let forge: Forge;
let event: PlatformEvent;

beforeEach(async () => {
  forge = await Forge.start();
  const { git } = forge.state;
  const commit = async (files: Readonly<Record<string, string>>, parents: readonly string[]) => {
    const changes = await Promise.all(
      Object.entries(files).map(async ([path, text]) => ({
        ...{ path, mode: '100644', type: 'blob' as const },
        sha: await git.writeBlob(Buffer.from(text)),
      })),
    );
    return git.writeCommit(await git.writeTree(undefined, changes), parents, 'a change');
  };
  const base = await commit({ 'src/a.ts': 'const a = 1;\n' }, []);
  const head = await commit({ 'src/a.ts': 'const a = 2;\n', 'src/b.ts': 'const b = 1;\n' }, [base]);
  const shared = { number: issue, headCommit: head, headBranch: 'topic', baseBranch: 'main', baseCommit: base };
  forge.state.of(PullRequests).all.push({ ...shared, headRepository: 'acme/shop', state: 'open' });
  event = {
    name: 'pull_request',
    repository: 'acme/shop',
    headRepository: 'acme/shop',
    commit: head,
    pullRequest: { number: issue, baseBranch: 'main', baseCommit: base },
  };
});

afterEach(() => forge.stop());

async function read(granted: TokenGrant['permissions'], overrides: Partial<PlatformEvent> = {}) {
  const log = recordedLog();
  const environment = { GITHUB_API_URL: forge.apiUrl, GITHUB_REPOSITORY: 'acme/shop' };
  const api = openGitHub(environment, forge.token(granted), log);
  const asked = { ...event, ...overrides };
  const changes = pullRequestChanges(asked, api);
  await gateChangeLines(changes, { configuration: '.tailgate.yml', scripts: [] }, recordedLog());
  const files = await changedFilesOfEvent(asked, changes, log)();
  return { files, warnings: log.lines.filter((line) => line.startsWith('warn:')) };
}

describe('changedFilesOfEvent', () => {
  it('reads the files of the pull request with their hunks, in the one request that shows whether the gate is edited', async () => {
    const { files, warnings } = await read({ 'pull-requests': 'read' });
    expect(files).toEqual([
      { path: 'src/a.ts', hunks: expect.stringMatching(/^@@ -1 \+1 @@\n-const a = 1;\n\+const a = 2;/) },
      { path: 'src/b.ts', hunks: expect.stringMatching(/^@@ -0,0 \+1 @@\n\+const b = 1;/) },
    ]);
    expect(warnings).toEqual([]);
    expect(forge.calls).toHaveLength(1);
    expect(forge.problems).toEqual([]);
  });

  it('has none, with one warning that names the permission, where the token may not read them', async () => {
    const { files, warnings } = await read({ contents: 'read' });
    expect(files).toEqual([]);
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toMatch(
      /include-diff: the findings are worded without the changed files: .*pull-requests: read/,
    );
  });

  it.each<[string, Partial<PlatformEvent>]>([
    ['a fork', { headRepository: 'stranger/shop' }],
    ['a fork', { name: 'pull_request_target', headRepository: 'stranger/shop' }],
    ['a fork', { name: 'workflow_run', headRepository: 'stranger/shop' }],
  ])('asks for none of a stranger’s, who could write them for the model: %s', async (why, overrides) => {
    const { files, warnings } = await read({ 'pull-requests': 'write' }, overrides);
    expect(files).toEqual([]);
    expect(warnings.join()).toContain(why);
  });

  it('has none without a pull request or without a token', async () => {
    const { pullRequest: _, ...push } = event;
    const log = recordedLog();
    expect(await changedFilesOfEvent({ ...push, name: 'push' }, pullRequestChanges(push, undefined), log)()).toEqual(
      [],
    );
    expect(await changedFilesOfEvent(event, pullRequestChanges(event, undefined), log)()).toEqual([]);
    expect(log.lines).toEqual([
      expect.stringContaining('push is about no pull request'),
      expect.stringContaining('no token'),
    ]);
  });
});

describe('changedFilesOfCheckout', () => {
  it('has none, with a warning, outside of a repository', async () => {
    const log = recordedLog();
    expect(await changedFilesOfCheckout('/', log)()).toEqual([]);
    expect(log.lines).toEqual([expect.stringMatching(/^warn: include-diff: .*git could not compare/)]);
  });
});
