import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { GateError } from '../../../errors.ts';
import type { Log } from '../../../ports.ts';

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
export function goVersionFor(version: string): string | undefined {
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
