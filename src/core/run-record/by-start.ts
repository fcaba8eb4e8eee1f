import type { RunRecord } from './run-record.ts';

/** Sorts runs: oldest first, those of one instant by their id. */
export function byStart(a: RunRecord, b: RunRecord): number {
  return a.startedAt < b.startedAt ? -1 : a.startedAt > b.startedAt ? 1 : a.id < b.id ? -1 : a.id > b.id ? 1 : 0;
}
