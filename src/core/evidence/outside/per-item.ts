import type { Estimate } from '../../comparison/row.ts';
import type { Quantities } from '../../run-record/inspection-summary.ts';
import { mean, median } from '../../stats/sample-moments.ts';
import { tCritical, tUpperTail } from '../../stats/student-t.ts';
import type { Contrast, QuantityPair } from './contrast.ts';

/** Fewer answers, or fewer lengths among them, make no line. */
const minAnswers = 8;
const minLengths = 3;

/**
 * Milliseconds to the first byte for each further item in an answer, from answers of different length (Theil and Sen: the
 * median of the slopes of all pairs); undefined where the lengths differ too little to tell.
 */
export function msPerItem(answers: readonly Quantities[]): number | undefined {
  const points = answers.flatMap(({ items, firstByteMs }) =>
    items === undefined || firstByteMs === undefined ? [] : [{ items, firstByteMs }],
  );
  const lengths = points.map(({ items }) => items);
  const isSpread = Math.max(...lengths) >= 2 * Math.min(...lengths) && Math.max(...lengths) - Math.min(...lengths) >= 4;
  if (points.length < minAnswers || new Set(lengths).size < minLengths || !isSpread) return undefined;
  const slopes = points.flatMap((a, i) =>
    points
      .slice(i + 1)
      .flatMap((b) => (a.items === b.items ? [] : [(b.firstByteMs - a.firstByteMs) / (b.items - a.items)])),
  );
  return median(slopes);
}

/** `msPerItem` of both sides; the interval of their difference is a jackknife's over the pairs. */
export function perItemContrast(pairs: readonly QuantityPair[]): Contrast | undefined {
  const of = (some: readonly QuantityPair[]) => {
    const baseline = msPerItem(some.map((pair) => pair.baseline));
    const candidate = msPerItem(some.map((pair) => pair.candidate));
    return baseline === undefined || candidate === undefined ? undefined : { baseline, candidate };
  };
  const all = of(pairs);
  if (all === undefined) return undefined;
  const n = pairs.length;
  const point = all.candidate - all.baseline;
  const without = pairs
    .map((_, i) => of(pairs.toSpliced(i, 1)))
    .flatMap((left) => (left ? [left.candidate - left.baseline] : []));
  if (without.length < n) return undefined;
  const center = mean(without);
  const deviation = Math.sqrt(((n - 1) / n) * without.reduce((sum, value) => sum + (value - center) ** 2, 0));
  const half = tCritical(0.025, n - 1) * deviation;
  const added: Estimate = { point, interval: [point - half, point + half], level: 0.95, n };
  const pValue = deviation === 0 ? (point === 0 ? 1 : 0) : 2 * tUpperTail(Math.abs(point) / deviation, n - 1);
  return { ...all, added, pValue };
}
