import { fitVariancePriors, moderate, type VarianceEstimate } from '../../stats/moderated-variance.ts';
import { mean, median, present } from '../../stats/sample-moments.ts';
import { tUpperTail } from '../../stats/student-t.ts';
import { bucketVariance } from '../run-summary.ts';

/** A candidate's shift with its standard error: everything that tests and intervals need. */
export interface ShiftTest {
  /** Logarithm of the ratio candidate / window. */
  readonly shift: number;
  readonly standardError: number;
  readonly df: number;
  /** Between-run standard deviation of one run, moderated. */
  readonly runDeviation: number;
  readonly windowRuns: number;
  /** Candidate runs that have the endpoint. */
  readonly candidateRuns: number;
}

/** How many candidate runs there are and how far they share their luck. */
export interface CandidateRuns {
  readonly count: number;
  /** Share of the between-run variance that the candidate runs have in common: 1 on one deployment, 0 when all is fresh. */
  readonly sharedVariance: number;
}

/** More degrees of freedom than this are never taken from the other endpoints, nor more than `priorPerDf` times the own. */
const maxPriorDf = 10;
const priorPerDf = 1.5;

/**
 * So much of the sampling variance enters the prior. All of it would make noisy endpoints look worse than they are
 * where runs are alike in what they request; none would let them borrow the steadiness of busy ones.
 */
const trend = 0.5;

/**
 * The noise that all endpoints share is about as large as what each has for itself: of the between-run variance of six
 * public systems' p95, 18 to 66 % was shared. Taken as worth so many degrees of freedom, and never more than the window has.
 */
const sharedPriorDf = 4;

/** Tests of all endpoints of one family, each variance moderated by the others. */
export function moderatedTests(
  family: readonly Shifts[],
  candidate: CandidateRuns,
  samplingVariance: readonly number[],
): ShiftTest[] {
  const specific = family.map((shifts) => ownVariance(shifts, candidate));
  const priors = fitVariancePriors(
    specific.map((estimate, j) => ({ ...estimate, samplingVariance: trend * (samplingVariance[j] ?? 0) })),
    maxPriorDf,
  );
  return family.map((shifts, j) => {
    const estimate = specific[j] as VarianceEstimate;
    const prior = priors[j] as VarianceEstimate;
    const df = Math.min(prior.df, priorPerDf * estimate.df, (family.length - 1) * estimate.df);
    return toTest(shifts, moderate(estimate, { variance: prior.variance, df }), candidate);
  });
}

/** The test of the part that all endpoints share, its variance moderated by that of their specific shifts. */
export function sharedTest(shifts: Shifts, candidate: CandidateRuns, specificTests: readonly ShiftTest[]): ShiftTest {
  const estimate = ownVariance(shifts, candidate);
  const variance = Math.exp(2 * mean(specificTests.map((test) => Math.log(test.runDeviation))));
  return toTest(shifts, moderate(estimate, { variance, df: Math.min(sharedPriorDf, estimate.df) }), candidate);
}

/** The test of one series by its own variance alone. */
export function plainTest(shifts: Shifts, candidate: CandidateRuns): ShiftTest {
  return toTest(shifts, ownVariance(shifts, candidate), candidate);
}

/** One-sided: the chance of a shift of at least what was seen if the true one were `nullShift`. */
export function pSlower(test: ShiftTest, nullShift = 0): number {
  return tUpperTail((test.shift - nullShift) / test.standardError, test.df);
}

/** One-sided the other way. */
export function pFaster(test: ShiftTest, nullShift = 0): number {
  return tUpperTail((nullShift - test.shift) / test.standardError, test.df);
}

/** Both one-sided p-values against no change, from one tail: it is computed on the small side, where digits matter. */
export function pBothSides(test: ShiftTest): { readonly slower: number; readonly faster: number } {
  const small = tUpperTail(Math.abs(test.shift) / test.standardError, test.df);
  return test.shift >= 0 ? { slower: small, faster: 1 - small } : { slower: 1 - small, faster: small };
}

/**
 * Scatter of single runs around their side's mean. Fresh candidate runs count like window runs: besides lending degrees
 * of freedom, one outlier among them widens its own limit, so no single run can carry a verdict.
 */
function ownVariance(shifts: Shifts, candidate: CandidateRuns): VarianceEstimate {
  const window = present(shifts.windowResiduals);
  const sides = candidate.sharedVariance === 0 ? [window, present(shifts.candidateResiduals)] : [window];
  let squares = 0;
  let df = 0;
  for (const residuals of sides) {
    const center = mean(residuals);
    for (const value of residuals) squares += (value - center) ** 2;
    df += residuals.length - 1;
  }
  return { variance: Math.max(squares / df, shifts.leastVariance), df };
}

function toTest(shifts: Shifts, estimate: VarianceEstimate, candidate: CandidateRuns): ShiftTest {
  const windowRuns = present(shifts.windowResiduals).length;
  const runDeviation = Math.sqrt(estimate.variance);
  const candidateRuns = present(shifts.candidateResiduals).length;
  const standardError = runDeviation * Math.sqrt(sharedFactor({ ...candidate, count: candidateRuns }) + 1 / windowRuns);
  return { shift: shifts.shift, standardError, df: estimate.df, runDeviation, windowRuns, candidateRuns };
}

/** Variance of the candidate side's mean in units of one run's. */
export function sharedFactor({ count, sharedVariance }: CandidateRuns): number {
  return sharedVariance + (1 - sharedVariance) / count;
}

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

/** Each endpoint's total shift. */
export function totalShifts(table: LogTable): Shifts[] {
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
 * Each endpoint's specific shift: its shift less most of the median shift of the other endpoints. With few others their
 * median says little about what all have in common, so only (m - 1) / m of it is taken off: nothing with one endpoint,
 * nine tenths with ten.
 */
export function specificShifts(shifts: readonly Shifts[]): Shifts[] {
  if (shifts.length < 2) return [...shifts];
  const share = (shifts.length - 1) / shifts.length;
  const less = (columns: readonly (readonly number[])[]) => {
    const others = mediansOfOthersByColumn(columns);
    return columns.map((row, j) => row.map((value, b) => value - share * ((others[b] as number[])[j] as number)));
  };
  const shift = less(shifts.map((s) => [s.shift])).map((row, j) =>
    isComplete(shifts[j] as Shifts) ? (row[0] as number) : specificShiftOfRagged(shifts, j, share),
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
function specificShiftOfRagged(shifts: readonly Shifts[], j: number, share: number): number {
  const specific = shifts[j] as Shifts;
  const others = shifts.flatMap(({ shift, candidateResiduals }, k) => {
    const there = present(candidateResiduals.filter((_, b) => !Number.isNaN(specific.candidateResiduals[b] as number)));
    return k === j || there.length === 0 ? [] : [shift + mean(there)];
  });
  return specific.shift - (others.length === 0 ? 0 : share * median(others));
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
export function sharedShifts(shifts: readonly Shifts[]): Shifts {
  const over = (rows: readonly (readonly number[])[]) =>
    Array.from({ length: rows[0]?.length ?? 0 }, (_, b) => mean(present(rows.map((row) => row[b] as number))));
  return {
    shift: mean(shifts.map((s) => s.shift)),
    windowResiduals: over(shifts.map((s) => s.windowResiduals)),
    candidateResiduals: over(shifts.map((s) => s.candidateResiduals)),
    leastVariance: mean(shifts.map((s) => s.leastVariance)) / shifts.length,
  };
}
