import { fitVariancePriors, moderate, type VarianceEstimate } from '../../stats/moderated-variance.ts';
import { mean, present } from '../../stats/sample-moments.ts';
import { tUpperTail } from '../../stats/student-t.ts';
import type { Shifts } from './shift-table.ts';

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
  readonly shared: number;
}

/** More degrees of freedom than this are never taken from the other endpoints, nor more than `priorPerDf` times the own. */
const maxPriorDf = 10;
const priorPerDf = 1.5;

/**
 * So much of the sampling variance enters the prior. All of it would make restless endpoints look worse than they are
 * where runs are alike in what they request; none would let them borrow the calm of busy ones.
 */
const trend = 0.5;

/**
 * The noise that all endpoints share is about as large as what each has for itself: of the between-run variance of six
 * public systems' p95, 18 to 66 % was shared. Taken as worth so many degrees of freedom, and never more than the window has.
 */
const commonPriorDf = 4;

/** Tests of all endpoints of one family, each variance moderated by the others. */
export function moderatedTests(
  family: readonly Shifts[],
  candidate: CandidateRuns,
  samplingVariance: readonly number[],
): ShiftTest[] {
  const own = family.map((shifts) => ownVariance(shifts, candidate));
  const priors = fitVariancePriors(
    own.map((estimate, j) => ({ ...estimate, samplingVariance: trend * (samplingVariance[j] ?? 0) })),
    maxPriorDf,
  );
  return family.map((shifts, j) => {
    const estimate = own[j] as VarianceEstimate;
    const prior = priors[j] as VarianceEstimate;
    const df = Math.min(prior.df, priorPerDf * estimate.df, (family.length - 1) * estimate.df);
    return toTest(shifts, moderate(estimate, { variance: prior.variance, df }), candidate);
  });
}

/** The test of the part that all endpoints share, its variance moderated by that of their own parts. */
export function commonTest(shifts: Shifts, candidate: CandidateRuns, ownTests: readonly ShiftTest[]): ShiftTest {
  const estimate = ownVariance(shifts, candidate);
  const variance = Math.exp(2 * mean(ownTests.map((test) => Math.log(test.runDeviation))));
  return toTest(shifts, moderate(estimate, { variance, df: Math.min(commonPriorDf, estimate.df) }), candidate);
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
  const sides = candidate.shared === 0 ? [window, present(shifts.candidateResiduals)] : [window];
  let squares = 0;
  let df = 0;
  for (const residuals of sides) {
    const centre = mean(residuals);
    for (const value of residuals) squares += (value - centre) ** 2;
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
export function sharedFactor({ count, shared }: CandidateRuns): number {
  return shared + (1 - shared) / count;
}
