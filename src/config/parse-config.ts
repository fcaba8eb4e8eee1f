import { judgedQuantiles, perQuantile } from '../core/thresholds/quantiles.ts';
import type { EndpointRule, Margins, Thresholds } from '../core/thresholds/thresholds.ts';
import { GateError } from '../errors.ts';
import type { Config } from './config.ts';
import { type ConfigFile, readConfigFile } from './config-file.ts';
import type { FileOnlySettings } from './file-only-settings.ts';
import type { InputSpec } from './input-spec.ts';
import { type InputName, type InputValue, type InputValues, inputNames, inputs, isInputName } from './inputs.ts';
import { marginInput } from './margin-input.ts';
import { formatDuration } from './parse-quantity.ts';
import { expectedKey, formatProblem, type Problem, quote } from './parsed.ts';

export interface RawConfig {
  /** Raw texts by input name; an empty text counts as not given, since that is how the Actions runner says so. */
  readonly inputs: Readonly<Record<string, string | undefined>>;
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
      ? { texts: {}, settings: {}, problems: [] }
      : readConfigFile(raw.configFile.path, raw.configFile.text);
  const problems: Problem[] = [...unknownInputs(raw.inputs), ...file.problems];
  const given: Record<string, unknown> = {};
  const values: Record<string, unknown> = {};
  for (const name of inputNames) {
    const fromInput = raw.inputs[name]?.trim() ?? '';
    const fromFile = file.texts[name]?.trim() ?? '';
    const spec = inputs[name] as InputSpec<unknown>;
    const written = [
      { text: fromInput, where: `input ${name}` },
      { text: fromFile, where: `${raw.configFile?.path}: ${name}` },
    ].filter(({ text }) => text !== '');
    // The overruled text is read as well: what is wrong in the file stays wrong when the input goes.
    for (const { text, where } of written.reverse()) {
      const parsed = spec.parse(text);
      if (parsed.isValid) given[name] = parsed.value;
      else problems.push(wrongValue(where, spec, parsed.got ?? text, parsed.expected));
    }
    const surrounding = name === 'baseline-store' ? raw.defaults?.[name] : undefined;
    values[name] = given[name] ?? defaultOf(spec, surrounding);
  }
  problems.push(...checkTogether(values as InputValues, file.settings, problems, raw.needs ?? 'load'));
  if (problems.length > 0) return { problems };
  return { config: assemble(values as InputValues, file.settings, raw.defaults?.name) };
}

/** All `problems` as one error, one a line. */
export function configError(problems: readonly Problem[]): GateError {
  const count =
    problems.length === 1 ? 'The configuration has a problem' : `The configuration has ${problems.length} problems`;
  const list = problems.map((problem) => `  ${formatProblem(problem)}`).join('\n');
  return new GateError(
    'CONFIG_INVALID',
    `${count}:\n${list}`,
    'Change the values named above; docs/inputs.md lists every input.',
  );
}

/** Where the configuration file is looked for, and whether its absence is an error (it was asked for by name). */
export function configFilePath(given: RawConfig['inputs']): { readonly path: string; readonly isRequired: boolean } {
  const path = given['config']?.trim() ?? '';
  return path === '' ? { path: inputs.config.default ?? '', isRequired: false } : { path, isRequired: true };
}

function unknownInputs(given: RawConfig['inputs']): Problem[] {
  return Object.entries(given)
    .filter(([name, text]) => !isInputName(name) && text !== undefined)
    .map(([name]) => ({ where: 'inputs', got: `the input ${quote(name)}`, expected: expectedKey(name, inputNames) }));
}

function wrongValue(where: string, spec: InputSpec<unknown>, got: string, expected: string): Problem {
  return { where, got: spec.isSecret === true ? '(hidden)' : quote(got), expected, example: spec.example };
}

function defaultOf(spec: InputSpec<unknown>, text = spec.default): unknown {
  if (text === undefined) return undefined;
  const parsed = spec.parse(text);
  if (!parsed.isValid) throw new TypeError(`the default ${text} is not valid: ${parsed.expected}`);
  return parsed.value;
}

