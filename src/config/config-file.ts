import * as v from 'valibot';
import { LineCounter, parseDocument } from 'yaml';
import { type FileOnlySettings, fileOnlyKeys, fileOnlySchema } from './file-only-settings.ts';
import { type InputName, inputNames, inputs, isInputName } from './inputs.ts';
import { expectedKey, type Problem, quote } from './parsed.ts';
import { yamlSyntaxProblem } from './yaml-syntax-problem.ts';

/** What `.tailgate.yml` says: raw texts for the keys that are inputs too, typed settings for those that only it has. */
export interface ConfigFile {
  readonly texts: Partial<Record<InputName, string>>;
  readonly settings: FileOnlySettings;
  readonly problems: readonly Problem[];
}

const inputKeys = inputNames.filter((name) => name !== 'config');

/** No hand-written file comes near; reading one that does would keep the gate busy for minutes. */
const maxCharacters = 200_000;

/** Reads the text of the configuration file at `path` (used in messages only). */
export function readConfigFile(path: string, text: string): ConfigFile {
  if (text.length > maxCharacters) {
    const got = `${text.length} characters`;
    return nothingBut({ where: path, got, expected: `a file of at most ${maxCharacters} characters` });
  }
  const lineCounter = new LineCounter();
  const document = parseDocument(text, { lineCounter, prettyErrors: false, logLevel: 'error' });
  const [syntaxError] = document.errors;
  if (syntaxError !== undefined) {
    return nothingBut(yamlSyntaxProblem(syntaxError, { path, text, document, lineCounter }));
  }
  const read = documentContent(document);
  if ('problem' in read)
    return nothingBut({ where: path, got: 'its aliases', expected: `valid YAML: ${read.problem}` });
  const { content } = read;
  if (content === null || content === undefined) return { texts: {}, settings: {}, problems: [] };
  if (!isMapping(content)) {
    return nothingBut({
      where: path,
      got: describe(content),
      expected: 'keys and values',
      example: 'max-p95-increase: 10%',
    });
  }
  return readMapping(path, content);
}

function readMapping(path: string, content: Readonly<Record<string, unknown>>): ConfigFile {
  const texts: Partial<Record<InputName, string>> = {};
  const fileOnly: Record<string, unknown> = {};
  const problems: Problem[] = [];
  for (const [key, value] of Object.entries(content)) {
    if (fileOnlyKeys.includes(key)) fileOnly[key] = value;
    else if (key === 'config' || !isInputName(key)) {
      const expected = expectedKey(key, [...inputKeys, ...fileOnlyKeys]);
      problems.push({ where: path, got: `the key ${quote(key)}`, expected });
    } else {
      const text = textOf(value);
      if (text === undefined) problems.push(wrongShape(path, key, value));
      else texts[key] = text;
    }
  }
  const parsed = v.safeParse(fileOnlySchema, fileOnly);
  if (!parsed.success) problems.push(...parsed.issues.map((issue) => problemOf(path, issue)));
  return { texts, settings: parsed.success ? parsed.output : {}, problems };
}

/** The raw text that the input of the same name would have; lists become lines, mappings lines of KEY=VALUE. */
function textOf(value: unknown): string | undefined {
  if (isScalar(value)) return String(value).trim() === '' ? undefined : String(value);
  if (Array.isArray(value)) return value.length > 0 && value.every(isScalar) ? value.join('\n') : undefined;
  if (!isMapping(value)) return undefined;
  const entries = Object.entries(value);
  if (entries.length === 0 || !entries.every(([, item]) => isScalar(item))) return undefined;
  return entries.map(([key, item]) => `${key}=${item}`).join('\n');
}

function wrongShape(path: string, key: InputName, value: unknown): Problem {
  const { example, isSecret } = inputs[key];
  const got = isSecret === true ? '(hidden)' : describe(value);
  return { where: `${path}: ${key}`, got, expected: 'a value, or a list of values', example };
}

function problemOf(path: string, issue: v.GenericIssue): Problem {
  const place = (issue.path ?? []).map((item) => String(item.key)).join(' > ');
  // For an unknown or a missing key the issue's input is the key's value, which says nothing.
  const isKeyIssue = issue.path?.at(-1)?.origin === 'key';
  const got = isKeyIssue ? (issue.expected === 'never' ? 'this unknown key' : 'nothing') : describe(issue.input);
  return { where: `${path}: ${place}`, got, expected: issue.message };
}

function documentContent(
  document: ReturnType<typeof parseDocument>,
): { readonly content: unknown } | { readonly problem: string } {
  try {
    return { content: document.toJS({ maxAliasCount: 100 }) };
  } catch (error) {
    // An alias of nothing, or more of them than any hand-written file has.
    return { problem: error instanceof Error ? error.message : String(error) };
  }
}

function nothingBut(problem: Problem): ConfigFile {
  return { texts: {}, settings: {}, problems: [problem] };
}

function describe(value: unknown): string {
  if (value === null || value === undefined || value === '') return 'nothing';
  return quote(typeof value === 'object' ? JSON.stringify(value) : String(value));
}

function isScalar(value: unknown): value is string | number | boolean {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
}

function isMapping(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
