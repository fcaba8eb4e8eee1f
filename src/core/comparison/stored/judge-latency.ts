import { holm } from '../../stats/holm.ts';
import type { LatencyShares } from '../alpha-shares.ts';
import {
  type CandidateRuns,
  isComplete,
  type LogTable,
  moderatedTests,
  pBothSides,
  pFaster,
  pSlower,
  type ShiftTest,
  sharedShifts,
  sharedTest,
  specificShifts,
  totalShifts,
} from './shift-tests.ts';

/** What the tests say of one endpoint at one quantile; adjusted p-values are scaled so that alpha of the build decides. */
export interface LatencyJudgment {
  readonly total: ShiftTest;
  /** The same as `whole` where there is one endpoint only. */
  readonly specific: ShiftTest;
  readonly pSlower: number;
  readonly pFaster: number;
  readonly adjustedSlower: number;
  readonly adjustedFaster: number;
  /** By how much alpha would have to be larger for the slowdown to be significant; at most 1 when it is. */
  readonly alphasToSlower: number;
}

export interface SharedJudgment {
  readonly test: ShiftTest;
  readonly adjustedSlower: number;
  readonly adjustedFaster: number;
  readonly alphasToSlower: number;
}

export interface QuantileJudgment {
  readonly endpoints: readonly LatencyJudgment[];
  /** Absent with fewer than two endpoints in all candidate runs: then it would be the endpoint's own test again. */
  readonly shared?: SharedJudgment;
}

/** A specific shift must be matched by a total shift at least this unlikely, or it is somebody else's change seen from here; see `backingLimit`. */
export const rawPLimitOfSpecific = 0.1;

/**
 * Which endpoints slowed or sped up at one quantile? Three families share the quantile's part of alpha: specific shifts, whole
 * shifts (both by Holm over endpoints) and the shared shift. Adjusted p-values are divided by the family's share, so that
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
  const shifts = totalShifts(table);
  const sampling = table.samplingVariance ?? [];
  const total = moderatedTests(shifts, candidate, sampling);
  if (shifts.length < 2) return { endpoints: judgeEndpoints(total, total, aloneShares(shares), alpha, nullShifts) };
  const specific = moderatedTests(specificShifts(shifts), candidate, sampling);
  const complete = shifts.filter(isComplete);
  if (complete.length < 2) return { endpoints: judgeEndpoints(total, specific, shares, alpha, nullShifts) };
  const shared = sharedTest(sharedShifts(complete), candidate, specific);
  const endpoints = judgeEndpoints(total, specific, shares, alpha, nullShifts, shared);
  const nullShift = Math.min(...nullShifts);
  const slower = pSlower(shared, nullShift) / shares.shared;
  return {
    endpoints,
    shared: {
      test: shared,
      adjustedSlower: Math.min(1, slower),
      adjustedFaster: Math.min(1, pFaster(shared, -nullShift) / shares.shared),
      alphasToSlower: slower / alpha,
    },
  };
}

function aloneShares(shares: LatencyShares): LatencyShares {
  return { specific: 0, total: shares.specific + shares.total + shares.shared, shared: 0 };
}

interface SidedP {
  readonly p: number;
  readonly adjusted: number;
  readonly alphas: number;
}

function judgeEndpoints(
  total: readonly ShiftTest[],
  specific: readonly ShiftTest[],
  shares: LatencyShares,
  alpha: number,
  nullShifts: readonly number[],
  shared?: ShiftTest,
): LatencyJudgment[] {
  const totalP = total.map((test, j) => pAgainst(test, nullShifts[j] as number));
  const specificP = specific.map((test, j) => pAgainst(test, nullShifts[j] as number));
  const slowerOf = (p: BothSides) => p.slower;
  const fasterOf = (p: BothSides) => p.faster;
  const takenOff = total.map((test, j) =>
    pBothSides({ ...(shared ?? test), shift: test.shift - at(specific, j).shift }),
  );
  const limits = (side: (p: BothSides) => number) =>
    takenOff.map((p) => (shared === undefined ? rawPLimitOfSpecific : backingLimit(side(p), shares.specific * alpha)));
  const slower = sidedPs(totalP.map(slowerOf), specificP.map(slowerOf), limits(fasterOf), shares, alpha);
  const faster = sidedPs(totalP.map(fasterOf), specificP.map(fasterOf), limits(slowerOf), shares, alpha);
  return total.map((test, j) => {
    const up = slower[j] as SidedP;
    const down = faster[j] as SidedP;
    return {
      total: test,
      specific: at(specific, j),
      pSlower: up.p,
      pFaster: down.p,
      adjustedSlower: up.adjusted,
      adjustedFaster: down.adjusted,
      alphasToSlower: up.alphas,
    };
  });
}

/**
 * How unlikely the total shift must be that backs a specific shift. Subtracting what the others improved is no evidence that
 * this endpoint slowed, so the surer it is that they did (`pOpposite`: one-sided p-value of what was taken off having the
 * opposite direction), the more the total shift has to say by itself, up to the specific shifts' alpha. The limit falls with
 * the two-sided p-value, without a jump where nothing is taken off.
 */
function backingLimit(pOpposite: number, specificAlpha: number): number {
  return rawPLimitOfSpecific * Math.min(1, Math.max(2 * pOpposite, specificAlpha / rawPLimitOfSpecific));
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
  specific: readonly number[],
  limits: readonly number[],
  shares: LatencyShares,
  alpha: number,
): SidedP[] {
  const totalHolm = holm(raw);
  const specificHolm = holm(specific);
  return raw.map((p, j) => {
    const byTotal = (totalHolm[j] as number) / shares.total;
    const bySpecific = shares.specific > 0 ? (specificHolm[j] as number) / shares.specific : Number.POSITIVE_INFINITY;
    const rawCondition = (p / (limits[j] as number)) * alpha;
    const adjusted = Math.min(1, byTotal, Math.max(bySpecific, rawCondition));
    // The raw condition is no test that alpha pays for, so it is not relaxed with alpha; for a suspicion its widest form does.
    const specificAlphas = p <= rawPLimitOfSpecific ? bySpecific / alpha : Number.POSITIVE_INFINITY;
    return { p, adjusted, alphas: Math.min(byTotal / alpha, specificAlphas) };
  });
}
