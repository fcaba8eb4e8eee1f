import { allEndpoints, endpointSubject, type Subject } from '../../run-record/subject.ts';
import { mean, present, sampleVariance } from '../../stats/sample-moments.ts';
import { tCritical } from '../../stats/student-t.ts';
import { judgedQuantiles, type Quantile, quantileNames, quantiles, specOf } from '../../thresholds/quantiles.ts';
import { logOfMargin, type Margin, marginOf, type Thresholds } from '../../thresholds/thresholds.ts';
import { isTested, type LatencyShares, partOf } from '../alpha-shares.ts';
import type { Suspect } from '../comparison-result.ts';
import {
  asShownOnly,
  type Estimate,
  latencyIdentity,
  notComparedRow,
  type Row,
  type RowVerdict,
  rowVerdict,
} from '../row.ts';
import type { EndpointSummary } from '../run-summary.ts';
import { describeTwoModes, findTwoModes, twoModedQuantile } from '../two-modes.ts';
import { compareSlowRequests, type TwoModedEndpoint, withLimit } from './compare-slow-requests.ts';
import { detectableShift, neededRuns } from './detectable-shift.ts';
import { judgeLatency, type LatencyJudgment, type QuantileJudgment, type SharedJudgment } from './judge-latency.ts';
import { hasEnoughRequests, type MatchedEndpoint, toLogTable, windowLogs } from './match-endpoints.ts';
import { type CandidateRuns, type LogTable, pFaster, pSlower, type ShiftTest, sharedFactor } from './shift-tests.ts';

export interface LatencyComparison {
  /** Whether the candidate's run is no more unusual than one stored run in twenty. */
  readonly isOrdinaryRun: boolean;
  readonly comparisons: Row[];
  readonly shared: Partial<Record<Quantile, Estimate>>;
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
  const isOrdinary = isOrdinaryRun(matched, runs, thresholds.alpha);
  const result: LatencyComparison = { isOrdinaryRun: isOrdinary, comparisons: [], shared: {}, suspects: [] };
  const backing = new Map<string, Backing>();
  for (const quantile of quantileNames) {
    const enough = matched.filter((endpoint) => hasEnoughRequests(endpoint, quantile));
    const hasAlpha = isTested(shares[quantile]);
    for (const endpoint of matched) {
      if (hasAlpha && !enough.includes(endpoint)) result.comparisons.push(toTooFewRow(endpoint, quantile, thresholds));
    }
    const moded = quantile === twoModedQuantile ? enough.flatMap(twoModed) : [];
    const judged = enough.filter((endpoint) => !moded.some((entry) => entry.endpoint === endpoint));
    const marginsOf = (endpoints: readonly MatchedEndpoint[]) =>
      endpoints.map(({ endpoint }) => marginOf(endpointSubject(endpoint), quantile, thresholds));
    // The quantile's alpha is divided by the number of endpoints that are judged by it and by their slow requests.
    const part = judged.length / Math.max(1, enough.length);
    const margins = marginsOf(judged);
    const context = { quantile, runs, thresholds, shares: partOf(shares[quantile], part), margins, hasMoreErrors };
    if (moded.length > 0 && hasAlpha) {
      const endpoints = moded.map(({ endpoint }) => endpoint);
      const shown = { ...context, shares: shares[quantile], margins: marginsOf(endpoints) };
      const rows = shownRows(endpoints, judgeQuantile(endpoints, shown), shown);
      result.comparisons.push(...rows.map((row, i) => asTwoModed(row, moded[i] as TwoModedEndpoint)));
      const { specific, total, shared } = partOf(shares[quantile], 1 - part);
      const share = specific + total + shared;
      result.comparisons.push(...compareSlowRequests(moded, runs, thresholds, share, hasMoreErrors));
    }
    if (judged.length === 0) continue;
    const judgment = judgeQuantile(judged, context);
    if (specOf(quantile).role === 'shown') {
      result.comparisons.push(...shownRows(judged, judgment, context));
      continue;
    }
    const endpoints = judgment.endpoints.map((row, j) => {
      const { endpoint } = judged[j] as MatchedEndpoint;
      const vetoed = isOrdinary ? { ...row, adjustedSlower: 1 } : row;
      if (quantiles[quantile].needsBacking) return withBacking(vetoed, backing.get(endpoint));
      backing.set(endpoint, strongest(backing.get(endpoint), row));
      return vetoed;
    });
    const shared = judgment.shared && { ...judgment.shared, ...(isOrdinary && { adjustedSlower: 1 }) };
    if (hasAlpha) addRows(result, judged, { endpoints, ...(shared && { shared }) }, context);
  }
  return result;
}

function twoModed(endpoint: MatchedEndpoint): TwoModedEndpoint[] {
  const runs = endpoint.window.filter((summary) => summary !== undefined);
  const modes = findTwoModes(runs.map(({ latency }) => latency));
  return modes === undefined ? [] : [withLimit(endpoint, modes)];
}

