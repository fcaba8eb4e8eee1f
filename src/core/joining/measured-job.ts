import { defined } from '../../defined.ts';
import type { DuetOrder, Placement } from '../comparison/paired/duet-plan.ts';
import type { DuetLook } from '../comparison/paired/duet-test.ts';
import type { RunRecord } from '../run-record/run-record.ts';
import type { InvalidReason } from '../validity/validity.ts';

/** What one job measured, read from the artifact that it left behind. */
export interface MeasuredJob {
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
  /** Where and why it ended, for whoever wants to see that judging it again ends there too. */
  readonly end?: DuetEnd;
}

/** The last look of a duet. */
export type DuetEnd = Pick<DuetLook, 'reason' | 'pairs' | 'totalRegressedAt'>;

/** What of a duet's last look is kept with its files. */
export function endOf({ reason, pairs, totalRegressedAt }: DuetLook): DuetEnd {
  return { reason, pairs, ...defined({ totalRegressedAt }) };
}

/** What a job is called: as its run says, otherwise as its artifact is called. */
export function jobName({ artifact, records }: MeasuredJob): string {
  return records[0]?.fingerprint.hard.name ?? artifact;
}

/**
 * Whether the runs of one candidate share nothing but the code: each is known to be made by another machine on another
 * deployment. What isn't known counts as shared, since runs that share their luck prove less than they seem to.
 */
export function areFresh(records: readonly RunRecord[]): boolean {
  const machines = records.map(({ provenance }) => provenance.machine);
  const deployments = records.map(({ provenance }) => provenance.deployment);
  return [machines, deployments].every((names) => !names.includes(undefined) && new Set(names).size === records.length);
}

/** What a pull request was measured with, as far as it says something about a commit with the tree `tree`. */
export type MeasuredTree =
  | { readonly kind: 'equal'; readonly job: MeasuredJob; readonly record: RunRecord }
  | { readonly kind: 'none'; readonly why: string };

/**
 * Was exactly this code measured before? Only where every run of the job was made of a checkout with the same tree: of
 * another one nothing is known, however small the difference.
 */
export function findMeasuredTree(jobs: readonly MeasuredJob[], tree: string | undefined): MeasuredTree {
  const [job] = jobs;
  const [record] = job?.records ?? [];
  if (job === undefined || record === undefined) return { kind: 'none', why: 'it left no run behind' };
  if (tree === undefined) return { kind: 'none', why: 'the tree of this commit is not known' };
  const other = job.records.find(({ provenance }) => provenance.tree !== tree);
  if (other !== undefined) {
    const measured = other.provenance.tree?.slice(0, 7) ?? 'an unknown one';
    return { kind: 'none', why: `it was measured with the tree ${measured}, this commit has ${tree.slice(0, 7)}` };
  }
  return { kind: 'equal', job, record };
}

/**
 * The job without the sentences in it, which somebody who may write anything could have written: warnings, messages,
 * reasons, addresses; and without its word that more measuring came to nothing. Numbers stay, and the names of what was measured, which every surface escapes.
 */
export function stripUntrustedText(job: MeasuredJob): MeasuredJob {
  const { duet, isUnsettled: _, ...rest } = job;
  return {
    ...rest,
    records: job.records.map(numbersOf),
    ...(duet && { duet: { ...duet, baseline: numbersOf(duet.baseline) } }),
  };
}

function numbersOf(record: RunRecord): RunRecord {
  const { quarantined: _, accepted: __, ...rest } = record;
  const { message: ___, ...exit } = record.exit;
  const { commit, machine, deployment, pair } = record.provenance;
  const provenance = {
    ...defined({ commit, machine, deployment, pair }),
  };
  return { ...rest, exit, provenance, warnings: [] };
}