function assemble(values: InputValues, settings: FileOnlySettings, defaultName?: string): Config {
  const url = values['target-url'];
  const optional = {
    target: url === undefined ? undefined : { url, urlVariables: required(values, 'url-variable') },
    durationMs: values.duration,
    rate: values.rate,
    bypassHeader: values['bypass-header'],
    environment: values.environment,
    warmUpMs: values['warm-up'],
    timeBudgetMs: values['time-budget'],
    groupBy: settings['group-by'],
    blockLengthMs: settings['block-length'],
    resetCommand: values['reset-command'],
    duet: duetOf(values),
  };
  const k6 = { version: values['k6-version'], path: values['k6-path'], mirror: values['k6-mirror'] };
  return {
    name: values.name ?? defaultName ?? 'tailgate',
    mode: required(values, 'mode'),
    scripts: values.script ?? [],
    k6: { ...present(k6), args: values['k6-args'] ?? [] },
    env: values.env ?? [],
    baselineEnv: values['baseline-env'] ?? [],
    candidateEnv: values['candidate-env'] ?? [],
    readiness: {
      path: required(values, 'wait-path'),
      statuses: values['wait-status'] ?? defaultStatuses(required(values, 'wait-path')),
      ...present({ body: values['wait-body'] }),
      timeoutMs: required(values, 'wait-timeout'),
    },
    baselineStore: required(values, 'baseline-store'),
    thresholds: buildThresholds(values, settings),
    failOn: required(values, 'fail-on'),
    narrative: {
      mode: required(values, 'narrative'),
      model: required(values, 'anthropic-model'),
      includesDiff: required(values, 'include-diff'),
      ...present({ apiKey: values['anthropic-api-key'], baseUrl: settings['anthropic-base-url'] }),
    },
    talking: {
      comment: required(values, 'comment'),
      checkRun: required(values, 'check-run'),
      acceptLabel: required(values, 'accept-label'),
    },
    betweenJobs: {
      candidateFrom: values['candidate-from'] ?? [],
      repeats: required(values, 'repeats'),
      unchangedJobs: values['unchanged-jobs'] ?? [],
      ...present({ reportFrom: values['report-from'], jobs: values.jobs }),
    },
    reportDir: required(values, 'report-dir'),
    ...present(optional),
  };
}

function duetOf(values: InputValues): Config['duet'] {
  const baselineUrl = values['baseline-url'];
  if (baselineUrl === undefined) return undefined;
  return {
    baselineUrl,
    order: required(values, 'duet-order'),
    placement: required(values, 'placement'),
    ...present({ restartCommand: values['restart-command'] }),
  };
}

/** Whoever names a path means a page to be there; at `/` any answer of the service itself says that it is up. */
function defaultStatuses(path: string): Config['readiness']['statuses'] {
  return [{ lowest: 200, highest: path === '/' ? 499 : 399 }];
}

/** `entries` without those that are undefined. */
function present<T extends object>(entries: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(entries).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}

const defaultAlpha = 0.05;

/** Above this share of failed requests a service is broken, whatever the statistics say of the rise. */
const defaultErrorRateCeiling = 0.05;

/** What comparing needs of the configuration; `values` includes the defaults. */
function buildThresholds(values: InputValues, settings: FileOnlySettings): Thresholds {
  const margins: Margins = {
    relativeIncrease: perQuantile((name, { usualMargin }) => values[marginInput(name)] ?? usualMargin),
    latencyIncreaseMs: required(values, 'min-latency-increase'),
    errorRateIncrease: required(values, 'max-error-rate-increase'),
  };
  return {
    margins,
    rules: [...endpointRules(settings), ...(values.overrides ?? [])],
    metrics: Object.entries(settings.metrics ?? {}).map(([metric, { unit = '', direction, margin }]) => ({
      metric,
      unit,
      direction,
      margin,
    })),
    sensitivity: required(values, 'sensitivity'),
    alpha: settings.alpha ?? defaultAlpha,
    errorRateCeiling: settings['error-rate-ceiling'] ?? defaultErrorRateCeiling,
    judgeAgainst: settings['judge-against'] ?? 'baseline',
  };
}

function endpointRules(settings: FileOnlySettings): EndpointRule[] {
  return Object.entries(settings.endpoints ?? {}).map(([pattern, { weight, margins, ignore, objective }]) => ({
    pattern,
    ...(margins === undefined ? {} : { margins: ruleMargins(margins) }),
    ...(weight === undefined ? {} : { weight }),
    ...(ignore === undefined ? {} : { isIgnored: ignore }),
    ...(objective === undefined ? {} : { objective }),
  }));
}

type FileMargins = NonNullable<NonNullable<FileOnlySettings['endpoints']>[string]['margins']>;

function ruleMargins(margins: FileMargins): NonNullable<EndpointRule['margins']> {
  const latencyIncreaseMs = margins['min-latency-increase'];
  const errorRateIncrease = margins['max-error-rate-increase'];
  return {
    relativeIncrease: Object.fromEntries(
      judgedQuantiles.flatMap((name) => {
        const increase = margins[marginInput(name)];
        return increase === undefined ? [] : [[name, increase]];
      }),
    ),
    ...(latencyIncreaseMs === undefined ? {} : { latencyIncreaseMs }),
    ...(errorRateIncrease === undefined ? {} : { errorRateIncrease }),
  };
}

/** The value of an input that has a default and can therefore not be absent. */
function required<Name extends InputName>(values: InputValues, name: Name): InputValue<Name> {
  const value = values[name];
  if (value === undefined) throw new TypeError(`input ${name} has no default`);
  return value as InputValue<Name>;
}

/** Problems that no single value shows: what is missing, and what contradicts what. */
function checkTogether(
  values: InputValues,
  settings: FileOnlySettings,
  known: readonly Problem[],
  needs: 'load' | 'comparison',
): Problem[] {
  const problems: Problem[] = [];
  const makesLoad = needs === 'load' && values.mode !== 'decide';
  if (makesLoad) {
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
    problems.push({ where: 'input warm-up', got: formatDuration(warmUpMs), expected, example: '10s' });
  }
  const hasObjective = Object.values(settings.endpoints ?? {}).some(({ objective }) => objective !== undefined);
  if (settings['judge-against'] === 'objective' && !hasObjective) {
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
