import { type Entry, fromBufferPromise, type ZipFile } from 'yauzl';
import { legFiles, readLegFiles } from '../../core/joining/job-files.ts';
import type { MeasuredLeg } from '../../core/joining/measured-job.ts';
import { mostRecordBytes, recordTooLong } from '../../core/run-record/record-size-limit.ts';
import { GateError } from '../../errors.ts';
import { textOf, unreadable } from './open-run-file.ts';

/** Entries of one archive; a report folder has a dozen files. */
const mostEntries = 1000;

/**
 * A leg out of the zip archive that GitHub makes of an artifact. Only the known files at its top are unpacked, in memory;
 * one that unpacks to more than a run record can be, or to another size than it says, is refused.
 */
export async function readLegArchive(archive: Uint8Array, artifact: string): Promise<MeasuredLeg> {
  const source = `the archive of ${artifact}`;
  try {
    const zip = await fromBufferPromise(Buffer.from(archive), { lazyEntries: true });
    if (zip.entryCount > mostEntries)
      throw unreadable(source, `it holds ${zip.entryCount} files, more than ${mostEntries}`);
    const texts = new Map<string, string>();
    for await (const entry of zip.eachEntry()) {
      if (!legFiles.includes(entry.fileName)) continue;
      const name = `${entry.fileName} of ${artifact}`;
      if (texts.has(entry.fileName)) throw unreadable(name, 'it is there twice');
      texts.set(entry.fileName, textOf(await unpack(zip, entry, name), name));
    }
    return readLegFiles(artifact, texts);
  } catch (cause) {
    if (cause instanceof GateError) throw cause;
    throw unreadable(source, cause instanceof Error ? cause.message.slice(0, 200) : String(cause), cause);
  }
}

const linkMode = 0o120000;

async function unpack(zip: ZipFile, entry: Entry, name: string): Promise<Uint8Array> {
  // The upper half holds the mode of Unix files.
  if (((entry.externalFileAttributes >>> 16) & 0o170000) === linkMode) throw unreadable(name, 'it is a symbolic link');
  if (entry.uncompressedSize > mostRecordBytes) throw recordTooLong(name);
  const parts: Uint8Array[] = [];
  // yauzl ends the stream with an error where it is longer or shorter than the entry says.
  for await (const part of await zip.openReadStreamPromise(entry)) parts.push(part as Uint8Array);
  return Buffer.concat(parts);
}
