import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { GateError } from '../../../errors.ts';
import type { Log } from '../../../ports.ts';
import { findOnPath, isExecutableFile } from './executable-file.ts';
import { installK6 } from './install-k6.ts';
import { cachedK6Path } from './k6-cache.ts';
import type { K6Binary } from './k6-command.ts';
import { askVersion, defaultK6Version, isSupported, type K6Version, parseK6Version } from './k6-version.ts';

/** A k6 that was started once and said its version. */
export interface FoundK6 extends K6Binary {
  readonly source: K6Source;
}

type K6Source = 'k6-path' | 'PATH' | 'tool-cache' | 'download' | 'build';

export interface FindK6Options {
  /** The user's own k6, perhaps with extensions: used whatever its version is, and nothing else is looked at. */
  readonly k6Path?: string | undefined;
  /** The exact version asked for. Without it, any supported k6 on PATH will do, else `defaultK6Version` is fetched. */
  readonly version?: string | undefined;
  /** Replaces `https://github.com/grafana/k6/releases/download`. */
  readonly mirror?: string | undefined;
  /** PATH, proxy and certificate variables are read from here; k6 and go are started with it. */
  readonly environment: NodeJS.ProcessEnv;
  /** Usually `toolCacheDir(environment)`. */
  readonly cacheDir: string;
  /** The folder that holds `tools/`, from which k6 is built where releases are out of reach. */
  readonly packageRoot: string;
  readonly log: Log;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Which k6 makes the load? In this order: `k6Path`, PATH, the tool cache, a release download with checksum, a build from
 * the pinned Go module. Throws `GateError` (K6_NOT_FOUND, K6_UNUSABLE, K6_DOWNLOAD_FAILED, K6_CHECKSUM_MISMATCH,
 * K6_BUILD_FAILED, CONFIG_INVALID) with what to change.
 */
export async function findK6(options: FindK6Options): Promise<FoundK6> {
  return (await locateK6(options)) ?? (await freshlyInstalled(wantedVersion(options), options));
}

/** The k6 that `findK6` would use without fetching anything; undefined when it would have to. Throws as `findK6` does. */
export async function locateK6(options: FindK6Options): Promise<FoundK6 | undefined> {
  const asked = options.version === undefined ? undefined : parseAskedVersion(options.version);
  if (options.k6Path !== undefined) return k6AtPath(options.k6Path, asked, options);
  return (await k6OnPath(asked, options)) ?? (await k6InCache(wantedVersion(options), options));
}

function wantedVersion({ version }: FindK6Options): K6Version {
  return parseAskedVersion(version ?? defaultK6Version);
}

function parseAskedVersion(text: string): K6Version {
  const version = parseK6Version(text);
  if (version === undefined) {
    throw new GateError(
      'CONFIG_INVALID',
      `k6-version: got "${text}", expected an exact version such as ${defaultK6Version}.`,
      'A range or "latest" would let a new k6 release change the measurements of an unchanged service.',
    );
  }
  if (!isSupported(version)) throw tooOld(version, `k6-version asks for ${version.text}`);
  return version;
}

async function k6AtPath(given: string, asked: K6Version | undefined, options: FindK6Options): Promise<FoundK6> {
  const path = resolve(given);
  const remedy = 'Give the path of a k6 executable as k6-path, or leave k6-path out to have k6 found or fetched.';
  const status = await stat(path).catch(() => undefined);
  if (status === undefined)
    throw new GateError('K6_NOT_FOUND', `k6-path: there is no file "${given}" (${path}).`, remedy);
  if (!status.isFile()) throw new GateError('K6_UNUSABLE', `k6-path: "${given}" is not a file.`, remedy);
  if (!(await isExecutableFile(path))) {
    throw new GateError('K6_UNUSABLE', `k6-path: "${given}" is not executable.`, `Run: chmod +x ${given}`);
  }
  const answer = await askVersion(path, options.environment);
  if (answer.kind === 'not-k6') {
    throw new GateError('K6_UNUSABLE', `k6-path: "${given}" doesn't behave like k6: ${answer.detail}.`, remedy);
  }
  if (!isSupported(answer.version)) throw tooOld(answer.version, `k6-path: "${given}" is k6 ${answer.version.text}`);
  if (asked !== undefined && asked.text !== answer.version.text) {
    options.log.warn(`k6-version asks for ${asked.text}, but k6-path is k6 ${answer.version.text}; k6-path is used.`);
  }
  return { path, version: answer.version.text, major: answer.version.major, source: 'k6-path' };
}

/** A k6 on PATH that doesn't serve is named and passed over, since the right one can be had. */
async function k6OnPath(asked: K6Version | undefined, options: FindK6Options): Promise<FoundK6 | undefined> {
  const { environment, log } = options;
  const path = await findOnPath('k6', environment);
  if (path === undefined) return undefined;
  const answer = await askVersion(path, environment);
  const wanted = asked?.text ?? defaultK6Version;
  if (answer.kind === 'not-k6') {
    log.warn(`"${path}" on PATH is not used: ${answer.detail}. Using k6 ${wanted}.`);
    return undefined;
  }
  const { text: version, major } = answer.version;
  if (!isSupported(answer.version)) {
    log.warn(`k6 ${version} on PATH ("${path}") is too old (1.8 or later is needed). Using k6 ${wanted}.`);
    return undefined;
  }
  if (asked !== undefined && asked.text !== version) {
    log.info(`k6 ${version} on PATH ("${path}") is not used, because k6-version asks for ${wanted}.`);
    return undefined;
  }
  log.info(`Using k6 ${version} from PATH ("${path}").`);
  return { path, version, major, source: 'PATH' };
}

async function k6InCache(wanted: K6Version, options: FindK6Options): Promise<FoundK6 | undefined> {
  const path = cachedK6Path(options.cacheDir, wanted.text);
  if (!(await isExecutableFile(path))) return undefined;
  const answer = await askVersion(path, options.environment);
  if (answer.kind === 'not-k6' || answer.version.text !== wanted.text) {
    const detail = answer.kind === 'not-k6' ? answer.detail : `it is k6 ${answer.version.text}`;
    options.log.warn(`The cached k6 "${path}" is damaged (${detail}) and is replaced.`);
    return undefined;
  }
  options.log.debug(`Using k6 ${wanted.text} from "${path}".`);
  return { path, version: wanted.text, major: wanted.major, source: 'tool-cache' };
}

async function freshlyInstalled(wanted: K6Version, options: FindK6Options): Promise<FoundK6> {
  const path = cachedK6Path(options.cacheDir, wanted.text);
  const source = await installK6({ ...options, version: wanted.text, target: path });
  return { path, version: wanted.text, major: wanted.major, source };
}

function tooOld(version: K6Version, what: string): GateError {
  return new GateError(
    'K6_UNUSABLE',
    `${what}, which is too old: 1.8 or later is needed.`,
    `Use k6 ${defaultK6Version}, the default, or another version from 1.8 on (${version.major < 1 ? 'the 0.x line is not supported' : '1.8.1 is the last tested 1.x'}).`,
  );
}
