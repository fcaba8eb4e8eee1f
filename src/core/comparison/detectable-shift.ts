import { tCritical } from '../stats/student-t.ts';
import type { LatencyShares } from './alpha-shares.ts';
import type { LatencyJudgement } from './judge-latency.ts';
import type { ShiftTest } from './shift-tests.ts';

/** Chance of detection that a minimum detectable effect promises. */
const power = 0.8;

/** More fresh runs than this are never asked for. */
export const mostRunsAskedFor = 20;

/**
 * The smallest true shift (as logarithm) that this measurement finds in 80 % of builds: it must clear the significance
 * limit of the better family (first step of Holm) as well as the margin.
 */
export function detectableShift(
  judgement: LatencyJudgement,
  logMargin: number,
  shares: LatencyShares,
  familySize: number,
  alpha: number,
): number {
  const byOwn = reach(judgement.own, (shares.own * alpha) / familySize);
  const byWhole = reach(judgement.whole, (shares.whole * alpha) / familySize);
  const beyondMargin = logMargin + tCritical(1 - power, judgement.whole.df) * judgement.whole.standardError;
  return Math.max(Math.min(byOwn, byWhole), beyondMargin);
}

/** How many candidate runs, all fresh, would make the shift seen significant with 80 % chance; at most 20. */
export function neededRuns(
  judgement: LatencyJudgement,
  shares: LatencyShares,
  familySize: number,
  alpha: number,
): number {
  for (let runs = 2; runs < mostRunsAskedFor; runs++) {
    const byOwn = reach(withRuns(judgement.own, runs), (shares.own * alpha) / familySize);
    const byWhole = reach(withRuns(judgement.whole, runs), (shares.whole * alpha) / familySize);
    if (judgement.own.shift >= byOwn || judgement.whole.shift >= byWhole) return runs;
  }
  return mostRunsAskedFor;
}

function withRuns(test: ShiftTest, runs: number): ShiftTest {
  return { ...test, standardError: test.runDeviation * Math.sqrt(1 / runs + 1 / test.windowRuns) };
}

function reach(test: ShiftTest, alpha: number): number {
  if (alpha <= 0) return Number.POSITIVE_INFINITY;
  return (tCritical(alpha, test.df) + tCritical(1 - power, test.df)) * test.standardError;
}
