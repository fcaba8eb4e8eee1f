import { equalLooks } from '../../stats/alpha-spending.ts';
import type { Quantile } from '../../thresholds/quantiles.ts';
import type { Thresholds } from '../../thresholds/thresholds.ts';
import type { EqualCodeDuet } from './deployment-model.ts';

/** Where the two sides ran. The further apart, the more they differ with equal code. */
export type Placement = 'one-deployment' | 'one-host' | 'separate-hosts';

/** `alternating`: a seeded coin decided per pair which side went first. `concurrent`: both at once, so there is no coin. */
export type DuetOrder = 'concurrent' | 'alternating';

/** Fewer pairs than this can't show much even when all of them agree. */
export const minDuetPairs = 8;

/** Length of a time block unless the configuration says otherwise. */
export const duetBlockLengthMs: Readonly<Record<DuetOrder, number>> = { concurrent: 5_000, alternating: 10_000 };

/** Everything that must be fixed before the first look. */
export interface DuetPlan {
  readonly thresholds: Thresholds;
  readonly placement: Placement;
  readonly order: DuetOrder;
  /** Numbers of pairs at which the data are looked at, ascending; the last is the budget. */
  readonly looks: readonly number[];
  /** Decides the sign vectors; equal for equal inputs and unchanged when the sides are swapped. */
  readonly seed: string;
  /** Earlier duets of equal code on these two deployments or environments, oldest first; default none. */
  readonly equalCodeDuets?: readonly EqualCodeDuet[];
  /** Whether virtual users wait for their answers, so that a slow side gets fewer requests; default false. */
  readonly isClosedModel?: boolean;
  /** Quantiles to judge; default all. */
  readonly quantiles?: readonly Quantile[];
  /** Number of sign vectors, the identity included; even. Fewer are quicker and coarser; default 5000. */
  readonly signVectors?: number;
}

/** What is known of a duet before its first request; `DuetPlan` says what each part is. */
export interface DuetToPlan extends Omit<DuetPlan, 'looks'> {
  readonly plannedPairs: number;
}

/** About as many looks as this, at equal distances: each costs a little power, and saves time when the answer is clear. */
const looksOfADuet = 20;

/** The plan of a duet that is about to be measured. Who judges it again takes the looks and the seed that it was given. */
export function planDuetTest({ plannedPairs, ...rest }: DuetToPlan): DuetPlan {
  return { ...rest, looks: looksAt(plannedPairs) };
}

/**
 * Fewest pairs with which a family of a few endpoints can find anything: the statistic of one column never exceeds the root
 * of the number of pairs, and has to reach about 3.1, which the median's weight of 0.9 makes 3.5.
 */
export const fewestPairs = 12;

/** The looks of a duet of `plannedPairs` pairs; at least one. */
export function looksAt(plannedPairs: number): readonly number[] {
  return equalLooks(Math.max(plannedPairs, 1), looksOfADuet);
}

/** Sign vectors unless a plan says otherwise. */
export const signVectorCount = 5000;

/**
 * Slowdown (ln ratio) that two deployments of equal code may show by their placement alone, as long as no duets of equal
 * code have taught it: 5 % on one host, 10 % on separate hosts, of which 5 % in what the endpoint doesn't share with
 * the others.
 */
export const defaultFloors: Readonly<Record<Placement, { readonly total: number; readonly specific: number }>> = {
  'one-deployment': { total: 0, specific: 0 },
  'one-host': { total: Math.log(1.05), specific: Math.log(1.05) },
  'separate-hosts': { total: Math.log(1.1), specific: Math.log(1.05) },
};
