import type { RecordedAcceptance, RunRecord } from '../run-record/run-record.ts';

/** So many runs make a baseline of their own. */
const fewestRuns = 3;

export interface AcceptedLevel {
  /** The runs to compare with, oldest first. */
  readonly usable: readonly RunRecord[];
  readonly excluded: readonly { readonly id: string; readonly reason: string }[];
  readonly warnings: readonly string[];
  /** Set while the runs to compare with are from before an accepted slowdown: regressions inside it are excused. */
  readonly accepted?: RecordedAcceptance;
}

/**
 * After a change was merged with an accepted slowdown, its run begins a new level. Until three runs are at that level,
 * later ones are still compared with those before it, and what was accepted is excused as long as it counts.
 *
 * @param records comparable green runs, oldest first
 * @param day of the run that is judged, ISO date
 */
export function splitAtAcceptance(records: readonly RunRecord[], day: string): AcceptedLevel {
  const at = records.findLastIndex(({ accepted }) => accepted !== undefined && accepted.figures.length > 0);
  const accepted = records[at]?.accepted;
  if (accepted === undefined) return { usable: records, excluded: [], warnings: [] };
  const [before, since] = [records.slice(0, at), records.slice(at)];
  const told = `a slowdown was accepted by ${accepted.by} in pull request ${accepted.pullRequest} until ${accepted.until}: ${accepted.reason}`;
  if (since.length >= fewestRuns || before.length < fewestRuns) {
    const reason = 'before the accepted level';
    return { usable: since, excluded: before.map(({ id }) => ({ id, reason })), warnings: [told] };
  }
  const excluded = since.map(({ id }) => ({ id, reason: 'at the accepted level, which has too few runs yet' }));
  if (accepted.until < day) return { usable: before, excluded, warnings: [`${told}; that is over`] };
  return { usable: before, excluded, warnings: [told], accepted };
}
