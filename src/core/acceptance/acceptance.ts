import type { AcceptedFigure } from '../run-record/run-record.ts';

/** A slowdown that somebody with write permission takes: by a label, with a reason, until a day. */
export interface Acceptance {
  /** Login of who set the label, and of who gave the reason. */
  readonly by: string;
  readonly reasonBy: string;
  readonly reason: string;
  readonly label: string;
  /** When the label was set, ISO 8601; setting it again accepts what is seen by then. */
  readonly labelledAt: string;
  /** Last day on which it counts, ISO date. */
  readonly until: string;
  readonly pullRequest: number;
}

/** What an earlier run of the same pull request found accepted. */
export interface AcceptedLevel {
  readonly labelledAt: string;
  readonly figures: readonly AcceptedFigure[];
}
