import binomialCdf from '@stdlib/stats-base-dists-binomial-cdf';
import type { RunRecord } from '../../run-record/run-record.ts';
import { endpointSubject } from '../../run-record/subject.ts';
import { judgedQuantiles, type Quantile, quantiles } from '../../thresholds/quantiles.ts';
import { logOf, marginOf, type Thresholds } from '../../thresholds/thresholds.ts';
import { type AlphaShares, defaultAlphaShares, halved, isTested, type LatencyShares } from '../alpha-shares.ts';
import type { ComparisonResult } from '../comparison-result.ts';
import { absentEndpointRow, type Row, risenErrors } from '../row.ts';
import { type RunSummary, toRunSummary } from '../run-summary.ts';
import { compareErrorRates } from './compare-error-rates.ts';
import { compareLatency } from './compare-latency.ts';
import { compareListedMetrics } from './compare-listed-metrics.ts';
import { rawPLimitOfSpecific } from './judge-latency.ts';
import {
  hasEnoughRequests,
  matchEndpoints,
  toLogTable,
  type UnmatchedEndpoint,
  withChangedLoad,
} from './match-endpoints.ts';
import { estimateSharedVariance } from './next-measurement.ts';
import { moderatedTests, pSlower, type Shifts, type ShiftTest, specificShifts, totalShifts } from './shift-tests.ts';

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
  return compareSummaries(window.map(toRunSummary), candidates.map(toRunSummary), thresholds, options);
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
  const judged = matched.filter((endpoint) => hasEnoughRequests(endpoint, quantile));
  const table = toLogTable(judged, quantile);
  return {
    logs: table.window,
    margins: judged.map(({ endpoint }) => logOf(marginOf(endpointSubject(endpoint), quantile, thresholds))),
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
