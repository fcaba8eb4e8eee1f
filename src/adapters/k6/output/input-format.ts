import { GateError } from '../../../errors.ts';

export type InputFormat = 'k6-json' | 'k6-csv' | 'run-record';

/** What is in a file, by its first bytes. Throws `GateError` INPUT_UNREADABLE, quoting them, when it is nothing we read. */
export function recogniseFormat(first: Buffer, source: string): InputFormat {
  const text = first
    .toString('utf8')
    .replace(/^\uFEFF/u, '')
    .trimStart();
  if (/^\{\s*"schema"\s*:/u.test(text)) return 'run-record';
  if (text.startsWith('{')) return 'k6-json';
  const [line = ''] = text.split(/\r?\n/u, 1);
  if (/(?:^|,)"?metric_name"?(?:,|$)/u.test(line)) return 'k6-csv';
  if (/^\{"metric":/mu.test(text)) return 'k6-json';
  const isText = !/[\u0000-\u0008\u000E-\u001F\uFFFD]/u.test(text.slice(0, 512));
  const shown = JSON.stringify(text.slice(0, 60));
  if (isText && line.includes(',')) {
    throw new GateError(
      'INPUT_UNREADABLE',
      `${source} looks like CSV without k6's header: it begins with ${shown}`,
      'Keep the first line that k6 writes (metric_name,timestamp,metric_value,…): it tells which column is which.',
    );
  }
  throw new GateError(
    'INPUT_UNREADABLE',
    `${source} is ${isText ? 'no k6 output' : 'binary data'}: it begins with ${shown}`,
    'Give JSON lines or CSV from `k6 run --out`, plain or gzip, or a run record.',
  );
}
