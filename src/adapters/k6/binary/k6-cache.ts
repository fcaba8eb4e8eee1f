import { access, chmod, constants, mkdtemp, rename, rm, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';
import { GateError } from '../../../errors.ts';
import { makeFolder } from '../../files/make-folder.ts';

/** Where k6 is kept between runs: the runner's tool cache inside Actions, else the user's cache folder. */
export function toolCacheDir(environment: NodeJS.ProcessEnv): string {
  const runnerToolCache = environment['RUNNER_TOOL_CACHE'];
  if (runnerToolCache) return runnerToolCache;
  const userCache = environment['XDG_CACHE_HOME'] || environment['LOCALAPPDATA'];
  return join(userCache || join(environment['HOME'] || homedir(), '.cache'), 'tailgate');
}

/** k6's own names of this machine, as release files bear them: `linux-amd64`, `macos-arm64`. */
export function k6Platform(platform: NodeJS.Platform = process.platform, arch: string = process.arch): string {
  const os = platform === 'win32' ? 'windows' : platform === 'darwin' ? 'macos' : platform;
  return `${os}-${arch === 'x64' ? 'amd64' : arch}`;
}

/** Where this version of k6 lies in the cache, whether it is there yet or not; one path per platform. */
export function cachedK6Path(cacheDir: string, version: string): string {
  return join(cacheDir, 'k6', version, k6Platform(), executableName('k6'));
}

/** `k6`, and `k6.exe` on Windows. */
export function executableName(name: string): string {
  return process.platform === 'win32' ? `${name}.exe` : name;
}

/**
 * Puts into the cache at `target` what `produce` makes in an empty work folder. The file appears under its name only when
 * complete, by a rename in one file system: of two processes that install at once, both end with a whole k6.
 * Nothing is left behind when `produce` throws.
 */
export async function installAtomically(target: string, produce: (workDir: string) => Promise<string>): Promise<void> {
  const workDir = await createWorkDir(dirname(target));
  try {
    const made = await produce(workDir);
    await chmod(made, 0o755);
    await rename(made, target);
  } finally {
    await rm(workDir, { recursive: true, force: true });
  }
}

async function createWorkDir(parent: string): Promise<string> {
  try {
    await makeFolder(parent);
    return await mkdtemp(join(parent, '.installing-'));
  } catch (cause) {
    throw new GateError(
      'K6_NOT_FOUND',
      `No k6 was found, and a fetched one can't be kept in "${parent}": ${(cause as Error).message}.`,
      'Make that folder writable, set XDG_CACHE_HOME (in Actions: RUNNER_TOOL_CACHE) to one that is, or give an installed k6 as k6-path.',
      cause,
    );
  }
}

/** Whether `path` can be started; false for a folder, whose executable bit means something else. */
export async function isExecutableFile(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}

/** The first executable called `name` on the PATH of `environment`, as a shell would find it. */
export async function findOnPath(name: string, environment: NodeJS.ProcessEnv): Promise<string | undefined> {
  // Windows calls the variable `Path`, and a copy of `process.env` is no longer blind to case.
  const searchPath = environment['PATH'] ?? environment['Path'] ?? '';
  for (const folder of searchPath.split(delimiter)) {
    if (folder === '') continue;
    const candidate = resolve(join(folder, executableName(name)));
    if (await isExecutableFile(candidate)) return candidate;
  }
  return undefined;
}
