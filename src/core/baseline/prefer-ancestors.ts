import type { RunRecord } from '../run-record/run-record.ts';

/** What is known of the commits behind the candidate. */
export interface Ancestry {
  /** Where the candidate's branch left the default branch. */
  readonly mergeBase: string;
  /** The merge base and commits before it, newest first; may be cut at some length. */
  readonly ancestors: readonly string[];
}

export interface PreferredRuns {
  readonly records: readonly RunRecord[];
  /** Names what the baseline is and how old, for the report. */
  readonly description: string;
  readonly warnings: readonly string[];
}

/** With fewer runs of ancestors than this the others are better than no baseline. */
const fewestAncestorRuns = 3;
const dayMs = 86_400_000;
/** Machines, data and traffic drift: an older baseline is used and pointed at. */
const oldAfterDays = 14;

/**
 * Which stored runs show the code that the candidate started from? Runs of the merge base and its ancestors: what came to
 * the default branch later is none of the candidate's doing. Where fewer than three such runs exist, all runs are taken,
 * and that is said; without a known history likewise.
 *
 * @param nowMs Unix milliseconds
 */
export function preferAncestors(
  records: readonly RunRecord[],
  ancestry: Ancestry | undefined,
  nowMs: number,
): PreferredRuns {
  if (records.length === 0) return { records, description: 'no stored runs', warnings: [] };
  if (ancestry === undefined) return described(records, 'runs of the default branch', nowMs, []);
  const known = new Set(ancestry.ancestors);
  const ofAncestors = records.filter((record) => known.has(record.provenance.commit ?? ''));
  const base = ancestry.mergeBase.slice(0, 7);
  if (ofAncestors.length >= fewestAncestorRuns) {
    const rank = Math.min(...ofAncestors.map((record) => ancestry.ancestors.indexOf(record.provenance.commit ?? '')));
    const distance = rank === 0 ? `the merge base ${base}` : `${counted(rank, 'commit')} before the merge base ${base}`;
    return described(ofAncestors, `runs up to ${distance}`, nowMs, []);
  }
  const found = ofAncestors.length === 0 ? 'none' : `only ${ofAncestors.length}`;
  const warning = `${found} of the stored runs belongs to a commit before the merge base ${base}, so all runs of the default branch were taken; what was merged since then may show as a change`;
  return described(records, `runs of the default branch (too few before the merge base ${base})`, nowMs, [warning]);
}

function described(records: readonly RunRecord[], what: string, nowMs: number, warnings: string[]): PreferredRuns {
  const newestMs = Math.max(...records.map((record) => Date.parse(record.startedAt)));
  const days = Math.max(Math.floor((nowMs - newestMs) / dayMs), 0);
  const age = days === 0 ? 'less than a day old' : `${counted(days, 'day')} old`;
  const tooOld = days > oldAfterDays ? [`the newest stored run is ${days} days old`] : [];
  return { records, description: `${what}, the newest ${age}`, warnings: [...warnings, ...tooOld] };
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
