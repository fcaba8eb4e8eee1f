import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

const sourceRoot = resolve(import.meta.dirname, '../src');
const architecture = readFileSync(resolve(import.meta.dirname, '../ARCHITECTURE.md'), 'utf8');
const allowed = readTable(architecture);
/** Free for all but what knows nothing of Tailgate. */
const free: ReadonlySet<string> = new Set(['errors', 'defined', 'printed-command', 'version']);
const selfContained: ReadonlySet<string> = new Set(['core/sketch', 'core/stats']);
const edges = sourceFiles(sourceRoot)
  .flatMap(edgesOf)
  .filter(({ from, to }) => !free.has(to) || selfContained.has(from));

describe('the import table in ARCHITECTURE.md', () => {
  it('names every folder and file of src that imports something', () => {
    expect(
      [...new Set(edges.filter(({ from, to }) => from !== to).map(({ from }) => from))].filter(
        (unit) => !allowed.has(unit),
      ),
    ).toEqual([]);
  });

  it('allows every import that the sources make', () => {
    const forbidden = edges.filter(({ from, to }) => from !== to && !permissions(from).some((one) => covers(one, to)));
    expect(forbidden.map((edge) => `${edge.file} imports ${edge.to}`)).toEqual([]);
  });

  it('lists no permission that nobody uses', () => {
    const unused = [...allowed].flatMap(([from, targets]) =>
      [...targets]
        .filter((target) => !edges.some((edge) => edge.from === from && covers(target, edge.to)))
        .map((to) => `${from} -> ${to}`),
    );
    expect(unused).toEqual([]);
  });

  it('stands below a layout that draws every folder of src, and no other', () => {
    const folders = new Set(edges.map(({ folder }) => folder).filter((folder) => !folder.endsWith('.ts')));
    expect([...drawnFolders(architecture)].filter((folder) => existsSync(join(sourceRoot, folder)))).toEqual([
      ...drawnFolders(architecture),
    ]);
    expect([...folders].filter((folder) => !drawnFolders(architecture).has(folder))).toEqual([]);
  });

  it('keeps core free of files, processes, clocks and randomness', () => {
    const impure = sourceFiles(join(sourceRoot, 'core')).filter((file) =>
      /from 'node:|Math\.random|Date\.now|new Date\(\)|process\.|console\./.test(
        withoutComments(readFileSync(file, 'utf8')),
      ),
    );
    expect(impure.map((file) => relative(sourceRoot, file))).toEqual([]);
  });

  it('keeps every source file within 500 lines', () => {
    const long = sourceFiles(sourceRoot).filter((file) => readFileSync(file, 'utf8').split('\n').length > 501);
    expect(long.map((file) => relative(sourceRoot, file))).toEqual([]);
  });

  it('has a doc comment on every exported function and class of src', () => {
    const undocumented = sourceFiles(sourceRoot).flatMap((file) => {
      const lines = readFileSync(file, 'utf8').split('\n');
      return lines.flatMap((line, i) => {
        const name = /^export (?:async )?(?:abstract )?(?:function\*? ?|class )(\w+)/.exec(line)?.[1];
        const isBare = name !== undefined && !lines[i - 1]?.trimEnd().endsWith('*/');
        return isBare ? [`${relative(sourceRoot, file)}: ${name}`] : [];
      });
    });
    expect(undocumented).toEqual([]);
  });

  it('has no folders that import one another, directly or by others', () => {
    const folders = new Map<string, Set<string>>();
    for (const { folder, target } of edges) {
      if (folder !== target) folders.set(folder, (folders.get(folder) ?? new Set()).add(target));
    }
    const reaches = (from: string, to: string, seen = new Set<string>()): boolean =>
      [...(folders.get(from) ?? [])].some(
        (next) => next === to || (!seen.has(next) && reaches(next, to, seen.add(next))),
      );
    expect([...folders.keys()].filter((folder) => reaches(folder, folder))).toEqual([]);
  });
});

