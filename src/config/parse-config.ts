import * as v from 'valibot';
import { perQuantile } from '../core/thresholds/quantiles.ts';
import type { Thresholds } from '../core/thresholds/thresholds.ts';
import { defined } from '../defined.ts';
import { GateError } from '../errors.ts';
import type { PrintedCommand } from '../printed-command.ts';
import { pageOf } from '../version.ts';
import type { Config } from './config.ts';
import { type ConfigFile, readConfigFile, readMapping } from './config-file.ts';
import { givenSettings } from './given-settings.ts';
import type { InputSpec } from './input-spec.ts';
import {
  actionInputNames,
  formerNames,
  type InputName,
  type InputValue,
  type InputValues,
  inputNames,
  inputs,
  isInputName,
} from './inputs.ts';
import { marginInput } from './judging-inputs.ts';
import { formatDuration, type Parsed } from './parse-values.ts';
import { describeValue, expectedKey, formatProblem, isMapping, type Problem, placeOf, quote } from './problem.ts';

export interface RawConfig {
  /** Raw texts by input name; an empty text counts as not given, since that is how the Actions runner says so. */
  readonly inputs: Readonly<Record<string, string | undefined>>;
  /** Whether they are the Action's, which takes fewer than the command line. */
  readonly isAction?: boolean;
  /** The configuration file, when there is one. */
  readonly configFile?: { readonly path: string; readonly text: string };
  /** What depends on the surroundings: the name made of workflow and job, and where runs are kept. */
  readonly defaults?: { readonly name?: string; readonly 'baseline-store'?: string };
  /** `load`: target and script are required. `comparison`: only files are compared. Default `load`. */
  readonly needs?: 'load' | 'comparison';
}

export type ParsedConfig = { readonly config: Config } | { readonly problems: readonly Problem[] };

/** Reads inputs and file into one typed configuration, or lists every problem of both. Inputs win over the file. */
export function parseConfig(raw: RawConfig): ParsedConfig {
  const file: ConfigFile =
    raw.configFile === undefined
      ? { values: {}, problems: [] }
      : readConfigFile(raw.configFile.path, raw.configFile.text);
  const problems: Problem[] = [...strangeInputs(raw), ...file.problems];
  const values: Record<string, unknown> = {};
  for (const name of inputNames) {
    const surrounding = name === 'baseline-store' ? raw.defaults?.[name] : undefined;
    values[name] = defaultOf(inputs[name], surrounding);
    // The overruled value is read as well: what is wrong in the file stays wrong when the input goes.
    const read = [
      ...(name in file.values ? [readValue(name, file.values[name], `${raw.configFile?.path}: ${name}`)] : []),
      ...(raw.inputs[name]?.trim() ? [readValue(name, raw.inputs[name], `input ${name}`)] : []),
    ];
    for (const outcome of read) {
      if ('value' in outcome) values[name] = outcome.value;
      else problems.push(...outcome.problems);
    }
  }
  problems.push(...checkTogether(values, problems, raw.needs ?? 'load'));
  if (problems.length > 0) return { problems };
  const { inputs: texts, isAction = false } = raw;
  const given = givenSettings({ texts, values, defaultName: raw.defaults?.name, isAction });
  return { config: { ...assemble(values, raw.defaults?.name), given } };
}

/** What the Action or the command line was given by a name that it has not. */
function strangeInputs({ inputs: given, isAction = false, configFile }: RawConfig): Problem[] {
  const known = isAction ? actionInputNames : inputNames;
  const path = configFile?.path ?? inputs.config.default;
  return Object.entries(given).flatMap(([name, text]): Problem[] => {
    const renamed = formerNames.inputs.get(name);
    if (text === undefined || known.some((candidate) => candidate === name)) return [];
    if (renamed !== undefined) return [{ where: `input ${name}`, says: `now called ${renamed}` }];
    if (isInputName(name)) return [{ where: `input ${name}`, says: `${name} is set in ${path}, not as an input` }];
    return [{ where: 'inputs', got: `the input ${quote(name)}`, expected: expectedKey(name, known) }];
  });
}

type Read = { readonly value: unknown } | { readonly problems: readonly Problem[] };

