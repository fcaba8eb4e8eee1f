import { holm } from '../../stats/holm.ts';
import type { LatencyShares } from '../alpha-shares.ts';
import {
  type CandidateRuns,
  commonShifts,
  commonTest,
  isComplete,
  type LogTable,
  moderatedTests,
  ownParts,
  pBothSides,
  pFaster,
  pSlower,
  type ShiftTest,
  wholeShifts,
} from './shift-tests.ts';

/** What the tests say of one endpoint at one quantile; adjusted p-values are scaled so that alpha of the build decides. */
export interface LatencyJudgment {
  readonly whole: ShiftTest;
  /** The same as `whole` where there is one endpoint only. */
  readonly own: ShiftTest;
  readonly pSlower: number;
  readonly pFaster: number;
  readonly adjustedSlower: number;
  readonly adjustedFaster: number;
  /** By how much alpha would have to be larger for the slowdown to be significant; at most 1 when it is. */
  readonly alphasToSlower: number;
}

export interface CommonJudgment {
  readonly test: ShiftTest;
  readonly adjustedSlower: number;
  readonly adjustedFaster: number;
  readonly alphasToSlower: number;
}

export interface QuantileJudgment {
  readonly endpoints: readonly LatencyJudgment[];
  /** Absent with fewer than two endpoints in all candidate runs: then it would be the endpoint's own test again. */
  readonly common?: CommonJudgment;
}

/** An own part must be matched by a whole shift at least this unlikely, or it is somebody else's change seen from here; see `backingLimit`. */
export const rawPLimitOfOwnPart = 0.1;

/**
 * Which endpoints slowed or sped up at one quantile? Three families share the quantile's part of alpha: own parts, whole
 * shifts (both by Holm over endpoints) and the common part. Adjusted p-values are divided by the family's share, so that
 * any of them at or below the build's alpha is significant for the build. With one endpoint its one test gets all.
 *
 * @param nullShifts per endpoint the logarithm of the ratio that counts as no change: 0, or the margin under `strict`
 */
export function judgeLatency(
  table: LogTable,
  candidate: CandidateRuns,
  shares: LatencyShares,
  alpha: number,
  nullShifts: readonly number[],
): QuantileJudgment {
  const shifts = wholeShifts(table);
  const sampling = table.samplingVariance ?? [];
  const whole = moderatedTests(shifts, candidate, sampling);
  if (shifts.length < 2) return { endpoints: judgeEndpoints(whole, whole, aloneShares(shares), alpha, nullShifts) };
  const own = moderatedTests(ownParts(shifts), candidate, sampling);
  const complete = shifts.filter(isComplete);
  if (complete.length < 2) return { endpoints: judgeEndpoints(whole, own, shares, alpha, nullShifts) };
  const common = commonTest(commonShifts(complete), candidate, own);
  const endpoints = judgeEndpoints(whole, own, shares, alpha, nullShifts, common);
  const nullShift = Math.min(...nullShifts);
  const slower = pSlower(common, nullShift) / shares.common;
  return {
    endpoints,
    common: {
      test: common,
      adjustedSlower: Math.min(1, slower),
      adjustedFaster: Math.min(1, pFaster(common, -nullShift) / shares.common),
      alphasToSlower: slower / alpha,
    },
  };
}

function aloneShares(shares: LatencyShares): LatencyShares {
  return { own: 0, whole: shares.own + shares.whole + shares.common, common: 0 };
}

interface SidedP {
  readonly p: number;
  readonly adjusted: number;
  readonly alphas: number;
}

function judgeEndpoints(
  whole: readonly ShiftTest[],
  own: readonly ShiftTest[],
  shares: LatencyShares,
  alpha: number,
  nullShifts: readonly number[],
  common?: ShiftTest,
): LatencyJudgment[] {
  const wholeP = whole.map((test, j) => pAgainst(test, nullShifts[j] as number));
  const ownP = own.map((test, j) => pAgainst(test, nullShifts[j] as number));
  const slowerOf = (p: BothSides) => p.slower;
  const fasterOf = (p: BothSides) => p.faster;
  const takenOff = whole.map((test, j) => pBothSides({ ...(common ?? test), shift: test.shift - at(own, j).shift }));
  const limits = (side: (p: BothSides) => number) =>
    takenOff.map((p) => (common === undefined ? rawPLimitOfOwnPart : backingLimit(side(p), shares.own * alpha)));
  const slower = sidedPs(wholeP.map(slowerOf), ownP.map(slowerOf), limits(fasterOf), shares, alpha);
  const faster = sidedPs(wholeP.map(fasterOf), ownP.map(fasterOf), limits(slowerOf), shares, alpha);
  return whole.map((test, j) => {
    const up = slower[j] as SidedP;
    const down = faster[j] as SidedP;
    return {
      whole: test,
      own: at(own, j),
      pSlower: up.p,
      pFaster: down.p,
      adjustedSlower: up.adjusted,
      adjustedFaster: down.adjusted,
      alphasToSlower: up.alphas,
    };
  });
}

/**
 * How unlikely the whole shift must be that backs an own part. Subtracting what the others improved is no evidence that
 * this endpoint slowed, so the surer it is that they did (`pOpposite`: one-sided p-value of what was taken off having the
 * opposite direction), the more the whole shift has to say by itself, up to the own parts' alpha. The limit falls with
 * the two-sided p-value, without a jump where nothing is taken off.
 */
function backingLimit(pOpposite: number, ownAlpha: number): number {
  return rawPLimitOfOwnPart * Math.min(1, Math.max(2 * pOpposite, ownAlpha / rawPLimitOfOwnPart));
}

function at(tests: readonly ShiftTest[], j: number): ShiftTest {
  return tests[j] as ShiftTest;
}

type BothSides = ReturnType<typeof pBothSides>;

function pAgainst(test: ShiftTest, nullShift: number): BothSides {
  if (nullShift === 0) return pBothSides(test);
  return { slower: pSlower(test, nullShift), faster: pFaster(test, -nullShift) };
}

function sidedPs(
  raw: readonly number[],
  own: readonly number[],
  limits: readonly number[],
  shares: LatencyShares,
  alpha: number,
): SidedP[] {
  const wholeHolm = holm(raw);
  const ownHolm = holm(own);
  return raw.map((p, j) => {
    const byWhole = (wholeHolm[j] as number) / shares.whole;
    const byOwn = shares.own > 0 ? (ownHolm[j] as number) / shares.own : Number.POSITIVE_INFINITY;
    const rawCondition = (p / (limits[j] as number)) * alpha;
    const adjusted = Math.min(1, byWhole, Math.max(byOwn, rawCondition));
    // The raw condition is no test that alpha pays for, so it is not relaxed with alpha; for a suspicion its widest form does.
    const ownAlphas = p <= rawPLimitOfOwnPart ? byOwn / alpha : Number.POSITIVE_INFINITY;
    return { p, adjusted, alphas: Math.min(byWhole / alpha, ownAlphas) };
  });
}
