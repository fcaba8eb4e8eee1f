import type { RunRecord } from './run-record.ts';

/** Both sides of one duet. */
export interface TwoSidedRun {
  readonly baseline: RunRecord;
  readonly candidate: RunRecord;
}

/** The duets among `records` of which both sides are there, in the order in which their first side comes. */
export function twoSidedRuns(records: readonly RunRecord[]): TwoSidedRun[] {
  const duets = new Map<string, Partial<TwoSidedRun>>();
  for (const record of records) {
    const { pair } = record.provenance;
    if (pair !== undefined) duets.set(pair.id, { ...duets.get(pair.id), [pair.side]: record });
  }
  return [...duets.values()].flatMap(({ baseline, candidate }) =>
    baseline && candidate ? [{ baseline, candidate }] : [],
  );
}
