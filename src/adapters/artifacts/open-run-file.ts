import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { gunzipSync } from 'node:zlib';
import { maxRecordBytes, recordTooLong } from '../../core/run-record/record-size-limit.ts';
import { GateError, isErrno } from '../../errors.ts';

/**
 * The text of a file that a stranger may have put there; undefined when there is none. Only a regular file is read, no
 * link is followed, and neither the file nor what it unpacks to may be longer than a run record can be.
 */
export async function readStrangersFile(path: string, source: string): Promise<string | undefined> {
  let file: Awaited<ReturnType<typeof open>>;
  try {
    // A pipe would keep its reader waiting for ever.
    file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (cause) {
    if (isErrno(cause, 'ENOENT')) return undefined;
    throw unreadableFile(source, isErrno(cause, 'ELOOP') ? 'it is a symbolic link' : String(cause), cause);
  }
  try {
    const status = await file.stat();
    if (!status.isFile()) throw unreadableFile(source, "it isn't a regular file");
    if (status.size > maxRecordBytes) throw recordTooLong(source);
    return decodedText(await file.readFile(), source);
  } finally {
    await file.close();
  }
}

/** Text as it is, or gzip unpacked up to the limit. */
export function decodedText(bytes: Uint8Array, source: string): string {
  if (bytes.byteLength > maxRecordBytes) throw recordTooLong(source);
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return Buffer.from(bytes).toString('utf8');
  try {
    return gunzipSync(bytes, { maxOutputLength: maxRecordBytes }).toString('utf8');
  } catch (cause) {
    if (isErrno(cause, 'ERR_BUFFER_TOO_LARGE')) throw recordTooLong(source);
    throw unreadableFile(source, 'it is damaged gzip', cause);
  }
}

/** The error for a file that is there and can't be used; `source` names it to a reader. */
export function unreadableFile(source: string, why: string, cause?: unknown): GateError {
  return new GateError('INPUT_UNREADABLE', `${source} is not read: ${why}`, hint, cause);
}

const hint =
  'An artifact `tailgate-NAME` holds the files of one report folder as the Action wrote them, and nothing else.';
