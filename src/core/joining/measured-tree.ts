import type { RunRecord } from '../run-record/run-record.ts';
import type { MeasuredLeg } from './measured-job.ts';

/** What a pull request was measured with, as far as it says something about a commit with the tree `tree`. */
export type MeasuredTree =
  | { readonly kind: 'equal'; readonly leg: MeasuredLeg; readonly record: RunRecord }
  | { readonly kind: 'none'; readonly why: string };

/**
 * Was exactly this code measured before? Only where every run of the leg was made of a checkout with the same tree: of
 * another one nothing is known, however small the difference.
 */
export function findMeasuredTree(legs: readonly MeasuredLeg[], tree: string | undefined): MeasuredTree {
  const [leg] = legs;
  const [record] = leg?.records ?? [];
  if (leg === undefined || record === undefined) return { kind: 'none', why: 'it left no run behind' };
  if (tree === undefined) return { kind: 'none', why: 'the tree of this commit is not known' };
  const other = leg.records.find(({ provenance }) => provenance.tree !== tree);
  if (other !== undefined) {
    const measured = other.provenance.tree?.slice(0, 7) ?? 'an unknown one';
    return { kind: 'none', why: `it was measured with the tree ${measured}, this commit has ${tree.slice(0, 7)}` };
  }
  return { kind: 'equal', leg, record };
}
