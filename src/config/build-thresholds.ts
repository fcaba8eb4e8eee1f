import { judgedQuantiles, perQuantile } from '../core/thresholds/quantiles.ts';
import type { EndpointRule, Margins, Thresholds } from '../core/thresholds/thresholds.ts';
import type { FileOnlySettings } from './file-only-settings.ts';
import type { InputName, InputValue, InputValues } from './inputs.ts';
import { marginInput } from './margin-input.ts';

const defaultAlpha = 0.05;

/** Above this share of failed requests a service is broken, whatever the statistics say of the rise. */
const defaultErrorRateCeiling = 0.05;

/** What comparing needs of the configuration; `values` includes the defaults. */
export function buildThresholds(values: InputValues, settings: FileOnlySettings): Thresholds {
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
export function required<Name extends InputName>(values: InputValues, name: Name): InputValue<Name> {
  const value = values[name];
  if (value === undefined) throw new TypeError(`input ${name} has no default`);
  return value as InputValue<Name>;
}
