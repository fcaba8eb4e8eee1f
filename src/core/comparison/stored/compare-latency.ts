import { endpointSubject, type Subject } from '../../run-record/subject.ts';
import { judgedQuantiles, type Quantile, quantileNames, quantiles, specOf } from '../../thresholds/quantiles.ts';
import { logOf, type Margin, marginOf, type Thresholds } from '../../thresholds/thresholds.ts';
import { isTested, type LatencyShares } from '../alpha-shares.ts';
import type { Suspect } from '../comparison-result.ts';
import { asShownOnly, type Estimate, type Row } from '../row.ts';
import { conformalP, fewestRunsForRank } from './conformal-rank.ts';
import { type CommonJudgement, judgeLatency, type LatencyJudgement, type QuantileJudgement } from './judge-latency.ts';
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
  readonly comparisons: Row[];
  readonly common: Partial<Record<Quantile, Estimate>>;
  readonly suspects: Suspect[];
}

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
  hasMoreErrors: (subject: Subject) => boolean,
): LatencyComparison {
  const result: LatencyComparison = { comparisons: [], common: {}, suspects: [] };
  const isOrdinary = isOrdinaryRun(matched, runs, thresholds.alpha);
  const backing = new Map<string, Backing>();
  for (const quantile of quantileNames) {
    const judged = matched.filter((endpoint) => hasEnoughRequests(endpoint, quantile));
    const hasAlpha = isTested(shares[quantile]);
    for (const endpoint of matched) {
      if (hasAlpha && !judged.includes(endpoint)) result.comparisons.push(toTooFewRow(endpoint, quantile, thresholds));
    }
    if (judged.length === 0) continue;
    const margins = judged.map(({ endpoint }) => marginOf(endpointSubject(endpoint), quantile, thresholds));
    const context = { quantile, runs, thresholds, shares: shares[quantile], margins, hasMoreErrors };
    const judgement = judge(judged, context);
    if (specOf(quantile).role === 'shown') {
      result.comparisons.push(...shownRows(judged, judgement, context));
      continue;
    }
    const endpoints = judgement.endpoints.map((row, j) => {
      const { endpoint } = judged[j] as MatchedEndpoint;
      const vetoed = isOrdinary ? { ...row, adjustedSlower: 1 } : row;
      if (quantiles[quantile].needsBacking) return withBacking(vetoed, backing.get(endpoint));
      backing.set(endpoint, strongest(backing.get(endpoint), row));
      return vetoed;
    });
    const common = judgement.common && { ...judgement.common, ...(isOrdinary && { adjustedSlower: 1 }) };
    if (hasAlpha) addRows(result, judged, { endpoints, ...(common && { common }) }, context);
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
  const tables = judgedQuantiles.map((quantile) =>
    toLogTable(
      matched.filter((endpoint) => hasEnoughRequests(endpoint, quantile)),
      quantile,
    ),
  );
  return conformalP(tables) > alpha;
}

function judge(judged: readonly MatchedEndpoint[], context: LatencyContext): QuantileJudgement {
  const { quantile, runs, thresholds, shares, margins } = context;
  const nullShifts = margins.map((margin) => (thresholds.sensitivity === 'strict' ? logOf(margin) : 0));
  return judgeLatency(toLogTable(judged, quantile), runs, shares, thresholds.alpha, nullShifts);
}

/** Smallest unadjusted p-values of an endpoint's quantiles that need no backing, each way. */
interface Backing {
  readonly pSlower: number;
  readonly pFaster: number;
}

function strongest(known: Backing | undefined, { pSlower, pFaster }: Backing): Backing {
  return { pSlower: Math.min(pSlower, known?.pSlower ?? 1), pFaster: Math.min(pFaster, known?.pFaster ?? 1) };
}

/** Another quantile must have moved the same way at this unadjusted p-value for one that needs backing to be believed. */
const backingP = 0.25;

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
function haveMoved(rows: readonly Row[], judgement: QuantileJudgement): boolean {
  const moved = rows.filter((row, j) => {
    const { whole } = judgement.endpoints[j] as LatencyJudgement;
    return whole.shift >= logOf(row.margin) && !(changeMsOf(row) < (row.margin.absolute ?? 0));
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
  const add = (row: Row, suspect: Suspect | undefined) => {
    result.comparisons.push(row);
    if (suspect !== undefined) result.suspects.push(suspect);
  };
  const endpointRows = judged.map((endpoint, j) => {
    const verdict = judgement.endpoints[j] as LatencyJudgement;
    const row = toLatencyRow(endpoint, verdict, context.margins[j] as Margin, context);
    add(row, toSuspect(row, changeMsOf(row), verdict, limit, context));
    return row;
  });
  if (judgement.common === undefined) return;
  const isNamed = endpointRows.some(({ verdict }) => verdict === 'regressed');
  const common = isNamed && !haveMoved(endpointRows, judgement) ? withoutFinding(judgement.common) : judgement.common;
  const changeMs = furthest(endpointRows.map(changeMsOf), common.test.shift);
  const row = toCommonRow(common, changeMs, context);
  add(row, toSuspect(row, changeMs, common, limit, context));
  result.common[context.quantile] = toRelativeChange(judgement.common.test);
}

/** Figures of a quantile that is shown beside the judged ones. */
function shownRows(judged: readonly MatchedEndpoint[], judgement: QuantileJudgement, context: LatencyContext): Row[] {
  return judged.map((endpoint, j) =>
    asShownOnly(
      toLatencyRow(endpoint, judgement.endpoints[j] as LatencyJudgement, context.margins[j] as Margin, context),
    ),
  );
}

/** What all endpoints share matters to people where it matters on one of them. */
function furthest(changesMs: readonly number[], shift: number): number {
  return shift > 0 ? Math.max(...changesMs) : Math.min(...changesMs);
}
