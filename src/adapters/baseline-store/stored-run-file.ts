import { gunzipSync, gzipSync } from 'node:zlib';
import { maxRecordBytes, recordTooLong } from '../../core/run-record/record-size-limit.ts';
import type { RunRecord } from '../../core/run-record/run-record.ts';
import { decodeRunRecord, encodeRunRecord } from '../../core/run-record/run-record-codec.ts';

/** A run as it is stored: one gzip file. */
export function packRun(record: RunRecord): Uint8Array {
  return gzipSync(encodeRunRecord(record));
}

/** The run in `bytes`; `name` is how messages call it. Throws for whatever isn't one. */
export function unpackRun(bytes: Uint8Array, name: string): RunRecord {
  let text: string;
  try {
    text = gunzipSync(bytes, { maxOutputLength: maxRecordBytes }).toString('utf8');
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ERR_BUFFER_TOO_LARGE') throw recordTooLong(name);
    throw cause;
  }
  return decodeRunRecord(text, name);
}

/** The warning about a file that is left out. */
export function leftOut(name: string, cause: unknown): string {
  return `stored run ${name} can't be read and is left out: ${cause instanceof Error ? cause.message : String(cause)}`;
}
