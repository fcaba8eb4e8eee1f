import type { Mode } from './config.ts';
import type { InputSpec } from './input-spec.ts';
import { explainingInputs, judgingInputs } from './judging-inputs.ts';
import { measuringInputs } from './measuring-inputs.ts';

/**
 * Every input, once. `action.yml`, `action-types.yml`, `docs/inputs.md` and the table in the README are generated from
 * here (`npm run docs`), flags of the command line and keys of `.tailgate.yml` have the same names.
 */
export const inputs = { ...measuringInputs, ...judgingInputs, ...explainingInputs };

export type InputName = keyof typeof inputs;

/** The typed value of the input `Name`. */
export type InputValue<Name extends InputName> = (typeof inputs)[Name] extends InputSpec<infer Value> ? Value : never;

/** Values by input name; absent: neither given nor defaulted. */
export type InputValues = { readonly [Name in InputName]?: InputValue<Name> };

export const inputNames = Object.keys(inputs) as readonly InputName[];

/** Those that the Action declares; the others stand in `.tailgate.yml` or are flags. */
export const actionInputNames = inputNames.filter((name) => inputs[name].actionType !== undefined);

/** The ten that matter most: the README and `--help` show no others. */
export const essentialInputs: readonly InputName[] = [
  'target-url',
  'script',
  'name',
  'mode',
  'baseline-url',
  'baseline-store',
  'time-budget',
  'max-p95-increase',
  'fail-on',
  'anthropic-api-key',
];

/** What was called otherwise once, by its former name. The commands of the command line are called as their modes are. */
export const formerNames = {
  inputs: new Map<string, InputName>([
    ['legs', 'jobs'],
    ['unchanged-legs', 'unchanged-jobs'],
  ]),
  modes: new Map<string, Mode>([['publish', 'decide']]),
};

/** Whether an input, a key or a flag is called `name` today. */
export function isInputName(name: string): name is InputName {
  return Object.hasOwn(inputs, name);
}

/** The Action's outputs, all text, with what each one holds. */
export const outputs = {
  verdict: 'pass, fail, inconclusive, no-baseline or invalid.',
  reason: 'Why, in one word, such as regressed or nothing-found; empty for no-baseline.',
  regressions:
    'JSON list of what regressed, worst first: subject, metric, baseline, candidate, change. Empty list when nothing did.',
  'report-html':
    'Path of the report as one page with charts that opens in any browser; upload it as an artifact to pass it on.',
  'report-json': 'Path of the JSON report (tailgate.report/2).',
  'report-junit': 'Path of the report as JUnit XML, for viewers of tests such as those of GitLab and Jenkins.',
  'run-record': 'Path of the run record; empty when nothing was measured.',
  'comment-url': 'Address of the comment on the pull request; empty when this run wrote none.',
  summary: 'The verdict in one line.',
  causes:
    'JSON list of reasons why what regressed is slow: endpoint, cause, strength, share, advice, link. Empty list when nobody looked.',
  'baseline-runs': 'Number of stored runs that this one was compared with.',
  'minimum-detectable-effect':
    'Smallest slowdown of p95 that this measurement would have seen on the busiest endpoint, as a fraction; empty when nothing was compared.',
  'confirm-runs': 'How many fresh runs would settle what is suspected; 0 when nothing is.',
} as const;
