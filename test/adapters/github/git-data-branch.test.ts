import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { gitDataBranch } from '../../../src/adapters/github/git-data-branch.ts';
import { gitHubClient } from '../../../src/adapters/github/github-client.ts';
import { failing } from '../../support/forge/faults.ts';
import { Forge } from '../../support/forge/forge.ts';
import { recordedLog } from '../../support/recorded-log.ts';

let forge: Forge;

beforeEach(async () => {
  forge = await Forge.start();
});
afterEach(() => forge.stop());

const branch = 'tailgate-baselines';
const file = (name: string) => ({ path: `v1/shop/${name}`, bytes: Buffer.from(`run ${name}`), message: `Add ${name}` });

function writer(
  permissions: Parameters<Forge['token']>[0] = { contents: 'write' },
  token = forge.token(permissions),
  log = recordedLog(),
) {
  const access = { apiUrl: forge.apiUrl, repository: forge.repository, token };
  return gitDataBranch(gitHubClient(access, { environment: {}, log, secondMs: 1, spacedWrites: false }), branch);
}

const git = (...args: string[]) => forge.state.git.must(args);

describe('gitDataBranch', () => {
  it('makes an orphan branch of the first file and adds the next ones on top', async () => {
    expect(await writer().tryAdd(file('a'))).toBe('added');
    expect(await writer().tryAdd(file('b'))).toBe('added');
    expect(await git('rev-list', '--count', branch)).toBe('2');
    expect(await git('ls-tree', '-r', '--name-only', branch)).toBe('v1/shop/a\nv1/shop/b');
    expect(await git('show', `${branch}:v1/shop/a`)).toBe('run a');
    expect(await git('fsck', '--strict')).toBe('');
    expect(forge.problems).toEqual([]);
  });

  it('leaves a file that is there as it is', async () => {
    await writer().tryAdd(file('a'));
    expect(await writer().tryAdd({ ...file('a'), bytes: Buffer.from('other') })).toBe('already-there');
    expect(await git('show', `${branch}:v1/shop/a`)).toBe('run a');
  });

  it('reports a conflict when somebody else was first, and its next try succeeds', async () => {
    await writer().tryAdd(file('a'));
    const slow = writer();
    const { promise: early, resolve: goOn } = Promise.withResolvers<void>();
    const { promise: isHeld, resolve: held } = Promise.withResolvers<void>();
    let isFirst = true;
    forge.faults.push(({ method, path }) => {
      if (method !== 'POST' || !path.endsWith('/git/commits') || !isFirst) return undefined;
      isFirst = false;
      held();
      return { kind: 'held', until: early };
    });
    const late = slow.tryAdd(file('late'));
    await isHeld;
    expect(await writer().tryAdd(file('early'))).toBe('added');
    goOn();
    expect(await late).toBe('conflict');
    expect(await slow.tryAdd(file('late'))).toBe('added');
    expect(await git('ls-tree', '-r', '--name-only', branch)).toBe('v1/shop/a\nv1/shop/early\nv1/shop/late');
  });

  it('reports a conflict to the one of two first writers that comes second', async () => {
    const outcomes = await Promise.all([writer().tryAdd(file('a')), writer().tryAdd(file('b'))]);
    expect(outcomes.sort()).toEqual(['added', 'conflict']);
  });

  it('gets over server errors and over a connection that breaks after the branch was moved', async () => {
    await writer().tryAdd(file('a'));
    forge.faults.push(failing({ method: 'POST', times: 2 }, { kind: 'status', status: 502 }));
    forge.faults.push(failing({ method: 'PATCH', times: 1 }, { kind: 'reset-after' }));
    expect(await writer().tryAdd(file('b'))).toBe('added');
    expect(await git('rev-list', '--count', branch)).toBe('2');
  });

  it('takes an old view of the branch for a conflict', async () => {
    await writer().tryAdd(file('a'));
    await writer().tryAdd(file('b'));
    forge.faults.push(({ method, path }) => {
      return method === 'GET' && path.includes('/git/ref/') ? { kind: 'stale-refs', ms: 60_000 } : undefined;
    });
    expect(await writer().tryAdd(file('c'))).toBe('conflict');
  });

  it('leaves it to be tried again when the server goes on failing, and then adds the file once', async () => {
    const target = writer();
    forge.faults.push(failing({ method: 'PATCH' }, { kind: 'status', status: 502 }));
    await target.tryAdd(file('a'));
    expect(await target.tryAdd(file('b'))).toBe('unanswered');
    forge.faults.pop();
    expect(await target.tryAdd(file('b'))).toBe('added');
    expect(await git('rev-list', '--count', branch)).toBe('2');
  });

  it.each([
    ['POST', /\/git\/trees$/, 'tree.sha 0123 is not a valid blob'],
    ['POST', /\/git\/commits$/, 'Parent SHA does not exist or is not a commit object'],
    ['PATCH', /\/git\/refs\//, 'Object does not exist'],
  ] as const)(
    'tries again where the server of %s %s doesn’t know yet what was just made',
    async (method, path, message) => {
      const target = writer();
      await target.tryAdd(file('a'));
      const late = file('b');
      forge.faults.push(failing({ method, path, times: 1 }, { kind: 'status', status: 422, message }));
      expect(await target.tryAdd(late)).toBe('unanswered');
      expect(await target.tryAdd(late)).toBe('added');
    },
  );

  it('names the line of the workflow that would allow a refused call', async () => {
    await expect(writer({ contents: 'read' }).tryAdd(file('a'))).rejects.toMatchObject({
      code: 'GITHUB_REFUSED',
      message: expect.stringContaining('POST /repos/acme/shop/git/blobs'),
      hint: expect.stringContaining('`contents: write` under `permissions:`'),
    });
  });

  it('says that the token is unknown', async () => {
    await expect(writer({}, 'ghs_expired').tryAdd(file('a'))).rejects.toMatchObject({
      code: 'GITHUB_REFUSED',
      message: expect.stringContaining('Bad credentials'),
    });
  });

  it('says which branch a rule protects', async () => {
    const rule = 'Repository rule violations found\n\nChanges must be made through a pull request.\n\n';
    forge.state.protectedRefs.set(`refs/heads/${branch}`, rule);
    await expect(writer().tryAdd(file('a'))).rejects.toMatchObject({
      code: 'STORE_PROTECTED',
      message: `a rule of the repository protects the branch ${branch}: Repository rule violations found Changes must be made through a pull request.`,
    });
  });

  it('waits for a secondary limit as long as GitHub says, and no longer than a minute for any', async () => {
    const log = recordedLog();
    forge.faults.push(failing({ method: 'POST', times: 1 }, { kind: 'secondary-limit', retryAfterS: 7 }));
    expect(await writer({}, forge.token({ contents: 'write' }), log).tryAdd(file('a'))).toBe('added');
    expect(log.lines.join('\n')).toMatch(/secondary rate limit is used up at POST .*; waiting 7 s/);
    forge.faults.push(failing({ method: 'GET' }, { kind: 'rate-limit', resetInS: 1800 }));
    await expect(writer().tryAdd(file('b'))).rejects.toMatchObject({
      code: 'GITHUB_UNREACHABLE',
      message: expect.stringMatching(/takes no more requests until .*: GET/),
    });
  });

  it('works with the addresses of GitHub Enterprise Server', async () => {
    await forge.stop();
    forge = await Forge.start({ basePath: '/api/v3' });
    expect(await writer().tryAdd(file('a'))).toBe('added');
    expect(forge.problems).toEqual([]);
  });
});
