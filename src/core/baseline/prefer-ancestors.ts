import type { RunRecord } from '../run-record/run-record.ts';

/** What is known of the commits behind the candidate. */
export interface Ancestry {
  /** What the anchor is to the candidate, such as `the merge base` or `the release v1.2.0`. */
  readonly what: string;
  /** The commit whose speed the candidate is to keep. */
  readonly anchor: string;
  /** The anchor and commits before it, newest first; may be cut at some length. */
  readonly ancestors: readonly string[];
}

export interface PreferredRuns {
  readonly records: readonly RunRecord[];
  /** Which runs they are, behind `5 runs`; absent where there was no choice. */
  readonly choice?: string;
  readonly warnings: readonly string[];
}

/** With fewer runs of ancestors than this the others are better than no baseline. */
const minAncestorRuns = 3;
const dayMs = 86_400_000;
/** Machines, data and traffic drift: an older baseline is used and pointed at. */
const oldAfterDays = 14;

/**
 * Which stored runs show the code that the candidate started from? Runs of the anchor and its ancestors: what came to the
 * default branch later is none of the candidate's doing. Where fewer than three such runs exist, all runs are taken, and
 * that is said; without a known history likewise. Runs that were measured beside another one stay in any case.
 *
 * @param nowMs Unix milliseconds
 */
export function preferAncestors(
  records: readonly RunRecord[],
  ancestry: Ancestry | undefined,
  nowMs: number,
): PreferredRuns {
  const isPlain = ({ provenance }: RunRecord) => provenance.pair === undefined;
  const plain = records.filter(isPlain);
  if (plain.length === 0) return { records, warnings: [] };
  if (ancestry === undefined) return { records, warnings: warningsOfAge(plain, nowMs) };
  const rankOf = new Map(ancestry.ancestors.map((commit, rank) => [commit, rank]));
  const ranks = plain.flatMap(({ provenance }) => rankOf.get(provenance.commit ?? '') ?? []);
  const anchor = `${ancestry.what} ${ancestry.anchor.slice(0, 7)}`;
  if (ranks.length >= minAncestorRuns) {
    const rank = Math.min(...ranks);
    const chosen = records.filter((run) => !isPlain(run) || rankOf.has(run.provenance.commit ?? ''));
    const choice = rank === 0 ? `up to ${anchor}` : `up to ${counted(rank, 'commit')} before ${anchor}`;
    return { records: chosen, choice, warnings: warningsOfAge(chosen.filter(isPlain), nowMs) };
  }
  const found = ranks.length === 0 ? 'none' : `only ${ranks.length}`;
  const warning = `${found} of the stored runs ${ranks.length > 1 ? 'belong' : 'belongs'} to ${anchor} or a commit before it, so all runs of the default branch were taken; what was merged since then may show as a change`;
  return { records, choice: 'of the default branch', warnings: [warning, ...warningsOfAge(plain, nowMs)] };
}

function warningsOfAge(records: readonly RunRecord[], nowMs: number): string[] {
  const newestMs = Math.max(...records.map((record) => Date.parse(record.startedAt)));
  const days = Math.floor((nowMs - newestMs) / dayMs);
  return days > oldAfterDays ? [`the newest stored run is ${days} days old`] : [];
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
