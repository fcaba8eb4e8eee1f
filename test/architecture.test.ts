import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

const sourceRoot = resolve(import.meta.dirname, '../src');
const allowed = readTable(readFileSync(resolve(import.meta.dirname, '../ARCHITECTURE.md'), 'utf8'));
const edges = sourceFiles(sourceRoot).flatMap(edgesOf);

describe('the import table in ARCHITECTURE.md', () => {
  it('names every folder and file of src that imports something', () => {
    expect([...new Set(edges.map((edge) => edge.from))].filter((unit) => !allowed.has(unit))).toEqual([]);
  });

  it('allows every import that the sources make', () => {
    const forbidden = edges.filter((edge) => edge.from !== edge.to && !allowed.get(edge.from)?.has(edge.to));
    expect(forbidden.map((edge) => `${edge.file} imports ${edge.to}`)).toEqual([]);
  });

  it('lists no permission that nobody uses', () => {
    const used = new Set(edges.map((edge) => `${edge.from} -> ${edge.to}`));
    const unused = [...allowed].flatMap(([from, targets]) => [...targets].map((to) => `${from} -> ${to}`));
    expect(unused.filter((edge) => !used.has(edge))).toEqual([]);
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
