import type { GenericIssue } from 'valibot';
import { nearestNames } from '../core/thresholds/nearest-names.ts';

/** One thing wrong with the configuration, told so that its author can fix it without looking anything up. */
export type Problem =
  | {
      /** Where it stands: `input max-p95-increase`, or `.tailgate.yml: endpoints > GET /cart > weight`. */
      readonly where: string;
      /** The offending value as given; `(hidden)` for a secret, `nothing` when it is missing. */
      readonly got: string;
      readonly expected: string;
      readonly example?: string;
    }
  /** What no value shows, such as a name that is no longer in use. */
  | { readonly where: string; readonly says: string };

/** One line: where, what was given, what was expected, an example. */
export function formatProblem(problem: Problem): string {
  if ('says' in problem) return `${problem.where}: ${problem.says}`;
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
  const [near] = nearestNames(key, known);
  if (near !== undefined) return `"${near}"`;
  return `one of ${known.join(', ')}`;
}

/** Keys down to what `issue` is about: `GET /cart > weight`. */
export function placeOf(issue: GenericIssue): string {
  return (issue.path ?? []).map(({ key }) => String(key)).join(' > ');
}

/** A value of the file as a message quotes it. */
export function describeValue(value: unknown): string {
  if (value === null || value === undefined || value === '') return 'nothing';
  return quote(typeof value === 'object' ? JSON.stringify(value) : String(value));
}

/** Whether the file has a mapping here. */
export function isMapping(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
