import { judgedQuantiles, type Quantile } from '../core/thresholds/quantiles.ts';
import type { EndpointRule, Objective } from '../core/thresholds/thresholds.ts';
import type { EnvironmentEntry, HeaderField, SideAddress, StatusRange } from './config.ts';

/** Outcome of reading one raw text: the typed value, or what a right one looks like. */
export type Parsed<T> =
  | { readonly isValid: true; readonly value: T }
  | {
      readonly isValid: false;
      readonly expected: string;
      /** The part of the text that is wrong, when it is not the whole. */
      readonly got?: string;
    };

/** What was read. */
export function valid<T>(value: T): Parsed<T> {
  return { isValid: true, value };
}

/** What should have stood there: `expected` completes "expected …". */
export function invalid(expected: string, got?: string): Parsed<never> {
  return got === undefined ? { isValid: false, expected } : { isValid: false, expected, got };
}

/** Reads every item with `parse`; the first wrong one is the outcome. */
export function parseEach<T>(items: readonly string[], parse: (item: string) => Parsed<T>): Parsed<T[]> {
  const values: T[] = [];
  for (const item of items) {
    const parsed = parse(item);
    if (!parsed.isValid) return invalid(parsed.expected, parsed.got ?? item);
    values.push(parsed.value);
  }
  return valid(values);
}

/** One of `choices`, as written there. */
export function parseChoice<const T extends string>(text: string, choices: readonly T[]): Parsed<T> {
  const choice = choices.find((candidate) => candidate === text);
  return choice === undefined ? invalid(`one of ${choices.join(', ')}`) : valid(choice);
}

/** Reads `true` or `false`. */
export function parseSwitch(text: string): Parsed<boolean> {
  const choice = parseChoice(text, ['true', 'false']);
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

/** Reads names of environment variables. */
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

const msPerUnit: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** Longer than any job may run; a larger figure is a slip of the unit. */
const longestDurationMs = 24 * 3_600_000;

/** Milliseconds from text such as `10s`, `1m30s`, `500ms`, `0.5s`; at least `leastMs`, at most 24 h. */
export function parseDuration(text: string, leastMs = 1): Parsed<number> {
  const expected = `a duration from ${formatDuration(leastMs)} to 24h, with its unit (ms, s, m, h)`;
  if (!/^(\d+(\.\d+)?(ms|s|m|h))+$/.test(text)) return invalid(expected);
  let total = 0;
  for (const [, amount, unit] of text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g)) {
    total += Number(amount) * (msPerUnit[unit ?? ''] ?? Number.NaN);
  }
  return total >= leastMs && total <= longestDurationMs ? valid(total) : invalid(expected);
}

/** The shortest text that `parseDuration` reads back as `durationMs`. */
export function formatDuration(durationMs: number): string {
  for (const [unit, ms] of [
    ['h', 3_600_000],
    ['m', 60_000],
    ['s', 1000],
  ] as const) {
    if (durationMs >= ms && durationMs % ms === 0) return `${durationMs / ms}${unit}`;
  }
  return `${durationMs}ms`;
}

/** Fraction from a percentage such as `10%` or `7.5%` (0.1, 0.075); at most 1000 %. */
export function parsePercent(text: string): Parsed<number> {
  const match = /^(\d+(?:\.\d+)?) ?%$/.exec(text);
  const percent = Number(match?.[1]);
  if (match === null || percent > 1000) return invalid('a percentage from 0% to 1000%, with its sign');
  return valid(percent / 100);
}

/** Fraction from percentage points such as `0.5pp` (0.005); at most 100pp. */
export function parsePercentagePoints(text: string): Parsed<number> {
  const match = /^(\d+(?:\.\d+)?) ?pp$/.exec(text);
  const points = Number(match?.[1]);
  if (match === null || points > 100) return invalid('percentage points from 0pp to 100pp, with their unit');
  return valid(points / 100);
}

/** How many iterations or requests in how long: `20/s`, `600/m`, `5/10s`. */
export interface Rate {
  readonly count: number;
  readonly perMs: number;
}

/** Reads `20/s` or `90/m`: a count of requests and the time that it is meant for. */
export function parseRate(text: string): Parsed<Rate> {
  const match = /^(\d+)\/(\d*(?:ms|s|m|h))$/.exec(text);
  const expected = 'a whole number above 0, a slash and a time';
  if (match === null || Number(match[1]) === 0 || !Number.isSafeInteger(Number(match[1]))) return invalid(expected);
  const period = match[2] ?? '';
  const perMs = parseDuration(/^\d/.test(period) ? period : `1${period}`);
  return perMs.isValid ? valid({ count: Number(match[1]), perMs: perMs.value }) : invalid(expected);
}

const choice = judgedQuantiles.join('|');

const expectedOverride = `ENDPOINT [${choice}]: then any of a percentage, a duration, percentage points`;

const overrideLine = new RegExp(`^(\\S.*?)(?:\\s+(${choice}))?\\s*:\\s+([^:]+)$`);

const objectiveText = new RegExp(`^(${choice})\\s*<\\s*(\\S+)$`);

/**
 * One line such as `GET /checkout p95: 5% 20ms`. Without a quantile, the percentage and the duration hold for all
 * of them. The endpoint may contain colons; the last one followed by a blank ends it.
 */
export function parseOverride(line: string): Parsed<EndpointRule> {
  const match = overrideLine.exec(line);
  if (match === null) return invalid(expectedOverride);
  const [, pattern = '', quantile, values = ''] = match;
  const affected =
    quantile === undefined ? judgedQuantiles : judgedQuantiles.filter((candidate) => candidate === quantile);
  const margins: { -readonly [K in keyof Margins]: Margins[K] } = {};
  for (const value of values.trim().split(/\s+/)) {
    const relative = parsePercent(value);
    const latency = parseDuration(value, 0);
    const points = parsePercentagePoints(value);
    if (relative.isValid) margins.relativeIncrease = sameFor(affected, relative.value);
    else if (latency.isValid) margins.latencyIncreaseMs = sameFor(affected, latency.value);
    else if (points.isValid && quantile === undefined) margins.errorRateIncrease = points.value;
    else if (points.isValid) return invalid(`percentage points on a line without ${quantile}`, line);
    else return invalid(expectedOverride, `${value} in ${line}`);
  }
  return valid({ pattern, margins });
}

type Margins = NonNullable<EndpointRule['margins']>;

function sameFor(affected: readonly Quantile[], value: number) {
  return Object.fromEntries(affected.map((quantile) => [quantile, value]));
}

/** An absolute promise such as `p95 < 300ms`. */
export function parseObjective(text: string): Parsed<Objective> {
  const match = objectiveText.exec(text.trim());
  const limit = parseDuration(match?.[2] ?? '');
  const quantile = judgedQuantiles.find((candidate) => candidate === match?.[1]);
  if (quantile === undefined || !limit.isValid) return invalid('a quantile, < and a duration');
  return valid({ quantile, limitMs: limit.value });
}

/** A whole number, both ends allowed. */
export function parseWholeNumber(text: string, least: number, most: number): Parsed<number> {
  const number = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  return number >= least && number <= most ? valid(number) : invalid(`a whole number from ${least} to ${most}`);
}

/** A plain number, both ends allowed. */
export function parseNumber(text: string, least: number, most: number): Parsed<number> {
  const number = /^\d*\.?\d+(e-?\d+)?$/i.test(text) ? Number(text) : Number.NaN;
  return number >= least && number <= most ? valid(number) : invalid(`a number from ${least} to ${most}`);
}
