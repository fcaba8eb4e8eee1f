import type * as v from 'valibot';
import { invalid, type Parsed, parseChoice, valid } from './parse-values.ts';

/** Headings of the input tables, in their order. */
export const inputGroups = [
  'what to run',
  'how to compare',
  'thresholds',
  'policy',
  'readiness',
  'talking',
  'why slow',
  'between jobs',
] as const;

export type InputGroup = (typeof inputGroups)[number];

/** How `action-types.yml` describes an input. */
export type ActionType =
  | { readonly type: 'string' }
  | { readonly type: 'enum'; readonly values: readonly string[] }
  | { readonly type: 'list'; readonly separator: '\n' | ','; readonly values?: readonly string[] };

interface InputFacts {
  readonly group: InputGroup;
  /** Absent: no input of the Action. */
  readonly actionType?: ActionType;
  /** Raw text used when neither the input nor the file says anything. */
  readonly default?: string;
  /** What happens without a value where `default` can't say it. */
  readonly defaultMeaning?: string;
  readonly description: string;
  readonly example: string;
  /** Never quoted in a message. */
  readonly isSecret?: boolean;
  /** Expression whose value the runner passes when the workflow says nothing. */
  readonly runnerExpression?: string;
}

interface TextSpec<T> extends InputFacts {
  readonly parse: (text: string) => Parsed<T>;
  readonly schema?: undefined;
}

interface MappingSpec<T> extends InputFacts {
  readonly parse?: undefined;
  /** Reads the mapping that the file has here; as a text it is the same YAML. */
  readonly schema: v.GenericSchema<unknown, T>;
}

/**
 * One input: what the documentation, the Action, the command line and the parser know of it. Of a text input a list in the
 * file stands for lines, and a mapping for lines of KEY=VALUE.
 */
export type InputSpec<T> = TextSpec<T> | MappingSpec<T>;

/** An input of the Action, a text unless it says otherwise; a key of `.tailgate.yml` and a flag as well. */
export function input<T>(spec: TextSpec<T>): TextSpec<T> {
  return { actionType: { type: 'string' }, ...spec };
}

/** What is set in `.tailgate.yml` or by a flag and is no input of the Action. */
export function setting<T>(spec: InputSpec<T> & { readonly actionType?: undefined }): InputSpec<T> {
  return spec;
}

export const lines: ActionType = { type: 'list', separator: '\n' };

/** An input of the Action that has one of `values`. */
export function oneOf<const T extends string>(
  values: readonly T[],
): Required<Pick<TextSpec<T>, 'actionType' | 'parse'>> {
  return { actionType: { type: 'enum', values }, parse: (raw) => parseChoice(raw, values) };
}

/** Takes a text that `pattern` matches as it is. */
export function matching(pattern: RegExp, expected: string): (text: string) => Parsed<string> {
  return (text) => (pattern.test(text) ? valid(text) : invalid(expected));
}
