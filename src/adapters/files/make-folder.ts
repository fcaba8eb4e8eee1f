import { constants } from 'node:fs';
import { access, mkdir, open, rm, rmdir, stat, statfs } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { isErrno } from '../../errors.ts';

/**
 * Makes the folder `path` and those above it. Step by step: Node's own `recursive` never ends where a file system answers
 * that the folder above is missing although it is there, as `/proc` does. Resolves to those that were made, the innermost
 * last. Throws the system's error.
 */
export async function makeFolder(path: string): Promise<readonly string[]> {
  const folder = resolve(path);
  const missing: string[] = [];
  for (let above = folder; !(await isFolder(above)); above = dirname(above)) missing.unshift(above);
  for (const one of missing) {
    await mkdir(one).catch((cause: unknown) => {
      // Somebody else made it meanwhile.
      if (!isErrno(cause, 'EEXIST')) throw cause;
    });
  }
  return missing;
}

/** Throws where something else than a folder has the name; the root is always one. */
async function isFolder(path: string): Promise<boolean> {
  const status = await stat(path).catch((cause: unknown) => {
    if (isErrno(cause, 'ENOENT')) return undefined;
    throw cause;
  });
  if (status === undefined) return false;
  if (!status.isDirectory()) throw new Error(`${path} is not a folder`);
  return true;
}

/** With less than this no report can be written. */
const minFreeBytes = 1_000_000;

/**
 * Why nothing could be written into the folder `path`; undefined where a file can be. Leaves nothing behind, not even the
 * folder. What fills or goes away later is found when it is written.
 */
export async function whyNotWritable(path: string): Promise<string | undefined> {
  const probe = join(path, `.tailgate-${process.pid}.tmp`);
  let made: readonly string[] = [];
  try {
    made = await makeFolder(path);
    await access(path, constants.W_OK | constants.X_OK);
    const file = await open(probe, 'wx');
    await file.close();
    const { bavail, bsize } = await statfs(path);
    if (bavail * bsize < minFreeBytes) return `no room is left on its disk (${bavail * bsize} bytes)`;
    return undefined;
  } catch (cause) {
    return (cause as Error).message;
  } finally {
    await rm(probe, { force: true }).catch(() => undefined);
    for (const folder of made.toReversed()) await rmdir(folder).catch(() => undefined);
  }
}
