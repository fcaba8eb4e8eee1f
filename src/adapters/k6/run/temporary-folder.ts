import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GateError } from '../../../errors.ts';
import { cleanUpIfKilled } from './clean-up-if-killed.ts';

/**
 * Does `work` with a folder of its own, which is gone afterwards, however this process ends. Throws `GateError`
 * OUTPUT_WRITE_FAILED when the place for temporary files can't be written or is full, there or anywhere in `work`.
 */
export async function withTemporaryFolder<T>(prefix: string, work: (folder: string) => Promise<T>): Promise<T> {
  try {
    const folder = await mkdtemp(join(tmpdir(), prefix));
    const will = cleanUpIfKilled('remove-folder', folder);
    try {
      return await work(folder);
    } finally {
      await rm(folder, { recursive: true, force: true }).catch(() => undefined);
      will.revoke();
    }
  } catch (error) {
    throw isOfTemporaryFiles(error) ? unwritable(error) : error;
  }
}

/** A full disk is reported for an open file, without its path. */
function isOfTemporaryFiles(error: unknown): error is NodeJS.ErrnoException {
  if (!(error instanceof Error) || error instanceof GateError || !('syscall' in error)) return false;
  const { code, path } = error as NodeJS.ErrnoException;
  return code === 'ENOSPC' || code === 'EDQUOT' || path?.startsWith(tmpdir()) === true;
}

function unwritable(cause: NodeJS.ErrnoException): GateError {
  const place = JSON.stringify(tmpdir());
  return new GateError(
    'OUTPUT_WRITE_FAILED',
    `temporary files can't be written in ${place}: ${cause.message}`,
    'Make room there, or set TMPDIR to an existing folder that this user may write to.',
    cause,
  );
}
