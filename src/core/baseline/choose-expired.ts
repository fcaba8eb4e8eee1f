import type { RunRecord } from '../run-record/run-record.ts';

export interface Retention {
  /** Runs that are kept of each name and environment, however old; 100 unless given. */
  readonly keepRuns?: number;
  /** Runs older than this many days go even where fewer are left, except the newest 10; 365 unless given. */
  readonly keepDays?: number;
}

/** So many of the newest runs of a configuration stay whatever their age: a quiet project keeps its baseline. */
const alwaysKept = 10;

const dayMs = 86_400_000;

/**
 * Which stored runs no comparison will want any more? A window takes 30 runs, so the newest 100 of a configuration leave
 * room for trends; beyond that, and beyond a year, they only make every reader fetch more.
 *
 * @param nowMs Unix milliseconds
 */
export function chooseExpired(
  records: readonly RunRecord[],
  nowMs: number,
  { keepRuns = 100, keepDays = 365 }: Retention = {},
): RunRecord[] {
  const groups = new Map<string, RunRecord[]>();
  for (const record of records) {
    const { name = '', environment = '' } = record.fingerprint.hard;
    const key = JSON.stringify([name, environment]);
    groups.set(key, [...(groups.get(key) ?? []), record]);
  }
  return [...groups.values()].flatMap((group) => {
    const newestFirst = group.toSorted((a, b) => Date.parse(b.startedAt) - Date.parse(a.startedAt));
    return newestFirst.filter((record, rank) => {
      const isOld = nowMs - Date.parse(record.startedAt) > keepDays * dayMs;
      return rank >= keepRuns || (isOld && rank >= Math.min(alwaysKept, keepRuns));
    });
  });
}
