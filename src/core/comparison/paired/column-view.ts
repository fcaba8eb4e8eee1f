import { rootOfSquares } from '../../stats/sequential-max-test.ts';
import { tUpperTail } from '../../stats/student-t.ts';
import type { PairedColumn } from './paired-columns.ts';

/** Standard normal quantile of the power that detectable effects are stated for (80 %). */
const powerQuantile = 0.842;

/** Critical value of a family of some thirty hypotheses; only for forecasts. */
const usualCritical = 3.1;

/** Shift (ln ratio) to either side by which the slope of the statistic is measured. */
const step = 0.1;

/** ln of a factor of 55: no interval is looked for beyond. */
const widestShift = 4;

/**
 * One column seen as a test of every shift (ln ratio) at once: which shifts are too small or too large to have given
 * these differences? `deflation` (at least 1) allows for autocorrelation.
 */
export class ColumnView {
  readonly column: PairedColumn;
  readonly #deflation: number;
  readonly #pairs: number;

  constructor(column: PairedColumn, deflation: number) {
    this.column = column;
    this.#deflation = deflation;
    this.#pairs = column.at(0).length;
  }

  /** Sum over root of the sum of squares if the candidate were faster by `shift`; falls with it. 0 for a column of zeros. */
  statistic(shift: number): number {
    const values = this.column.at(shift);
    const norm = rootOfSquares(values);
    if (norm === 0) return 0;
    let sum = 0;
    for (const value of values) sum += value;
    return sum / norm / this.#deflation;
  }

  /** The statistic as it counts in the joint test. */
  weighted(shift: number): number {
    return this.statistic(shift) * this.column.weight;
  }

  /** One-sided p-value of no shift, by the t-distribution; for rows that no sign vectors are spent on. */
  pValue(): number {
    const statistic = this.statistic(0);
    const df = this.#pairs - 1;
    return tUpperTail(statistic * Math.sqrt(df / Math.max(1e-9, this.#pairs - statistic ** 2)), df);
  }

  /** Whether the statistic excludes shifts of `limit` and more; a column of zeros, as ties give it, has no objection. */
  isBelow(limit: number, critical: number): boolean {
    return this.#isSilent(limit) || this.statistic(limit) <= -critical;
  }

  /** Lower bound of the shift: where the statistic falls to `critical`; minus infinity where it never reaches it. */
  lower(critical: number): number {
    return this.#inverted(critical, Number.NEGATIVE_INFINITY);
  }

  /**
   * Upper bound of the shift: where the statistic falls to the opposite of `critical`; infinite where it never does, but
   * minus infinity for a column that is silent about large shifts, so that another column's bound counts.
   */
  upper(critical: number): number {
    return this.#inverted(-critical, this.#isSilent(widestShift) ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY);
  }

  /**
   * Smallest shift that so many pairs show to exceed `floor` in 80 % of builds, by the joint test's `critical`; infinite
   * where no shift is large enough, since the statistic never exceeds the root of the number of pairs.
   */
  detectable(critical: number, floor: number): number {
    const needed = (critical * this.#deflation) / this.column.weight;
    const room = this.#pairs - needed ** 2;
    if (!(room > 0)) return Number.POSITIVE_INFINITY;
    const power = (powerQuantile * this.#deflation) / Math.sqrt(this.#pairs);
    return floor + this.#deviation() * (needed / Math.sqrt(room) + power);
  }

  /** Pairs that show a true shift of `shift` in 80 % of builds. */
  pairsFor(shift: number): number {
    if (shift <= 0) return Number.POSITIVE_INFINITY;
    const least = (usualCritical * this.#deflation) ** 2;
    return Math.ceil(least + ((usualCritical + powerQuantile) * this.#deflation * (this.#deviation() / shift)) ** 2);
  }

  #isSilent(shift: number): boolean {
    return this.column.at(shift).every((value) => value === 0);
  }

  #inverted(target: number, otherwise: number): number {
    let low = -widestShift;
    let high = widestShift;
    if (this.statistic(low) < target || this.statistic(high) > target) return otherwise;
    for (let step = 0; step < 13; step++) {
      const middle = (low + high) / 2;
      if (this.statistic(middle) >= target) low = middle;
      else high = middle;
    }
    return (low + high) / 2;
  }

  /**
   * Standard deviation of one pair (ln ratio), from how fast the statistic falls around the shift that was measured: far
   * from it the statistic is saturated and says nothing of noise.
   */
  #deviation(): number {
    const measured = this.#inverted(0, 0);
    const fall = (this.statistic(measured - step) - this.statistic(measured + step)) * this.#deflation;
    // A mean of `step` with deviation s gives the share step / sqrt(step^2 + s^2) of the largest possible statistic.
    const share = Math.min(1, fall / 2 / Math.sqrt(this.#pairs));
    return share > 0 ? step * Math.sqrt(share ** -2 - 1) : Number.POSITIVE_INFINITY;
  }
}
