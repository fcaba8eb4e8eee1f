import { join } from 'node:path';
import { GateError } from '../../../errors.ts';
import { buildableK6Versions, buildK6, goVersionFor } from './build-k6.ts';
import { type DownloadK6Options, downloadK6 } from './download-k6.ts';
import { findOnPath } from './executable-file.ts';
import { executableName, installAtomically, k6Platform } from './k6-cache.ts';
import { askVersion } from './k6-version.ts';

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
