import binomialCdf from '@stdlib/stats-base-dists-binomial-cdf';
import { countedBaseline, countedCandidate, countingOf, describeCounting } from '../../run-record/counted-answers.ts';
import type { MetricSeries, RunRecord } from '../../run-record/run-record.ts';
import { endpointSubject } from '../../run-record/subject.ts';
import { holm } from '../../stats/holm.ts';
import { mean } from '../../stats/sample-moments.ts';
import { tCritical } from '../../stats/student-t.ts';
import { judgedQuantiles, type Quantile, quantiles } from '../../thresholds/quantiles.ts';
import { type JudgedMetric, logOfMargin, marginOf, type Thresholds } from '../../thresholds/thresholds.ts';
import { type AlphaShares, defaultAlphaShares, halved, isTested, type LatencyShares } from '../alpha-shares.ts';
import type { ComparisonResult } from '../comparison-result.ts';
import { missingMetricRow } from '../missing-metrics.ts';
import {
  absentEndpointRow,
  listedIdentity,
  type Row,
  risenErrors,
  rowVerdict,
  smallestValue,
  trendValue,
} from '../row.ts';
import { type RunSummary, toRunSummary } from '../run-summary.ts';
import { findTwoModes, twoModedQuantile } from '../two-modes.ts';
import { compareErrorRates } from './compare-error-rates.ts';
import { compareLatency } from './compare-latency.ts';
import { rawPLimitOfSpecific } from './judge-latency.ts';
import {
  hasEnoughRequests,
  matchEndpoints,
  minimumWindowRuns,
  toLogTable,
  type UnmatchedEndpoint,
  withChangedLoad,
} from './match-endpoints.ts';
import { estimateSharedVariance } from './next-measurement.ts';
import {
  type CandidateRuns,
  moderatedTests,
  pFaster,
  plainTest,
  pSlower,
  type Shifts,
  type ShiftTest,
  specificShifts,
  totalShifts,
} from './shift-tests.ts';

export interface StoredOptions {
  /**
   * Share of the between-run variance that several candidate runs have in common (0..1): 0 for fresh deployments on
   * fresh machines. Unless given, the runs are repeats on one deployment, and add certainty only as far as stored
   * repeats show that they do (not at all until then).
   */
  readonly sharedVariance?: number;
  readonly alphaShares?: AlphaShares;
  /** What `guardWindow` said of this window, where it is known already. */
  readonly guard?: WindowGuard;
}

/**
 * Is the candidate slower, or does it fail more, than the stored runs of the same system did? Every endpoint is judged
 * at p50, p95 and p99, on error rates and failed checks, and on the metrics listed in the configuration, all under the
 * one alpha of `thresholds`.
 *
 * The unit of replication is the run: a new run of unchanged code differs from the stored ones as much as they differ
 * from one another, and the reference is the prediction interval for one more run. `window` should hold at least three
 * runs (with fewer, nothing can be significant and every row is inconclusive); the order of runs is irrelevant.
 *
 * `docs/statistics.md` explains the method and what it can't tell.
 */
export function compareStored(
  window: readonly RunRecord[],
  candidates: readonly RunRecord[],
  thresholds: Thresholds,
  options: StoredOptions = {},
): ComparisonResult {
  return compareCounted(window, candidates, (before, after) => compareSummaries(before, after, thresholds, options));
}

/** What `compare` finds of the runs when they are summarized as their answers count; says how these are counted. */
export function compareCounted(
  window: readonly RunRecord[],
  candidates: readonly RunRecord[],
  compare: (window: readonly RunSummary[], candidates: readonly RunSummary[]) => ComparisonResult,
): ComparisonResult {
  const counting = countingOf(window, candidates);
  const before = window.map((run) => toRunSummary(countedBaseline(run, counting)));
  const after = candidates.map((run) => toRunSummary(countedCandidate(run, counting)));
  const result = compare(before, after);
  return { ...result, warnings: [...result.warnings, ...describeCounting(counting)] };
}

/** `compareStored` on runs that were summarized before; for callers that compare the same runs many times. */
export function compareSummaries(
  window: readonly RunSummary[],
  candidates: readonly RunSummary[],
  thresholds: Thresholds,
  options: StoredOptions = {},
): ComparisonResult {
  const sharedVariance = options.sharedVariance ?? (candidates.length > 1 ? estimateSharedVariance(window) : 1);
  const runs = { count: candidates.length, sharedVariance };
  const { matched, unmatched } = matchEndpoints(window, candidates, thresholds);
  const warnings: string[] = [];
  let shares = options.alphaShares ?? defaultAlphaShares(thresholds.metrics.length > 0);
  const guard = options.guard ?? guardWindow(window, thresholds, shares.latency);
  if (guard.isOverdispersed) {
    shares = halved(shares);
    warnings.push(
      `${guard.alarms} of the ${window.length} stored runs would have raised an alarm among the others: stored runs vary more than the test assumes, so latencies were judged at half the alpha`,
    );
  }
  const errors = compareErrorRates(withChangedLoad(matched, unmatched), window, candidates, thresholds, shares.errors);
  const latency = compareLatency(matched, runs, thresholds, shares.latency, risenErrors(errors));
  const listed = compareListedMetrics(window, candidates, runs, thresholds, shares.metrics);
  return {
    comparisons: [
      ...latency.comparisons,
      ...errors,
      ...listed,
      ...unmatched.map((endpoint) => toNotCompared(endpoint, thresholds)),
    ],
    baselineRuns: window.length,
    candidateRuns: candidates.length,
    sharedChange: latency.shared,
    suspects: latency.suspects,
    ...(latency.isOrdinaryRun && { isOrdinaryRun: true }),
    warnings,
  };
}