/** The typed value of `given`, a text or what the file holds. */
function readValue(name: InputName, given: unknown, where: string): Read {
  const spec: InputSpec<unknown> = inputs[name];
  const { schema, example, isSecret } = spec;
  if (schema !== undefined && typeof given === 'object' && given !== null) {
    const parsed = v.safeParse(schema, given);
    if (parsed.success) return { value: parsed.output };
    return { problems: parsed.issues.map((issue) => problemOf(issue, where)) };
  }
  const text = textOf(given);
  if (text === undefined) {
    const got = isSecret === true ? '(hidden)' : describeValue(given);
    return { problems: [{ where, got, expected: 'a value, or a list of values', example }] };
  }
  const renamed = name === 'mode' ? formerNames.modes.get(text) : undefined;
  if (renamed !== undefined) return { problems: [{ where, says: `${text} is now called ${renamed}` }] };
  const parsed = readText(spec, text);
  if (parsed.isValid) return { value: parsed.value };
  const got = isSecret === true ? '(hidden)' : quote(parsed.got ?? text);
  return { problems: [{ where, got, expected: parsed.expected, example }] };
}

/** What `text` says as the value of an input. */
export function readText<T>({ parse, schema }: InputSpec<T>, text: string): Parsed<T> {
  return schema === undefined ? parse(text) : readMapping(schema, text);
}

/** The raw text that the input of the same name would have; lists become lines, mappings lines of KEY=VALUE. */
function textOf(value: unknown): string | undefined {
  if (isScalar(value)) return String(value).trim() || undefined;
  const items = isMapping(value) ? Object.values(value) : value;
  if (!Array.isArray(items) || items.length === 0 || !items.every(isScalar)) return undefined;
  return (isMapping(value) ? Object.keys(value).map((key, i) => `${key}=${items[i]}`) : items).join('\n');
}

function isScalar(value: unknown): value is string | number | boolean {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
}

function problemOf(issue: v.GenericIssue, setting: string): Problem {
  const where = [setting, placeOf(issue)].filter(Boolean).join(' > ');
  // For an unknown or a missing key the issue's input is the key's value, which says nothing.
  const isKeyIssue = issue.path?.at(-1)?.origin === 'key';
  const got = isKeyIssue ? (issue.expected === 'never' ? 'this unknown key' : 'nothing') : describeValue(issue.input);
  return { where, got, expected: issue.message };
}

/** All `problems` as one error, one a line. */
export function configError(
  problems: readonly Problem[],
  hint: string = everySetting,
  command?: PrintedCommand,
): GateError {
  const count =
    problems.length === 1 ? 'The configuration has a problem' : `The configuration has ${problems.length} problems`;
  const list = problems.map((problem) => `  ${formatProblem(problem)}`).join('\n');
  return new GateError('CONFIG_INVALID', `${count}:\n${list}`, hint, undefined, command);
}

const everySetting = `Change the values named above; every setting: ${pageOf('docs/inputs.md')}`;

/** Where the configuration file is looked for, and whether its absence is an error (it was asked for by name). */
export function configFilePath(given: RawConfig['inputs']): { readonly path: string; readonly isRequired: boolean } {
  const path = given['config']?.trim() ?? '';
  return path === '' ? { path: inputs.config.default ?? '', isRequired: false } : { path, isRequired: true };
}

function defaultOf(spec: InputSpec<unknown>, text = spec.default): unknown {
  if (text === undefined) return undefined;
  const parsed = readText(spec, text);
  if (!parsed.isValid) throw new TypeError(`the default ${text} is not valid: ${parsed.expected}`);
  return parsed.value;
}

function assemble(values: InputValues, defaultName?: string): Omit<Config, 'given'> {
  const url = values['target-url'];
  const optional = {
    target: url === undefined ? undefined : { url, urlVariables: required(values, 'url-variable') },
    durationMs: values.duration,
    rate: values.rate,
    bypassHeader: values['bypass-header'],
    environment: values.environment,
    warmUpMs: values['warm-up'],
    timeBudgetMs: values['time-budget'],
    groupBy: values['group-by'],
    blockLengthMs: values['block-length'],
    resetCommand: values['reset-command'],
    duet: duetOf(values),
  };
  const k6 = { version: values['k6-version'], path: values['k6-path'], mirror: values['k6-mirror'] };
  return {
    name: values.name ?? defaultName ?? 'tailgate',
    mode: required(values, 'mode'),
    placement: required(values, 'placement'),
    scripts: values.script ?? [],
    k6: { ...defined(k6), args: values['k6-args'] ?? [] },
    env: values.env ?? [],
    baselineEnv: values['baseline-env'] ?? [],
    candidateEnv: values['candidate-env'] ?? [],
    readiness: {
      path: required(values, 'wait-path'),
      // Whoever names a path means a page to be there; at `/` any answer of the service itself says that it is up.
      statuses: values['wait-status'] ?? [{ lowest: 200, highest: values['wait-path'] === '/' ? 499 : 399 }],
      ...defined({ body: values['wait-body'] }),
      timeoutMs: required(values, 'wait-timeout'),
    },
    baselineStore: required(values, 'baseline-store'),
    thresholds: buildThresholds(values),
    failOn: required(values, 'fail-on'),
    narrative: {
      mode: required(values, 'narrative'),
      model: required(values, 'anthropic-model'),
      includesDiff: required(values, 'include-diff'),
      ...defined({ apiKey: values['anthropic-api-key'], baseUrl: values['anthropic-base-url'] }),
    },
    inspection: { when: required(values, 'inspect'), mayProbe: required(values, 'probes') },
    talking: {
      comment: required(values, 'comment'),
      checkRun: required(values, 'check-run'),
      acceptLabel: required(values, 'accept-label'),
    },
    betweenJobs: {
      candidateFrom: values['candidate-from'] ?? [],
      repeats: required(values, 'repeats'),
      unchangedJobs: values['unchanged-jobs'] ?? [],
      ...defined({ reportFrom: values['report-from'], jobs: values.jobs }),
    },
    maxRepeats: required(values, 'max-repeats'),
    reportDir: required(values, 'report-dir'),
    ...defined(optional),
  };
}

