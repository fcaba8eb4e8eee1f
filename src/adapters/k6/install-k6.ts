import { join } from 'node:path';
import { GateError } from '../../errors.ts';
import type { Log } from '../../ports.ts';
import { buildableK6Versions, buildK6 } from './build-k6.ts';
import { findOnPath } from './executable-file.ts';
import { executableName, installAtomically } from './k6-cache.ts';
import type { K6Version } from './k6-version.ts';

export interface InstallK6Options {
  readonly version: K6Version;
  /** Where the executable ends up. */
  readonly target: string;
  readonly mirror?: string | undefined;
  readonly environment: NodeJS.ProcessEnv;
  readonly packageRoot: string;
  readonly log: Log;
  readonly signal?: AbortSignal | undefined;
}

export async function installK6(options: InstallK6Options): Promise<'download' | 'build'> {
  const { version, environment } = options;
  const goPath = await findOnPath('go', environment);
  if (goPath === undefined || !buildableK6Versions.includes(version.text)) {
    throw new GateError('K6_NOT_FOUND', `k6 ${version.text} was not found.`, 'Install k6 or give k6-path.');
  }
  await installAtomically(options.target, async (workDir) => {
    const outputPath = join(workDir, executableName('k6'));
    await buildK6({ ...options, version: version.text, goPath, outputPath });
    return outputPath;
  });
  return 'build';
}
