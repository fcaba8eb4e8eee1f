import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';

const file = resolve(import.meta.dirname, 'reports-v1.jsonl.gz');

/** Reports by the ids of their builds. */
export function readFrozen(): Map<string, unknown> {
  const lines = gunzipSync(readFileSync(file)).toString('utf8').split('\n');
  const rows = lines.filter((line) => line !== '').map((line) => JSON.parse(line) as { id: string; report: unknown });
  return new Map(rows.map(({ id, report }) => [id, report]));
}

/** False when there are frozen reports already and none shall be lost. */
export function writeFrozen(reports: ReadonlyMap<string, unknown>, mayOverwrite: boolean): boolean {
  if (existsSync(file) && !mayOverwrite) return false;
  const lines = [...reports].map(([id, report]) => `${JSON.stringify({ id, report })}\n`);
  writeFileSync(file, gzipSync(lines.join(''), { level: 9 }));
  return true;
}
