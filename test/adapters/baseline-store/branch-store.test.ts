import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { branchStore } from '../../../src/adapters/baseline-store/branch-store.ts';
import { openBaselineStore } from '../../../src/adapters/baseline-store/open-baseline-store.ts';
import { gitPushBranch } from '../../../src/adapters/baseline-store/push-commit.ts';
import { encodeRunRecord } from '../../../src/core/run-record/run-record-codec.ts';
import { aMeasuredRun } from '../../support/a-measured-run.ts';

let directory: string;
let url: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'tailgate-branch-test-'));
  url = join(directory, 'remote.git');
  execFileSync('git', ['init', '--quiet', '--bare', url]);
});
afterEach(() => rm(directory, { recursive: true, force: true }));

const branch = 'tailgate-baselines';
const open = () => openBaselineStore({ kind: 'branch', name: branch }, { remote: { url } });
const aRun = (id: string) =>
  aMeasuredRun(undefined, { id: `2026-11-2${id}T10:00:00Z-a`, startedAt: `2026-11-2${id}T10:00:00Z` });
const git = (...args: string[]) => execFileSync('git', ['-C', url, ...args], { encoding: 'utf8' }).trim();
const ids = async () => (await open().list()).records.map((record) => record.id.slice(9, 10));

/** Commits a file by hand on top of the branch. */
async function commitByHand(path: string, content: Uint8Array | string): Promise<void> {
  const work = join(directory, 'work');
  execFileSync('git', ['clone', '--quiet', '--branch', branch, url, work]);
  await writeFile(join(work, path), content);
  execFileSync('git', ['-C', work, 'add', '.']);
  const author = ['-c', 'user.name=someone', '-c', 'user.email=someone@example.org'];
  execFileSync('git', ['-C', work, ...author, 'commit', '--quiet', '-m', 'by hand']);
  execFileSync('git', ['-C', work, 'push', '--quiet', 'origin', branch]);
  await rm(work, { recursive: true });
}

