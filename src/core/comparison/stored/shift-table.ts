import { mean, median, present } from '../../stats/sample-moments.ts';
import { bucketVariance } from '../run-summary.ts';

/**
 * Logarithms of one quantile: a row per endpoint, a column per run. NaN where a run lacks the endpoint. Every row has at
 * least two window values and one candidate value.
 */
export interface LogTable {
  readonly window: readonly (readonly number[])[];
  readonly candidate: readonly (readonly number[])[];
  /** Variance of each row's logarithm that within-run chance explains, for a typical run; 0 where unknown. */
  readonly samplingVariance?: readonly number[];
  /** Variance of each row's logarithm from coarse values; the sketch's own rounding where unknown. */
  readonly roundingVariance?: readonly number[];
}

/**
 * One series of shifts: the candidate's against the window's mean, and how single runs scatter around their side's mean
 * (NaN in a run without the endpoint).
 */
export interface Shifts {
  readonly shift: number;
  readonly windowResiduals: readonly number[];
  readonly candidateResiduals: readonly number[];
  /** No run varies less than this: the rounding of its values. */
  readonly leastVariance: number;
}

/** Each endpoint's whole shift. */
export function wholeShifts(table: LogTable): Shifts[] {
  return table.window.map((row, j) => {
    const candidate = table.candidate[j] as readonly number[];
    const windowMean = mean(present(row));
    const candidateMean = mean(present(candidate));
    return {
      shift: candidateMean - windowMean,
      windowResiduals: row.map((value) => value - windowMean),
      candidateResiduals: candidate.map((value) => value - candidateMean),
      leastVariance: table.roundingVariance?.[j] ?? bucketVariance,
    };
  });
}

/**
 * Each endpoint's own part: its shift less most of the median shift of the other endpoints. With few others their
 * median says little about what all have in common, so only (m - 1) / m of it is taken off: nothing with one endpoint,
 * nine tenths with ten.
 */
export function ownParts(shifts: readonly Shifts[]): Shifts[] {
  if (shifts.length < 2) return [...shifts];
  const share = (shifts.length - 1) / shifts.length;
  const less = (columns: readonly (readonly number[])[]) => {
    const others = mediansOfOthersByColumn(columns);
    return columns.map((row, j) => row.map((value, b) => value - share * ((others[b] as number[])[j] as number)));
  };
  const shift = less(shifts.map((s) => [s.shift])).map((row, j) =>
    isComplete(shifts[j] as Shifts) ? (row[0] as number) : ownShiftOfRagged(shifts, j, share),
  );
  const window = less(shifts.map((s) => s.windowResiduals));
  const candidate = less(shifts.map((s) => s.candidateResiduals));
  return shifts.map(({ leastVariance }, j) => ({
    leastVariance,
    shift: shift[j] as number,
    windowResiduals: window[j] as number[],
    candidateResiduals: candidate[j] as number[],
  }));
}

/** Whether every candidate run has it. */
export function isComplete(shifts: Shifts): boolean {
  return !shifts.candidateResiduals.some(Number.isNaN);
}

/** An endpoint that some candidate runs lack is set beside what the others did in the runs that have it. */
function ownShiftOfRagged(shifts: readonly Shifts[], j: number, share: number): number {
  const own = shifts[j] as Shifts;
  const others = shifts.flatMap(({ shift, candidateResiduals }, k) => {
    const there = present(candidateResiduals.filter((_, b) => !Number.isNaN(own.candidateResiduals[b] as number)));
    return k === j || there.length === 0 ? [] : [shift + mean(there)];
  });
  return own.shift - (others.length === 0 ? 0 : share * median(others));
}

function mediansOfOthersByColumn(rows: readonly (readonly number[])[]): number[][] {
  const columns = rows[0]?.length ?? 0;
  return Array.from({ length: columns }, (_, b) => mediansOfOthers(rows.map((row) => row[b] as number)));
}

/**
 * For each place the median of the values at all other places; missing values don't count, and with none left it is 0.
 * Sorts once: leaving one value out moves the middle by at most one.
 */
export function mediansOfOthers(values: readonly number[]): number[] {
  const order = values.map((_, j) => j).filter((j) => !Number.isNaN(values[j] as number));
  order.sort((a, b) => (values[a] as number) - (values[b] as number));
  const sorted = order.map((j) => values[j] as number);
  const result = values.map((value) => (Number.isNaN(value) ? median(sorted) : 0));
  const n = sorted.length - 1;
  for (const [rank, j] of order.entries()) {
    const without = (k: number) => sorted[k < rank ? k : k + 1] as number;
    const middle = n >> 1;
    result[j] = n === 0 ? 0 : n % 2 === 1 ? without(middle) : (without(middle - 1) + without(middle)) / 2;
  }
  return result.map((value) => (Number.isNaN(value) ? 0 : value));
}

/** The shift that all endpoints share: the mean over endpoints, all of which every candidate run has. */
export function commonShifts(shifts: readonly Shifts[]): Shifts {
  const over = (rows: readonly (readonly number[])[]) =>
    Array.from({ length: rows[0]?.length ?? 0 }, (_, b) => mean(present(rows.map((row) => row[b] as number))));
  return {
    shift: mean(shifts.map((s) => s.shift)),
    windowResiduals: over(shifts.map((s) => s.windowResiduals)),
    candidateResiduals: over(shifts.map((s) => s.candidateResiduals)),
    leastVariance: mean(shifts.map((s) => s.leastVariance)) / shifts.length,
  };
}
