import { GateError } from '../../../errors.ts';
import { csvFields } from './csv-fields.ts';
import type { K6Tags } from './k6-points.ts';

/** Where the columns of one k6 CSV file are; their order follows the system tags that were on. */
export interface CsvColumns {
  readonly names: readonly string[];
  readonly metric: number;
  readonly time: number;
  readonly value: number;
  readonly extraTags: number;
}

/** Columns that are no tags. */
const notTags: readonly string[] = ['metric_name', 'timestamp', 'metric_value', 'extra_tags', 'metadata'];

const required: readonly string[] = ['metric_name', 'timestamp', 'metric_value'];

/** Reads the header. Throws `GateError` INPUT_UNREADABLE when `line` isn't the header of a k6 CSV file. */
export function csvColumns(line: string, source: string): CsvColumns {
  const names = (csvFields(line.replace(/^\uFEFF/u, '')) ?? []).map((name) => name.trim());
  const missing = required.filter((name) => !names.includes(name));
  if (!names.includes('name') && !names.includes('url')) missing.push('name');
  if (missing.length > 0) {
    const shown = line.length > 120 ? `${line.slice(0, 120)}…` : line;
    throw new GateError(
      'INPUT_UNREADABLE',
      `${source} has no k6 CSV header: its first line is ${JSON.stringify(shown)}, which lacks ${missing.join(', ')}`,
      'Give a file written by `k6 run --out csv=FILE`, with its first line (metric_name,timestamp,metric_value,…) kept.',
    );
  }
  return {
    names,
    metric: names.indexOf('metric_name'),
    time: names.indexOf('timestamp'),
    value: names.indexOf('metric_value'),
    extraTags: names.indexOf('extra_tags'),
  };
}

/** Tags of one record; an empty column is an absent tag. `extra_tags` are `k=v&k=v`, as k6 writes them, unescaped. */
export function csvTags(columns: CsvColumns, fields: readonly string[]): K6Tags {
  const tags: Record<string, string> = {};
  for (const pair of fields[columns.extraTags]?.split('&') ?? []) {
    const equals = pair.indexOf('=');
    if (equals > 0) tags[pair.slice(0, equals)] = pair.slice(equals + 1);
  }
  columns.names.forEach((name, i) => {
    const field = fields[i];
    if (field !== undefined && field !== '' && !notTags.includes(name)) tags[name] = field;
  });
  return tags;
}
