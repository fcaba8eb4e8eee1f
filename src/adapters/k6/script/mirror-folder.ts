import { mkdir, readdir, symlink, writeFile } from 'node:fs/promises';
import { basename, dirname, join, parse } from 'node:path';
import { pathToFileURL } from 'node:url';
import { mirrorName } from '../output/k6-log.ts';
import { withOtherModules } from './script-code.ts';
import type { SourceFile } from './script-sources.ts';

/** Beside links to the user's files, so it must be the name of none. */
const wrapperName = 'tailgate-wrapper.js';

/**
 * Writes a wrapper of a script to a place from which every relative path leads where it leads from the script: k6 takes
 * the paths of `fs.open()`, of `client.load()` and of extensions relative to the file that it is started with. The folders
 * above the script are made anew below `folder`, and all that lies in them is linked; nothing is written to the real ones.
 *
 * `modules` are files in `folder` that the script has to import in place of modules of k6. Resolves to the wrapper's path.
 */
export async function writeWrapper(options: {
  readonly script: string;
  readonly sources: readonly SourceFile[];
  readonly modules: Readonly<Record<string, string>>;
  readonly folder: string;
  /** The wrapper's text, given the path under which it has to load the script. */
  readonly text: (script: string) => string;
}): Promise<string> {
  const { script, folder, text } = options;
  const changed = importingOthers(options);
  const place = await mirrorFolder(dirname(script), join(folder, mirrorName), changed);
  const wrapper = join(place, wrapperName);
  // `wx`: through a link that lies there already, the file behind it would be overwritten.
  await writeFile(wrapper, text(changed.size === 0 ? script : join(place, basename(script))), { flag: 'wx' });
  return wrapper;
}

/** The files, by their real paths, that import one of `modules`, with the generated one in its place. */
function importingOthers({
  sources,
  modules,
  folder,
}: Pick<Parameters<typeof writeWrapper>[0], 'sources' | 'modules' | 'folder'>): ReadonlyMap<string, string> {
  const urls = Object.entries(modules).map(([module, file]) => [module, pathToFileURL(join(folder, file)).href]);
  const texts = sources.map((source) => [source, withOtherModules(source, Object.fromEntries(urls))] as const);
  return new Map(texts.flatMap(([{ path, text }, other]) => (other === text ? [] : [[path, other]])));
}

/** `changed` are files that read otherwise in the mirror. Resolves to what stands there for `real`. */
async function mirrorFolder(real: string, root: string, changed: ReadonlyMap<string, string>): Promise<string> {
  const folders = new Set([real, ...[...changed.keys()].map((path) => dirname(path))].flatMap(withAncestors));
  for (const path of [...folders].sort()) {
    const place = mirrored(root, path);
    await mkdir(place, { recursive: true });
    // What this user can't list is found by nobody through the mirror, and k6 says so.
    const names = await readdir(path).catch(() => []);
    const linked = names.map((name) => join(path, name)).filter((entry) => !folders.has(entry) && !changed.has(entry));
    await Promise.all(linked.map((entry) => symlink(entry, mirrored(root, entry)).catch(() => undefined)));
  }
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
