import { GateError } from '../../errors.ts';

/**
 * Longest run record that is read, unpacked. One of 10 minutes and 200 endpoints takes a few MB; a small gzip file that
 * unpacks to more is a mistake or an attack.
 */
export const maxRecordBytes = 64 * 1024 * 1024;

/** The error for a run record beyond the limit; `source` is how messages call it. */
export function recordTooLong(source: string): GateError {
  return new GateError(
    'RECORD_INVALID',
    `${source} is longer than a run record can be: more than ${maxRecordBytes / 1024 / 1024} MB unpacked`,
    'Delete the file or record the run again.',
  );
}
