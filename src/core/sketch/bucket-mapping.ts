/**
 * Maps positive values to logarithmic buckets and back.
 *
 * Bucket `i` holds the values in (gamma^(i-1), gamma^i] with gamma = (1 + a) / (1 - a); its representative
 * 2 gamma^i / (gamma + 1) lies within the relative accuracy `a` of every value in it.
 *
 * Source: Masson, Rim, Lee (2019), DDSketch, PVLDB 12(12), section 2.1, Lemma 2.
 */

/** Promised relative error of every value read back from a bucket (0.005 = 0.5 %). */
export const relativeAccuracy = 0.005;

export const gamma = (1 + relativeAccuracy) / (1 - relativeAccuracy);

const multiplier = 1 / Math.log(gamma);
const representative = 2 / (gamma + 1);

/** Values at or below this are counted as zero: one picosecond in milliseconds, far below any clock. */
export const smallestIndexable = 1e-9;

/** Bucket index of `value`, which must exceed `smallestIndexable`. */
export function bucketIndex(value: number): number {
  return Math.ceil(Math.log(value) * multiplier);
}

/** The value that stands for all values of bucket `index`. */
export function bucketValue(index: number): number {
  return representative * gamma ** index;
}