function toNotCompared({ endpoint, reason, warning }: UnmatchedEndpoint, thresholds: Thresholds): Row {
  return absentEndpointRow(endpoint, reason, warning, thresholds);
}

export interface WindowGuard {
  /** Runs of the window that the rule would have flagged among the others. */
  readonly alarms: number;
  /** More of them than chance explains. */
  readonly isOverdispersed: boolean;
}

/** With fewer runs too little is left for a window after taking one out. */
const minRuns = 5;

/** How surprising the number of alarms must be. */
const guardP = 0.05;

/**
 * Does this window keep the promise among its own runs? Each run is judged against the others by the very rule that
 * judges the candidate; if more of them raise an alarm than `alpha` explains (binomial, p < .05), the runs vary more
 * than the tests assume, and the caller halves alpha. A share of alarms alone would fire in a third of healthy
 * windows.
 *
 * @returns how many of the window's runs raised an alarm, and whether that is too many; false for fewer than five runs
 */
export function guardWindow(
  window: readonly RunSummary[],
  thresholds: Thresholds,
  shares: Readonly<Record<Quantile, LatencyShares>>,
): WindowGuard {
  if (window.length < minRuns) return { alarms: 0, isOverdispersed: false };
  const tables = judgedQuantiles
    .filter((quantile) => !quantiles[quantile].needsBacking && isTested(shares[quantile]))
    .map((quantile) => toGuardTable(window, quantile, thresholds, shares[quantile]));
  let alarms = 0;
  for (let run = 0; run < window.length; run++) {
    if (tables.some((table) => raisesAlarm(table, run, thresholds.alpha))) alarms++;
  }
  const chance = alarms === 0 ? 1 : 1 - binomialCdf(alarms - 1, window.length, thresholds.alpha);
  return { alarms, isOverdispersed: chance < guardP };
}

/** All that judging one run of the window against the others needs, for the endpoints that every run has. */
interface GuardTable {
  readonly logs: readonly (readonly number[])[];
  readonly margins: readonly number[];
  readonly samplingVariance: readonly number[];
  readonly roundingVariance: readonly number[];
  readonly shares: LatencyShares;
}

function toGuardTable(
  window: readonly RunSummary[],
  quantile: Quantile,
  thresholds: Thresholds,
  shares: LatencyShares,
): GuardTable {
  const names = [...(window[0]?.endpoints.keys() ?? [])].sort();
  const matched = names.flatMap((endpoint) => {
    const summaries = window.map((run) => run.endpoints.get(endpoint)).filter((summary) => summary !== undefined);
    return summaries.length === window.length ? [{ endpoint, window: summaries, candidate: summaries }] : [];
  });
  const isJudgedByIt = ({ window: runs }: (typeof matched)[number]) =>
    quantile !== twoModedQuantile || findTwoModes(runs.map(({ latency }) => latency)) === undefined;
  const judged = matched.filter((endpoint) => hasEnoughRequests(endpoint, quantile) && isJudgedByIt(endpoint));
  const table = toLogTable(judged, quantile);
  return {
    logs: table.window,
    margins: judged.map(({ endpoint }) => logOfMargin(marginOf(endpointSubject(endpoint), quantile, thresholds))),
    samplingVariance: table.samplingVariance ?? [],
    roundingVariance: table.roundingVariance ?? [],
    shares,
  };
}

/**
 * Whether any endpoint of `run` would be named: the first step of Holm decides that, so only endpoints beyond their
 * margin need a p-value.
 */
function raisesAlarm({ logs, margins, shares, ...variances }: GuardTable, run: number, alpha: number): boolean {
  if (logs.length < 2) return false;
  const shifts = totalShifts({
    window: logs.map((row) => row.filter((_, b) => b !== run)),
    candidate: logs.map((row) => [row[run] as number]),
    ...variances,
  });
  const beyond = margins.flatMap((margin, j) => ((shifts[j] as Shifts).shift >= margin ? [j] : []));
  if (beyond.length === 0) return false;
  const total = moderatedTests(shifts, oneRun, variances.samplingVariance);
  const specific = moderatedTests(specificShifts(shifts), oneRun, variances.samplingVariance);
  const perTest = alpha / logs.length;
  return beyond.some((j) => {
    const raw = pSlower(total[j] as ShiftTest);
    const bySpecific = raw <= rawPLimitOfSpecific && pSlower(specific[j] as ShiftTest) <= shares.specific * perTest;
    return bySpecific || raw <= shares.total * perTest;
  });
}

const oneRun = { count: 1, sharedVariance: 1 };

