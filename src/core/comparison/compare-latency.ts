import type { Thresholds } from '../thresholds/thresholds.ts';
import type { LatencyShares } from './alpha-shares.ts';
import type { Comparison, Estimate, Quantile, Suspect } from './comparison.ts';
import { conformalP, fewestRunsForRank } from './conformal-rank.ts';
import { type CommonJudgement, judgeLatency, type LatencyJudgement, type QuantileJudgement } from './judge-latency.ts';
import { latencyMargin } from './latency-margin.ts';
import {
  changeMsOf,
  type LatencyContext,
  toCommonRow,
  toLatencyRow,
  toRelativeChange,
  toSuspect,
  toTooFewRow,
} from './latency-row.ts';
import { hasEnoughRequests, toLogTable } from './latency-table.ts';
import type { MatchedEndpoint } from './match-endpoints.ts';
import type { CandidateRuns } from './shift-tests.ts';

export interface LatencyComparison {
  readonly comparisons: Comparison[];
  readonly common: Partial<Record<Quantile, Estimate>>;
  readonly suspects: Suspect[];
}

const quantiles: readonly Quantile[] = ['p50', 'p95', 'p99'];

/**
 * A suspicion is a result that this many alphas would have made significant. After the first run it is generous, since
 * asking for another run costs no alpha; with several fresh runs it is stricter, which ends the matter early.
 */
const suspicionAlphas = { first: 40, later: 6 };

/** Compares the latency quantiles of all matched endpoints; those with too few requests are `not-compared`. */
export function compareLatency(
  matched: readonly MatchedEndpoint[],
  runs: CandidateRuns,
  thresholds: Thresholds,
  shares: Readonly<Record<Quantile, LatencyShares>>,
  hasMoreErrors: (endpoint: string) => boolean,
): LatencyComparison {
  const result: LatencyComparison = { comparisons: [], common: {}, suspects: [] };
  const isOrdinary = isOrdinaryRun(matched, runs, thresholds.alpha);
  const backing = new Map<string, Backing>();
  for (const quantile of quantiles) {
    const judged = matched.filter((endpoint) => hasEnoughRequests(endpoint, quantile));
    const isTested = shares[quantile].whole > 0;
    for (const endpoint of matched) {
      if (isTested && !judged.includes(endpoint)) result.comparisons.push(toTooFewRow(endpoint, quantile));
    }
    if (judged.length === 0) continue;
    const context = { quantile, runs, thresholds, shares: shares[quantile], familySize: judged.length, hasMoreErrors };
    const judgement = judge(judged, context);
    const endpoints = judgement.endpoints.map((row, j) => {
      const { endpoint } = judged[j] as MatchedEndpoint;
      const vetoed = isOrdinary ? { ...row, adjustedSlower: 1 } : row;
      if (quantile === 'p99') return withBacking(vetoed, backing.get(endpoint));
      backing.set(endpoint, strongest(backing.get(endpoint), row));
      return vetoed;
    });
    const common = judgement.common && { ...judgement.common, ...(isOrdinary && { adjustedSlower: 1 }) };
    if (isTested) addRows(result, judged, { endpoints, ...(common && { common }) }, context);
  }
  return result;
}

/**
 * With 19 or more stored runs a rank among runs decides too, as a veto that costs no alpha: one candidate run that is no
 * more unusual than one stored run in twenty can't fail a build, however heavy the tails between runs are.
 */
function isOrdinaryRun(matched: readonly MatchedEndpoint[], runs: CandidateRuns, alpha: number): boolean {
  const windowRuns = matched[0]?.window.length ?? 0;
  if (runs.count !== 1 || windowRuns < fewestRunsForRank) return false;
  const tables = quantiles.map((quantile) =>
    toLogTable(
      matched.filter((endpoint) => hasEnoughRequests(endpoint, quantile)),
      quantile,
    ),
  );
  return conformalP(tables) > alpha;
}

