import { execFile } from 'node:child_process';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import {
  executableName,
  findOnPath,
  installAtomically,
  isExecutableFile,
  k6Platform,
  toolCacheDir,
} from '../../src/adapters/k6/binary/k6-cache.ts';

export interface GoTool {
  /** Folder below `tools/` whose `go.mod` pins it, and its place in the user's cache. */
  readonly name: string;
  readonly version: string;
  /** Import path of its main package. */
  readonly package: string;
  /** Further arguments of `go build`. */
  readonly flags?: readonly string[];
}

const run = promisify(execFile);
const found = new Map<string, Promise<string>>();

/**
 * The path of a program that tests need and no package registry carries: built once from its pinned Go module (ten seconds
 * to two minutes, so ask in a hook), then kept in the user's cache.
 */
export function goTool(tool: GoTool): Promise<string> {
  const path = found.get(tool.name) ?? cachedOrBuilt(tool);
  found.set(tool.name, path);
  return path;
}

async function cachedOrBuilt(tool: GoTool): Promise<string> {
  const file = executableName(tool.name);
  const target = join(toolCacheDir(process.env), tool.name, tool.version, k6Platform(), file);
  if (await isExecutableFile(target)) return target;
  const goPath = await findOnPath('go', process.env);
  if (goPath === undefined) throw new Error(`${tool.name} is built with Go 1.25 or newer, and there is no go on PATH`);
  await installAtomically(target, async (workDir) => {
    const made = join(workDir, file);
    // As k6 is built: everything stated, because a user's GOFLAGS may say otherwise.
    const flags = ['-mod=readonly', '-trimpath', '-buildvcs=false', ...(tool.flags ?? [])];
    await run(goPath, ['build', ...flags, '-o', made, tool.package], {
      cwd: resolve(import.meta.dirname, '../../tools', tool.name),
      env: { ...process.env, CGO_ENABLED: '0', GOWORK: 'off' },
    });
    return made;
  });
  return target;
}
