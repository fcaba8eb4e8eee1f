import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { text as textOf } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { importsOf } from './script-code.ts';

/** One file of the script, as text. */
export interface SourceFile {
  readonly path: string;
  readonly text: string;
}

const maxFiles = 500;
/** Where a file lies that is imported by this name; undefined for a module of k6 or of the network. */
function localPath(name: string, importer: string): string | undefined {
  if (/^\.{0,2}\//.test(name)) return resolve(dirname(importer), name);
  return name.startsWith('file://') && URL.canParse(name) ? fileURLToPath(name) : undefined;
}

/**
 * The script and every local file that it imports, in the order of discovery. A file that can't be read is left out:
 * k6 itself reports it better. An archive (`.tar`) yields the text files inside it.
 */
export async function readSources(script: string): Promise<readonly SourceFile[]> {
  if (script.endsWith('.tar')) return readArchivedSources(script);
  const found = new Map<string, SourceFile>();
  const waiting = [resolve(script)];
  while (waiting.length > 0 && found.size < maxFiles) {
    const path = waiting.shift();
    if (path === undefined || found.has(path)) continue;
    const text = await readFile(path, 'utf8').catch(() => undefined);
    if (text === undefined) continue;
    const source = { path, text };
    found.set(path, source);
    for (const name of importsOf(source)) {
      const imported = localPath(name, path);
      if (imported !== undefined) waiting.push(imported);
    }
  }
  return [...found.values()];
}

/** No script is as long; what is longer in an archive is data. */
const maxSourceBytes = 8 << 20;

/** The script itself is a hard link to `data`. What follows damage in the archive is left out. */
async function readArchivedSources(archive: string): Promise<readonly SourceFile[]> {
  // Loaded here because few scripts come in one.
  const { extract } = await import('tar-stream');
  const unpacked = extract();
  unpacked.end(await readFile(archive));
  const texts = new Map<string, string>();
  try {
    for await (const entry of unpacked) {
      const { name, type, linkname, size = 0 } = entry.header;
      const isSource = type === 'file' && size <= maxSourceBytes;
      const text = isSource ? await textOf(entry) : type === 'link' ? texts.get(linkname ?? '') : undefined;
      if (text !== undefined) texts.set(name, text);
      entry.resume();
    }
  } catch {
    // k6 reports it better.
  }
  return [...texts]
    .filter(([name]) => /\.[cm]?[jt]s$/.test(name))
    .map(([name, text]) => ({ path: resolve(archive, name), text }));
}
