import { setTimeout as sleep } from 'node:timers/promises';
import { runPath } from '../../core/baseline/run-path.ts';
import { maxRecordBytes, recordTooLong } from '../../core/run-record/record-size-limit.ts';
import { byStart, type RunRecord } from '../../core/run-record/run-record.ts';
import { GateError } from '../../errors.ts';
import type { BaselineStore, BranchWriter, Pruned, RunChange } from '../../ports.ts';
import { type BranchCheckout, lastLine, unreadableBranch, withBranch } from './branch-checkout.ts';
import type { GitOptions, GitRemote } from './git-command.ts';
import { commitFile, mustGit, pushCommit } from './push-commit.ts';
import { leftOut, packRun, unpackRun } from './stored-run-file.ts';

export interface BranchStoreOptions {
  readonly branch: string;
  /** Read from by git, whoever writes. Asked for when it is first needed. */
  readonly remote: () => Promise<GitRemote>;
  readonly writer: (remote: GitRemote) => BranchWriter;
  readonly waiting?: TimeAndChance;
}

const realTimeAndChance: TimeAndChance = {
  now: () => performance.now(),
  random: Math.random,
  sleep: (ms) => sleep(ms),
};

/**
 * A baseline store on an orphan branch of a repository: one file per run, nothing shared between writers but the branch
 * itself. Writers that meet redo their commit from the new tip for up to two minutes.
 */
export function branchStore({
  branch,
  remote,
  writer,
  waiting = realTimeAndChance,
}: BranchStoreOptions): BaselineStore {
  /** One run of the gate asks several times (which k6, which window) and fetches once. */
  let listed: ReturnType<BaselineStore['list']> | undefined;
  return {
    label: `branch:${branch}`,
    list: () => {
      listed ??= readRuns(remote, branch).catch((error: unknown) => {
        listed = undefined;
        throw error;
      });
      return listed;
    },
    append: async (record) => {
      listed = undefined;
      const target = writer(await remote());
      const file = { path: runPath(record), bytes: packRun(record), message: `Add run ${record.id}` };
      const outcome = await redoOnConflict(() => target.tryAdd(file), waiting);
      if (outcome === 'conflict' || outcome === 'unanswered') {
        throw gaveUp(branch, `run ${record.id} could not be stored in`, outcome);
      }
    },
    revise: async (id, change) => {
      listed = undefined;
      const from = await remote();
      const outcome = await redoOnConflict(() => tryReviseBranchRun(from, branch, id, change), waiting);
      if (outcome === 'revised' || outcome === 'not-there') return outcome;
      throw gaveUp(branch, `run ${id} could not be changed in`, outcome);
    },
    prune: async (choose) => {
      listed = undefined;
      const from = await remote();
      let pruned: Pruned = { removed: [], kept: 0 };
      const outcome = await redoOnConflict(async () => {
        const result = await tryPruneBranch(from, branch, choose);
        if (typeof result === 'string') return result;
        pruned = result;
        return 'pruned';
      }, waiting);
      if (outcome !== 'pruned') throw gaveUp(branch, 'no run was removed from', outcome);
      return pruned;
    },
  };
}

async function readRuns(remote: BranchStoreOptions['remote'], branch: string): ReturnType<BaselineStore['list']> {
  const { runs, warnings } = await withBranch(await remote(), branch, readBranchRuns);
  return { records: runs.map(({ record }) => record).sort(byStart), warnings };
}

function gaveUp(branch: string, what: string, outcome: Redoable): GateError {
  const why = outcome === 'conflict' ? 'other jobs went on writing to it' : 'the server went on failing';
  return new GateError(
    'STORE_WRITE_FAILED',
    `${what} the branch ${branch}: ${why} for two minutes`,
    outcome === 'conflict'
      ? 'The verdict itself stands. Run the job again when fewer jobs write at once.'
      : 'The verdict itself stands. Run the job again when the server is well.',
  );
}