describe('branchStore through git push', () => {
  it('is empty where there is no branch yet', async () => {
    expect(await open().list()).toEqual({ records: [], warnings: [] });
  });

  it('makes an orphan branch of the first run and gives back what was stored, oldest first', async () => {
    for (const id of ['3', '1', '2']) await open().append(aRun(id));
    expect(await ids()).toEqual(['1', '2', '3']);
    expect(git('rev-list', '--count', branch)).toBe('3');
    expect(git('fsck', '--strict')).toBe('');
  });

  it('lies open to plain git, one file a run', async () => {
    await open().append(aRun('1'));
    expect(git('ls-tree', '-r', '--name-only', branch)).toBe('v1/shop/2026-11/2026-11-21T10-00-00Z-a.json.gz');
    const packed = execFileSync('git', ['-C', url, 'show', `${branch}:v1/shop/2026-11/2026-11-21T10-00-00Z-a.json.gz`]);
    expect(execFileSync('gunzip', { input: packed, encoding: 'utf8' })).toContain('"schema":"tailgate.run/2"');
  });

  it('stores the same run once, however often it is appended', async () => {
    await open().append(aRun('1'));
    await open().append(aRun('1'));
    expect(git('rev-list', '--count', branch)).toBe('1');
  });

  it('loses nothing of two writers that write at once', async () => {
    await Promise.all(['1', '2', '3', '4'].map((id) => open().append(aRun(id))));
    expect(await ids()).toEqual(['1', '2', '3', '4']);
    expect(git('rev-list', '--count', '--merges', branch)).toBe('0');
    expect(git('rev-list', '--count', branch)).toBe('4');
  });

  it('names damaged, cut and future files and leaves them out', async () => {
    await open().append(aRun('1'));
    await commitByHand('v1/junk.json.gz', 'junk');
    await commitByHand('v1/cut.json.gz', gzipSync(encodeRunRecord(aRun('2'))).subarray(0, 60));
    await commitByHand('v1/future.json.gz', gzipSync(encodeRunRecord(aRun('3')).replace('run/2', 'run/9')));
    await commitByHand('README.md', 'not a run');
    const { records, warnings } = await open().list();
    expect(records.map((record) => record.id)).toEqual([aRun('1').id]);
    expect(warnings.map((warning) => /stored run (\S+)/.exec(warning)?.[1])).toEqual([
      'v1/cut.json.gz',
      'v1/future.json.gz',
      'v1/junk.json.gz',
    ]);
  });

  it('keeps red runs as quarantined, with their reason', async () => {
    await open().append({ ...aRun('1'), quarantined: { reason: '40 % slower' } });
    expect((await open().list()).records[0]?.quarantined).toEqual({ reason: '40 % slower' });
  });

  it('changes one stored run by a commit on the tip, and commits nothing where it stays as it is', async () => {
    for (const id of ['1', '2']) await open().append(aRun(id));
    const quarantine = () => open().revise?.(aRun('1').id, (run) => ({ ...run, quarantined: { reason: 'slow' } }));
    expect(await quarantine()).toBe('revised');
    expect((await open().list()).records.map(({ quarantined }) => quarantined?.reason)).toEqual(['slow', undefined]);
    expect(git('log', '-1', '--format=%s', branch)).toBe(`Revise run ${aRun('1').id}`);
    expect(await open().revise?.(aRun('1').id, (run) => run)).toBe('revised');
    expect(await open().revise?.('7', (run) => run)).toBe('not-there');
    expect(git('rev-list', '--count', branch)).toBe('3');
    expect(git('fsck', '--strict')).toBe('');
  });

  it('changes what another job left when both change a run at once', async () => {
    for (const id of ['1', '2']) await open().append(aRun(id));
    const add = (warning: string) =>
      open().revise?.(aRun('1').id, (run) => ({ ...run, warnings: [...run.warnings, warning] }));
    await Promise.all([add('a'), add('b'), add('c'), open().append(aRun('3'))]);
    const { records } = await open().list();
    expect(records[0]?.warnings.toSorted()).toEqual(['a', 'b', 'c']);
    expect(records).toHaveLength(3);
    expect(git('rev-list', '--count', '--merges', branch)).toBe('0');
  });

  it('says when a rule of the server protects the branch', async () => {
    const hook = '#!/bin/sh\necho "error: GH013: Repository rule violations found for refs/heads/x." >&2\nexit 1\n';
    await writeFile(join(url, 'hooks/pre-receive'), hook, { mode: 0o755 });
    await expect(open().append(aRun('1'))).rejects.toMatchObject({
      code: 'STORE_PROTECTED',
      message: expect.stringContaining(`protects the branch ${branch}`),
    });
  });

  it('says why when the repository can’t be read', async () => {
    const nowhere = openBaselineStore({ kind: 'branch', name: branch }, { remote: { url: join(directory, 'none') } });
    await expect(nowhere.list()).rejects.toMatchObject({
      code: 'STORE_UNREADABLE',
      message: expect.stringContaining(branch),
    });
  });

  it('removes what is chosen and forgets the history, and files nobody can read stay', async () => {
    for (const id of ['1', '2', '3']) await open().append(aRun(id));
    await commitByHand('v1/junk.json.gz', 'junk');
    const pruned = await open().prune?.((records) => records.filter(({ id }) => id.includes('-21T')));
    expect(pruned).toEqual({ removed: [aRun('1').id], kept: 2 });
    expect(await ids()).toEqual(['2', '3']);
    expect(git('rev-list', '--count', branch)).toBe('1');
    expect(git('ls-tree', '-r', '--name-only', branch)).toContain('v1/junk.json.gz');
    await open().append(aRun('4'));
    expect(await ids()).toEqual(['2', '3', '4']);
  });

  it('loses no run that is stored while another job prunes', async () => {
    for (const id of ['1', '2']) await open().append(aRun(id));
    let isFirst = true;
    await open().prune?.((records) => {
      if (isFirst) execFileSync('git', ['-C', url, 'update-ref', `refs/heads/${branch}`, rewritten()]);
      isFirst = false;
      return records.slice(0, 1);
    });
    expect(await ids()).toEqual(['2']);
    expect(git('log', '-1', '--format=%s', branch)).toContain('Keep 1 runs');
  });

  it('fetches once for however many questions, and anew after it has written', async () => {
    let fetches = 0;
    const store = branchStore({
      branch,
      remote: () => {
        fetches++;
        return Promise.resolve({ url });
      },
      writer: (remote) => gitPushBranch(remote, branch),
    });
    await store.list();
    await store.list();
    expect(fetches).toBe(1);
    await store.append(aRun('1'));
    expect((await store.list()).records).toHaveLength(1);
  });

  it('goes on from a server that fails for a while, and says so when it never ends', async () => {
    let nowMs = 0;
    const outcomes = ['unanswered', 'conflict', 'added'] as const;
    let tries = 0;
    const open = (endless: boolean) =>
      branchStore({
        branch,
        remote: () => Promise.resolve({ url }),
        writer: () => ({ tryAdd: async () => (endless ? 'unanswered' : (outcomes[tries++] ?? 'already-there')) }),
        waiting: {
          now: () => nowMs,
          random: () => 0.5,
          sleep: async (ms) => {
            nowMs += ms;
          },
        },
      });
    await open(false).append(aRun('1'));
    expect(tries).toBe(3);
    await expect(open(true).append(aRun('1'))).rejects.toMatchObject({
      message: expect.stringContaining('the server went on failing for two minutes'),
    });
  });

  it('gives up after two minutes of conflicts, saying so', async () => {
    let nowMs = 0;
    const waits: number[] = [];
    const store = branchStore({
      branch,
      remote: () => Promise.resolve({ url }),
      writer: () => ({ tryAdd: () => Promise.resolve('conflict') }),
      waiting: {
        now: () => nowMs,
        random: () => 0.5,
        sleep: (ms) => {
          waits.push(ms);
          nowMs += ms;
          return Promise.resolve();
        },
      },
    });
    await expect(store.append(aRun('1'))).rejects.toMatchObject({
      code: 'STORE_WRITE_FAILED',
      message: expect.stringContaining('two minutes'),
    });
    expect(waits.slice(0, 7)).toEqual([125, 250, 500, 1000, 2000, 4000, 8000]);
    expect(nowMs).toBeGreaterThan(110_000);
  });

  it('shows the whole old branch after a writer died before it moved the ref', async () => {
    await open().append(aRun('1'));
    const bare = gitPushBranch({ url }, branch);
    const blob = execFileSync('git', ['-C', url, 'hash-object', '-w', '--stdin'], { input: 'half', encoding: 'utf8' });
    expect(blob.trim()).toMatch(/^[0-9a-f]{40}$/);
    expect(await ids()).toEqual(['1']);
    expect(await bare.tryAdd({ path: 'v1/x', bytes: Buffer.from('x'), message: 'x' })).toBe('added');
    expect(git('fsck', '--strict', '--no-dangling')).toBe('');
  });
});

/** The branch's commit with another message: a tip that nobody has fetched. */
function rewritten(): string {
  const author = ['-c', 'user.name=someone', '-c', 'user.email=someone@example.org'];
  const tree = git('rev-parse', `${branch}^{tree}`);
  return execFileSync('git', ['-C', url, ...author, 'commit-tree', tree, '-p', branch, '-m', 'meanwhile'], {
    encoding: 'utf8',
  }).trim();
}