function duetOf(values: InputValues): Config['duet'] {
  const baselineUrl = values['baseline-url'];
  if (baselineUrl === undefined) return undefined;
  return {
    baselineUrl,
    order: required(values, 'duet-order'),
    ...defined({ restartCommand: values['restart-command'] }),
  };
}

function buildThresholds(values: InputValues): Thresholds {
  return {
    margins: {
      relativeIncrease: perQuantile((name, { usualMargin }) => values[marginInput(name)] ?? usualMargin),
      latencyIncreaseMs: required(values, 'min-latency-increase'),
      errorRateIncrease: required(values, 'max-error-rate-increase'),
    },
    rules: [...(values.endpoints ?? []), ...(values.overrides ?? [])],
    metrics: values.metrics ?? [],
    sensitivity: required(values, 'sensitivity'),
    alpha: required(values, 'alpha'),
    errorRateCeiling: required(values, 'error-rate-ceiling'),
    judgeAgainst: required(values, 'judge-against'),
  };
}

/** The value of an input that has a default and can therefore not be absent. */
function required<Name extends InputName>(values: InputValues, name: Name): InputValue<Name> {
  const value = values[name];
  if (value === undefined) throw new TypeError(`input ${name} has no default`);
  return value as InputValue<Name>;
}

/** Problems that no single value shows: what is missing, and what contradicts what. */
function checkTogether(values: InputValues, known: readonly Problem[], needs: 'load' | 'comparison'): Problem[] {
  const problems: Problem[] = [];
  if (needs === 'load' && values.mode !== 'decide') {
    for (const name of ['target-url', 'script'] as const) {
      if (values[name] === undefined && !isMentioned(known, name)) problems.push(missing(name));
    }
  }
  if (values.mode === 'duet' && values['baseline-url'] === undefined && !isMentioned(known, 'baseline-url')) {
    problems.push({ ...missing('baseline-url'), expected: 'the address to compare with in mode duet' });
  }
  if (values.rate !== undefined && values.duration === undefined && !isMentioned(known, 'duration')) {
    problems.push({ ...missing('duration'), expected: 'a duration beside rate' });
  }
  const warmUpMs = values['warm-up'];
  for (const name of ['duration', 'time-budget'] as const) {
    const limitMs = values[name];
    if (warmUpMs === undefined || limitMs === undefined || warmUpMs < limitMs) continue;
    const expected = `less than ${name}, which is ${formatDuration(limitMs)}`;
    problems.push({ where: 'warm-up', got: formatDuration(warmUpMs), expected, example: '10s' });
  }
  const hasObjective = values.endpoints?.some(({ objective }) => objective !== undefined);
  if (values['judge-against'] === 'objective' && hasObjective !== true) {
    const expected = 'at least one endpoint with an objective';
    problems.push({ where: 'judge-against', got: 'objective', expected, example: 'objective: p95 < 300ms' });
  }
  return problems;
}

function missing(name: InputName): Problem {
  const { description, example } = inputs[name];
  const meaning = description.split('. ')[0]?.replace(/\.$/, '') ?? name;
  return {
    where: `input ${name}`,
    got: 'nothing',
    expected: `${meaning.charAt(0).toLowerCase()}${meaning.slice(1)}`,
    example,
  };
}

function isMentioned(known: readonly Problem[], name: InputName): boolean {
  return known.some(({ where }) => where.endsWith(` ${name}`));
}
