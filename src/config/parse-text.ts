import type { EnvironmentEntry, HeaderField, SideAddress, StatusRange } from './config.ts';
import { invalid, type Parsed, parseEach, valid } from './parsed.ts';

/** One of `choices`, as written there. */
export function parseChoice<const T extends string>(text: string, choices: readonly T[]): Parsed<T> {
  const choice = choices.find((candidate) => candidate === text);
  return choice === undefined ? invalid(`one of ${choices.join(', ')}`) : valid(choice);
}

export const switches = ['true', 'false'] as const;

/** `true` or `false`, and no other word for them. */
export function parseSwitch(text: string): Parsed<boolean> {
  const choice = parseChoice(text, switches);
  return choice.isValid ? valid(choice.value === 'true') : choice;
}

/**
 * An absolute `http` or `https` address that a path can be appended to: without query and fragment; trailing slashes are
 * taken off.
 */
export function parseUrl(text: string): Parsed<string> {
  const expected = 'an absolute http or https address';
  if (/\s/.test(text) || !URL.canParse(text)) return invalid(expected);
  const url = new URL(text);
  if (!/^https?:\/\//i.test(text) || url.hostname === '') return invalid(expected);
  if (url.username !== '' || url.password !== '') {
    return invalid('an address without user name and password (give them in env)', '(an address with credentials)');
  }
  if (text.includes('#')) return invalid('an address without a #fragment');
  // A query is where tokens travel, so it isn't quoted.
  if (text.includes('?')) {
    return invalid(
      'an address without a ?query, since scripts append their paths to it (give a token in bypass-header or env)',
      withoutQuery(text),
    );
  }
  return valid(url.href.replace(/\/+$/, ''));
}

/** `https://host/path?…` */
function withoutQuery(address: string): string {
  return `${address.slice(0, address.indexOf('?'))}?…`;
}

/** An address as `parseUrl` reads it, or `deployment:ENVIRONMENT`. */
export function parseSideAddress(text: string): Parsed<SideAddress> {
  const [, environment] = /^deployment:\s*(.*)$/s.exec(text) ?? [];
  if (environment === undefined) return parseUrl(text);
  return /^[^\p{C}\p{Zl}\p{Zp}]{1,255}$/u.test(environment)
    ? valid({ environment })
    : invalid('deployment: with the name of a GitHub environment');
}

/** An address that a secret may be sent to: `https`, or `http` to this machine. */
export function parseSecretsUrl(text: string): Parsed<string> {
  const parsed = parseUrl(text);
  if (!parsed.isValid || parsed.value.startsWith('https:')) return parsed;
  const { hostname } = new URL(parsed.value);
  return /^(?:localhost|127\.0\.0\.1|\[::1\])$/.test(hostname)
    ? parsed
    : invalid('an https address, or http to localhost');
}

/** Non-empty lines, trimmed; lines that start with `# ` are remarks. */
export function splitLines(text: string): string[] {
  return text
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('# '));
}

/** Items separated by commas, spaces or line ends. */
export function splitList(text: string): string[] {
  return text.split(/[\s,]+/).filter((item) => item !== '');
}

const variableName = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** Linux starts no process with a longer word or variable than 128 KiB. */
const maxWordBytes = 120_000;

function bytesOf(text: string): number {
  return new TextEncoder().encode(text).length;
}

/** `KEY=VALUE` lines; a bare `NAME` passes that variable of the surrounding process through. */
export function parseEnvironment(text: string): Parsed<EnvironmentEntry[]> {
  return parseEach(splitLines(text), (line) => {
    const equals = line.indexOf('=');
    const name = equals < 0 ? line : line.slice(0, equals).trimEnd();
    // The value may be a secret, so a wrong line is quoted only up to its first character that is no name.
    if (!variableName.test(name)) {
      return invalid(
        'lines of KEY=VALUE or NAME, the name of letters, digits and _',
        `a line that begins ${/^\w{0,20}/.exec(name)?.[0] ?? ''}…`,
      );
    }
    const bytes = bytesOf(line);
    if (bytes > maxWordBytes) {
      return invalid(
        `values of at most ${maxWordBytes} bytes (a script can open() a longer one)`,
        `${name} of ${bytes} bytes`,
      );
    }
    return valid(
      equals < 0 ? { kind: 'passed-through', name } : { kind: 'set', name, value: line.slice(equals + 1).trim() },
    );
  });
}

/** Names as POSIX has them, separated as lists are; the first bad one refuses the whole list. */
export function parseVariableNames(text: string): Parsed<string[]> {
  return parseEach(splitList(text), (name) =>
    variableName.test(name) ? valid(name) : invalid('names of environment variables: letters, digits and _'),
  );
}

/** `NAME: VALUE`, by the characters that RFC 9110 section 5 allows; beyond ASCII no two clients send the same bytes. */
export function parseHeader(text: string): Parsed<HeaderField> {
  const match = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([\t\x20-\x7e]+)$/.exec(text);
  if (match === null) return invalid('one header as NAME: VALUE, of printable ASCII');
  return valid({ name: match[1] ?? '', value: (match[2] ?? '').trim() });
}

/** Statuses such as `200`, `2xx`, `200-399`, several separated by commas. */
export function parseStatuses(text: string): Parsed<StatusRange[]> {
  return parseEach(splitList(text), (item) => {
    const family = /^([1-5])xx$/i.exec(item);
    if (family !== null) {
      const lowest = Number(family[1]) * 100;
      return valid({ lowest, highest: lowest + 99 });
    }
    const range = /^([1-5]\d\d)(?:-([1-5]\d\d))?$/.exec(item);
    const lowest = Number(range?.[1]);
    const highest = Number(range?.[2] ?? range?.[1]);
    if (range === null || highest < lowest) return invalid('HTTP statuses from 100 to 599');
    return valid({ lowest, highest });
  });
}

/** Words separated by blanks, in which quotes keep blanks together, as a shell without expansions reads them. */
export function parseArguments(text: string): Parsed<string[]> {
  const words: string[] = [];
  const pattern = /((?:"(?:[^"\\]|\\.)*"|'[^']*'|\\.|[^\s"'\\])+)|(\S)/gs;
  for (const [, word, stray] of text.matchAll(pattern)) {
    if (stray !== undefined || word === undefined) return invalid('arguments with every quote closed');
    const bytes = bytesOf(word);
    if (bytes > maxWordBytes)
      return invalid(`arguments of at most ${maxWordBytes} bytes each`, `one of ${bytes} bytes`);
    words.push(
      word.replace(/"((?:[^"\\]|\\.)*)"|'([^']*)'|\\(.)/gs, (_, double, single, escaped) =>
        double === undefined ? (single ?? escaped) : double.replace(/\\(.)/gs, '$1'),
      ),
    );
  }
  return valid(words);
}
