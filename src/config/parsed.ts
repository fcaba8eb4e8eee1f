import { distance } from 'fastest-levenshtein';

/** Outcome of reading one raw text: the typed value, or what a right one looks like. */
export type Parsed<T> =
  | { readonly isValid: true; readonly value: T }
  | {
      readonly isValid: false;
      readonly expected: string;
      /** The part of the text that is wrong, when it is not the whole. */
      readonly got?: string;
    };

/** A text that was understood. */
export function valid<T>(value: T): Parsed<T> {
  return { isValid: true, value };
}

/** A text that wasn't; `got` only where it is less than the whole text. */
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

/** One thing wrong with the configuration, told so that its author can fix it without looking anything up. */
export interface Problem {
  /** Where it stands: `input max-p95-increase`, or `.tailgate.yml: endpoints.GET /cart.weight`. */
  readonly where: string;
  /** The offending value as given; `(hidden)` for a secret, `nothing` when it is missing. */
  readonly got: string;
  readonly expected: string;
  readonly example?: string;
}

/** One line for people: where, what was there, what could have been, and an example if there is one. */
export function formatProblem(problem: Problem): string {
  const example = problem.example === undefined ? '' : ` (example: ${problem.example.replaceAll('\n', ' ⏎ ')})`;
  return `${problem.where}: got ${problem.got}, expected ${problem.expected}${example}`;
}

const longestQuote = 120;

/** `text` in quotes, on one line, cut to a length that a person reads. */
export function quote(text: string): string {
  const short = text.length > longestQuote ? `${text.slice(0, longestQuote)}…` : text;
  return JSON.stringify(short);
}

/** What is expected in place of the unknown `key`: the nearest known one, or all of them when none is near. */
export function expectedKey(key: string, known: readonly string[]): string {
  const near = known
    .map((candidate) => ({ candidate, edits: distance(key.toLowerCase(), candidate) }))
    .sort((a, b) => a.edits - b.edits)[0];
  if (near !== undefined && near.edits <= Math.max(2, Math.floor(key.length / 3))) return `"${near.candidate}"`;
  return `one of ${known.join(', ')}`;
}
