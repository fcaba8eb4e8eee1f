import { maxRecordBytes, recordTooLong } from '../../core/run-record/record-size-limit.ts';
import type { RunRecord } from '../../core/run-record/run-record.ts';
import { type BranchCheckout, lastLine, unreadable } from './branch-checkout.ts';
import type { GitOptions } from './git-command.ts';
import { leftOut, unpackRun } from './stored-run-file.ts';

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
export async function readBranchRuns(
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
  if (code !== 0) throw unreadable(branch, `git ${args[0]} failed: ${lastLine(stderr)}`);
  return stdout;
}
