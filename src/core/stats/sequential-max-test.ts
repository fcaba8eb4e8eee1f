import { flippedSums, type SignVectors } from './sign-vectors.ts';

/** What one look at the data gave. */
export interface MaxTestLook {
  /** A column whose statistic reaches this is significant; `Infinity` when nothing can be at this look. */
  readonly critical: number;
  /** Statistic of each column as measured: sum / root of the sum of squares; 0 for a column of zeros. */
  readonly statistics: Float64Array;
  /** Per column the share of vectors whose own statistic reaches the measured one: unadjusted, for this look alone. */
  readonly pValues: Float64Array;
  /** Per column the share of vectors that crossed earlier or whose maximum reaches the measured statistic. */
  readonly adjustedPValues: Float64Array;
}

/**
 * Are any of many columns of paired differences shifted upwards, when looked at repeatedly? One sign vector flips all
 * columns together, which keeps their dependence; the maximum over columns is compared with its own distribution over
 * the vectors. Each look may use up a planned share of the vectors, and vectors that have crossed stay out.
 *
 * With a fair coin per pair deciding which side was measured first the chance of any false crossing is at most the
 * alpha spent, whatever the distribution, dependence or ties. Without a coin it rests on symmetric and independent
 * differences.
 *
 * Source: Westfall, Young (1993), Resampling-Based Multiple Testing, ch. 2; Lan, DeMets (1983), Biometrika 70(3).
 */
export class SequentialMaxTest {
  readonly #vectors: SignVectors;
  readonly #hasCrossed: Uint8Array;
  #crossed = 0;

  constructor(vectors: SignVectors) {
    this.#vectors = vectors;
    this.#hasCrossed = new Uint8Array(vectors.size);
  }

  /**
   * Looks at `columns` (each with one value per pair so far), `spent` (0..1) being the alpha that may be used up to
   * here. `deflation` (at least 1) divides the measured statistics: the root of the variance inflation by
   * autocorrelation.
   */
  look(columns: readonly Float64Array[], spent: number, deflation = 1): MaxTestLook {
    const { size } = this.#vectors;
    const maxima = new Float64Array(size).fill(Number.NEGATIVE_INFINITY);
    const statistics = new Float64Array(columns.length);
    const pValues = new Float64Array(columns.length).fill(1);
    const sums = new Float64Array(size);
    columns.forEach((column, j) => {
      const norm = rootOfSquares(column);
      if (norm === 0) return;
      flippedSums(column, this.#vectors, sums);
      statistics[j] = (sums[0] as number) / norm / deflation;
      const measured = (statistics[j] as number) * norm - tolerance * norm;
      let reached = 0;
      for (let v = 0; v < size; v++) {
        const sum = sums[v] as number;
        if (sum >= measured) reached++;
        const statistic = sum / norm;
        if (statistic > (maxima[v] as number)) maxima[v] = statistic;
      }
      pValues[j] = reached / size;
    });
    const waiting = this.#waitingDescending(maxima);
    const adjustedPValues = statistics.map((statistic) => (this.#crossed + countAtLeast(waiting, statistic)) / size);
    const critical = criticalValue(waiting, Math.floor(spent * size + 1e-9) - this.#crossed);
    this.#cross(maxima, critical);
    return { critical, statistics, pValues, adjustedPValues };
  }

  #waitingDescending(maxima: Float64Array): Float64Array {
    return maxima
      .filter((_, v) => this.#hasCrossed[v] === 0)
      .sort()
      .reverse();
  }

  #cross(maxima: Float64Array, critical: number): void {
    for (let v = 0; v < maxima.length; v++) {
      if (this.#hasCrossed[v] === 1 || (maxima[v] as number) < critical - tolerance) continue;
      this.#hasCrossed[v] = 1;
      this.#crossed++;
    }
  }
}

/** Sums that differ only by the order of additions count as ties. */
const tolerance = 1e-9;

/** Smallest value that at most `allowed` of the descending `maxima` reach; `Infinity` when there is none. */
export function criticalValue(maxima: Float64Array, allowed: number): number {
  for (let position = Math.min(allowed, maxima.length) - 1; position >= 0; position--) {
    const value = maxima[position] as number;
    const next = maxima[position + 1] ?? Number.NEGATIVE_INFINITY;
    if (next < value - tolerance) return value;
  }
  return Number.POSITIVE_INFINITY;
}

function countAtLeast(descending: Float64Array, value: number): number {
  let low = 0;
  let high = descending.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((descending[middle] as number) >= value - tolerance) low = middle + 1;
    else high = middle;
  }
  return low;
}

export function rootOfSquares(column: Float64Array): number {
  let sum = 0;
  for (const value of column) sum += value * value;
  return Math.sqrt(sum);
}