/**
 * One try to replace the branch by a single commit without the runs that `choose` names. Git pushes it, also to GitHub:
 * its API can force a ref but not compare it first, and a run stored in between would be lost. Files that can't be read
 * stay, since nobody knows what they are.
 */
function tryPruneBranch(
  remote: GitRemote,
  branch: string,
  choose: (records: readonly RunRecord[]) => readonly RunRecord[],
): Promise<Pruned | 'conflict' | 'unanswered'> {
  return withBranch(remote, branch, async (checkout) => {
    const { runs } = await readBranchRuns(checkout);
    const chosen = new Set(choose(runs.map(({ record }) => record)).map(({ id }) => id));
    const expired = runs.filter(({ record }) => chosen.has(record.id));
    const pruned = { removed: expired.map(({ record }) => record.id), kept: runs.length - expired.length };
    if (checkout.tip === undefined || !(await isWorthwhile(checkout.git, expired.length))) return pruned;
    await mustGit(checkout, ['read-tree', checkout.tip]);
    const lines = expired.map(({ path }) => `0 ${'0'.repeat(40)}\t${path}\0`).join('');
    await mustGit(checkout, ['update-index', '-z', '--index-info'], { input: lines });
    const tree = await mustGit(checkout, ['write-tree']);
    const message = `Keep ${pruned.kept} runs, remove ${expired.length}, and forget the history`;
    const commit = await mustGit(checkout, ['commit-tree', tree, '-m', message]);
    const outcome = await pushCommit(checkout, remote, branch, commit);
    return outcome === 'pushed' ? pruned : outcome;
  });
}

/** A shallow fetch knows whether the tip has parents: without any and with nothing to remove there is nothing to do. */
async function isWorthwhile(
  git: (args: readonly string[]) => Promise<{ readonly stdout: Buffer }>,
  expired: number,
): Promise<boolean> {
  if (expired > 0) return true;
  const { stdout } = await git(['cat-file', 'commit', 'FETCH_HEAD']);
  return /^parent /m.test(stdout.toString('utf8').split('\n\n')[0] ?? '');
}

/** Time and chance, so that tests have neither. */
export interface TimeAndChance {
  /** Milliseconds from any origin. */
  readonly now: () => number;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  readonly sleep: (ms: number) => Promise<void>;
}

export interface Backoff {
  /** No try begins later than this after the first one. */
  readonly budgetMs: number;
  /** Upper end of the first wait, unless a try takes longer than that; doubled with each conflict. */
  readonly firstMs: number;
  /** Upper end of every wait. */
  readonly longestMs: number;
}

/** Two minutes: a burst of twenty merges has written by then, and a job doesn't look hung. */
const storeBackoff: Backoff = { budgetMs: 120_000, firstMs: 250, longestMs: 16_000 };

/** What another try from the new tip may mend: somebody was first, or the server had trouble of its own. */
export type Redoable = 'conflict' | 'unanswered';

/**
 * Calls `attempt` until it isn't to be redone any more, waiting a random time before each further try: full jitter, which
 * spreads writers that met once so that they don't meet again. A wait shorter than a try would spread nobody, so where the
 * server is slow the waits are longer. Resolves to the last outcome when the budget is used up.
 *
 * Source: Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015.
 */
async function redoOnConflict<Outcome extends string>(
  attempt: () => Promise<Outcome | Redoable>,
  { now, random, sleep }: TimeAndChance,
  { budgetMs, firstMs, longestMs }: Backoff = storeBackoff,
): Promise<Outcome | Redoable> {
  const began = now();
  for (let conflicts = 0; ; conflicts++) {
    const triedAt = now();
    const outcome = await attempt();
    if (outcome !== 'conflict' && outcome !== 'unanswered') return outcome;
    const shortestMs = Math.max(firstMs, now() - triedAt);
    const waitMs = random() * Math.min(longestMs, shortestMs * 2 ** conflicts);
    if (now() - began + waitMs > budgetMs) return outcome;
    await sleep(waitMs);
  }
}