const level = 0.95;

/**
 * Judges the metrics that the configuration lists, each on one number per run: the 95th percentile of a trend (the 5th
 * where down is worse), the share of true values of a rate.
 */
function compareListedMetrics(
  window: readonly RunSummary[],
  candidates: readonly RunSummary[],
  runs: CandidateRuns,
  thresholds: Thresholds,
  share: number,
): Row[] {
  const tested = thresholds.metrics.map((metric) => ({ metric, test: testOf(metric, window, candidates, runs) }));
  const known = tested.flatMap(({ metric, test }) => (test === undefined ? [] : [{ metric, test }]));
  const worse = holm(known.map(({ metric, test }) => pWorse(test, metric)));
  const better = holm(known.map(({ metric, test }) => pBetter(test, metric)));
  const scaled = (p: number | undefined) => Math.min(1, (p as number) / share);
  const rows = known.map(({ metric, test }, i) =>
    toRow(metric, test, { worse: scaled(worse[i]), better: scaled(better[i]) }, window, candidates, thresholds),
  );
  const missing = tested.filter((entry) => entry.test === undefined);
  const sides = { baseline: window.map(({ record }) => record), candidate: candidates.map(({ record }) => record) };
  return [...rows, ...missing.map(({ metric }) => missingMetricRow(metric, sides, thresholds))];
}

/** One-sided p-value of no change for the worse. */
function pWorse(test: ShiftTest, { direction }: JudgedMetric): number {
  return direction === 'up' ? pSlower(test) : pFaster(test);
}

/** One-sided p-value of a change for the worse by `margin` (ln ratio) or more. */
function pBetter(test: ShiftTest, { direction }: JudgedMetric, margin = 0): number {
  return direction === 'up' ? pFaster(test, margin) : pSlower(test, -margin);
}

function testOf(
  metric: JudgedMetric,
  window: readonly RunSummary[],
  candidates: readonly RunSummary[],
  runs: CandidateRuns,
): ShiftTest | undefined {
  const before = window.flatMap((run) => metricValue(run, metric));
  const after = candidates.flatMap((run) => metricValue(run, metric));
  if (before.length < minimumWindowRuns || after.length < candidates.length) return undefined;
  const [shifts] = totalShifts({ window: [before.map(Math.log)], candidate: [after.map(Math.log)] });
  return shifts === undefined ? undefined : plainTest(shifts, runs);
}

function metricValue(run: RunSummary, metric: JudgedMetric): number[] {
  const series = run.record.metrics.find((candidate) => candidate.metric === metric.metric);
  const value = series === undefined ? Number.NaN : summaryValue(series, metric.direction);
  return Number.isNaN(value) ? [] : [Math.max(value, smallestValue)];
}

function summaryValue(series: MetricSeries, direction: 'up' | 'down'): number {
  if (series.kind === 'trend') {
    return trendValue(
      series.blocks.map((block) => block.values),
      direction,
    );
  }
  const total = series.blocks.reduce((sum, block) => sum + block.total, 0);
  const failed = series.blocks.reduce((sum, block) => sum + block.failed, 0);
  return (total - failed) / total;
}

function toRow(
  metric: JudgedMetric,
  test: ShiftTest,
  adjusted: { readonly worse: number; readonly better: number },
  window: readonly RunSummary[],
  candidates: readonly RunSummary[],
  thresholds: Thresholds,
): Row {
  const { alpha } = thresholds;
  const identity = listedIdentity(metric);
  const margin = marginOf(identity.subject, identity.metric, thresholds);
  const reach = tCritical((1 - level) / 2, test.df) * test.standardError;
  const center = Math.exp(mean(window.flatMap((run) => metricValue(run, metric)).map(Math.log)));
  const spread = tCritical((1 - level) / 2, test.df) * test.runDeviation;
  const estimate = (point: number, factor: number, n: number) => ({
    point,
    interval: [point * Math.exp(-spread * factor), point * Math.exp(spread * factor)] as const,
    level,
    n,
  });
  const verdict = rowVerdict(
    {
      worseBy: metric.direction === 'up' ? test.shift : -test.shift,
      isWorse: adjusted.worse <= alpha,
      isBetter: adjusted.better <= alpha,
      isShownWithinMargin: () => pBetter(test, metric, logOfMargin(margin)) <= alpha,
    },
    identity.family,
    margin,
  );
  return {
    ...identity,
    verdict,
    margin,
    baseline: estimate(center, Math.sqrt(1 / test.windowRuns), test.windowRuns),
    candidate: estimate(center * Math.exp(test.shift), 1, candidates.length),
    relativeChange: {
      point: Math.expm1(test.shift),
      interval: [Math.expm1(test.shift - reach), Math.expm1(test.shift + reach)],
      level,
      n: test.windowRuns + candidates.length,
    },
    pValue: pWorse(test, metric),
    adjustedPValue: adjusted.worse,
    minimumDetectableEffect: Math.expm1(
      Math.max(logOfMargin(margin), (tCritical(alpha, test.df) + tCritical(0.2, test.df)) * test.standardError),
    ),
    impact: 0,
    warnings: [],
  };
}
