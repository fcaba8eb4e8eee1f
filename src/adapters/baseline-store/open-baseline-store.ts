import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { maxRecordBytes, recordTooLong } from '../../core/run-record/record-size-limit.ts';
import { byStart, type RunRecord } from '../../core/run-record/run-record.ts';
import { GateError, isErrno } from '../../errors.ts';
import type { BaselineStore, BranchWriter, Pruned, RunChange } from '../../ports.ts';
import { makeFolder, whyNotWritable } from '../files/make-folder.ts';
import { branchStore } from './branch-store.ts';
import { type GitRemote, runGit } from './git-command.ts';
import { gitPushBranch } from './push-commit.ts';
import { leftOut, packRun, unpackRun } from './stored-run-file.ts';

/** Where stored runs are kept; a new kind of store is a new member here and a row below. */
export type StoreLocation =
  | { readonly kind: 'directory'; readonly path: string }
  | { readonly kind: 'branch'; readonly name: string };

/** What a store may need to know of where it is opened. */
export interface StoreSurroundings {
  /** Repository of a branch store; the remote `origin` of the working directory unless given. */
  readonly remote?: GitRemote;
  /** Writes to a branch by other means than git. */
  readonly writer?: (branch: string) => BranchWriter;
}

type Opener<Location extends StoreLocation> = (location: Location, surroundings: StoreSurroundings) => BaselineStore;

const stores: { readonly [Kind in StoreLocation['kind']]: Opener<Extract<StoreLocation, { kind: Kind }>> } = {
  directory: ({ path }) => localDirectoryStore(resolve(path), `dir:${path}`),
  branch: ({ name }, { remote, writer }) =>
    branchStore({
      branch: name,
      remote: remote === undefined ? originOfWorkingDirectory : () => Promise.resolve(remote),
      writer: (to) => writer?.(name) ?? gitPushBranch(to, name),
    }),
};

/** The store at `location`; nothing is read or made yet. */
export function openBaselineStore(location: StoreLocation, surroundings: StoreSurroundings = {}): BaselineStore {
  const open = stores[location.kind] as Opener<StoreLocation>;
  return open(location, surroundings);
}

async function originOfWorkingDirectory(): Promise<GitRemote> {
  const { code, stdout, stderr } = await runGit(process.cwd(), ['remote', 'get-url', 'origin']).catch(
    (cause: Error) => ({
      code: 1,
      stdout: Buffer.alloc(0),
      stderr: cause.message,
    }),
  );
  const url = stdout.toString('utf8').trim();
  // Git will run elsewhere, where a path relative to here means nothing.
  if (code === 0) return { url: existsSync(resolve(url)) ? resolve(url) : url };
  throw new GateError(
    'STORE_UNREADABLE',
    `the stored runs are on a branch, but ${JSON.stringify(process.cwd())} has no remote "origin": ${stderr}`,
    'Run in a clone of the repository, or keep the runs in a directory with baseline-store: dir:PATH.',
  );
}

const extension = '.json.gz';

/**
 * A baseline store in a directory: one gzip file per run, named by the run's id. A write is atomic (temporary file,
 * then rename), so readers never see half a record and a writer that dies leaves none.
 */
export function localDirectoryStore(directory: string, label: string): BaselineStore {
  return {
    label,
    list: () => listRecords(directory),
    prepare: () => prepareFolder(directory, label),
    append: (record) => writeRecord(directory, `${fileNameOf(record.id)}${extension}`, record),
    revise: (id, change) => reviseRecord(directory, id, change),
    prune: (choose) => pruneRecords(directory, choose),
  };
}

async function prepareFolder(directory: string, label: string): Promise<void> {
  const why = await whyNotWritable(directory);
  if (why === undefined) return;
  throw new GateError(
    'STORE_WRITE_FAILED',
    `no run can be stored in ${label}: ${why}`,
    'baseline-store: dir:PATH must name a folder that this user may write into; nothing was measured.',
  );
}

