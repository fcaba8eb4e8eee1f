import { readFile, writeFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { buffer } from 'node:stream/consumers';
import * as v from 'valibot';

interface ArchiveWrapping {
  readonly archive: string;
  /** Where the new archive is written. */
  readonly to: string;
  /** Modules that stand beside the script, by name. */
  readonly modules: Readonly<Record<string, string>>;
  /** The text of the wrapper, given the path of the script and how to name a module that stands beside it. */
  readonly text: (script: string, pathOf: (module: string) => string) => string;
  /** In place of the scenarios that the archive has. */
  readonly scenarios?: Readonly<Record<string, object>>;
}

const metadataSchema = v.looseObject({
  filename: v.pipe(v.string(), v.startsWith('file:///')),
  options: v.optional(v.looseObject({})),
});

/** Beside the script in the archive, so it must be the name of none. */
const wrapperName = 'tailgate-wrapper.js';

/**
 * Packs an archive of k6's anew with a wrapper in place of its script, which becomes a file among the others. Resolves to
 * false, and writes nothing, where the archive is none that can be read.
 *
 * Source: k6 2.2.0, lib/archive.go: `metadata.json`, `data` (the script), files below `file/`.
 */
export async function wrapArchive({ archive, to, modules, text, scenarios }: ArchiveWrapping): Promise<boolean> {
  const { extract, pack } = await import('tar-stream');
  const entries = new Map<string, Buffer>();
  const unpacked = extract();
  unpacked.end(await readFile(archive));
  try {
    for await (const entry of unpacked) {
      const { name, type, linkname } = entry.header;
      if (type === 'file') entries.set(name, await buffer(entry));
      else if (type === 'link') entries.set(name, entries.get(linkname ?? '') ?? Buffer.of());
      entry.resume();
    }
  } catch {
    return false;
  }
  const script = entries.get('data');
  const metadata = v.safeParse(metadataSchema, parsed(entries.get('metadata.json')));
  if (script === undefined || !metadata.success) return false;
  const { filename } = metadata.output;
  const path = filename.replace('file://', '');
  const folder = path.slice(0, -basename(path).length);
  const wrapper = `${folder}${wrapperName}`;
  const wrapped = text(path, (module) => `${folder}${module}`);
  entries.set('data', Buffer.from(wrapped));
  entries.set(`file${path}`, script);
  entries.set(`file${wrapper}`, Buffer.from(wrapped));
  for (const [name, content] of Object.entries(modules)) entries.set(`file${folder}${name}`, Buffer.from(content));
  const options = scenarios === undefined ? metadata.output.options : withScenarios(metadata.output.options, scenarios);
  const changed = { ...metadata.output, filename: `file://${wrapper}`, ...(options && { options }) };
  entries.set('metadata.json', Buffer.from(JSON.stringify(changed, undefined, 2)));
  const packed = pack();
  for (const [name, content] of entries) packed.entry({ name }, content);
  packed.finalize();
  await writeFile(to, await buffer(packed));
  return true;
}

/** k6 refuses scenarios beside settings that make one. */
function withScenarios(options: object | undefined, scenarios: object): object {
  const { vus: _, duration: __, iterations: ___, stages: ____, ...rest } = { ...options } as Record<string, unknown>;
  return { ...rest, scenarios };
}

function parsed(text: Buffer | undefined): unknown {
  try {
    return JSON.parse(text?.toString() ?? '');
  } catch {
    return undefined;
  }
}
