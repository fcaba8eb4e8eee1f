import { configError } from '../config/parse-config.ts';
import { chooseExpired } from '../core/baseline/choose-expired.ts';
import { selectWindow } from '../core/baseline/select-window.ts';
import { guardWorkflowCommands, toPlainLines } from '../core/report/escape.ts';
import { formatCount } from '../core/report/format-quantity.ts';
import { absoluteTable, acceptedTable } from '../core/report/model/tables.ts';
import { type TextTable, textsOf } from '../core/report/render/table-text.ts';
import { renderTextTable } from '../core/report/render/text-report.ts';
import { acceptedWhere, type RunRecord, requestsOf } from '../core/run-record/run-record.ts';
import { GateError } from '../errors.ts';
import { renderCommand, tailgateCommand } from '../printed-command.ts';
import { type AskedStore, askedStore, type RunsElsewhere, runsElsewhere, type StoreFlags } from './asked-store.ts';

/** Prints one line per stored run, oldest first, with its place in the comparison window of the newest one. */
export async function listBaseline(flags: StoreFlags): Promise<number> {
  const { store } = await askedStore(flags);
  const { records, warnings } = await store.list();
  for (const warning of warnings) process.stderr.write(`warning: ${toPlainLines(warning)}\n`);
  const newest = records.at(-1);
  if (newest === undefined) {
    const elsewhere = await runsElsewhere(store, { command: 'baseline list' });
    const hint =
      elsewhere === undefined ? '"tailgate record" adds one; three make a baseline.\n' : butElsewhere(elsewhere);
    process.stdout.write(`${toPlainLines(store.label)} holds no run yet. ${hint}`);
    return 0;
  }
  // As if one more run like the newest had just been measured.
  const { excluded } = selectWindow(records, { ...newest, id: 'next' });
  const reasons = new Map(excluded.map(({ id, reason }) => [id, reason]));
  printTable({
    title: 'Stored runs',
    columns: ['id', 'commit', 'length', 'requests', 'in the window'],
    rows: records.map((record) => [...summaryOf(record), placeOf(record, reasons.get(record.id))]),
  });
  process.stdout.write(`${records.length - excluded.length} of ${records.length} stored runs are in the window.\n`);
  return 0;
}

/** Prints the stored run whose id begins with `id`: what it was measured on, and its figures per endpoint. */
export async function showBaseline(id: string, flags: StoreFlags): Promise<number> {
  const record = await findStoredRun(await askedStore(flags), id);
  const { hard, soft } = record.fingerprint;
  const facts = {
    id: record.id,
    started: record.startedAt,
    quarantined: record.quarantined?.reason,
    accepted: acceptanceOf(record),
    ...record.provenance,
    ...hard,
    ...soft,
  };
  printTable({
    title: 'Run',
    columns: ['what', 'value'],
    rows: Object.entries(facts).flatMap(([name, value]) => (typeof value === 'string' ? [[name, value]] : [])),
  });
  const figures = absoluteTable(record);
  if (figures !== undefined) printTable(textsOf(figures));
  if (record.accepted !== undefined) printTable(textsOf(acceptedTable(record.accepted.figures)));
  for (const warning of record.warnings) process.stdout.write(`warning: ${toPlainLines(warning)}\n`);
  return 0;
}

/** Whether the run is in the window or why not, and until when its slowdown is accepted. */
function placeOf({ accepted }: RunRecord, whyNot: string | undefined): string {
  const place = whyNot ?? 'yes';
  return accepted === undefined ? place : `${place}; accepted until ${accepted.until}`;
}

function acceptanceOf({ accepted }: RunRecord): string | undefined {
  return accepted && `by ${accepted.by} ${acceptedWhere(accepted)} until ${accepted.until}: ${accepted.reason}`;
}

function summaryOf(record: RunRecord): string[] {
  const requests = record.endpoints.reduce((sum, series) => sum + requestsOf(series), 0);
  const commit = record.provenance.commit?.slice(0, 7) ?? '–';
  return [record.id, commit, `${Math.round(record.durationMs / 1000)} s`, String(requests)];
}

export interface PruneFlags extends StoreFlags {
  readonly keepRuns: string;
  readonly keepDays: string;
}

/** Removes runs that no comparison will want any more, and says how many are left. */
export async function pruneBaseline(flags: PruneFlags): Promise<number> {
  const retention = {
    keepRuns: wholeNumber('keep-runs', flags.keepRuns),
    keepDays: wholeNumber('keep-days', flags.keepDays),
  };
  const { store } = await askedStore(flags);
  if (store.prune === undefined) {
    const hint = 'Name a store that may be written in --baseline-store.';
    throw new GateError('STORE_WRITE_FAILED', `what is stored in ${store.label} can't be removed`, hint);
  }
  const { removed, kept } = await store.prune((records) => chooseExpired(records, Date.now(), retention));
  const outcome = `Removed ${formatCount(removed.length, 'stored run')} from ${store.label}; ${kept} ${kept === 1 ? 'is' : 'are'} left.`;
  const elsewhere = removed.length + kept === 0 ? await runsElsewhere(store, { command: 'baseline prune' }) : undefined;
  process.stdout.write(`${toPlainLines(outcome)}${elsewhere === undefined ? '\n' : ` ${butElsewhere(elsewhere)}`}`);
  return 0;
}

function wholeNumber(name: string, text: string): number {
  if (/^[1-9]\d{0,5}$/.test(text)) return Number(text);
  throw configError([
    { where: `--${name}`, got: JSON.stringify(text), expected: 'a whole number from 1', example: '100' },
  ]);
}

/** The one stored run whose id begins with `id`. Throws `GateError` CONFIG_INVALID where that is none or several. */
export async function findStoredRun({ store, flags }: AskedStore, id: string): Promise<RunRecord> {
  const { records } = await store.list();
  const found = records.filter((record) => record.id.startsWith(id));
  const [record] = found;
  if (record !== undefined && found.length === 1) return record;
  const exact = found.find((candidate) => candidate.id === id);
  if (exact !== undefined) return exact;
  const got = `${JSON.stringify(id)}, which begins the id of ${formatCount(found.length, 'run')} of ${records.length} in ${store.label}`;
  const problem = { where: 'id', got, expected: 'the beginning of exactly one' };
  const elsewhere = records.length === 0 ? await runsElsewhere(store, { command: 'baseline list' }) : undefined;
  if (elsewhere !== undefined) throw configError([problem], `But ${elsewhere.text}`, elsewhere.command);
  throw configError([problem], 'This shows them all:', tailgateCommand('baseline list', flags));
}

function butElsewhere({ text, command }: RunsElsewhere): string {
  return `But ${toPlainLines(text)}\n    ${renderCommand(command)}\n`;
}

/** Prints a table as wide as the terminal, and an empty line. */
export function printTable(table: TextTable): void {
  const lines = renderTextTable(table, process.stdout.columns ?? 120).join('\n');
  process.stdout.write(`${guardWorkflowCommands(lines)}\n\n`);
}
