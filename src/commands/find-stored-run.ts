import { configError } from '../config/parse-config.ts';
import type { RunRecord } from '../core/run-record/run-record.ts';

/** The one stored run whose id begins with `id`. Throws `GateError` CONFIG_INVALID where that is none or several. */
export function findStoredRun(records: readonly RunRecord[], id: string): RunRecord {
  const found = records.filter((record) => record.id.startsWith(id));
  const [record] = found;
  if (record !== undefined && found.length === 1) return record;
  const exact = found.find((candidate) => candidate.id === id);
  if (exact !== undefined) return exact;
  const got = `${JSON.stringify(id)}, which begins the id of ${found.length} stored runs`;
  throw configError([
    { where: 'id', got, expected: 'the beginning of exactly one ("tailgate baseline list" shows them)' },
  ]);
}
