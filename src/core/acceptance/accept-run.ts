import { reasonAgainst, selectWindow } from '../baseline/select-window.ts';
import {
  type AcceptedFigure,
  noPullRequest,
  type RecordedAcceptance,
  type RunRecord,
} from '../run-record/run-record.ts';
import { isoDay, usualLastDay } from './acceptance.ts';

/** What somebody says who accepts a slowdown without a pull request. */
export interface SpokenAcceptance {
  readonly by: string;
  readonly reason: string;
  /** Last day on which it counts, ISO date; 30 days from now unless given. */
  readonly until?: string;
  readonly nowMs: number;
}

/** The record of what was said, as the label of a pull request leaves it, but without a pull request. */
export function recordedAs({ by, reason, until, nowMs }: SpokenAcceptance): Omit<RecordedAcceptance, 'figures'> {
  return { by, reason, until: until ?? usualLastDay(nowMs), pullRequest: noPullRequest };
}

/**
 * `record` as the first run of an accepted level: no red run any more, with who took how much and why. What was accepted
 * before keeps its figures, and where the same is said once more nothing changes: the record itself comes back.
 */
export function acceptRun(record: RunRecord, said: SpokenAcceptance, figures: readonly AcceptedFigure[]): RunRecord {
  const standing = acceptedBefore(record);
  if (standing !== undefined && isSaidAlready(standing, said)) return record;
  const { quarantined: _, ...measured } = record;
  return { ...measured, accepted: { ...recordedAs(said), figures: standing?.figures ?? figures } };
}

/** The acceptance that the run carries; one that found nothing to accept is none. */
export function acceptedBefore({ accepted }: RunRecord): RecordedAcceptance | undefined {
  return accepted !== undefined && accepted.figures.length > 0 ? accepted : undefined;
}

/** Without a day the one that was given before holds, as long as it isn't over. */
function isSaidAlready(standing: RecordedAcceptance, { reason, until, nowMs }: SpokenAcceptance): boolean {
  if (standing.reason !== reason) return false;
  return until === undefined ? standing.until >= isoDay(nowMs) : standing.until === until;
}

export interface NotAcceptable {
  /** A clause about the run. */
  readonly why: string;
  /** What helps: to see which runs are quarantined, or to measure what is to be accepted. */
  readonly next: 'list' | 'measure';
}

/**
 * Why no new level can begin with `record`; undefined where one can. It must be kept aside as red (a run that isn't stored
 * yet is none), nothing green may have followed, and three red runs that agree are the level already.
 *
 * @param stored all runs of the store
 */
export function whyNotAcceptable(record: RunRecord, stored: readonly RunRecord[]): NotAcceptable | undefined {
  const against = reasonAgainst({ ...record, id: 'itself' }, record);
  if (against !== undefined) return { why: `no later run is compared with it: ${against}`, next: 'measure' };
  const isStored = stored.some(({ id }) => id === record.id);
  if (isStored && record.quarantined === undefined) {
    return { why: 'it was not red, so nothing of it is kept aside', next: 'list' };
  }
  const newest = stored.at(-1)?.startedAt ?? record.startedAt;
  const { window } = selectWindow(stored, { ...record, id: 'next', startedAt: newest });
  if (window.some(({ id }) => id === record.id)) {
    return { why: 'three red runs in a row agreed, so its level is the baseline already', next: 'list' };
  }
  const later = stored.find(
    (run) =>
      run.startedAt > record.startedAt && run.quarantined === undefined && reasonAgainst(run, record) === undefined,
  );
  if (later === undefined) return undefined;
  return { why: `run ${later.id}, which came after it, is at another level and no red one`, next: 'measure' };
}
