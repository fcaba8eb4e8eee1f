import { randomUUID } from 'node:crypto';
import { mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { maxRecordBytes, recordTooLong } from '../../core/run-record/record-size-limit.ts';
import { byStart, type RunRecord } from '../../core/run-record/run-record.ts';
import { GateError, isErrno } from '../../errors.ts';
import type { BaselineStore, RunChange } from '../../ports.ts';
import { leftOut, packRun, unpackRun } from './stored-run-file.ts';

const extension = '.json.gz';

/**
 * A baseline store in a directory: one gzip file per run, named by the run's id. A write is atomic (temporary file,
 * then rename), so readers never see half a record and a writer that dies leaves none.
 */
export function localDirectoryStore(directory: string, label: string): BaselineStore {
  return {
    label,
    list: () => listRecords(directory),
    append: (record) => writeRecord(directory, `${fileNameOf(record.id)}${extension}`, record),
    revise: (id, change) => reviseRecord(directory, id, change),
  };
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

async function writeRecord(directory: string, name: string, record: RunRecord): Promise<void> {
  const target = join(directory, name);
  const temporary = `${target}.${process.pid}-${randomUUID()}.tmp`;
  try {
    await mkdir(directory, { recursive: true });
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
