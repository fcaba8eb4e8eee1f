import { mkdir, readdir, symlink, writeFile } from 'node:fs/promises';
import { dirname, join, parse } from 'node:path';
import { mirrorName } from '../output/k6-log.ts';

/**
 * Makes a place for generated files from which every relative path leads where it leads from `real`: k6 takes the paths
 * of `fs.open()`, of `client.load()` and of extensions relative to the file that it is started with, which may be a
 * wrapper. The folders above `real` are made anew below `folder`, and all that lies in them is linked; nothing is
 * written to the real ones. `changed` are files, by their real paths, that read otherwise in the mirror.
 */
export async function mirrorFolder(options: {
  readonly real: string;
  readonly folder: string;
  readonly changed?: ReadonlyMap<string, string>;
}): Promise<string> {
  const { real, folder, changed = new Map<string, string>() } = options;
  const root = join(folder, mirrorName);
  const folders = new Set([real, ...[...changed.keys()].map(dirname)].flatMap(withAncestors));
  for (const path of [...folders].sort()) {
    const place = mirrored(root, path);
    await mkdir(place, { recursive: true });
    // What this user can't list is found by nobody through the mirror, and k6 says so.
    const names = await readdir(path).catch(() => []);
    const linked = names.map((name) => join(path, name)).filter((entry) => !folders.has(entry) && !changed.has(entry));
    await Promise.all(linked.map((entry) => symlink(entry, mirrored(root, entry)).catch(() => undefined)));
  }
  // `wx`: through a link that lies there already, the file behind it would be overwritten.
  await Promise.all([...changed].map(([path, text]) => writeFile(mirrored(root, path), text, { flag: 'wx' })));
  return mirrored(root, real);
}

function mirrored(root: string, path: string): string {
  return join(root, path.slice(parse(path).root.length));
}

function withAncestors(path: string): readonly string[] {
  const above = dirname(path);
  return above === path ? [path] : [path, ...withAncestors(above)];
}
