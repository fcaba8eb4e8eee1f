import { legName, type MeasuredLeg } from './measured-job.ts';

/** The legs of a matrix as one decision sees them. */
export interface MatchedLegs {
  /** In alphabetical order, each under its name. */
  readonly present: readonly { readonly name: string; readonly leg: MeasuredLeg }[];
  /** Asked for, and nothing was left behind: cancelled, or never started. */
  readonly missing: readonly string[];
  /** Not measured on purpose. */
  readonly notRun: readonly string[];
}

/**
 * Which of the `expected` legs left something behind? Without a list whatever is there is the matrix. A leg that is there
 * though nobody asked for it counts as well: what was measured is judged. Two legs of one name keep their artifacts' names.
 */
export function matchLegs(
  legs: readonly MeasuredLeg[],
  expected: readonly string[] | undefined,
  unchanged: readonly string[],
): MatchedLegs {
  const names = legs.map(legName);
  const isTwice = (name: string) => names.filter((other) => other === name).length > 1;
  const present = legs
    .map((leg) => ({ name: isTwice(legName(leg)) ? leg.artifact : legName(leg), leg }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  const isThere = (name: string) => legs.some((leg) => legName(leg) === name || leg.artifact === artifactSuffix(name));
  return {
    present,
    missing: (expected ?? []).filter((name) => !isThere(name)),
    notRun: unchanged.filter((name) => !isThere(name) && !expected?.includes(name)),
  };
}

/** `name` as artifacts may be called: GitHub refuses `" : < > | * ? \ /` and line ends in their names. */
export function artifactSuffix(name: string): string {
  return name
    .replaceAll(/["<>|*?\\/:\r\n]+/g, '-')
    .replaceAll(/\s+/g, ' ')
    .trim();
}
