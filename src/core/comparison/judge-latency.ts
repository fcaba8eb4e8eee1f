import { holm } from '../stats/holm.ts';
import type { LatencyShares } from './alpha-shares.ts';
import { commonShifts, type LogTable, ownParts, wholeShifts } from './shift-table.ts';
import { type CandidateRuns, moderatedTests, pFaster, plainTest, pSlower, type ShiftTest } from './shift-tests.ts';

/** What the tests say of one endpoint at one quantile; p-values are scaled so that alpha of the build decides. */
export interface LatencyJudgement {
  readonly whole: ShiftTest;
  readonly own: ShiftTest;
  readonly pSlower: number;
  readonly pFaster: number;
  readonly adjustedSlower: number;
  readonly adjustedFaster: number;
}

export interface CommonJudgement {
  readonly test: ShiftTest;
  readonly adjustedSlower: number;
  readonly adjustedFaster: number;
}

export interface QuantileJudgement {
  readonly endpoints: readonly LatencyJudgement[];
  /** Absent with fewer than two endpoints: then it would be the endpoint's own test again. */
  readonly common?: CommonJudgement;
}

/** An own part must be matched by a whole shift at least this unlikely, or it is somebody else's change seen from here. */
const rawPLimitOfOwnPart = 0.1;

/**
 * Which endpoints slowed or sped up at one quantile? Three families share the quantile's part of alpha: own parts, whole
 * shifts (both by Holm over endpoints) and the common part. Adjusted p-values are divided by the family's share, so that
 * any of them at or below the build's alpha is significant for the build.
 */
export function judgeLatency(
  table: LogTable,
  candidate: CandidateRuns,
  shares: LatencyShares,
  alpha: number,
  nullShifts: readonly number[],
): QuantileJudgement {
  const shifts = wholeShifts(table);
  const wholeTests = moderatedTests(shifts, candidate);
  const ownTests = moderatedTests(ownParts(shifts), candidate);
  const sided = (p: (test: ShiftTest, nullShift: number) => number, sign: 1 | -1) => {
    const raw = wholeTests.map((test, j) => p(test, sign * (nullShifts[j] as number)));
    const own = holm(ownTests.map((test, j) => p(test, sign * (nullShifts[j] as number))));
    const whole = holm(raw);
    return raw.map((rawP, j) => {
      const byOwn = Math.max((own[j] as number) / shares.own, (rawP * alpha) / rawPLimitOfOwnPart);
      return { p: rawP, adjusted: Math.min(1, byOwn, (whole[j] as number) / shares.whole) };
    });
  };
  const slower = sided(pSlower, 1);
  const faster = sided(pFaster, -1);
  const endpoints = wholeTests.map((whole, j) => ({
    whole,
    own: ownTests[j] as ShiftTest,
    pSlower: (slower[j] as { p: number }).p,
    pFaster: (faster[j] as { p: number }).p,
    adjustedSlower: (slower[j] as { adjusted: number }).adjusted,
    adjustedFaster: (faster[j] as { adjusted: number }).adjusted,
  }));
  if (shifts.length < 2) return { endpoints };
  const test = plainTest(commonShifts(shifts), candidate);
  const scale = (p: number) => Math.min(1, p / shares.common);
  return {
    endpoints,
    common: { test, adjustedSlower: scale(pSlower(test)), adjustedFaster: scale(pFaster(test)) },
  };
}
