import { realpath, stat } from 'node:fs/promises';
import { configError } from '../config/parse-config.ts';
import type { Problem } from '../config/problem.ts';
import { isErrno } from '../errors.ts';

/** Stands for standard input where a file is expected. */
const standardInput = '-';

/**
 * Throws `GateError` CONFIG_INVALID with every path of `files` (by the flag or argument that gave it) that names no file.
 * A path that was mistyped is wrong usage, whatever a file that is there turns out to hold; and it is known before
 * minutes were spent on reading the others.
 */
export async function requireFiles(files: Readonly<Record<string, readonly string[]>>): Promise<void> {
  const problems: Problem[] = [];
  for (const [where, paths] of Object.entries(files)) {
    for (const path of paths) {
      const expected = await whatIsMissing(path);
      if (expected !== undefined) problems.push({ where, got: JSON.stringify(path), expected });
    }
  }
  if (problems.length > 0) throw configError(problems);
}

/**
 * Throws `GateError` CONFIG_INVALID where `output` is one of the files that are read: what was measured would be gone.
 */
export async function refuseOverwriting(output: string | undefined, files: readonly string[]): Promise<void> {
  if (output === undefined || output === standardInput) return;
  const target = await realpath(output).catch(() => undefined);
  if (target === undefined) return;
  const sources = await Promise.all(files.map((path) => realpath(path).catch(() => undefined)));
  if (!sources.includes(target)) return;
  throw configError([
    { where: '--output', got: JSON.stringify(output), expected: 'another file than those that are read' },
  ]);
}

async function whatIsMissing(path: string): Promise<string | undefined> {
  if (path === standardInput) return undefined;
  try {
    return (await stat(path)).isDirectory() ? 'a file; it is a directory: give the files in it' : undefined;
  } catch (error) {
    // Anything else is told by whoever reads it.
    return isErrno(error, 'ENOENT') || isErrno(error, 'ENOTDIR') ? "a file; it doesn't exist" : undefined;
  }
}