describe('the documents', () => {
  it('name only source files that are there', () => {
    const root = resolve(import.meta.dirname, '..');
    const pages = readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.md'))
      .map((name) => join('docs', name));
    const missing = ['README.md', 'ARCHITECTURE.md', ...pages].flatMap((page) =>
      [
        ...withoutQuotes(readFileSync(join(root, page), 'utf8')).matchAll(
          /`((?:src|test|scripts|evaluation)\/[\w./-]+\.(?:ts|mjs))`/g,
        ),
      ]
        .filter(([, path]) => !existsSync(join(root, path as string)))
        .map(([, path]) => `${page}: ${path}`),
    );
    expect(missing).toEqual([]);
  });
});

/** A page without what it quotes, such as a report about somebody's files. */
function withoutQuotes(markdown: string): string {
  return markdown.replaceAll(/^>.*$/gm, '');
}

function permissions(from: string): string[] {
  return [...(allowed.get(from) ?? [])];
}

/** `core/*` stands for every folder of core. */
function covers(permission: string, unit: string): boolean {
  return permission === unit || (permission.endsWith('/*') && unit.startsWith(permission.slice(0, -1)));
}

/** Paths of the folders that the layout at the top of ARCHITECTURE.md draws, below `src/`. */
function drawnFolders(text: string): Set<string> {
  const drawn = new Set<string>();
  const open: string[] = [];
  for (const line of (/```\n([\s\S]*?)```/.exec(text)?.[1] ?? '').split('\n')) {
    const depth = (line.length - line.trimStart().length) / 2;
    const named = /^(?:[\w-]+\/ *)+/.exec(line.trimStart())?.[0] ?? '';
    const names = [...named.matchAll(/[\w-]+(?=\/)/g)].map(([name]) => name);
    const own = names[0] === 'src' ? names.slice(1) : names;
    if (own.length === 0) continue;
    open.length = Math.max(depth, 0);
    for (const name of own) drawn.add([...open, name].join('/'));
    open[depth] = own[0] as string;
  }
  return drawn;
}

interface Edge {
  readonly file: string;
  readonly from: string;
  readonly to: string;
  /** The innermost folder of each end; a file beside `main.ts` stands for itself. */
  readonly folder: string;
  readonly target: string;
}

function readTable(text: string): Map<string, Set<string>> {
  const rows = [...text.matchAll(/^\| `([^`]+)` \| ((?:`[^`]+`(?:, )?)*) ?\|$/gm)];
  return new Map(
    rows.map(([, from, targets]) => [
      from as string,
      new Set([...(targets as string).matchAll(/`([^`]+)`/g)].map((m) => m[1] as string)),
    ]),
  );
}

function sourceFiles(directory: string): string[] {
  return readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => join(directory, name));
}

function edgesOf(file: string): Edge[] {
  const text = readFileSync(file, 'utf8');
  const imports = [...text.matchAll(/(?:from|import)\s*\(?\s*'(\.[^']+)'/g)].map((match) => match[1] as string);
  return imports
    .map((path) => resolve(dirname(file), path))
    .filter((target) => target.startsWith(sourceRoot))
    .map((target) => ({
      ...{ file: relative(sourceRoot, file), from: unitOf(file), to: unitOf(target) },
      ...{ folder: folderOf(file), target: folderOf(target) },
    }));
}

/** The row of the table that a file belongs to: `core/stats`, `adapters/k6`, `config`, or the file's own name. */
function unitOf(file: string): string {
  const parts = relative(sourceRoot, file).replace(/\.ts$/, '').split('/');
  const depth = parts[0] === 'core' || parts[0] === 'adapters' ? 2 : 1;
  return parts.slice(0, depth).join('/');
}

function folderOf(file: string): string {
  const folder = relative(sourceRoot, dirname(file));
  return folder === '' ? relative(sourceRoot, file) : folder;
}

function withoutComments(text: string): string {
  return text.replaceAll(/\/\*[\s\S]*?\*\//g, '').replaceAll(/\/\/.*$/gm, '');
}
