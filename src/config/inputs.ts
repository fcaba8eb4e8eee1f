import { betweenJobsInputs } from './between-jobs-inputs.ts';
import { duetInputs } from './duet-inputs.ts';
import { githubInputs } from './github-inputs.ts';
import type { InputSpec } from './input-spec.ts';
import { judgingInputs } from './judging-inputs.ts';
import { loadInputs } from './load-inputs.ts';
import { narrativeInputs } from './narrative-inputs.ts';

/**
 * Every input, once. `action.yml`, `action-types.yml`, `docs/inputs.md` and the table in the README are generated from
 * here (`npm run docs`), flags of the command line and keys of `.tailgate.yml` have the same names.
 */
export const inputs = {
  ...loadInputs,
  ...duetInputs,
  ...judgingInputs,
  ...betweenJobsInputs,
  ...narrativeInputs,
  ...githubInputs,
};

export type InputName = keyof typeof inputs;

/** The typed value of the input `Name`. */
export type InputValue<Name extends InputName> = (typeof inputs)[Name] extends InputSpec<infer Value> ? Value : never;

/** Values by input name; absent: neither given nor defaulted. */
export type InputValues = { readonly [Name in InputName]?: InputValue<Name> };

export const inputNames = Object.keys(inputs) as readonly InputName[];

/** Whether an input of that name exists; inherited keys such as `constructor` are none. */
export function isInputName(name: string): name is InputName {
  return Object.hasOwn(inputs, name);
}
