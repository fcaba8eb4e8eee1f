import { join } from 'node:path';
import { openBaselineStore } from '../adapters/baseline-store/open-baseline-store.ts';
import { writeOutputFile } from '../adapters/files/report-files.ts';
import { toPlainLines } from '../core/report/escape.ts';
import { renderTrendPage } from '../core/report/html/trend-page.ts';
import { shellWord } from '../core/report/model/next-steps.ts';
import { buildTrendPage } from '../core/report/trend/trend-model.ts';
import { GateError } from '../errors.ts';
import { storeLocation } from '../wiring/open-store.ts';

/** Flags of `report`, as commander hands them over. */
export interface TrendFlags {
  readonly trend?: boolean;
  readonly baselineStore: string;
  readonly output: string;
}

/** Writes the stored runs over months as `index.html` into a folder, and says in one line what it shows. */
export async function reportTrend(flags: TrendFlags): Promise<number> {
  if (flags.trend !== true) throw whatToShow(flags);
  const store = openBaselineStore(storeLocation(flags.baselineStore));
  const { records, warnings } = await store.list();
  if (records.length === 0) {
    const help = '--baseline-store names the store, `tailgate record` fills it';
    process.stderr.write(`warning: no run is stored in ${toPlainLines(store.label)}: ${help}\n`);
  }
  const page = buildTrendPage(records, store.label, warnings);
  for (const warning of page.warnings) process.stderr.write(`warning: ${toPlainLines(warning)}\n`);
  const path = join(flags.output, 'index.html');
  await writeOutputFile(path, renderTrendPage(page));
  process.stdout.write(`${page.headline} (${page.provenance.join(', ')}). Written to ${toPlainLines(path)}.\n`);
  return 0;
}

function whatToShow({ baselineStore, output }: TrendFlags): GateError {
  return new GateError(
    'CONFIG_INVALID',
    '`tailgate report` was not told what to show',
    `Add --trend for the stored runs over months: tailgate report --trend --baseline-store ${shellWord(baselineStore)} -o ${shellWord(output)}`,
  );
}
