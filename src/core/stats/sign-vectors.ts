import { type Random, randomInteger } from './random.ts';

/**
 * Random sign vectors for a sign-flip test, drawn once before the first look. Vector 0 is the identity. The set is
 * closed under negation (vector `v` and vector `v + size / 2` are opposites), so a critical value holds in both
 * directions and swapping the sides mirrors every result exactly.
 */
export interface SignVectors {
  /** Number of vectors, the identity included; even. */
  readonly size: number;
  readonly pairs: number;
  /** `bytes[g][v]` holds the signs of vector `v` for pairs 8g .. 8g+7; a set bit flips the pair. */
  readonly bytes: readonly Uint8Array[];
}

/** Draws `size` (even, at least 2) vectors over `pairs` pairs from the seeded `random`. */
export function drawSignVectors(pairs: number, size: number, random: Random): SignVectors {
  const half = size / 2;
  const bytes = Array.from({ length: Math.ceil(pairs / 8) }, () => {
    const group = new Uint8Array(size);
    for (let v = 1; v < half; v++) group[v] = randomInteger(random, 256);
    for (let v = 0; v < half; v++) group[v + half] = ~(group[v] as number) & 255;
    return group;
  });
  return { size, pairs, bytes };
}

/**
 * Sets `sums[v]` to the sum over pairs of sign times value, for as many vectors as `sums` has places: half of them will
 * do, since the second half's sums are the opposites of the first's. Sums of eight pairs are tabulated once for their
 * 256 sign patterns, so a vector costs one addition per eight pairs.
 */
export function flippedSums(values: Float64Array, vectors: SignVectors, sums: Float64Array): void {
  tabulate(values, 0);
  const first = vectors.bytes[0];
  if (first === undefined) sums.fill(0);
  else for (let v = 0; v < sums.length; v++) sums[v] = table[first[v] as number] as number;
  for (let group = 1; group * 8 < values.length; group++) {
    tabulate(values, group * 8);
    const patterns = vectors.bytes[group] as Uint8Array;
    for (let v = 0; v < sums.length; v++) {
      sums[v] = (sums[v] as number) + (table[patterns[v] as number] as number);
    }
  }
}

/** Overwritten by every call: `table[pattern]` is the signed sum of eight values; a set bit flips its value. */
const table = new Float64Array(256);

/** Fills `table` for the eight values from `start`. */
function tabulate(values: Float64Array, start: number): void {
  table[0] = 0;
  for (let bit = 0; bit < 8; bit++) {
    const value = values[start + bit] ?? 0;
    const width = 1 << bit;
    for (let pattern = 0; pattern < width; pattern++) {
      const sum = table[pattern] as number;
      table[pattern] = sum + value;
      table[pattern + width] = sum - value;
    }
  }
}
