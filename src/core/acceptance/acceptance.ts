import type { AcceptedFigure } from '../run-record/run-record.ts';

/** A slowdown that somebody with write permission takes: by a label, with a reason, until a day. */
export interface Acceptance {
  /** Login of who set the label, and of who gave the reason. */
  readonly by: string;
  readonly reasonBy: string;
  readonly reason: string;
  readonly label: string;
  /** When the label was set, ISO 8601; setting it again accepts what is seen by then. */
  readonly labeledAt: string;
  /** Last day on which it counts, ISO date. */
  readonly until: string;
  readonly pullRequest: number;
}

/** What an earlier run of the same pull request found accepted. */
export interface AcceptedLevel {
  readonly labeledAt: string;
  readonly figures: readonly AcceptedFigure[];
}

/** How long an acceptance counts when nothing is said, and at most. */
const usualDays = 30;
const maxDays = 366;
const dayMs = 86_400_000;

/** Last day on which an acceptance counts that says nothing of it, ISO date. */
export function usualLastDay(saidAtMs: number): string {
  return isoDay(saidAtMs + usualDays * dayMs);
}

/** Why an acceptance until `day` doesn't count now, as a clause; undefined where it counts. */
export function whyNotUntil(day: string, nowMs: number): string | undefined {
  if (day < isoDay(nowMs)) return `what was accepted counted until ${day}`;
  if (Date.parse(day) > nowMs + maxDays * dayMs) return `until ${day} is more than a year away`;
  return undefined;
}

/** The day of a moment in UTC, ISO date. */
export function isoDay(timeMs: number): string {
  return new Date(timeMs).toISOString().slice(0, 10);
}
