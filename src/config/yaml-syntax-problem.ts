import { type Document, isCollection, isScalar, type LineCounter, visit, type YAMLError } from 'yaml';
import { inputs, isInputName } from './inputs.ts';
import { type Problem, quote } from './parsed.ts';

/** What the parser knows of a text that isn't YAML. */
interface Unparsed {
  readonly path: string;
  readonly text: string;
  readonly document: Document.Parsed;
  readonly lineCounter: LineCounter;
}

/** A syntax error as its author meets it: the line and column to go to, the line itself, and what to change there. */
export function yamlSyntaxProblem(error: YAMLError, { path, text, document, lineCounter }: Unparsed): Problem {
  const opened = isUnclosed(error) ? openingOf(document, error.pos[0]) : undefined;
  const { line, col } = lineCounter.linePos(opened ?? error.pos[0]);
  const lines = text.split(/\r?\n/);
  const content = lines[line - 1] ?? '';
  const isSecret = isOfSecret(lines, line);
  const { expected, example } = explain(error, content, col);
  return {
    where: `${path}: line ${line}, column ${col}`,
    got: isSecret ? '(hidden)' : quote(content),
    expected,
    ...(example !== undefined && !isSecret && { example }),
  };
}

interface Explanation {
  readonly expected: string;
  /** The line as it should be, where that is beyond doubt. */
  readonly example?: string;
}

function explain({ code, message }: YAMLError, line: string, column: number): Explanation {
  if (/^(<{7}|={7}|>{7})( |$)/.test(line)) {
    return { expected: 'no marker of a merge conflict: keep one of the two versions and remove the markers' };
  }
  const before = line.slice(0, column - 1);
  const rest = line.slice(column - 1).trimEnd();
  switch (code) {
    case 'TAB_AS_INDENT':
      return { expected: 'spaces at the beginning of the line, not a tab' };
    case 'DUPLICATE_KEY':
      return { expected: 'each key once: remove this line or the earlier one' };
    case 'MULTIPLE_DOCS':
      return { expected: 'one document: remove the line `---`' };
    case 'BAD_DQ_ESCAPE':
      return { expected: 'no backslash of its own between double quotes: write it twice, or use single quotes' };
    case 'BAD_SCALAR_START':
      return { expected: `quotes around a value that begins with ${rest[0]}`, example: `${before}${quoted(rest)}` };
    case 'BLOCK_AS_IMPLICIT_KEY':
      return / *: /.test(rest)
        ? { expected: 'quotes around a value that holds a colon', example: `${before}${quoted(rest)}` }
        : { expected: 'the next line to begin below this key: it is indented too far' };
    case 'MULTILINE_IMPLICIT_KEY':
      return { expected: 'a key, a colon, a space and a value on one line', example: 'max-p95-increase: 10%' };
    case 'BAD_INDENT':
    case 'MISSING_CHAR':
    case 'UNEXPECTED_TOKEN':
      return explainByMessage(message);
    default:
      return { expected: `valid YAML (${message})` };
  }
}

/** Codes under which the parser has several messages. */
function explainByMessage(message: string): Explanation {
  const closing = /end with a ([\]}])/.exec(message)?.[1];
  if (closing !== undefined) {
    return { expected: `a ${closing} that closes the ${closing === ']' ? '[' : '{'} opened here` };
  }
  const mark = /^Missing closing (["'])/.exec(message)?.[1];
  if (mark !== undefined) return { expected: `a second ${mark} that closes the one opened here` };
  if (message.startsWith('All ')) {
    return { expected: 'the line to begin below the one that it belongs beside: check the spaces before it' };
  }
  if (message.startsWith('Implicit map keys')) {
    return { expected: 'a colon and a space after the key', example: 'max-p95-increase: 10%' };
  }
  const stray = /flow-(?:map|seq)-end token.*"([\]}])"$/.exec(message)?.[1];
  if (stray !== undefined) return { expected: `no ${stray} without its opening bracket: remove it` };
  return { expected: 'nothing more after the value: remove the rest, or put the whole value in quotes' };
}

function isUnclosed({ message }: YAMLError): boolean {
  return /end with a [\]}]$|^Missing closing ["']/.test(message);
}

/** Where the innermost list, mapping or text begins that should have been closed before `offset`. */
function openingOf(document: Document.Parsed, offset: number): number | undefined {
  let opening: number | undefined;
  visit(document, {
    Node: (_, node) => {
      const isOpened = (isCollection(node) && node.flow === true) || (isScalar(node) && node.type?.startsWith('QUOTE'));
      if (isOpened && node.range?.[1] === offset) opening = node.range[0];
    },
  });
  return opening;
}

/** Does the line stand in the value of a key whose values are never shown? Told by the nearest key without indent. */
function isOfSecret(lines: readonly string[], line: number): boolean {
  const key = lines
    .slice(0, line)
    .map((text) => /^["']?([\w-]+)["']?\s*:/.exec(text)?.[1])
    .findLast((found) => found !== undefined);
  return key !== undefined && isInputName(key) && inputs[key].isSecret === true;
}

/** `text` as a YAML value that means itself. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
