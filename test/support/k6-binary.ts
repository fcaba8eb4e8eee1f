import { resolve } from 'node:path';
import { findK6 } from '../../src/adapters/k6/binary/find-k6.ts';
import { toolCacheDir } from '../../src/adapters/k6/binary/k6-cache.ts';

const packageRoot = resolve(import.meta.dirname, '../..');
const progress = (message: string) => void process.stderr.write(`${message}\n`);
const found = new Map<string, Promise<string>>();

/**
 * The path of a real k6 for live tests, found or fetched the way the gate itself does and kept in the user's cache: the
 * first call on a bare machine takes as long as a download or a build from source (a minute or two).
 */
export function k6Binary(version: '2.2.0' | '1.8.1' = '2.2.0'): Promise<string> {
  const path =
    found.get(version) ??
    findK6({
      version,
      environment: process.env,
      cacheDir: toolCacheDir(process.env),
      packageRoot,
      log: { info: progress, warn: progress, debug: () => {} },
    }).then((k6) => k6.path);
  found.set(version, path);
  return path;
}
