import { mean, median } from '../stats/sample-moments.ts';

/**
 * Logarithms of one quantile: a row per endpoint, a column per run. NaN where a run lacks the endpoint. Every row has
 * at least two window values and one candidate value.
 */
export interface LogTable {
  readonly window: readonly (readonly number[])[];
  readonly candidate: readonly (readonly number[])[];
}

/** Shifts of one endpoint: per window run against the window's mean, and of the candidate (mean of its runs). */
export interface Shifts {
  readonly window: readonly number[];
  readonly candidate: number;
}

/** Each endpoint's whole shifts: logarithm minus the mean of the window. */
export function wholeShifts(table: LogTable): Shifts[] {
  return table.window.map((row, j) => {
    const centre = mean(present(row));
    const candidate = mean(present(table.candidate[j] as readonly number[])) - centre;
    return { window: row.map((value) => value - centre), candidate };
  });
}

/**
 * Each endpoint's own part: its shift less most of the median shift of the other endpoints. With few others their
 * median says little about what all have in common, so only (m - 1) / m of it is taken off: nothing with one endpoint,
 * nine tenths with ten.
 */
export function ownParts(shifts: readonly Shifts[]): Shifts[] {
  const share = (shifts.length - 1) / shifts.length;
  if (shifts.length < 2) return [...shifts];
  const runs = (shifts[0] as Shifts).window.length;
  const candidateOthers = mediansOfOthers(shifts.map((s) => s.candidate));
  const windowOthers = Array.from({ length: runs }, (_, b) =>
    mediansOfOthers(shifts.map((s) => s.window[b] as number)),
  );
  return shifts.map((s, j) => ({
    window: s.window.map((value, b) => value - share * ((windowOthers[b] as number[])[j] as number)),
    candidate: s.candidate - share * (candidateOthers[j] as number),
  }));
}

/** For each place the median of the values at all other places; missing values don't count. */
export function mediansOfOthers(values: readonly number[]): number[] {
  return values.map((_, j) => {
    const others = median(values.filter((value, k) => k !== j && !Number.isNaN(value)));
    return Number.isNaN(others) ? 0 : others;
  });
}

/** The shift that all endpoints share: the mean over endpoints, per window run and for the candidate. */
export function commonShifts(shifts: readonly Shifts[]): Shifts {
  const runs = shifts[0]?.window.length ?? 0;
  return {
    window: Array.from({ length: runs }, (_, b) => mean(present(shifts.map((s) => s.window[b] as number)))),
    candidate: mean(shifts.map((s) => s.candidate)),
  };
}

export function present(values: readonly number[]): number[] {
  return values.filter((value) => !Number.isNaN(value));
}
