import { writeOutputFile } from '../adapters/files/report-files.ts';
import { type ReadK6FileOptions, readK6File } from '../adapters/k6/output/read-k6-file.ts';
import type { Config, SideAddress } from '../config/config.ts';
import { configError } from '../config/parse-config.ts';
import { toPlainLines } from '../core/report/escape.ts';
import { formatCount } from '../core/report/format-quantity.ts';
import { type RunRecord, requestsOf } from '../core/run-record/run-record.ts';
import { encodeRunRecord } from '../core/run-record/run-record-codec.ts';
import { defined } from '../defined.ts';
import type { GateError } from '../errors.ts';
import { hostWarnings } from '../gate/judge.ts';
import { loadConfig } from '../wiring/load-config.ts';
import { refuseOverwriting, requireFiles } from './require-files.ts';

/** Flags of `import`. */
export interface ImportFlags {
  readonly format: 'auto' | 'k6-json' | 'k6-csv';
  readonly output: string;
}

/** Turns raw k6 output, in several files where several load generators made it, into a run record and says in one line what was read. */
export async function importFile(
  files: readonly [string, ...string[]],
  flags: ImportFlags,
  inputs: Record<string, string | undefined>,
): Promise<number> {
  const config = await loadConfig({ inputs, needs: 'comparison' });
  await requireFiles({ 'tailgate import': files });
  await refuseOverwriting(flags.output, files);
  const record = await readK6File(files, { format: flags.format, ...readingOptions(config) });
  const requests = record.endpoints.reduce((sum, series) => sum + requestsOf(series), 0);
  const { warmUp = 0 } = record.requestsOutsideBlocks ?? {};
  if (requests === 0 && warmUp > 0) throw onlyWarmUp(record);
  const text = encodeRunRecord(record);
  if (flags.output === '-') process.stdout.write(`${text}\n`);
  else await writeOutputFile(flags.output, text);
  const seconds = Math.round(record.durationMs / 1000);
  for (const warning of [...record.warnings, ...hostWarnings([record])])
    process.stderr.write(`warning: ${toPlainLines(warning)}\n`);
  process.stderr.write(
    `${requests} requests to ${formatCount(record.endpoints.length, 'endpoint')} in ${seconds} s, ${Math.round(record.warmUpMs / 1000)} s of them warm-up\n`,
  );
  return 0;
}

function onlyWarmUp({ durationMs, warmUpMs }: RunRecord): GateError {
  const expected = `less than the run, which took ${(durationMs / 1000).toFixed(1)} s`;
  return configError([{ where: 'warm-up', got: `${warmUpMs / 1000}s`, expected, example: '5s' }]);
}

/** What the configuration says about the record of a file, as it does about the record of a run. */
export function readingOptions(config: Config): ReadK6FileOptions {
  const { warmUpMs, blockLengthMs, groupBy, environment, target, thresholds } = config;
  const metricUnits = new Map(thresholds.metrics.map(({ metric, unit }) => [metric, unit]));
  return { ...defined({ warmUpMs, blockLengthMs, groupBy, environment, target: addressOf(target?.url) }), metricUnits };
}

/** A deployment that GitHub knows says nothing of the hosts in a file. */
export function addressOf(side: SideAddress | undefined): string | undefined {
  return typeof side === 'string' ? side : undefined;
}
