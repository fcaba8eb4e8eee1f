import { openBaselineStore } from '../adapters/baseline-store/open-baseline-store.ts';
import { configError } from '../config/parse-config.ts';
import { selectWindow } from '../core/baseline/select-window.ts';
import { toPlainLines } from '../core/report/escape.ts';
import { absoluteTable } from '../core/report/tables.ts';
import { renderTextTable } from '../core/report/text-table.ts';
import { type RunRecord, requestsOf } from '../core/run-record/run-record.ts';
import { storeLocation } from '../wiring/store-location.ts';

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
  print({
    title: 'Stored runs',
    columns: ['id', 'commit', 'length', 'requests', 'in the window'],
    rows: records.map((record) => [...summaryOf(record), reasons.get(record.id) ?? 'yes']),
  });
  process.stdout.write(`${records.length - excluded.length} of ${records.length} stored runs are in the window.\n`);
  return 0;
}

/** Prints the stored run whose id begins with `id`: what it was measured on, and its figures per endpoint. */
export async function showBaseline(id: string, location: string): Promise<number> {
  const store = openBaselineStore(storeLocation(location));
  const { records } = await store.list();
  const found = records.filter((record) => record.id.startsWith(id));
  const [record] = found;
  if (record === undefined || found.length > 1) {
    const got = `${JSON.stringify(id)}, which begins the id of ${found.length} stored runs`;
    throw configError([
      { where: 'id', got, expected: 'the beginning of exactly one ("tailgate baseline list" shows them)' },
    ]);
  }
  const { hard, soft } = record.fingerprint;
  const facts = {
    id: record.id,
    started: record.startedAt,
    quarantined: record.quarantined?.reason,
    ...record.provenance,
    ...hard,
    ...soft,
  };
  print({
    title: 'Run',
    columns: ['what', 'value'],
    rows: Object.entries(facts).flatMap(([name, value]) => (typeof value === 'string' ? [[name, value]] : [])),
  });
  const figures = absoluteTable(record);
  if (figures !== undefined) print(figures);
  for (const warning of record.warnings) process.stdout.write(`warning: ${toPlainLines(warning)}\n`);
  return 0;
}

function summaryOf(record: RunRecord): string[] {
  const requests = record.endpoints.reduce((sum, series) => sum + requestsOf(series), 0);
  const commit = record.provenance.commit?.slice(0, 7) ?? '–';
  return [record.id, commit, `${Math.round(record.durationMs / 1000)} s`, String(requests)];
}

function print(table: Parameters<typeof renderTextTable>[0]): void {
  process.stdout.write(`${renderTextTable(table, process.stdout.columns ?? 120).join('\n')}\n\n`);
}
