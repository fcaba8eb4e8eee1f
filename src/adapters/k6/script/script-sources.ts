import { readFile } from 'node:fs/promises';
import { dirname, relative, resolve } from 'node:path';
import { text as textOf } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

/** One file of the script, as text. */
export interface SourceFile {
  readonly path: string;
  readonly text: string;
}

export interface SourceLine {
  /** Path as shown to people, with the line number: `load/api.js:12`. */
  readonly place: string;
  readonly text: string;
}

const maxFiles = 500;
const importPattern =
  /(?:\bfrom\s*|\bimport\s*\(?\s*|\brequire\s*\(\s*)(['"`])((?:\.{1,2}\/|\/|file:\/\/)[^'"`\n]+)\1/g;

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
    found.set(path, { path, text });
    for (const match of text.matchAll(importPattern)) {
      const specifier = match[2] ?? '';
      waiting.push(specifier.startsWith('file://') ? fileURLToPath(specifier) : resolve(dirname(path), specifier));
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

/** Lines in which the script reads one of `names` from `__ENV`: by dot, by brackets, or by taking `__ENV` apart. */
export function findEnvironmentReads(
  sources: readonly SourceFile[],
  names: readonly string[],
  directory: string,
): readonly (SourceLine & { readonly name: string })[] {
  const wanted = new Set(names);
  const reads: (SourceLine & { readonly name: string })[] = [];
  for (const { path, text } of sources) {
    const code = blankComments(text);
    for (const { name, index } of environmentReads(code)) {
      if (wanted.has(name)) reads.push({ name, ...lineAt(path, text, index, directory) });
    }
  }
  return reads;
}

/** Every name that the script reads from `__ENV`, sorted. */
export function environmentNames(sources: readonly SourceFile[]): readonly string[] {
  const names = sources.flatMap(({ text }) => [...environmentReads(blankComments(text))].map(({ name }) => name));
  return [...new Set(names)].sort();
}

function* environmentReads(code: string): Iterable<{ readonly name: string; readonly index: number }> {
  const aliases = [...code.matchAll(/\b(?:const|let|var)\s+([A-Za-z_$][\w$]*)\s*=\s*__ENV\s*(?=[;,\n]|$)/g)];
  const environment = ['__ENV', ...aliases.map((match) => (match[1] ?? '').replaceAll('$', '\\$'))].join('|');
  const byDot = new RegExp(`(?<![\\w$.])(?:globalThis\\.)?(?:${environment})\\s*\\??\\.\\s*([A-Za-z_$][\\w$]*)`, 'g');
  const byBracket = new RegExp(
    `(?<![\\w$.])(?:${environment})\\s*(?:\\?\\.)?\\[\\s*(['"\`])([^'"\`\\n]+)\\1\\s*\\]`,
    'g',
  );
  const byPattern = new RegExp(`\\{([^{}]*)\\}\\s*=\\s*(?:${environment})\\b`, 'g');
  for (const match of code.matchAll(byDot)) yield { name: match[1] ?? '', index: match.index };
  for (const match of code.matchAll(byBracket)) yield { name: match[2] ?? '', index: match.index };
  for (const match of code.matchAll(byPattern)) {
    for (const part of (match[1] ?? '').split(',')) {
      const name = part
        .split(/[:=]/)[0]
        ?.trim()
        .replace(/^['"]|['"]$/g, '');
      if (name !== undefined && name !== '') yield { name, index: match.index };
    }
  }
}

/** The first line of code that holds `text`, such as a host name. */
export function findLine(sources: readonly SourceFile[], text: string, directory: string): SourceLine | undefined {
  for (const source of sources) {
    const index = blankComments(source.text).indexOf(text);
    if (index >= 0) return lineAt(source.path, source.text, index, directory);
  }
  return undefined;
}

function lineAt(path: string, text: string, index: number, directory: string): SourceLine {
  const before = text.slice(0, index);
  const start = before.lastIndexOf('\n') + 1;
  const end = text.indexOf('\n', index);
  const shown = relative(directory, path);
  return {
    place: `${shown.startsWith('..') ? path : shown}:${before.split('\n').length}`,
    text: text
      .slice(start, end < 0 ? undefined : end)
      .trim()
      .slice(0, 160),
  };
}

/** Comments replaced by blanks of the same length, so that places stay right; `//` inside a string is no comment. */
export function blankComments(text: string): string {
  const pattern = /'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\])*`|\/\/[^\n]*|\/\*[\s\S]*?\*\//g;
  return text.replace(pattern, (match) => (match.startsWith('/') ? match.replace(/[^\n]/g, ' ') : match));
}