async function listRecords(directory: string): ReturnType<BaselineStore['list']> {
  const records: RunRecord[] = [];
  const warnings: string[] = [];
  for (const name of await recordNames(directory)) {
    try {
      records.push(await readRecord(directory, name));
    } catch (cause) {
      warnings.push(leftOut(name, cause));
    }
  }
  return { records: records.sort(byStart), warnings };
}

async function readRecord(directory: string, name: string): Promise<RunRecord> {
  return unpackRun(await fileContent(join(directory, name), name), name);
}

/** Anything but a file (a pipe, a device) could keep its reader waiting for ever. */
async function fileContent(path: string, name: string): Promise<Uint8Array> {
  const found = await stat(path);
  if (!found.isFile()) throw new TypeError("it isn't a regular file");
  if (found.size > maxRecordBytes) throw recordTooLong(name);
  return readFile(path);
}

async function recordNames(directory: string): Promise<string[]> {
  try {
    return (await readdir(directory)).filter((name) => name.endsWith(extension)).sort();
  } catch (cause) {
    if (isErrno(cause, 'ENOENT')) return [];
    throw new GateError(
      'STORE_UNREADABLE',
      `the baseline store ${JSON.stringify(directory)} can't be read: ${(cause as Error).message}`,
      'baseline-store: dir:PATH must name a directory that this user may read.',
      cause,
    );
  }
}

/** Two at once may each begin with the run as it was; whole files replace one another, and the later one stays. */
async function reviseRecord(directory: string, id: string, change: RunChange): Promise<'revised' | 'not-there'> {
  for (const name of await recordNames(directory)) {
    const record = await readRecord(directory, name).catch(() => undefined);
    if (record?.id !== id) continue;
    const changed = change(record);
    if (changed !== record) await writeRecord(directory, name, changed);
    return 'revised';
  }
  return 'not-there';
}

/** Files that can't be read stay, since nobody knows what they are. */
async function pruneRecords(
  directory: string,
  choose: (records: readonly RunRecord[]) => readonly RunRecord[],
): Promise<Pruned> {
  const found = new Map<string, RunRecord>();
  for (const name of await recordNames(directory)) {
    const record = await readRecord(directory, name).catch(() => undefined);
    if (record !== undefined) found.set(name, record);
  }
  const expired = new Set(choose([...found.values()].sort(byStart)).map(({ id }) => id));
  const removed: string[] = [];
  for (const [name, { id }] of found) {
    if (!expired.has(id)) continue;
    await rm(join(directory, name), { force: true }).catch((cause: Error) => {
      throw new GateError(
        'STORE_WRITE_FAILED',
        `run ${id} could not be removed from ${JSON.stringify(directory)}: ${cause.message}`,
        'Check that this user may write there.',
        cause,
      );
    });
    removed.push(id);
  }
  return { removed, kept: found.size - removed.length };
}

async function writeRecord(directory: string, name: string, record: RunRecord): Promise<void> {
  const target = join(directory, name);
  const temporary = `${target}.${process.pid}-${randomUUID()}.tmp`;
  try {
    await makeFolder(directory);
    await writeDurably(temporary, packRun(record));
    await rename(temporary, target);
  } catch (cause) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw new GateError(
      'STORE_WRITE_FAILED',
      `run ${record.id} could not be stored in ${JSON.stringify(directory)}: ${(cause as Error).message}`,
      'Check that the disk has room and that this user may write there; the verdict itself stands.',
      cause,
    );
  }
}

/** The data is on the disk before the rename makes it visible. */
async function writeDurably(path: string, bytes: Uint8Array): Promise<void> {
  const file = await open(path, 'w');
  try {
    await file.writeFile(bytes);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Record ids hold `:` (ISO times), which some file systems refuse. */
function fileNameOf(id: string): string {
  return id.replaceAll(/[^A-Za-z0-9._-]/g, '-').slice(0, 150);
}
