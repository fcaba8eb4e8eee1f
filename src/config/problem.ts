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

/** Words that people use for the word of a name. */
const otherWords: Readonly<Record<string, string>> = { candidate: 'target', base: 'baseline', preview: 'target' };

/** More than this is no answer to "which one did I mean?" */
const maxNearNames = 3;

/**
 * Which of `known` the unknown `name` was meant for: the one that it is a slip of, otherwise those that share a word with
 * it, nearest first; empty where none is near. Of equally near ones those come first that do so in `known`.
 */
export function nearNames(name: string, known: readonly string[]): readonly string[] {
  const given = name.toLowerCase().replaceAll('_', '-');
  const slips = nearestNames(given, known);
  const isBeginning = slips.some((slip) => slip.startsWith(`${given}-`));
  if (slips.length > 0 && !isBeginning) return slips.slice(0, 1);
  const words = new Set(given.split('-').flatMap((word) => [word, otherWords[word] ?? word]));
  return known
    .filter((candidate) => candidate.split('-').some((word) => words.has(word)))
    .toSorted((a, b) => a.length - b.length)
    .slice(0, maxNearNames);
}

/** What is expected in place of the unknown `key`: what it was probably meant for, or all of them when none is near. */
export function expectedKey(key: string, known: readonly string[]): string {
  const near = nearNames(key, known).map((name) => `"${name}"`);
  return near.length > 0 ? near.join(' or ') : `one of ${known.join(', ')}`;
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