/** The figures of a quantile that jumps, which are shown and not judged. */
function asTwoModed(row: Row, { modes, limitMs }: TwoModedEndpoint): Row {
  return { ...row, notComparedReason: 'two-modes', warnings: [describeTwoModes(modes, limitMs)] };
}

/**
 * With 19 or more stored runs a rank among runs decides too, as a veto that costs no alpha: one candidate run that is no
 * more unusual than one stored run in twenty can't fail a build, however heavy the tails between runs are.
 */
function isOrdinaryRun(matched: readonly MatchedEndpoint[], runs: CandidateRuns, alpha: number): boolean {
  const windowRuns = matched[0]?.window.length ?? 0;
  if (runs.count !== 1 || windowRuns < minRunsForRank) return false;
  const tables = judgedQuantiles.map((quantile) =>
    toLogTable(
      matched.filter(
        (endpoint) =>
          hasEnoughRequests(endpoint, quantile) && (quantile !== twoModedQuantile || twoModed(endpoint).length === 0),
      ),
      quantile,
    ),
  );
  return conformalP(tables) > alpha;
}

function judgeQuantile(judged: readonly MatchedEndpoint[], context: LatencyContext): QuantileJudgment {
  const { quantile, runs, thresholds, shares, margins } = context;
  const nullShifts = margins.map((margin) => (thresholds.sensitivity === 'strict' ? logOfMargin(margin) : 0));
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

function withBacking(judgment: LatencyJudgment, backing: Backing | undefined): LatencyJudgment {
  if (backing === undefined) return judgment;
  return {
    ...judgment,
    ...(backing.pSlower > backingP && { adjustedSlower: 1, alphasToSlower: Number.POSITIVE_INFINITY }),
    ...(backing.pFaster > backingP && { adjustedFaster: 1 }),
  };
}

/**
 * Whether most endpoints are slower by their margins. One endpoint that doubled raises the mean of a few as well; where
 * it is named already, saying that all of them got slower would be wrong.
 */
function haveMoved(rows: readonly Row[], judgment: QuantileJudgment): boolean {
  const moved = rows.filter((row, j) => {
    const { total } = judgment.endpoints[j] as LatencyJudgment;
    return total.shift >= logOfMargin(row.margin) && !(changeMsOf(row) < (row.margin.absolute ?? 0));
  });
  return moved.length * 2 > rows.length;
}

function withoutFinding(shared: SharedJudgment): SharedJudgment {
  return { ...shared, adjustedSlower: 1, alphasToSlower: Number.POSITIVE_INFINITY };
}

function addRows(
  result: LatencyComparison,
  judged: readonly MatchedEndpoint[],
  judgment: QuantileJudgment,
  context: LatencyContext,
): void {
  const limit = context.runs.count > 1 ? suspicionAlphas.later : suspicionAlphas.first;
  const add = (row: Row, suspect: Suspect | undefined) => {
    result.comparisons.push(row);
    if (suspect !== undefined) result.suspects.push(suspect);
  };
  const endpointRows = judged.map((endpoint, j) => {
    const verdict = judgment.endpoints[j] as LatencyJudgment;
    const row = toLatencyRow(endpoint, verdict, context.margins[j] as Margin, context);
    add(row, toSuspect(row, changeMsOf(row), verdict, limit, context));
    return row;
  });
  if (judgment.shared === undefined) return;
  const isNamed = endpointRows.some(({ verdict }) => verdict === 'regressed');
  const shared = isNamed && !haveMoved(endpointRows, judgment) ? withoutFinding(judgment.shared) : judgment.shared;
  const changeMs = furthest(endpointRows.map(changeMsOf), shared.test.shift);
  const row = toSharedRow(shared, changeMs, context);
  add(row, toSuspect(row, changeMs, shared, limit, context));
  result.shared[context.quantile] = toRelativeChange(judgment.shared.test);
}

/** Figures of a quantile that is shown beside the judged ones. */
function shownRows(judged: readonly MatchedEndpoint[], judgment: QuantileJudgment, context: LatencyContext): Row[] {
  return judged.map((endpoint, j) =>
    asShownOnly(
      toLatencyRow(endpoint, judgment.endpoints[j] as LatencyJudgment, context.margins[j] as Margin, context),
    ),
  );
}

/** What all endpoints share matters to people where it matters on one of them. */
function furthest(changesMs: readonly number[], shift: number): number {
  return shift > 0 ? Math.max(...changesMs) : Math.min(...changesMs);
}

/** What the rows of one quantile have in common. */
export interface LatencyContext {
  readonly quantile: Quantile;
  readonly runs: CandidateRuns;
  readonly thresholds: Thresholds;
  readonly shares: LatencyShares;
  /** One per endpoint that is judged at this quantile. */
  readonly margins: readonly Margin[];
  /** Whether failures rose there: then it is never called improved. */
  readonly hasMoreErrors: (subject: Subject) => boolean;
}

/** Confidence of the intervals shown. */
const level = 0.95;

const leastShareOfMargin = 0.5;

function toLatencyRow(
  endpoint: MatchedEndpoint,
  judgment: LatencyJudgment,
  margin: Margin,
  context: LatencyContext,
): Row {
  const { quantile, runs } = context;
  const { total } = judgment;
  const baselineMs = Math.exp(mean(present(windowLogs(endpoint.window, quantile))));
  const candidateMs = baselineMs * Math.exp(total.shift);
  const reach = tCritical((1 - level) / 2, total.df);
  return {
    ...rowOf(endpointSubject(endpoint.endpoint), judgment, margin, candidateMs - baselineMs, context),
    baseline: around(baselineMs, (reach * total.runDeviation) / Math.sqrt(total.windowRuns), total.windowRuns),
    candidate: around(
      candidateMs,
      reach * total.runDeviation * Math.sqrt(sharedFactor(runsOf(total, runs))),
      total.candidateRuns,
    ),
    warnings:
      total.candidateRuns < runs.count
        ? [`only ${total.candidateRuns} of ${runs.count} candidate runs have this endpoint`]
        : [],
  };
}

/**
 * The row for all endpoints together: no milliseconds are shown, since endpoints differ in theirs. `changeMs`: the
 * largest change of one of them.
 */
function toSharedRow(shared: SharedJudgment, changeMs: number, context: LatencyContext): Row {
  const specific = sharedContext(context);
  return rowOf(allEndpoints, sharedAsEndpoint(shared), specific.margins[0] as Margin, changeMs, specific);
}

/** By how much the quantile of `row` moved, in ms. */
function changeMsOf({ baseline, candidate }: Row): number {
  return (candidate?.point ?? Number.NaN) - (baseline?.point ?? Number.NaN);
}

/**
 * Words `judgment` as a suspicion, or undefined when it is settled, not significant even at `limit` alphas, or so far
 * below the margin that the mean of three runs would hardly end beyond it.
 */
function toSuspect(
  row: Row,
  changeMs: number,
  judgment: LatencyJudgment | SharedJudgment,
  limit: number,
  context: LatencyContext,
): Suspect | undefined {
  const isShared = 'test' in judgment;
  const asEndpoint = isShared ? sharedAsEndpoint(judgment) : judgment;
  const isSettled = row.verdict === 'regressed' || row.verdict === 'slower-within-margin';
  const { margin } = row;
  const isFarBelow =
    asEndpoint.total.shift <= leastShareOfMargin * logOfMargin(margin) ||
    changeMs < leastShareOfMargin * (margin.absolute ?? 0);
  if (isSettled || isFarBelow || asEndpoint.alphasToSlower > limit) return undefined;
  const { shares, margins, thresholds } = isShared ? sharedContext(context) : context;
  return {
    subject: row.subject,
    metric: row.metric,
    relativeChange: Math.expm1(asEndpoint.total.shift),
    alphas: asEndpoint.alphasToSlower,
    needed: neededRuns(asEndpoint, shares, margins.length, thresholds.alpha),
  };
}

function toTooFewRow(endpoint: MatchedEndpoint, quantile: Quantile, thresholds: Thresholds): Row {
  const needed = quantiles[quantile].minRequests;
  const fewestOf = (summaries: readonly (EndpointSummary | undefined)[]) =>
    summaries.filter((summary) => summary !== undefined).toSorted((a, b) => a.succeeded - b.succeeded)[0];
  const candidate = fewestOf(endpoint.candidate);
  // The candidate's runs must each have enough, the typical one of the window: where the candidate has, the window lacks.
  const isOfCandidate = candidate !== undefined && candidate.succeeded < needed;
  const scarce = isOfCandidate ? candidate : fewestOf(endpoint.window);
  const areMissing = scarce === undefined || scarce.succeeded + scarce.failedRequests < needed;
  const has = areMissing ? String(scarce?.succeeded ?? 0) : describeExpected(scarce);
  const side = isOfCandidate ? 'the candidate has' : 'a run of the baseline has';
  const warning = `${quantile} needs ${needed} expected responses per run on both sides; ${side} ${has}`;
  const reason = areMissing ? 'too-few-requests' : 'mostly-failed';
  const subject = endpointSubject(endpoint.endpoint);
  const margin = marginOf(subject, quantile, thresholds);
  return notComparedRow(latencyIdentity(subject, quantile), margin, reason, warning);
}

/** `0 of 600 (403: 590, 500: 10)`. */
function describeExpected({ succeeded, failedRequests, outcomes }: EndpointSummary): string {
  const all = Object.entries(outcomes).sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
  const told = all.slice(0, 3).map(([outcome, count]) => `${outcome}: ${count}`);
  return `${succeeded} of ${succeeded + failedRequests}${told.length === 0 ? '' : ` (${told.join(', ')})`}`;
}

function rowOf(
  subject: Subject,
  judgment: LatencyJudgment,
  margin: Margin,
  changeMs: number,
  context: LatencyContext,
): Row {
  const { quantile, thresholds, shares, margins } = context;
  const verdict = verdictOf(subject, judgment, margin, changeMs, context);
  return {
    ...latencyIdentity(subject, quantile),
    verdict,
    margin,
    relativeChange: shownChange(verdict, judgment),
    pValue: judgment.pSlower,
    adjustedPValue: judgment.adjustedSlower,
    minimumDetectableEffect: Math.expm1(
      detectableShift(judgment, logOfMargin(margin), shares, margins.length, thresholds.alpha),
    ),
    impact: 0,
    warnings: [],
  };
}

function verdictOf(
  subject: Subject,
  { total, adjustedSlower, adjustedFaster }: LatencyJudgment,
  margin: Margin,
  worseByMs: number,
  { thresholds: { alpha }, hasMoreErrors }: LatencyContext,
): RowVerdict {
  return rowVerdict(
    {
      worseBy: total.shift,
      worseByMs,
      isWorse: adjustedSlower <= alpha,
      isBetter: adjustedFaster <= alpha,
      isShownWithinMargin: () => pFaster(total, logOfMargin(margin)) <= alpha,
      hasMoreErrors: hasMoreErrors(subject),
    },
    'latency',
    margin,
  );
}

function sharedAsEndpoint(shared: SharedJudgment): LatencyJudgment {
  const { test } = shared;
  return { ...shared, total: test, specific: test, pSlower: pSlower(test), pFaster: pFaster(test) };
}

function sharedContext(context: LatencyContext): LatencyContext {
  const margins = [marginOf(allEndpoints, context.quantile, context.thresholds)];
  return { ...context, margins, shares: { specific: 0, total: context.shares.shared, shared: 0 } };
}

/**
 * The change as people read it. Where the endpoint stands out from the others although all of them wobble, the interval
 * is that of the part it doesn't share with them, which is what was found.
 */
function shownChange(verdict: RowVerdict, { total, specific }: LatencyJudgment): Estimate {
  const change = toRelativeChange(total);
  if (verdict !== 'regressed' || change.interval[0] > 0) return change;
  return toRelativeChange({ ...specific, shift: total.shift });
}

function toRelativeChange(test: ShiftTest): Estimate {
  const reach = tCritical((1 - level) / 2, test.df) * test.standardError;
  return {
    point: Math.expm1(test.shift),
    interval: [Math.expm1(test.shift - reach), Math.expm1(test.shift + reach)],
    level,
    n: test.windowRuns + test.candidateRuns,
  };
}

function runsOf(test: ShiftTest, runs: CandidateRuns): CandidateRuns {
  return { ...runs, count: test.candidateRuns };
}

/** `reach` is half the width of the interval of the logarithm. */
function around(point: number, reach: number, n: number): Estimate {
  return { point, interval: [point * Math.exp(-reach), point * Math.exp(reach)], level, n };
}

/** Fewest window runs with which a rank can reach p = .05: (1 + 0) / (19 + 1). */
const minRunsForRank = 19;

/**
 * How unusual is the candidate among all runs, by rank alone? Every run, the candidate included, gets the largest of its
 * standardized deviations upwards over all endpoints and quantiles; the p-value is the share of runs whose value reaches
 * the candidate's. If the candidate is one more run of the same kind, p is at most a with chance a, whatever the law and
 * the dependence. It can't be smaller than 1 / (runs + 1).
 *
 * @param tables one per quantile, all with the same runs and one candidate run
 *
 * Source: Vovk, Gammerman, Shafer (2005), Algorithmic Learning in a Random World, section 2.2 (conformal p-values).
 */
export function conformalP(tables: readonly LogTable[]): number {
  const rows = tables.flatMap((table) =>
    table.window.map((row, j) => [...row, (table.candidate[j] as readonly number[])[0] as number]),
  );
  const runs = rows[0]?.length ?? 1;
  const largest = new Array<number>(runs).fill(Number.NEGATIVE_INFINITY);
  for (const row of rows) {
    const known = present(row);
    const deviation = Math.sqrt(sampleVariance(known));
    if (!(deviation > 0)) continue;
    const center = mean(known);
    for (const [run, value] of row.entries()) {
      const standardized = (value - center) / deviation;
      if (standardized > (largest[run] as number)) largest[run] = standardized;
    }
  }
  const candidate = largest[runs - 1] as number;
  return largest.filter((value) => value >= candidate).length / runs;
}
