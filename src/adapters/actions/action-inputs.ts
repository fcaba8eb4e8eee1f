import { getInput } from '@actions/core';

/** The Action's inputs as the runner passes them; an empty one counts as not given, as the runner can't tell the two apart. */
export function readActionInputs(names: readonly string[]): Record<string, string | undefined> {
  return Object.fromEntries(names.map((name) => [name, getInput(name) || undefined]));
}
