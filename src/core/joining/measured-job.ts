import type { DuetOrder, Placement } from '../comparison/paired/duet-plan.ts';
import type { RunRecord } from '../run-record/run-record.ts';
import type { InvalidReason } from '../validity/validity.ts';

/** What one job measured, read from the artifact that it left behind. */
export interface MeasuredLeg {
  /** Name of the artifact without `tailgate-`. */
  readonly artifact: string;
  /** The run that is judged, then repeats of it on the same machine; empty when nothing was measured. */
  readonly records: readonly RunRecord[];
  /** Set when the run was measured beside a baseline. */
  readonly duet?: MeasuredDuet;
  /** Set when the job suspected a slowdown, began to measure it beside a baseline, and that came to nothing. */
  readonly isUnsettled?: true;
  /** Why nothing was measured, as far as the job said. */
  readonly notMeasured?: InvalidReason;
}

/** The other side of a duet, and what was fixed before its first request. */
export interface MeasuredDuet {
  readonly baseline: RunRecord;
  readonly order: DuetOrder;
  readonly placement: Placement;
  readonly plannedPairs: number;
  /** Numbers of pairs at which the data were looked at, ascending; the last is `plannedPairs`. */
  readonly looks: readonly number[];
  /** Decided the sign vectors. */
  readonly seed: string;
}

/** What a leg is called: as its run says, otherwise as its artifact is called. */
export function legName({ artifact, records }: MeasuredLeg): string {
  return records[0]?.fingerprint.hard.name ?? artifact;
}
