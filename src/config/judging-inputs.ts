import * as v from 'valibot';
import { isTail, judgedQuantiles, perQuantile, type Quantile, quantiles } from '../core/thresholds/quantiles.ts';
import type { EndpointRule, JudgedMetric, Sensitivity } from '../core/thresholds/thresholds.ts';
import type { FailOn } from '../core/verdict/build-verdict.ts';
import { defined } from '../defined.ts';
import { input, lines, matching, oneOf, setting } from './input-spec.ts';
import {
  invalid,
  type Parsed,
  parseChoice,
  parseDuration,
  parseEach,
  parseNumber,
  parseObjective,
  parseOverride,
  parsePercent,
  parsePercentagePoints,
  parseSecretsUrl,
  parseSwitch,
  splitLines,
  splitList,
  valid,
} from './parse-values.ts';
import { expectedKey } from './problem.ts';

const sensitivities = ['strict', 'balanced', 'sensitive'] as const satisfies readonly Sensitivity[];
const failOnChoices = [
  'regressed',
  'k6-thresholds',
  'inconclusive',
  'no-baseline',
  'invalid',
  'never',
] as const satisfies readonly FailOn[];
const commentPolicies = ['always', 'on-change', 'on-failure', 'never'] as const;
const narratives = ['auto', 'template', 'off'] as const;

const nonEmptyText = v.pipe(v.string('a text'), v.trim(), v.nonEmpty('a text that is not empty'));

/** A value whose text `parse` reads; the message of a wrong one says what was expected. */
function readBy<T>(parse: (text: string) => Parsed<T>, example: string) {
  return v.pipe(
    v.union([v.string(), v.number()], `a value such as ${example}`),
    v.rawTransform<string | number, T>(({ dataset, addIssue, NEVER }) => {
      const parsed = parse(String(dataset.value).trim());
      if (parsed.isValid) return parsed.value;
      addIssue({ message: `${parsed.expected} (example: ${example})` });
      return NEVER;
    }),
  );
}

/** A mapping with these keys and no others. */
function mapping<const Entries extends v.ObjectEntries>(entries: Entries) {
  return v.strictObject(entries, (issue) => {
    if (issue.expected === 'never') return expectedKey(String(issue.path?.at(-1)?.key), Object.keys(entries));
    if (issue.expected === 'Object') return `a mapping with keys among ${Object.keys(entries).join(', ')}`;
    return `a value, as for each of ${Object.keys(entries).join(', ')}`;
  });
}

/** A mapping whose keys are names that the author chose. */
function named<Item extends v.GenericSchema>(item: Item, expected: string) {
  return v.pipe(
    v.custom<Record<string, unknown>>((value) => !Array.isArray(value), expected),
    v.record(nonEmptyText, item, expected),
  );
}

const margins = v.pipe(
  mapping({
    ...perJudgedQuantile((name) => {
      const example = `${Math.round(quantiles[name].usualMargin * 100)}%`;
      return v.optional(readBy(parsePercent, example));
    }),
    'min-latency-increase': v.optional(readBy((text) => parseDuration(text, 0), '5ms')),
    'max-error-rate-increase': v.optional(readBy(parsePercentagePoints, '0.5pp')),
  }),
  v.transform(
    (given): NonNullable<EndpointRule['margins']> => ({
      relativeIncrease: defined(perQuantile((name) => given[marginInput(name)])),
      ...defined({
        latencyIncreaseMs: given['min-latency-increase'],
        errorRateIncrease: given['max-error-rate-increase'],
      }),
    }),
  ),
);

const endpoint = mapping({
  weight: v.optional(readBy((text) => parseNumber(text, 0, 1000), '2')),
  margins: v.optional(margins),
  ignore: v.optional(v.boolean('true or false')),
  objective: v.optional(readBy(parseObjective, 'p95 < 300ms')),
});

const endpointRules = v.pipe(
  named(endpoint, 'a mapping from endpoint names to what holds for them'),
  v.transform((given): EndpointRule[] =>
    Object.entries(given).map(([pattern, { ignore, ...rule }]) => ({
      pattern,
      ...defined({ ...rule, isIgnored: ignore }),
    })),
  ),
);

const metric = mapping({
  unit: v.optional(nonEmptyText),
  direction: v.picklist(['up', 'down'], 'up or down: the direction that is worse'),
  margin: readBy(parsePercent, '10%'),
});

const judgedMetrics = v.pipe(
  named(metric, 'a mapping from metric names to unit, direction and margin'),
  v.transform((given): JudgedMetric[] =>
    Object.entries(given).map(([metric, { unit = '', ...rest }]) => ({ metric, unit, ...rest })),
  ),
);

