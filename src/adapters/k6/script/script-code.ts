import { relative } from 'node:path';
import tokensOf from 'js-tokens';
import type { SourceFile } from './script-sources.ts';

/** One line of a script, as it is shown to people. */
export interface SourceLine {
  /** Path with the line number: `load/api.js:12`. */
  readonly place: string;
  readonly text: string;
}

/** One word of code: comments and blanks are none. */
interface Word {
  readonly kind: 'name' | 'string' | 'other';
  /** Of a string what it holds; a template with values in it is `other`, piece by piece. */
  readonly value: string;
  readonly start: number;
  readonly end: number;
}

const nothing: Word = { kind: 'other', value: '', start: 0, end: 0 };
const known = new WeakMap<SourceFile, readonly Word[]>();

/** A tokenizer, since only it knows what is a comment, a string, a template or a regular expression, in TypeScript too. */
function wordsOf(source: SourceFile): readonly Word[] {
  const before = known.get(source);
  if (before !== undefined) return before;
  const words: Word[] = [];
  let start = 0;
  for (const { type, value } of tokensOf(source.text)) {
    const end = start + value.length;
    if (type === 'IdentifierName') words.push({ kind: 'name', value, start, end });
    else if (type === 'StringLiteral' || type === 'NoSubstitutionTemplate') {
      words.push({ kind: 'string', value: value.slice(1, -1), start, end });
    } else if (!blank.has(type)) words.push({ kind: 'other', value, start, end });
    start = end;
  }
  known.set(source, words);
  return words;
}

const blank: ReadonlySet<string> = new Set([
  'WhiteSpace',
  'LineTerminatorSequence',
  'SingleLineComment',
  'MultiLineComment',
  'HashbangComment',
]);

/** What a file imports, as it is written there: `k6/http`, `./api.js`, `https://…`. */
export function importsOf(source: SourceFile): readonly string[] {
  return importWords(source).map(({ value }) => value);
}

function importWords(source: SourceFile): readonly Word[] {
  const words = wordsOf(source);
  return words.filter((word, i) => {
    if (word.kind !== 'string') return false;
    const [first = nothing, second = nothing] = [words[i - 1], words[i - 2]];
    if (first.kind === 'name') return first.value === 'from' || first.value === 'import';
    return first.value === '(' && second.kind === 'name' && (second.value === 'require' || second.value === 'import');
  });
}

/** Does any of the files import this module? */
export function importsModule(sources: readonly SourceFile[], module: string): boolean {
  return sources.some((source) => importsOf(source).includes(module));
}

/** Does the code of any of the files use this name, as a variable, a property or a function? */
export function usesName(sources: readonly SourceFile[], name: string): boolean {
  return sources.some((source) => wordsOf(source).some((word) => word.kind === 'name' && word.value === name));
}

/** Does the code put addresses together, with a scheme before something else: `'https://' + host`, `${scheme}://`? */
export function composesAddresses(sources: readonly SourceFile[]): boolean {
  return sources.some((source) => wordsOf(source).some(({ value }) => /:\/\/(?:\$\{)?$/.test(value)));
}

/** The file with other modules in place of some that it imports; places of all lines stay. */
export function withOtherModules(source: SourceFile, others: Readonly<Record<string, string>>): string {
  let text = '';
  let done = 0;
  for (const { value, start, end } of importWords(source)) {
    const other = Object.hasOwn(others, value) ? others[value] : undefined;
    if (other === undefined) continue;
    text += source.text.slice(done, start) + JSON.stringify(other);
    done = end;
  }
  return text + source.text.slice(done);
}

/** Lines in which the script reads one of `names` from `__ENV`: by dot, by brackets, or by taking `__ENV` apart. */
export function findEnvironmentReads(
  sources: readonly SourceFile[],
  names: readonly string[],
  directory: string,
): readonly (SourceLine & { readonly name: string })[] {
  const wanted = new Set(names);
  return sources.flatMap((source) =>
    environmentReads(source)
      .filter(({ value }) => wanted.has(value))
      .map(({ value, start }) => ({ name: value, ...lineAt(source, start, directory) })),
  );
}

/** Every name that the script reads from `__ENV`, sorted. */
export function environmentNames(sources: readonly SourceFile[]): readonly string[] {
  return [...new Set(sources.flatMap((source) => environmentReads(source).map(({ value }) => value)))].sort();
}

function environmentReads(source: SourceFile): readonly Word[] {
  const words = wordsOf(source);
  const at = (i: number) => words[i] ?? nothing;
  const isProperty = (i: number) => /^\??\.$/.test(at(i - 1).value) && at(i - 2).value !== 'globalThis';
  const isEnvironment = (i: number) => at(i).kind === 'name' && at(i).value === '__ENV' && !isProperty(i);
  const aliases = new Set(
    words.flatMap((word, i) => {
      const isAlias = word.kind === 'name' && at(i + 1).value === '=' && isEnvironment(i + 2) && !isProperty(i);
      return isAlias && !/^(?:\.|\?\.|\[)$/.test(at(i + 3).value) ? [word.value] : [];
    }),
  );
  return words.flatMap((word, i) => {
    const isAlias = word.kind === 'name' && aliases.has(word.value) && !isProperty(i);
    if (!isAlias && !isEnvironment(i)) return [];
    if (at(i - 1).value === '=' && at(i - 2).value === '}') return takenApart(words, i - 2);
    const [next, name] = at(i + 1).value === '?.' && at(i + 2).value === '[' ? [i + 2, i + 3] : [i + 1, i + 2];
    if (at(next).value === '[') return at(name).kind === 'string' && at(name + 1).value === ']' ? [at(name)] : [];
    return /^\??\.$/.test(at(next).value) && at(name).kind === 'name' ? [at(name)] : [];
  });
}

/** The names in `{ A, B: b, C = 1 }`, whose last brace is at `close`. */
function takenApart(words: readonly Word[], close: number): readonly Word[] {
  const names: Word[] = [];
  for (let i = close - 1, depth = 1; i >= 0 && depth > 0; i--) {
    const { value, kind } = words[i] ?? nothing;
    if (kind === 'other' && /^[)\]}]$/.test(value)) depth++;
    else if (kind === 'other' && /^[([{]$/.test(value)) depth--;
    const next = words[i + 1] ?? nothing;
    const isBetween = value === ',' && depth === 1;
    if (kind === 'other' && (isBetween || depth === 0) && next.kind !== 'other') names.push(next);
  }
  return names.reverse();
}

/** The first line of code that holds `text`, such as a host name. */
export function findLine(sources: readonly SourceFile[], text: string, directory: string): SourceLine | undefined {
  for (const source of sources) {
    const word = wordsOf(source).find(({ value }) => value.includes(text));
    if (word !== undefined) return lineAt(source, source.text.indexOf(text, word.start), directory);
  }
  return undefined;
}

function lineAt({ path, text }: SourceFile, index: number, directory: string): SourceLine {
  const before = text.slice(0, index);
  const start = before.lastIndexOf('\n') + 1;
  const end = text.indexOf('\n', index);
  const shown = relative(directory, path);
  const line = text.slice(start, end < 0 ? undefined : end).trim();
  return { place: `${shown.startsWith('..') ? path : shown}:${before.split('\n').length}`, text: line.slice(0, 160) };
}
