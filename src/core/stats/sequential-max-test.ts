import { flippedSums, type SignVectors } from './sign-vectors.ts';

/** How a column enters the joint test. */
export interface ColumnTerms {
  /** At least 1: root of the variance inflation by autocorrelation; divides the measured statistic only. */
  readonly deflation: number;
  /** At most 1: the statistic counts by this factor, measured and flipped, so a lighter column uses up less alpha. */
  readonly weight: number;
}

/** What one look at the data gave. */
export interface MaxTestLook {
  /** A column whose weighted statistic reaches this is significant; `Infinity` when nothing can be at this look. */
  readonly critical: number;
  /** Weighted statistic of each column as measured: sum / root of the sum of squares; 0 for a column of zeros. */
  readonly statistics: Float64Array;
  /** Per column the share of vectors whose own statistic reaches the measured one: unadjusted, for this look alone. */
  readonly pValues: Float64Array;
  /** The share of vectors that crossed earlier or whose maximum reaches the measured statistic of column `j`. */
  adjustedPValue(j: number): number;
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
   * here; `terms` per column, default 1 and 1.
   */
  look(columns: readonly Float64Array[], spent: number, terms: readonly ColumnTerms[] = []): MaxTestLook {
    const { size } = this.#vectors;
    const maxima = new Float64Array(size);
    const statistics = new Float64Array(columns.length);
    const pValues = new Float64Array(columns.length).fill(1);
    const sums = new Float64Array(size / 2);
    columns.forEach((column, j) => {
      const { deflation, weight } = terms[j] ?? plainTerms;
      const scale = weight / rootOfSquares(column);
      if (!Number.isFinite(scale)) return;
      flippedSums(column, this.#vectors, sums);
      const statistic = ((sums[0] as number) * scale) / deflation;
      statistics[j] = statistic;
      pValues[j] = raiseMaxima(maxima, sums, scale, statistic - tolerance) / size;
    });
    const waiting = this.#waiting(maxima);
    const crossed = this.#crossed;
    const adjustedPValue = (j: number) => {
      const statistic = statistics[j] as number;
      // Every maximum is at least 0.
      return statistic <= 0 ? 1 : (crossed + countAtLeast(waiting, statistic)) / size;
    };
    const critical = criticalValue(waiting, Math.floor(spent * size + tolerance) - this.#crossed);
    this.#cross(maxima, critical);
    return { critical, statistics, pValues, adjustedPValue };
  }

  #waiting(maxima: Float64Array): Float64Array {
    const waiting = new Float64Array(maxima.length - this.#crossed);
    let count = 0;
    for (let v = 0; v < maxima.length; v++) {
      if (this.#hasCrossed[v] === 0) waiting[count++] = maxima[v] as number;
    }
    return waiting;
  }

  #cross(maxima: Float64Array, critical: number): void {
    if (critical === Number.POSITIVE_INFINITY) return;
    for (let v = 0; v < maxima.length; v++) {
      if (this.#hasCrossed[v] === 1 || (maxima[v] as number) < critical - tolerance) continue;
      this.#hasCrossed[v] = 1;
      this.#crossed++;
    }
  }
}

const plainTerms: ColumnTerms = { deflation: 1, weight: 1 };

/** Sums that differ only by the order of additions count as ties. */
const tolerance = 1e-9;

/**
 * Raises each maximum to the column's statistic under that vector; returns how many of these reach `measured`. `sums`
 * are those of the first half of the vectors, the second half being their opposites.
 */
function raiseMaxima(maxima: Float64Array, sums: Float64Array, scale: number, measured: number): number {
  const half = sums.length;
  let reached = 0;
  for (let v = 0; v < half; v++) {
    const statistic = (sums[v] as number) * scale;
    const opposite = -statistic;
    if (statistic >= measured) reached++;
    if (opposite >= measured) reached++;
    if (statistic > (maxima[v] as number)) maxima[v] = statistic;
    if (opposite > (maxima[v + half] as number)) maxima[v + half] = opposite;
  }
  return reached;
}

/** Smallest of the `maxima` that at most `allowed` of them reach; `Infinity` when there is none. */
export function criticalValue(maxima: Float64Array, allowed: number): number {
  if (allowed < 1) return Number.POSITIVE_INFINITY;
  if (allowed >= maxima.length) return maxima.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
  const excluded = kthLargest(maxima.slice(), allowed + 1) + tolerance;
  let critical = Number.POSITIVE_INFINITY;
  for (const value of maxima) if (value > excluded && value < critical) critical = value;
  return critical;
}

/** The `k`-th largest of `values` (1 = the largest), which are reordered. Hoare (1961), Algorithm 65: Find. */
function kthLargest(values: Float64Array, k: number): number {
  let left = 0;
  let right = values.length - 1;
  const target = k - 1;
  while (left < right) {
    const pivot = values[(left + right) >> 1] as number;
    let i = left;
    let j = right;
    while (i <= j) {
      while ((values[i] as number) > pivot) i++;
      while ((values[j] as number) < pivot) j--;
      if (i > j) break;
      const swapped = values[i] as number;
      values[i++] = values[j] as number;
      values[j--] = swapped;
    }
    if (target <= j) right = j;
    else if (target >= i) left = i;
    else break;
  }
  return values[target] as number;
}

function countAtLeast(values: Float64Array, limit: number): number {
  const least = limit - tolerance;
  let count = 0;
  for (let v = 0; v < values.length; v++) if ((values[v] as number) >= least) count++;
  return count;
}

/** Euclidean norm. */
export function rootOfSquares(column: Float64Array): number {
  let sum = 0;
  for (const value of column) sum += value * value;
  return Math.sqrt(sum);
}
