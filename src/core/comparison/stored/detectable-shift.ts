import { tCritical } from '../../stats/student-t.ts';
import type { LatencyShares } from '../alpha-shares.ts';
import type { LatencyJudgment } from './judge-latency.ts';
import type { ShiftTest } from './shift-tests.ts';

/** Chance of detection that a minimum detectable effect promises. */
const power = 0.8;

/** More fresh runs than this are never asked for. */
const maxRunsAskedFor = 20;

/**
 * The smallest true shift (as logarithm) that this measurement finds in 80 % of builds: it must clear the significance
 * limit of the better family (first step of Holm) as well as the margin.
 */
export function detectableShift(
  judgment: Pick<LatencyJudgment, 'total' | 'specific'>,
  logMargin: number,
  shares: LatencyShares,
  familySize: number,
  alpha: number,
): number {
  const bySpecific =
    standardErrorsNeeded(judgment.specific, (shares.specific * alpha) / familySize) * judgment.specific.standardError;
  const byTotal =
    standardErrorsNeeded(judgment.total, (shares.total * alpha) / familySize) * judgment.total.standardError;
  const beyondMargin = logMargin + tCritical(1 - power, judgment.total.df) * judgment.total.standardError;
  return Math.max(Math.min(bySpecific, byTotal), beyondMargin);
}

/** How many candidate runs in all, each fresh, would make the shift seen significant with 80 % chance; 2 to 20. */
export function neededRuns(
  judgment: LatencyJudgment,
  shares: LatencyShares,
  familySize: number,
  alpha: number,
): number {
  const bySpecific = runsFor(judgment.specific, (shares.specific * alpha) / familySize);
  const byTotal = runsFor(judgment.total, (shares.total * alpha) / familySize);
  return Math.min(maxRunsAskedFor, Math.max(2, Math.min(bySpecific, byTotal)));
}

/** Solves shift = needed * deviation * sqrt(1 / runs + 1 / window) for runs; infinite where the window itself is too small. */
function runsFor(test: ShiftTest, alpha: number): number {
  const ratio = test.shift / (standardErrorsNeeded(test, alpha) * test.runDeviation);
  const room = ratio > 0 ? ratio ** 2 - 1 / test.windowRuns : 0;
  return room > 0 ? Math.ceil(1 / room) : Number.POSITIVE_INFINITY;
}

function standardErrorsNeeded(test: ShiftTest, alpha: number): number {
  if (alpha <= 0) return Number.POSITIVE_INFINITY;
  return tCritical(alpha, test.df) + tCritical(1 - power, test.df);
}
