import type { Estimate } from '../../comparison/row.ts';
import type { Quantities } from '../../run-record/inspection-summary.ts';
import { hash, seededRandom } from '../../stats/random.ts';
import { mean, sampleVariance } from '../../stats/sample-moments.ts';
import { drawSignVectors, flippedSums } from '../../stats/sign-vectors.ts';
import { tCritical, tUpperTail } from '../../stats/student-t.ts';

/** One quantity on both sides: `added` is candidate less baseline, in the quantity's own unit. */
export interface Contrast {
  readonly baseline: number;
  readonly candidate: number;
  readonly added: Estimate;
  /** Chance of so large a difference, either way, where nothing differs. */
  readonly pValue: number;
}

/** Contrasts of everything that was seen on both sides, by the quantity's name. */
export type Contrasts = ReadonlyMap<string, Contrast>;

/** The same request to both sides, one right after the other. */
export interface QuantityPair {
  readonly baseline: Quantities;
  readonly candidate: Quantities;
}

/**
 * A part that is not among those that the service timed took no time, where it timed any; an answer that tells nothing of a
 * cache came from none, once some do. Undefined where nothing is known.
 */
function knownValue(quantities: Quantities, name: string): number | undefined {
  const isTimed = name.startsWith('timing:') && (quantities['timed'] ?? 0) > 0;
  const isSilent = name === 'hit' && quantities['totalMs'] !== undefined;
  return quantities[name] ?? (isTimed || isSilent ? 0 : undefined);
}

const level = 0.95;
const outsideLevel = 0.05;

/** Fewer pairs, or runs beside the candidate's, say nothing about chance. */
const minUnits = 3;

/**
 * What differs between two sides that were asked in pairs. Means, since they add up where quantiles don't; the interval is
 * Student's over the differences, the test an exact sign flip (of more than 14 pairs a sample of flips), so that no law is
 * assumed of what one odd pair may be like; with fewer than eight pairs, which can't show anything, Student's.
 */
export function contrastOfPairs(pairs: readonly QuantityPair[]): Contrasts {
  const names = new Set(
    pairs.flatMap(({ baseline, candidate }) => [...Object.keys(baseline), ...Object.keys(candidate)]),
  );
  return new Map(
    [...names].sort().flatMap((name) => {
      const both = pairs.flatMap(({ baseline, candidate }) => {
        const [before, after] = [knownValue(baseline, name), knownValue(candidate, name)];
        return before === undefined || after === undefined ? [] : [{ before, after }];
      });
      if (both.length < minUnits) return [];
      const differences = both.map(({ before, after }) => after - before);
      const contrast = {
        baseline: mean(both.map(({ before }) => before)),
        candidate: mean(both.map(({ after }) => after)),
        added: estimateOf(differences),
        pValue: chanceOf(differences),
      };
      return [[name, contrast] as const];
    }),
  );
}

/**
 * What differs between a run and the runs before it, of which the means are known: the interval predicts one more run
 * (Student's law over runs). Fewer than three stored ones don't tell how runs differ: they are taken to differ by a fifth.
 */
export function contrastOfRuns(window: readonly Quantities[], candidate: Quantities): Contrasts {
  const names = new Set([...window.flatMap((run) => Object.keys(run)), ...Object.keys(candidate)]);
  return new Map(
    [...names].sort().flatMap((name) => {
      const before = window.flatMap((run) => knownValue(run, name) ?? []);
      const after = knownValue(candidate, name);
      if (after === undefined || before.length === 0) return [];
      const baseline = mean(before);
      const point = after - baseline;
      const isKnown = before.length >= minUnits;
      const spread = isKnown ? spreadOf(before, baseline) : assumedSpread(before, baseline);
      const half = Math.max(
        tCritical((1 - level) / 2, isKnown ? before.length - 1 : assumedDf) * spread,
        leastDifference(name),
      );
      const added = { point, interval: [point - half, point + half] as const, level, n: before.length };
      const isBeyond = point !== 0 && Math.abs(point) > half;
      return [[name, { baseline, candidate: after, added, pValue: isBeyond ? outsideLevel : 1 }] as const];
    }),
  );
}

/** Of what was 0 in all runs a share says nothing about how runs differ: less than this is nothing. */
function leastDifference(name: string): number {
  if (/ms$/i.test(name)) return 0.5;
  return /bytes$/i.test(name) ? 100 : 0.1;
}

const assumedRelativeSpread = 0.2;
const assumedDf = 10;

function assumedSpread({ length }: readonly number[], center: number): number {
  return Math.abs(center) * assumedRelativeSpread * Math.sqrt(1 + 1 / length);
}

/** Runs of one system never agree better than this by more than luck. */
const leastRelativeSpread = 0.03;

function spreadOf(values: readonly number[], center: number): number {
  const deviation = Math.sqrt(sampleVariance(values) * (1 + 1 / values.length));
  return Math.max(deviation, Math.abs(center) * leastRelativeSpread);
}

/** Mean of independent differences with Student's interval. */
export function estimateOf(differences: readonly number[]): Estimate {
  const n = differences.length;
  const point = mean(differences);
  const half =
    n < 2 ? Number.POSITIVE_INFINITY : tCritical((1 - level) / 2, n - 1) * Math.sqrt(sampleVariance(differences) / n);
  return { point, interval: [point - half, point + half], level, n };
}

/** With fewer pairs no flip of signs is rare enough to say anything. */
const minPairsToFlip = 8;

/** As strict as Student's law has to be where few pairs say that it holds. */
const studentsFactor = 10;

function chanceOf(differences: readonly number[]): number {
  if (differences.length >= minPairsToFlip) return signFlipChance(differences);
  const { point, n } = estimateOf(differences);
  const deviation = Math.sqrt(sampleVariance(differences) / n);
  if (!(deviation > 0)) return point === 0 ? 1 : 2 ** (1 - n);
  return Math.min(1, studentsFactor * 2 * tUpperTail(Math.abs(point) / deviation, n - 1));
}

const maxExactPairs = 14;
const sampledFlips = 8_192;

/**
 * Two-sided chance that the mean of `differences` is as far from 0 as it is when the sides are alike: each difference may
 * then as well have the other sign. Exact for up to 14 pairs.
 */
export function signFlipChance(differences: readonly number[]): number {
  const n = differences.length;
  if (n === 0) return 1;
  const observed = Math.abs(differences.reduce((sum, difference) => sum + difference, 0));
  // What rounding alone tells apart is as extreme.
  const limit = observed * (1 - 1e-9);
  if (n > maxExactPairs) {
    const values = Float64Array.from(differences);
    const vectors = drawSignVectors(n, sampledFlips, seededRandom(hash(values.join())));
    const sums = new Float64Array(sampledFlips);
    flippedSums(values, vectors, sums);
    return sums.reduce((count, sum) => count + (Math.abs(sum) >= limit ? 1 : 0), 0) / sampledFlips;
  }
  let atLeast = 0;
  for (let signs = 0; signs < 2 ** n; signs++) {
    let sum = 0;
    for (let i = 0; i < n; i++) sum += (signs >> i) & 1 ? -(differences[i] as number) : (differences[i] as number);
    if (Math.abs(sum) >= limit) atLeast++;
  }
  return atLeast / 2 ** n;
}

/** Means of each quantity over the answers that have it. */
export function meansOf(all: readonly Quantities[]): Quantities {
  const names = [...new Set(all.flatMap((one) => Object.keys(one)))].sort();
  return Object.fromEntries(names.map((name) => [name, mean(all.flatMap((one) => one[name] ?? []))]));
}