/** Inputs that say which change matters, what makes a build red, and who is told in which words. */
export const judgingInputs = {
  ...quantileMarginInputs(),
  'min-latency-increase': input({
    group: 'thresholds',
    default: '5ms',
    description: 'Slowdowns of fewer milliseconds never fail, however large the percentage.',
    example: '10ms',
    parse: (raw) => parseDuration(raw, 0),
  }),
  'max-error-rate-increase': input({
    group: 'thresholds',
    default: '0.5pp',
    description: 'Rise of the share of failed requests that an endpoint may have, in percentage points.',
    example: '1pp',
    parse: parsePercentagePoints,
  }),
  'error-rate-ceiling': input({
    group: 'thresholds',
    default: '5%',
    description: 'Share of failed requests above which an endpoint whose errors rose fails, however sure the rise is.',
    example: '2%',
    parse: parsePercent,
  }),
  overrides: input({
    group: 'thresholds',
    actionType: lines,
    description: `Other margins for single endpoints, one a line: ENDPOINT [${judgedQuantiles.join('|')}]: PERCENT DURATION POINTS, any of the three; \`*\` in the endpoint stands for any text.`,
    example: 'GET /checkout p95: 5% 20ms',
    parse: (raw) => parseEach(splitLines(raw), parseOverride),
  }),
  sensitivity: input({
    group: 'thresholds',
    default: 'balanced',
    description:
      '`strict` fails only when the whole uncertainty lies beyond the margin, `balanced` when the estimate does, `sensitive` does so with the latency margins halved.',
    example: 'strict',
    ...oneOf(sensitivities),
  }),
  metrics: setting({
    group: 'thresholds',
    defaultMeaning: 'none',
    description: 'Custom k6 metrics that are judged too: unit, the direction that is worse, and the margin.',
    example: 'cart_value: { unit: EUR, direction: down, margin: 5% }',
    schema: judgedMetrics,
  }),
  endpoints: setting({
    group: 'thresholds',
    defaultMeaning: 'none',
    description:
      'What holds for single endpoints (`*` stands for any text): `weight` in the ranking, `margins` with the keys of the inputs, `ignore`, `objective`.',
    example:
      'GET /checkout:\n  weight: 3\n  margins: { max-p95-increase: 5%, min-latency-increase: 20ms }\n  objective: p95 < 300ms\nGET /health: { ignore: true }',
    schema: endpointRules,
  }),
  'judge-against': setting({
    group: 'thresholds',
    default: 'baseline',
    description:
      'With `objective`, a slowdown that stays inside the objective of its endpoint is reported and does not fail.',
    example: 'objective',
    parse: (raw) => parseChoice(raw, ['baseline', 'objective']),
  }),
  'fail-on': input({
    group: 'policy',
    actionType: { type: 'list', separator: ',', values: failOnChoices },
    default: 'regressed, k6-thresholds, invalid',
    description: 'Verdicts that make the build red.',
    example: 'regressed, k6-thresholds, invalid, inconclusive',
    parse: parseFailOn,
  }),
  'accept-label': input({
    group: 'policy',
    default: 'tailgate-accept',
    description:
      'Label by which somebody with write permission accepts a known slowdown of a pull request, together with a comment `tailgate accept: REASON`.',
    example: 'perf-accepted',
    parse: matching(/^[^\r\n,]{1,50}$/, 'the name of a label, up to 50 characters'),
  }),
  config: input({
    group: 'policy',
    default: '.tailgate.yml',
    description: 'Configuration file with the same keys; inputs win over it.',
    example: 'load/.tailgate.yml',
    parse: (raw) => valid(raw),
  }),
  'github-token': input({
    group: 'talking',
    defaultMeaning: "the job's own token; on the command line the variable `GITHUB_TOKEN`",
    description:
      'Token for what is read and written on GitHub. What it may do is said under `permissions:` of the job; each surface that it may not write is left out with a warning.',
    example: 'ghs_your-token',
    isSecret: true,
    runnerExpression: 'github.token',
    parse: matching(/^[\x21-\x7e]{1,500}$/, 'a token on one line, without blanks'),
  }),
  comment: input({
    group: 'talking',
    default: 'always',
    description:
      'When the pull request gets a comment, one per name and kept up to date: `always`; `on-change` once there is something to tell; `on-failure` once the build is red; `never`. Needs `pull-requests: write`.',
    example: 'on-failure',
    ...oneOf(commentPolicies),
  }),
  'check-run': input({
    group: 'talking',
    actionType: { type: 'enum', values: ['true', 'false'] },
    default: 'false',
    description:
      'Whether a check run of its own (`Tailgate: NAME`), with notes at the lines of the load script, stands beside the job. Needs `checks: write`.',
    example: 'true',
    parse: parseSwitch,
  }),
  'report-dir': input({
    group: 'talking',
    default: 'tailgate-report',
    description: 'Directory that the report and the run record are written to.',
    example: 'out/tailgate',
    parse: (raw) => valid(raw),
  }),
  'anthropic-api-key': input({
    group: 'talking',
    defaultMeaning:
      'the variable `ANTHROPIC_API_KEY`; without either, workload identity federation by the variables `ANTHROPIC_FEDERATION_RULE_ID` and `ANTHROPIC_ORGANIZATION_ID`',
    description:
      'Key for the Claude API. Give it as a secret. On the command line better as a variable, since other users can read flags.',
    example: 'sk-ant-your-key',
    isSecret: true,
    parse: matching(/^[\x21-\x7e]{1,500}$/, 'a key on one line, without blanks'),
  }),
  narrative: input({
    group: 'talking',
    default: 'auto',
    description:
      'Who puts regressions into plain English: with `auto` Claude where there is a key or a workload identity, otherwise a template; `template` never asks a model; `off` leaves the paragraph out. Numbers and names are always filled in by Tailgate.',
    example: 'template',
    ...oneOf(narratives),
  }),
  'anthropic-model': setting({
    group: 'talking',
    default: 'claude-haiku-5-5',
    description:
      'Claude model that words the findings. The default is small and enough for it; `claude-sonnet-5-5` writes better.',
    example: 'claude-sonnet-5-5',
    parse: matching(/^[A-Za-z0-9][\w.:@/-]{0,99}$/, 'the name of a model, such as claude-haiku-5-5'),
  }),
  'anthropic-base-url': setting({
    group: 'talking',
    defaultMeaning: 'https://api.anthropic.com',
    description:
      'Address of a gateway that speaks the Claude API, which gets the key of `anthropic-api-key`: https, or http to this machine.',
    example: 'https://llm-gateway.example.com/anthropic',
    parse: parseSecretsUrl,
  }),
  'include-diff': setting({
    group: 'talking',
    default: 'false',
    description:
      'Whether Claude is also shown what changed (names and hunks of the changed files, cut, without what looks like a secret) and may guess which file and line are behind a slowdown. The guess is always marked as one. Needs `pull-requests: read`; not for forks.',
    example: 'true',
    parse: parseSwitch,
  }),
};

