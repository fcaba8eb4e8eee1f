import { execFileSync, spawn } from 'node:child_process';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { seededRandom } from '../../../src/core/stats/random.ts';
import { openStore } from '../../../src/wiring/open-store.ts';
import { aMeasuredRun } from '../../support/a-measured-run.ts';
import { Forge } from '../../support/forge/forge.ts';
import { recordedLog } from '../../support/recorded-log.ts';
import { runNode } from '../../support/spawn-and-wait.ts';
import { addressesOf, everyTenth, storm, stormIds } from '../../support/storm.ts';

let forge: Forge;

beforeEach(async () => {
  forge = await Forge.start({ callsPerHour: 1_000_000 });
});
afterEach(() => forge.stop());

const branch = 'tailgate-baselines';
const program = join(import.meta.dirname, '../../support/append-runs.ts');

const environment = () => ({ ...addressesOf(forge), TEST_TOKEN: forge.token({ contents: 'write' }) });

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

async function write(writers: number, runs: number): Promise<void> {
  const { ids, commits, merges, fsck, unwell, problems } = await storm(forge, writers, runs);
  expect(unwell).toEqual([]);
  expect(ids).toEqual(stormIds(writers, runs));
  expect({ commits, merges, fsck }).toEqual({ commits: writers * runs, merges: 0, fsck: '' });
  expect(problems).toEqual([]);
}

describe('the branch store on GitHub', () => {
  it.each([
    { writers: 2, runs: 2 },
    { writers: 5, runs: 1 },
  ])('loses nothing of $writers processes that store $runs runs each', async ({ writers, runs }) => {
    await write(writers, runs);
  });

  it('loses nothing of twelve stores that are written at once', async () => {
    const stores = Array.from({ length: 12 }, () => open(forge.token({ contents: 'write' })));
    await Promise.all(stores.map((store, i) => store.append(aMeasuredRun(undefined, { id: idOf(i, 0) }))));
    expect(await storedIds()).toEqual(stormIds(12, 1));
    expect(forge.problems).toEqual([]);
  });

  it('loses nothing where every tenth call fails', async () => {
    forge.faults.push(everyTenth(seededRandom('storm')));
    await write(4, 3);
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
