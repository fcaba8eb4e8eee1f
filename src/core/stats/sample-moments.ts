import { mean as meanOf, median as medianOf, sampleVariance as sampleVarianceOf } from 'simple-statistics';

/** Arithmetic mean; NaN when empty, where the library throws: too little data is no fault of a caller here. */
export function mean(values: readonly number[]): number {
  return values.length === 0 ? Number.NaN : meanOf(values as number[]);
}

/** Unbiased sample variance; NaN for fewer than two values. */
export function sampleVariance(values: readonly number[]): number {
  return values.length < 2 ? Number.NaN : sampleVarianceOf(values as number[]);
}

/** The middle value, or the mean of the middle two; NaN when empty. */
export function median(values: readonly number[]): number {
  return values.length === 0 ? Number.NaN : medianOf(values as number[]);
}

/** The values that are there: NaN stands for one that is missing. */
export function present(values: readonly number[]): number[] {
  return values.filter((value) => !Number.isNaN(value));
}