/** Inputs that say how reasons are looked for. */
export const explainingInputs = {
  inspect: input({
    group: 'why slow',
    default: 'auto',
    description:
      'When the deployment is looked at once more, for at most 30 s, to find out why it is slow: with `auto` after a failure and after recording, `always`, or `never`. The verdict stands by then.',
    example: 'always',
    ...oneOf(['auto', 'always', 'never']),
  }),
  probes: setting({
    group: 'why slow',
    default: 'true',
    description:
      "Whether looking for reasons may repeat GET requests of the script, one at a time, and ask for a page that isn't there; with `false` only the script's own load runs once more.",
    example: 'false',
    parse: parseSwitch,
  }),
};

/** Name of the input, and of the key of the file, that says how much slower a quantile may get. */
export type MarginInput = `max-${Quantile}-increase`;

/** The setting that holds the margin of a quantile: `max-p95-increase`. */
export function marginInput(quantile: Quantile): MarginInput {
  return `max-${quantile}-increase`;
}

/** `max-p95-increase` and its likes: the slowdown that an endpoint may have, one input per quantile that is judged. */
function quantileMarginInputs() {
  return perJudgedQuantile((name) => {
    const percent = Math.round(quantiles[name].usualMargin * 100);
    const what = isTail(name) ? name : `${name}, the median,`;
    return input({
      group: 'thresholds',
      default: `${percent}%`,
      description: `Slowdown of ${what} that an endpoint may have.`,
      example: `${percent + 5}%`,
      parse: parsePercent,
    });
  });
}

function perJudgedQuantile<T>(make: (quantile: Quantile) => T): Record<MarginInput, T> {
  return Object.fromEntries(judgedQuantiles.map((name) => [marginInput(name), make(name)])) as Record<MarginInput, T>;
}

function parseFailOn(raw: string): Parsed<FailOn[]> {
  const chosen = parseEach(splitList(raw), (item) => parseChoice(item, failOnChoices));
  if (!chosen.isValid) return chosen;
  const distinct = [...new Set(chosen.value)];
  if (distinct.includes('never') && distinct.length > 1) return invalid('never alone, or a list without it');
  return distinct.length === 0 ? invalid('at least one verdict, or never') : valid(distinct);
}
