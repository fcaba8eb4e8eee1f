import { fitVariancePrior, moderate, type VarianceEstimate } from '../stats/moderated-variance.ts';
import { sampleVariance } from '../stats/sample-moments.ts';
import { tUpperTail } from '../stats/student-t.ts';
import { present, type Shifts } from './shift-table.ts';

/** A candidate's shift with its standard error: everything that tests and intervals need. */
export interface ShiftTest {
  /** Logarithm of the ratio candidate / window. */
  readonly shift: number;
  readonly standardError: number;
  readonly df: number;
  /** Between-run standard deviation of one run, moderated. */
  readonly runDeviation: number;
  readonly windowRuns: number;
}

/** How many candidate runs there are and how far they share their luck. */
export interface CandidateRuns {
  readonly count: number;
  /** Share of the between-run variance that the candidate runs have in common: 1 on one deployment, 0 when all is fresh. */
  readonly shared: number;
}

/** More than this many degrees of freedom are never taken from the other endpoints: they are unlike at the edges. */
const maxPriorDf = 6;

/** Latencies are read within 0.5 % from a sketch: no series varies less than that rounding (uniform law). */
const roundingVariance = 0.005 ** 2 / 3;

/** Tests of all endpoints of one family, each variance moderated by the others. */
export function moderatedTests(family: readonly Shifts[], candidate: CandidateRuns): ShiftTest[] {
  const own = family.map(ownVariance);
  const prior = fitVariancePrior(
    own.map((estimate) => estimate.variance),
    own.map((estimate) => estimate.df),
    maxPriorDf,
  );
  return family.map((shifts, j) => toTest(shifts, moderate(own[j] as VarianceEstimate, prior), candidate));
}

/** The test of one series by its own variance alone. */
export function plainTest(shifts: Shifts, candidate: CandidateRuns): ShiftTest {
  return toTest(shifts, ownVariance(shifts), candidate);
}

/** One-sided: the chance of a shift at least `null` + what was seen if the true shift were `null`. */
export function pSlower(test: ShiftTest, nullShift = 0): number {
  return tUpperTail((test.shift - nullShift) / test.standardError, test.df);
}

/** One-sided the other way. */
export function pFaster(test: ShiftTest, nullShift = 0): number {
  return tUpperTail((nullShift - test.shift) / test.standardError, test.df);
}

function ownVariance(shifts: Shifts): VarianceEstimate {
  const values = present(shifts.window);
  return { variance: Math.max(sampleVariance(values), roundingVariance), df: values.length - 1 };
}

function toTest(shifts: Shifts, estimate: VarianceEstimate, candidate: CandidateRuns): ShiftTest {
  const windowRuns = present(shifts.window).length;
  const runDeviation = Math.sqrt(estimate.variance);
  const factor = candidate.shared + (1 - candidate.shared) / candidate.count + 1 / windowRuns;
  return {
    shift: shifts.candidate,
    standardError: runDeviation * Math.sqrt(factor),
    df: estimate.df,
    runDeviation,
    windowRuns,
  };
}
