import { openBaselineStore } from '../adapters/baseline-store/open-baseline-store.ts';
import { selectWindow } from '../core/baseline/select-window.ts';
import { toPlainLines } from '../core/report/escape.ts';
import { absoluteTable, acceptedTable } from '../core/report/model/tables.ts';
import { textsOf } from '../core/report/render/table-text.ts';
import { acceptedWhere, type RunRecord, requestsOf } from '../core/run-record/run-record.ts';
import { storeLocation } from '../wiring/store-location.ts';
import { findStoredRun } from './find-stored-run.ts';
import { printTable } from './print-table.ts';

/** Prints one line per stored run, oldest first, with its place in the comparison window of the newest one. */
export async function listBaseline(location: string): Promise<number> {
  const store = openBaselineStore(storeLocation(location));
  const { records, warnings } = await store.list();
  for (const warning of warnings) process.stderr.write(`warning: ${toPlainLines(warning)}\n`);
  const newest = records.at(-1);
  if (newest === undefined) {
    process.stdout.write(`${store.label} holds no run yet. "tailgate record" adds one; three make a baseline.\n`);
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
export async function showBaseline(id: string, location: string): Promise<number> {
  const store = openBaselineStore(storeLocation(location));
  const { records } = await store.list();
  const record = findStoredRun(records, id);
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
