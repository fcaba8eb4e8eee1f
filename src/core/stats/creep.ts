import { varianceInflation } from './autocorrelation.ts';
import { mean } from './sample-moments.ts';
import { tUpperTail } from './student-t.ts';

/** How far a series has come from where it began. */
export interface Creep {
  /** Mean of the last values minus mean of the first. */
  readonly change: number;
  /** Chance of a rise at least this large where the series only wobbles about one level. */
  readonly p: number;
}

/** Fewer values can't tell a wander, which comes back by itself, from a rise. */
const fewest = 30;

/** Values at either end whose means are compared. */
export const creepEnds = 10;

/**
 * Did a series rise from its beginning to its end? Compares the mean of the first ten values with that of the last ten by
 * a one-sided t test. The spread is that around a straight line, so that a steady rise doesn't hide itself; it is inflated
 * for values that resemble their neighbors, which also cost degrees of freedom. Undefined with fewer than 30 values or
 * without any spread. `test/calibration/creep.test.ts` counts its false alarms.
 *
 * @param values oldest first; logarithms where relative changes are meant
 */
export function creepOf(values: readonly number[]): Creep | undefined {
  const n = values.length;
  if (n < fewest) return undefined;
  const change = mean(values.slice(-creepEnds)) - mean(values.slice(0, creepEnds));
  const rest = aroundLine(values);
  const inflation = varianceInflation([rest]);
  const spread = rest.reduce((sum, value) => sum + value * value, 0) / (n - 2);
  if (spread === 0) return undefined;
  const error = Math.sqrt((2 * spread * inflation) / creepEnds);
  return { change, p: tUpperTail(change / error, Math.max(2, n / inflation - 2)) };
}

/** What is left of `values` around the straight line of least squares. */
function aroundLine(values: readonly number[]): Float64Array {
  const center = (values.length - 1) / 2;
  const middle = mean(values);
  let [above, below] = [0, 0];
  for (const [i, value] of values.entries()) {
    above += (i - center) * (value - middle);
    below += (i - center) ** 2;
  }
  return Float64Array.from(values, (value, i) => value - middle - (above / below) * (i - center));
}
