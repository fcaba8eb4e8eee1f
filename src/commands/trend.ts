import { join } from 'node:path';
import { writeOutputFile } from '../adapters/files/report-files.ts';
import { toPlainLines } from '../core/report/escape.ts';
import { renderTrendPage } from '../core/report/html/trend-page.ts';
import { buildTrendPage } from '../core/report/trend/trend-model.ts';
import { GateError } from '../errors.ts';
import { renderCommand, tailgateCommand } from '../printed-command.ts';
import { askedStore, runsElsewhere, type StoreFlags } from './asked-store.ts';

/** Flags of `report`, as commander hands them over. */
export interface TrendFlags extends StoreFlags {
  readonly trend?: boolean;
  readonly output: string;
}

/** Writes the stored runs over months as `index.html` into a folder, and says in one line what it shows. */
export async function reportTrend(flags: TrendFlags): Promise<number> {
  if (flags.trend !== true) throw whatToShow(flags);
  const { store } = await askedStore(flags);
  const { records, warnings } = await store.list();
  if (records.length === 0) {
    const output = { name: 'output', value: flags.output };
    const elsewhere = await runsElsewhere(store, { command: 'report', flags: [{ name: 'trend' }, output] });
    const help = elsewhere?.text ?? '--baseline-store names the store, `tailgate record` fills it';
    process.stderr.write(`warning: ${toPlainLines(`no run is stored in ${store.label}: ${help}`)}\n`);
    if (elsewhere !== undefined) process.stderr.write(`    ${renderCommand(elsewhere.command)}\n`);
  }
  const page = buildTrendPage(records, store.label, warnings);
  for (const warning of page.warnings) process.stderr.write(`warning: ${toPlainLines(warning)}\n`);
  const path = join(flags.output, 'index.html');
  await writeOutputFile(path, renderTrendPage(page));
  const text = `${page.headline} (${page.provenance.join(', ')}). Written to ${path}.`;
  process.stdout.write(`${toPlainLines(text)}\n`);
  return 0;
}

function whatToShow({ baselineStore, config, output }: TrendFlags): GateError {
  const given = { 'baseline-store': baselineStore, config, output };
  const flags = Object.entries(given).flatMap(([name, value]) => (value === undefined ? [] : [{ name, value }]));
  return new GateError(
    'CONFIG_INVALID',
    '`tailgate report` was not told what to show',
    'Add --trend for the stored runs over months:',
    undefined,
    tailgateCommand('report', [{ name: 'trend' }, ...flags]),
  );
}