function judge(judged: readonly MatchedEndpoint[], context: LatencyContext): QuantileJudgement {
  const { quantile, runs, thresholds, shares } = context;
  const isStrict = thresholds.sensitivity === 'strict';
  const nullShifts = judged.map(({ endpoint }) => (isStrict ? latencyMargin(endpoint, quantile, thresholds).log : 0));
  return judgeLatency(toLogTable(judged, quantile), runs, shares, thresholds.alpha, nullShifts);
}

/** Smallest unadjusted p-values of an endpoint's p50 and p95, each way. */
interface Backing {
  readonly pSlower: number;
  readonly pFaster: number;
}

function strongest(known: Backing | undefined, { pSlower, pFaster }: Backing): Backing {
  return { pSlower: Math.min(pSlower, known?.pSlower ?? 1), pFaster: Math.min(pFaster, known?.pFaster ?? 1) };
}

/** p95 or p50 must have moved the same way at this unadjusted p-value for p99 to be believed. */
const backingP = 0.25;

/**
 * p99 is the most restless quantile between runs: one stall that hits a hundredth of the requests moves it and nothing
 * else. It is believed only where p95 or p50 of the same endpoint moved the same way, by however little.
 */
function withBacking(judgement: LatencyJudgement, backing: Backing | undefined): LatencyJudgement {
  if (backing === undefined) return judgement;
  return {
    ...judgement,
    ...(backing.pSlower > backingP && { adjustedSlower: 1, alphasToSlower: Number.POSITIVE_INFINITY }),
    ...(backing.pFaster > backingP && { adjustedFaster: 1 }),
  };
}

/**
 * Whether most endpoints are slower by their margins. One endpoint that doubled raises the mean of a few as well; where
 * it is named already, saying that all of them got slower would be wrong.
 */
function haveMoved(
  rows: readonly Comparison[],
  judgement: QuantileJudgement,
  { quantile, thresholds }: LatencyContext,
): boolean {
  const moved = rows.filter((row, j) => {
    const margin = latencyMargin(row.endpoint, quantile, thresholds);
    const { whole } = judgement.endpoints[j] as LatencyJudgement;
    return whole.shift >= margin.log && !(changeMsOf(row) < margin.ms);
  });
  return moved.length * 2 > rows.length;
}

function withoutFinding(common: CommonJudgement): CommonJudgement {
  return { ...common, adjustedSlower: 1, alphasToSlower: Number.POSITIVE_INFINITY };
}

function addRows(
  result: LatencyComparison,
  judged: readonly MatchedEndpoint[],
  judgement: QuantileJudgement,
  context: LatencyContext,
): void {
  const limit = context.runs.count > 1 ? suspicionAlphas.later : suspicionAlphas.first;
  const add = (row: Comparison, suspect: Suspect | undefined) => {
    result.comparisons.push(row);
    if (suspect !== undefined) result.suspects.push(suspect);
  };
  const endpointRows = judged.map((endpoint, j) => {
    const verdict = judgement.endpoints[j] as LatencyJudgement;
    const row = toLatencyRow(endpoint, verdict, context);
    add(row, toSuspect(row, changeMsOf(row), verdict, limit, context));
    return row;
  });
  if (judgement.common === undefined) return;
  const isNamed = endpointRows.some(({ verdict }) => verdict === 'regressed');
  const common =
    isNamed && !haveMoved(endpointRows, judgement, context) ? withoutFinding(judgement.common) : judgement.common;
  const changeMs = furthest(endpointRows.map(changeMsOf), common.test.shift);
  const row = toCommonRow(common, changeMs, context);
  add(row, toSuspect(row, changeMs, common, limit, context));
  result.common[context.quantile] = toRelativeChange(judgement.common.test);
}

/** What all endpoints share matters to people where it matters on one of them. */
function furthest(changesMs: readonly number[], shift: number): number {
  return shift > 0 ? Math.max(...changesMs) : Math.min(...changesMs);
}
