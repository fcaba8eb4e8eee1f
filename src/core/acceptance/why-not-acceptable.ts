import { reasonAgainst, selectWindow } from '../baseline/select-window.ts';
import type { RunRecord } from '../run-record/run-record.ts';

export interface NotAcceptable {
  /** A clause about the run. */
  readonly why: string;
  readonly hint: string;
}

/**
 * Why no new level can begin with `record`; undefined where one can. It must be kept aside as red (a run that isn't stored
 * yet is none), nothing green may have followed, and three red runs that agree are the level already.
 *
 * @param stored all runs of the store
 */
export function whyNotAcceptable(record: RunRecord, stored: readonly RunRecord[]): NotAcceptable | undefined {
  const against = reasonAgainst({ ...record, id: 'itself' }, record);
  if (against !== undefined) return { why: `no later run is compared with it: ${against}`, hint: measureHint };
  const isStored = stored.some(({ id }) => id === record.id);
  if (isStored && record.quarantined === undefined) {
    return { why: 'it was not red, so nothing of it is kept aside', hint: listHint };
  }
  const newest = stored.at(-1)?.startedAt ?? record.startedAt;
  const { window } = selectWindow(stored, { ...record, id: 'next', startedAt: newest });
  if (window.some(({ id }) => id === record.id)) {
    return { why: 'three red runs in a row agreed, so its level is the baseline already', hint: listHint };
  }
  const later = stored.find(
    (run) =>
      run.startedAt > record.startedAt && run.quarantined === undefined && reasonAgainst(run, record) === undefined,
  );
  if (later === undefined) return undefined;
  return { why: `run ${later.id}, which came after it, is at another level and no red one`, hint: measureHint };
}

const listHint = 'tailgate baseline list shows which runs are quarantined.';
const measureHint = 'Measure what is to be accepted with tailgate record or tailgate run, and accept that.';
