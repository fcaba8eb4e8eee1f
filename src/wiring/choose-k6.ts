import { type FoundK6, findK6 } from '../adapters/k6/binary/find-k6.ts';
import { toolCacheDir } from '../adapters/k6/binary/k6-cache.ts';
import type { Config } from '../config/config.ts';
import { GateError } from '../errors.ts';
import type { BaselineStore, Log } from '../ports.ts';
import { packageRoot } from './package-root.ts';

/**
 * A given version or path wins. Otherwise the version of the stored runs, since another one would be part of the
 * difference; where it can't be had any more, whatever is found. Two sides of a duet share one k6 and need no stored runs.
 */
export async function chooseK6(
  config: Config,
  store: BaselineStore | undefined,
  log: Log,
  signal: AbortSignal,
): Promise<FoundK6> {
  const find = (version: string | undefined) =>
    findK6({
      k6Path: config.k6.path,
      version,
      mirror: config.k6.mirror,
      environment: process.env,
      cacheDir: toolCacheDir(process.env),
      packageRoot: packageRoot(),
      log,
      signal,
    });
  if (config.k6.version !== undefined || config.k6.path !== undefined) return find(config.k6.version);
  const storedVersion = store === undefined ? undefined : await newestK6Version(config.name, store);
  if (storedVersion === undefined) return find(undefined);
  try {
    return await find(storedVersion);
  } catch (error) {
    if (!(error instanceof GateError)) throw error;
    log.warn(`The stored runs were made with k6 ${storedVersion}. ${error.message} Another k6 is used.`);
    return find(undefined);
  }
}

async function newestK6Version(name: string, store: BaselineStore): Promise<string | undefined> {
  const { records } = await store.list();
  const newest = records.findLast(({ fingerprint, quarantined }) => fingerprint.hard.name === name && !quarantined);
  return newest?.fingerprint.soft.k6Version;
}
