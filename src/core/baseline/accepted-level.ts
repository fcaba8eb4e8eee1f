import type { RecordedAcceptance, RunRecord } from '../run-record/run-record.ts';
import { acceptedWhere } from './accepted-where.ts';

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
 * later ones are still compared with those before it, and what was accepted is excused as long as it counts. A second
 * acceptance before that was judged against the same runs, so both are excused together.
 *
 * @param records comparable green runs, oldest first
 * @param day of the run that is judged, ISO date
 */
export function splitAtAcceptance(records: readonly RunRecord[], day: string): AcceptedLevel {
  const at = records.findLastIndex(({ accepted }) => accepted !== undefined && accepted.figures.length > 0);
  const accepted = records[at]?.accepted;
  if (accepted === undefined) return { usable: records, excluded: [], warnings: [] };
  const [older, since] = [records.slice(0, at), records.slice(at)];
  const earlier = splitAtAcceptance(older, dayOf(since[0]) ?? day);
  const before = earlier.usable;
  const told = `a slowdown was accepted by ${accepted.by} ${acceptedWhere(accepted)} until ${accepted.until}: ${accepted.reason}`;
  if (since.length >= fewestRuns || before.length < fewestRuns) {
    const reason = 'before the accepted level';
    return { usable: since, excluded: older.map(({ id }) => ({ id, reason })), warnings: [told] };
  }
  const tooFew = since.map(({ id }) => ({ id, reason: 'at the accepted level, which has too few runs yet' }));
  const split = { usable: before, excluded: [...earlier.excluded, ...tooFew] };
  const standing = [earlier.accepted, accepted].filter((one) => one !== undefined && one.until >= day);
  const last = standing.at(-1);
  const warnings = [...earlier.warnings, accepted.until < day ? `${told}; that is over` : told];
  if (last === undefined) return { ...split, warnings };
  return { ...split, warnings, accepted: { ...last, figures: standing.flatMap((one) => one?.figures ?? []) } };
}

function dayOf(record: RunRecord | undefined): string | undefined {
  return record?.startedAt.slice(0, 10);
}
