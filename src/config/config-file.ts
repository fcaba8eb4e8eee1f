import * as v from 'valibot';
import { type Document, parseDocument, parse as parseYaml, type YAMLError } from 'yaml';
import { formerNames, type InputName, inputNames, inputs, isInputName } from './inputs.ts';
import { invalid, type Parsed, valid } from './parse-values.ts';
import { describeValue, expectedKey, isMapping, type Problem, placeOf, quote } from './problem.ts';

/** What `.tailgate.yml` says, by the names of the inputs. */
export interface ConfigFile {
  readonly values: { readonly [Name in InputName]?: unknown };
  readonly problems: readonly Problem[];
}

const keys = inputNames.filter((name) => name !== 'config');

/** No hand-written file comes near; reading one that does would keep the gate busy for minutes. */
const maxCharacters = 200_000;

/** Reads the text of the configuration file at `path` (used in messages only). */
export function readConfigFile(path: string, text: string): ConfigFile {
  if (text.length > maxCharacters) {
    const got = `${text.length} characters`;
    return nothingBut({ where: path, got, expected: `a file of at most ${maxCharacters} characters` });
  }
  const hidesText = mayHoldSecret(text);
  const document = parseDocument(text, { prettyErrors: true, logLevel: 'error' });
  const [syntaxError] = document.errors;
  if (syntaxError !== undefined) return nothingBut({ where: path, says: syntaxProblem(syntaxError, hidesText) });
  const read = documentContent(document);
  if ('problem' in read) {
    const expected = hidesText ? 'valid YAML' : `valid YAML: ${read.problem}`;
    return nothingBut({ where: path, got: 'its aliases', expected });
  }
  const { content } = read;
  if (content === null || content === undefined) return { values: {}, problems: [] };
  if (!isMapping(content)) {
    return nothingBut({
      where: path,
      got: hidesText ? '(hidden)' : describeValue(content),
      expected: 'keys and values',
      example: 'max-p95-increase: 10%',
    });
  }
  return {
    values: Object.fromEntries(Object.entries(content).filter(([key]) => isInputName(key) && key !== 'config')),
    problems: Object.keys(content).flatMap((key) => unknownKey(path, key) ?? []),
  };
}

/** What `text`, the YAML that could stand below a key of the file, says by `schema`. */
export function readMapping<T>(schema: v.GenericSchema<unknown, T>, text: string): Parsed<T> {
  try {
    const read = v.safeParse(schema, parseYaml(text, { logLevel: 'error' }));
    if (read.success) return valid(read.output);
    const [issue] = read.issues;
    return invalid(placeOf(issue) === '' ? issue.message : `at ${placeOf(issue)}: ${issue.message}`);
  } catch {
    return invalid('YAML as under the same key of .tailgate.yml');
  }
}

function unknownKey(path: string, key: string): Problem | undefined {
  if (key !== 'config' && isInputName(key)) return undefined;
  const renamed = formerNames.inputs.get(key);
  if (renamed !== undefined) return { where: `${path}: ${key}`, says: `now called ${renamed}` };
  return { where: path, got: `the key ${quote(key)}`, expected: expectedKey(key, keys) };
}

/** The parser's own words with the line that they are about; where a secret could be in them, its code alone. */
function syntaxProblem({ code, message, linePos }: YAMLError, hidesText: boolean): string {
  const [{ line, col } = { line: 1, col: 1 }] = linePos ?? [];
  // The parser would name a function of its own for a file of several documents.
  const said =
    code === 'MULTIPLE_DOCS' ? message.replace(/^.*?(?= at line )/, 'Leave one document: a second begins') : message;
  if (!hidesText) return said.trimEnd().replace(':\n\n', ':\n').replaceAll('\n', '\n    ');
  const reason = code.toLowerCase().replaceAll('_', ' ');
  return `no valid YAML (${reason}) at line ${line}, column ${col}, which is not shown since it may hold a secret`;
}

/** Whether `text` names a key whose value is never shown, in whatever way it is nested or broken. */
function mayHoldSecret(text: string): boolean {
  return keys.some((key) => inputs[key].isSecret === true && new RegExp(`\\b${key}\\b`).test(text));
}

function documentContent(document: Document): { readonly content: unknown } | { readonly problem: string } {
  try {
    return { content: document.toJS({ maxAliasCount: 100 }) };
  } catch (error) {
    // An alias of nothing, or more of them than any hand-written file has.
    return { problem: error instanceof Error ? error.message : String(error) };
  }
}

function nothingBut(problem: Problem): ConfigFile {
  return { values: {}, problems: [problem] };
}
