import { writeOutputFile } from '../adapters/files/report-files.ts';
import { readK6File } from '../adapters/k6/output/read-k6-file.ts';
import { configError } from '../config/parse-config.ts';
import { parseUrl } from '../config/parse-values.ts';
import { toPlainLines } from '../core/report/escape.ts';
import { requestsOf } from '../core/run-record/run-record.ts';
import { encodeRunRecord } from '../core/run-record/run-record-codec.ts';
import { defined } from '../defined.ts';
import { hostWarnings } from '../gate/judge.ts';
import { durationFlag } from './baseline.ts';
import { requireFiles } from './require-files.ts';

/** Flags of `import`. */
export interface ImportFlags {
  readonly format: 'auto' | 'k6-json' | 'k6-csv';
  readonly warmUp?: string;
  readonly targetUrl?: string;
  readonly output: string;
}

/** Turns raw k6 output into a run record and says in one line what was read. */
export async function importFile(file: string, flags: ImportFlags): Promise<number> {
  await requireFiles({ 'tailgate import': [file] });
  const { format, warmUp } = flags;
  const target = addressFlag(flags.targetUrl);
  const record = await readK6File(file, { format, ...durationFlag('warm-up', warmUp), ...defined({ target }) });
  const text = encodeRunRecord(record);
  if (flags.output === '-') process.stdout.write(`${text}\n`);
  else await writeOutputFile(flags.output, text);
  const requests = record.endpoints.reduce((sum, series) => sum + requestsOf(series), 0);
  const seconds = Math.round(record.durationMs / 1000);
  for (const warning of [...record.warnings, ...hostWarnings([record])])
    process.stderr.write(`warning: ${toPlainLines(warning)}\n`);
  process.stderr.write(
    `${requests} requests to ${record.endpoints.length} endpoints in ${seconds} s, ${Math.round(record.warmUpMs / 1000)} s of them warm-up\n`,
  );
  return 0;
}

function addressFlag(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const parsed = parseUrl(text);
  if (parsed.isValid) return parsed.value;
  throw configError([
    { where: '--target-url', got: JSON.stringify(text), expected: parsed.expected, example: 'https://shop.example' },
  ]);
}
