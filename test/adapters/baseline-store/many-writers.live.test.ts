import { execFileSync, spawn } from 'node:child_process';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { seededRandom } from '../../../src/core/stats/random.ts';
import { openStore } from '../../../src/wiring/open-store.ts';
import { aMeasuredRun } from '../../support/a-measured-run.ts';
import type { Fault, FaultPlan } from '../../support/forge/faults.ts';
import { Forge } from '../../support/forge/forge.ts';
import { recordedLog } from '../../support/recorded-log.ts';
import { runNode } from '../../support/spawn-and-wait.ts';

let forge: Forge;

beforeEach(async () => {
  forge = await Forge.start({ callsPerHour: 1_000_000 });
});
afterEach(() => forge.stop());

const branch = 'tailgate-baselines';
const program = join(import.meta.dirname, '../../support/append-runs.ts');

function environment(token = forge.token({ contents: 'write' })) {
  const { apiUrl: GITHUB_API_URL, serverUrl: GITHUB_SERVER_URL, repository: GITHUB_REPOSITORY } = forge;
  return { GITHUB_API_URL, GITHUB_SERVER_URL, GITHUB_REPOSITORY, TEST_TOKEN: token };
}

const git = (...args: string[]) =>
  execFileSync('git', ['-C', forge.state.git.directory, ...args], { encoding: 'utf8' }).trim();

function open(token: string) {
  const location = { baselineStore: { kind: 'branch', name: branch } } as const;
  return openStore(location, { environment: environment(), token, log: recordedLog() });
}

async function storedIds(): Promise<string[]> {
  const { records, warnings } = await open(forge.token({ contents: 'read' })).list();
  expect(warnings).toEqual([]);
  return records.map((record) => record.id).sort();
}

const idOf = (writer: number, run: number) => `2026-11-25T10:00:00Z-w${writer}-${run}`;

/** Every tenth call fails in one of the ways that a real API has. */
function everyTenth(random: { next(): number }): FaultPlan {
  const faults: Fault[] = [
    { kind: 'status', status: 502 },
    { kind: 'reset-before' },
    { kind: 'reset-after' },
    { kind: 'stale-refs', ms: 500 },
    { kind: 'status', status: 422, message: 'Update is not a fast forward' },
  ];
  return ({ method, path }) => {
    if (random.next() >= 0.1) return undefined;
    const fault = faults[Math.floor(random.next() * faults.length)];
    return fault?.kind === 'status' && fault.status === 422 && !(method === 'PATCH' && path.includes('/refs/'))
      ? { kind: 'status', status: 503 }
      : fault;
  };
}

async function write(writers: number, runs: number): Promise<void> {
  const all = Array.from({ length: writers }, (_, writer) =>
    runNode([program, String(writer), String(runs)], { env: environment() }),
  );
  for (const { code, stderr } of await Promise.all(all)) expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  await expectAll(writers, runs);
}

/** Every run of every writer is there once, in one line of commits. */
async function expectAll(writers: number, runs: number): Promise<void> {
  const expected = Array.from({ length: writers * runs }, (_, i) => idOf(Math.floor(i / runs), i % runs));
  expect(await storedIds()).toEqual(expected.sort());
  expect(git('rev-list', '--count', branch)).toBe(String(writers * runs));
  expect(git('rev-list', '--count', '--merges', branch)).toBe('0');
  expect(git('fsck', '--strict', '--no-dangling')).toBe('');
}

describe('the branch store on GitHub', () => {
  it.each([
    { writers: 2, runs: 2 },
    { writers: 5, runs: 1 },
  ])('loses nothing of $writers processes that store $runs runs each', async ({ writers, runs }) => {
    await write(writers, runs);
    expect(forge.problems).toEqual([]);
  });

  it('loses nothing of twenty stores that are written at once', async () => {
    const stores = Array.from({ length: 20 }, () => open(forge.token({ contents: 'write' })));
    await Promise.all(stores.map((store, i) => store.append(aMeasuredRun(undefined, { id: idOf(i, 0) }))));
    await expectAll(20, 1);
    expect(forge.problems).toEqual([]);
  });

  it('loses nothing where every tenth call fails', async () => {
    forge.faults.push(everyTenth(seededRandom('storm')));
    await write(3, 2);
    expect(forge.problems).toEqual([]);
  });

  it('stays valid when a writer is killed between its blob and the branch, and the next writer goes on', async () => {
    await write(1, 1);
    const before = git('rev-parse', branch);
    const { promise: killed, resolve: died } = Promise.withResolvers<void>();
    const { promise: reached, resolve: reach } = Promise.withResolvers<void>();
    let isHeld = false;
    forge.faults.push(({ method, path }) => {
      if (isHeld || method !== 'POST' || !path.endsWith('/git/trees')) return undefined;
      isHeld = true;
      reach();
      return { kind: 'held', until: killed };
    });
    const child = spawn(process.execPath, [program, '7', '1'], {
      env: { ...process.env, ...environment() },
      stdio: 'ignore',
    });
    const exit = new Promise((resolve) => child.on('exit', resolve));
    await reached;
    child.kill('SIGKILL');
    await exit;
    died();
    expect(git('rev-parse', branch)).toBe(before);
    expect(await storedIds()).toHaveLength(1);
    expect((await runNode([program, '8', '1'], { env: environment() })).code).toBe(0);
    expect(await storedIds()).toHaveLength(2);
    expect(git('fsck', '--strict', '--no-dangling')).toBe('');
  });

  it('reads with one fetch and no request of the API', async () => {
    await write(1, 2);
    forge.calls.length = 0;
    expect(await storedIds()).toHaveLength(2);
    expect(forge.calls).toEqual([]);
  });

  it('writes a run with at most eight requests where nobody is in the way', async () => {
    await write(1, 1);
    forge.calls.length = 0;
    expect((await runNode([program, '1', '1'], { env: environment() })).code).toBe(0);
    expect(forge.calls.length).toBeLessThanOrEqual(8);
  });
});
