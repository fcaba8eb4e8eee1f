import { noPullRequest } from '../baseline/accepted-where.ts';
import type { AcceptedFigure, RecordedAcceptance, RunRecord } from '../run-record/run-record.ts';
import { isoDay, usualLastDay } from './acceptance-period.ts';

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
