import type { Thresholds } from '../thresholds/thresholds.ts';
import type { LatencyShares } from './alpha-shares.ts';
import type { Comparison, Estimate, Quantile, Suspect } from './comparison.ts';
import { judgeLatency, type LatencyJudgement, type QuantileJudgement } from './judge-latency.ts';
import {
  type LatencyContext,
  marginOf,
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
const suspicionAlphas = { first: 30, later: 6 };

/** Compares the latency quantiles of all matched endpoints; those with too few requests are `not-compared`. */
export function compareLatency(
  matched: readonly MatchedEndpoint[],
  runs: CandidateRuns,
  thresholds: Thresholds,
  shares: Readonly<Record<Quantile, LatencyShares>>,
  errorsRoseIn: ReadonlySet<string>,
): LatencyComparison {
  const result: LatencyComparison = { comparisons: [], common: {}, suspects: [] };
  const movesUp = new Set<string>();
  const movesDown = new Set<string>();
  for (const quantile of quantiles) {
    if (shares[quantile].whole === 0) continue;
    const judged = matched.filter((endpoint) => hasEnoughRequests(endpoint, quantile));
    for (const endpoint of matched) {
      if (!judged.includes(endpoint)) result.comparisons.push(toTooFewRow(endpoint, quantile));
    }
    if (judged.length === 0) continue;
    const context = { quantile, runs, thresholds, shares: shares[quantile], familySize: judged.length, errorsRoseIn };
    const judgement = judge(judged, context);
    const endpoints = judgement.endpoints.map((row, j) =>
      quantile === 'p99' ? withBacking(row, (judged[j] as MatchedEndpoint).endpoint, movesUp, movesDown) : row,
    );
    for (const [j, { endpoint }] of judged.entries()) {
      const { shift } = (endpoints[j] as LatencyJudgement).whole;
      if (shift > 0) movesUp.add(endpoint);
      if (shift < 0) movesDown.add(endpoint);
    }
    addRows(result, judged, { ...judgement, endpoints }, context);
  }
  return result;
}

function judge(judged: readonly MatchedEndpoint[], context: LatencyContext): QuantileJudgement {
  const { quantile, runs, thresholds, shares } = context;
  const isStrict = thresholds.sensitivity === 'strict';
  const nullShifts = judged.map(({ endpoint }) => (isStrict ? marginOf(endpoint, quantile, thresholds).log : 0));
  return judgeLatency(toLogTable(judged, quantile), runs, shares, thresholds.alpha, nullShifts);
}

/**
 * p99 is the most restless quantile between runs: it is believed only where p95 or p50 of the same endpoint moved the
 * same way, by however little.
 */
function withBacking(
  judgement: LatencyJudgement,
  endpoint: string,
  movesUp: ReadonlySet<string>,
  movesDown: ReadonlySet<string>,
): LatencyJudgement {
  const isKnown = movesUp.has(endpoint) || movesDown.has(endpoint);
  const alone: Partial<LatencyJudgement> = {
    ...(isKnown && !movesUp.has(endpoint) && { adjustedSlower: 1, alphasToSlower: Number.POSITIVE_INFINITY }),
    ...(isKnown && !movesDown.has(endpoint) && { adjustedFaster: 1 }),
  };
  return { ...judgement, ...alone };
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
  for (const [j, endpoint] of judged.entries()) {
    const verdict = judgement.endpoints[j] as LatencyJudgement;
    const row = toLatencyRow(endpoint, verdict, context);
    add(row, toSuspect(row, verdict, limit, context));
  }
  if (judgement.common === undefined) return;
  const row = toCommonRow(judgement.common, context);
  add(row, toSuspect(row, judgement.common, limit, context));
  result.common[context.quantile] = toRelativeChange(judgement.common.test, context.runs);
}