/**
 * One try to commit the run `id` as `change` makes it of the run on the branch's present tip. Git pushes it, also to
 * GitHub, as pruning does. `not-there`: no run of the branch has this id.
 */
function tryReviseBranchRun(
  remote: GitRemote,
  branch: string,
  id: string,
  change: RunChange,
): Promise<'revised' | 'not-there' | 'conflict' | 'unanswered'> {
  return withBranch(remote, branch, async (checkout) => {
    const { runs } = await readBranchRuns(checkout);
    const found = runs.find(({ record }) => record.id === id);
    if (found === undefined) return 'not-there';
    const record = change(found.record);
    if (record === found.record) return 'revised';
    const file = { path: found.path, bytes: packRun(record), message: `Revise run ${id}` };
    const outcome = await pushCommit(checkout, remote, branch, await commitFile(checkout, file));
    return outcome === 'pushed' ? 'revised' : outcome;
  });
}

export interface BranchRun {
  readonly path: string;
  readonly record: RunRecord;
}

interface Entry {
  readonly path: string;
  readonly sha: string;
  readonly size: number;
}

/** All runs of the branch; a file that is none is named in `warnings`. Throws `GateError` STORE_UNREADABLE when git fails. */
async function readBranchRuns(
  checkout: BranchCheckout,
): Promise<{ readonly runs: readonly BranchRun[]; readonly warnings: readonly string[] }> {
  const { tip } = checkout;
  if (tip === undefined) return { runs: [], warnings: [] };
  const runs: BranchRun[] = [];
  const warnings: string[] = [];
  const readable: Entry[] = [];
  for (const entry of await listFiles(checkout, tip)) {
    if (entry.size > maxRecordBytes) warnings.push(leftOut(entry.path, recordTooLong(entry.path)));
    else readable.push(entry);
  }
  const contents = await readBlobs(checkout, readable);
  for (const [i, { path }] of readable.entries()) {
    try {
      runs.push({ path, record: unpackRun(contents[i] ?? new Uint8Array(), path) });
    } catch (cause) {
      warnings.push(leftOut(path, cause));
    }
  }
  return { runs, warnings };
}

/** Regular files under `v1/` that are named like runs; a link or a submodule is none. */
async function listFiles(checkout: BranchCheckout, tip: string): Promise<Entry[]> {
  const stdout = await readGit(checkout, ['ls-tree', '-r', '-l', '-z', tip, '--', 'v1/']);
  return stdout
    .toString('utf8')
    .split('\0')
    .flatMap((line) => {
      const match = /^100(?:644|755) blob ([0-9a-f]+) +(\d+)\t(.+\.json\.gz)$/s.exec(line);
      return match === null ? [] : [{ sha: match[1] ?? '', size: Number(match[2]), path: match[3] ?? '' }];
    });
}

/** The contents of `entries` in their order, by one git process. */
async function readBlobs(checkout: BranchCheckout, entries: readonly Entry[]): Promise<Uint8Array[]> {
  if (entries.length === 0) return [];
  const input = entries.map(({ sha }) => `${sha}\n`).join('');
  const maxBytes = entries.reduce((sum, { size }) => sum + size + 100, 0);
  const stdout = await readGit(checkout, ['cat-file', '--batch'], { input, maxBytes });
  const contents: Uint8Array[] = [];
  let at = 0;
  for (const { size } of entries) {
    const start = stdout.indexOf(0x0a, at) + 1;
    contents.push(stdout.subarray(start, start + size));
    at = start + size + 1;
  }
  return contents;
}

/** A failed command must not look like a branch without runs. */
async function readGit({ git, branch }: BranchCheckout, args: string[], options?: GitOptions): Promise<Buffer> {
  const { code, stdout, stderr } = await git(args, options);
  if (code !== 0) throw unreadableBranch(branch, `git ${args[0]} failed: ${lastLine(stderr)}`);
  return stdout;
}
