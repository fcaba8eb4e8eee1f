import * as v from 'valibot';
import { judgedQuantiles, quantiles } from '../core/thresholds/quantiles.ts';
import { type MarginInput, marginInput } from './margin-input.ts';
import { parseObjective } from './parse-override.ts';
import { parseDuration, parsePercent, parsePercentagePoints } from './parse-quantity.ts';
import { parseSecretsUrl } from './parse-text.ts';
import { expectedKey, type Parsed } from './parsed.ts';

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

function numberBetween(least: number, most: number, example: number) {
  const message = `a number from ${least} to ${most} (example: ${example})`;
  return v.pipe(v.number(message), v.minValue(least, message), v.maxValue(most, message));
}

function quantileMargins() {
  const entries = judgedQuantiles.map((name) => {
    const example = `${Math.round(quantiles[name].usualMargin * 100)}%`;
    return [marginInput(name), v.optional(readBy(parsePercent, example))] as const;
  });
  return Object.fromEntries(entries) as Record<MarginInput, (typeof entries)[number][1]>;
}

const margins = mapping({
  ...quantileMargins(),
  'min-latency-increase': v.optional(readBy((text) => parseDuration(text, 0), '5ms')),
  'max-error-rate-increase': v.optional(readBy(parsePercentagePoints, '0.5pp')),
});

const endpoint = mapping({
  weight: v.optional(numberBetween(0, 1000, 2)),
  margins: v.optional(margins),
  ignore: v.optional(v.boolean('true or false')),
  objective: v.optional(readBy(parseObjective, 'p95 < 300ms')),
});

const metric = mapping({
  unit: v.optional(nonEmptyText),
  direction: v.picklist(['up', 'down'], 'up or down: the direction that is worse'),
  margin: readBy(parsePercent, '10%'),
});

/** Where an alpha ends: above it every fifth unchanged build would be red. */
const largestAlpha = 0.2;

const entries = {
  alpha: v.optional(numberBetween(0.001, largestAlpha, 0.05)),
  'block-length': v.optional(readBy((text) => parseDuration(text, 1000), '5s')),
  'error-rate-ceiling': v.optional(readBy(parsePercent, '5%')),
  metrics: v.optional(named(metric, 'a mapping from metric names to unit, direction and margin')),
  'group-by': v.optional(nonEmptyText),
  endpoints: v.optional(named(endpoint, 'a mapping from endpoint names to what holds for them')),
  'judge-against': v.optional(v.picklist(['baseline', 'objective'], 'baseline or objective')),
  'anthropic-base-url': v.optional(readBy(parseSecretsUrl, 'https://llm-gateway.example.com/anthropic')),
};

/** Keys that `.tailgate.yml` has and the inputs have not. */
export const fileOnlySchema = mapping(entries);

export const fileOnlyKeys: readonly string[] = Object.keys(entries);

export type FileOnlySettings = v.InferOutput<typeof fileOnlySchema>;
