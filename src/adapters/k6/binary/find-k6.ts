import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { GateError } from '../../../errors.ts';
import type { Log } from '../../../ports.ts';
import { type DownloadK6Options, downloadK6 } from './download-k6.ts';
import {
  cachedK6Path,
  executableName,
  findOnPath,
  installAtomically,
  isExecutableFile,
  k6Platform,
} from './k6-cache.ts';
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

export interface InstallK6Options extends DownloadK6Options {
  /** Where the executable ends up. */
  readonly target: string;
  /** The folder that holds `tools/`. */
  readonly packageRoot: string;
}

/**
 * Puts k6 `version` at `target`: the release if it can be had, else a build from source if Go is there. A release that
 * isn't what it should be (K6_CHECKSUM_MISMATCH) is never answered by a build: somebody should look at it.
 */
export async function installK6(options: InstallK6Options): Promise<'download' | 'build'> {
  const { version, environment, log } = options;
  try {
    await installAtomically(options.target, async (workDir) => checked(await downloadK6(options, workDir), options));
    return 'download';
  } catch (error) {
    if (!(error instanceof GateError && error.code === 'K6_DOWNLOAD_FAILED')) throw error;
    const goPath = await findOnPath('go', environment);
    if (goPath === undefined || !buildableK6Versions.includes(version)) throw withOtherWays(error, options);
    log.warn(error.message);
    await buildInstead(goPath, error, options);
    return 'build';
  }
}

async function buildInstead(goPath: string, downloadError: GateError, options: InstallK6Options): Promise<void> {
  try {
    await installAtomically(options.target, async (workDir) => {
      const outputPath = join(workDir, executableName('k6'));
      await buildK6({ ...options, goPath, outputPath });
      return checked(outputPath, options);
    });
  } catch (error) {
    if (!(error instanceof GateError && error.code === 'K6_BUILD_FAILED')) throw error;
    throw new GateError(error.code, `${downloadError.message} ${error.message}`, error.hint, error.cause);
  }
}

/** Tries the executable before it gets its final name, so that a cached k6 is one that ran here. */
async function checked(path: string, { version, environment }: InstallK6Options): Promise<string> {
  const answer = await askVersion(path, environment);
  if (answer.kind === 'k6' && answer.version.text === version) return path;
  const detail = answer.kind === 'k6' ? `it is k6 ${answer.version.text}` : answer.detail;
  throw new GateError(
    'K6_UNUSABLE',
    `The k6 ${version} that was fetched for ${k6Platform()} doesn't serve: ${detail}.`,
    'Look at what k6-mirror holds, or install k6 for this machine and give its path as k6-path.',
  );
}

function withOtherWays(error: GateError, { version }: InstallK6Options): GateError {
  const go = goVersionFor(version);
  const building =
    go === undefined
      ? `Without the release, only ${buildableK6Versions.join(' and ')} can be built from source here.`
      : `Or install Go ${go} or newer, with which it is built from source.`;
  return new GateError(error.code, error.message, `${error.hint} ${building}`, error.cause);
}

/** The Go modules in `tools/` that pin k6 and everything it needs by checksum. */
const toolModules: Readonly<
  Record<string, { readonly folder: string; readonly packagePath: string; readonly go: string }>
> = {
  '2.2.0': { folder: 'k6', packagePath: 'go.k6.io/k6/v2', go: '1.26' },
  '1.8.1': { folder: 'k6-v1', packagePath: 'go.k6.io/k6', go: '1.25' },
};

/** The versions that can be built where releases are out of reach. */
export const buildableK6Versions: readonly string[] = Object.keys(toolModules);

/** The Go release that building `version` needs, such as `1.26`. */
function goVersionFor(version: string): string | undefined {
  return toolModules[version]?.go;
}

export interface BuildK6Options {
  /** One of `buildableK6Versions`. */
  readonly version: string;
  /** The folder that holds `tools/`. It is only read, so it may be write-protected. */
  readonly packageRoot: string;
  /** Full path of the `go` command. */
  readonly goPath: string;
  /** Where the executable is written. */
  readonly outputPath: string;
  readonly environment: NodeJS.ProcessEnv;
  readonly log: Log;
  readonly signal?: AbortSignal | undefined;
  /** Time between two progress lines; default 15 s. */
  readonly progressEveryMs?: number | undefined;
}

/** Builds k6 from source with the pinned Go module, in a minute or two, telling how long it has been at it. */
export async function buildK6(options: BuildK6Options): Promise<void> {
  const { version, log } = options;
  const startedAt = performance.now();
  const elapsedSeconds = () => Math.round((performance.now() - startedAt) / 1000);
  log.info(`Building k6 ${version} from source, once; this takes a minute or two.`);
  const progress = setInterval(
    () => log.info(`Building k6 ${version} from source, once: ${elapsedSeconds()} s so far.`),
    options.progressEveryMs ?? 15_000,
  );
  try {
    await runGoBuild(options);
  } finally {
    clearInterval(progress);
  }
  log.info(`Built k6 ${version} in ${elapsedSeconds()} s.`);
}

async function runGoBuild(options: BuildK6Options): Promise<void> {
  const { version, goPath, outputPath } = options;
  const module = toolModules[version];
  if (module === undefined) throw new RangeError(`no Go module for k6 ${version}`);
  const child = spawn(
    goPath,
    // Stated in full because a user's GOFLAGS may say otherwise. -mod=readonly writes nothing beside go.mod;
    // -buildvcs=false: the folder may lie in somebody's repository, whose state isn't k6's.
    ['build', '-mod=readonly', '-trimpath', '-buildvcs=false', '-o', outputPath, module.packagePath],
    {
      cwd: join(options.packageRoot, 'tools', module.folder),
      env: { ...options.environment, CGO_ENABLED: '0', GOWORK: 'off' },
      stdio: ['ignore', 'ignore', 'pipe'],
      signal: options.signal,
      windowsHide: true,
    },
  );
  let messages = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    // The end matters: Go lists its downloads first and says last what stopped it.
    messages = (messages + text).slice(-4000);
  });
  const [exitCode, killedBy] = await once(child, 'close').catch((cause: unknown) => {
    options.signal?.throwIfAborted();
    throw buildFailed(version, (cause as Error).message, cause);
  });
  if (exitCode !== 0)
    throw buildFailed(version, lastLines(messages) || `go ended with ${killedBy ?? `exit code ${exitCode}`}`);
}

function lastLines(text: string): string {
  return text.trim().split('\n').slice(-3).join(' / ');
}

function buildFailed(version: string, detail: string, cause?: unknown): GateError {
  return new GateError(
    'K6_BUILD_FAILED',
    `k6 ${version} can't be built from source: ${detail}.`,
    `Building needs Go ${goVersionFor(version)} or newer and a reachable Go module proxy (GOPROXY). Or install k6 and put it on PATH, or give its path as k6-path.`,
    cause,
  );
}
