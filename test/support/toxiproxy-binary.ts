import { execFile } from 'node:child_process';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { findOnPath, isExecutableFile } from '../../src/adapters/k6/executable-file.ts';
import { executableName, installAtomically, k6Platform, toolCacheDir } from '../../src/adapters/k6/k6-cache.ts';

/** The version that `tools/toxiproxy` pins. */
export const toxiproxyVersion = '2.12.0';

const module = 'github.com/Shopify/toxiproxy/v2';
const toolFolder = resolve(import.meta.dirname, '../../tools/toxiproxy');
const run = promisify(execFile);
let found: Promise<string> | undefined;

/** The path of a toxiproxy server: built once from the pinned Go module (ten seconds to two minutes, so ask in a hook), then kept in the user's cache. */
export function toxiproxyBinary(): Promise<string> {
  found ??= cachedOrBuilt();
  return found;
}

async function cachedOrBuilt(): Promise<string> {
  const target = join(
    toolCacheDir(process.env),
    'toxiproxy',
    toxiproxyVersion,
    k6Platform(),
    executableName('toxiproxy-server'),
  );
  if (await isExecutableFile(target)) return target;
  const goPath = await findOnPath('go', process.env);
  if (goPath === undefined) throw new Error('toxiproxy is built with Go 1.25 or newer, and there is no go on PATH');
  await installAtomically(target, async (workDir) => {
    const made = join(workDir, executableName('toxiproxy-server'));
    await buildAt(made, goPath);
    return made;
  });
  return target;
}

async function buildAt(outputPath: string, goPath: string): Promise<void> {
  // As k6 is built: everything stated, because a user's GOFLAGS may say otherwise. Without the version it calls itself "git".
  const flags = ['-mod=readonly', '-trimpath', '-buildvcs=false', `-ldflags=-X ${module}.Version=${toxiproxyVersion}`];
  await run(goPath, ['build', ...flags, '-o', outputPath, `${module}/cmd/server`], {
    cwd: toolFolder,
    env: { ...process.env, CGO_ENABLED: '0', GOWORK: 'off' },
  });
}
