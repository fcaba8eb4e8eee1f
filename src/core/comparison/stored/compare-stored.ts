import type { RunRecord } from '../../run-record/run-record.ts';
import type { Thresholds } from '../../thresholds/thresholds.ts';
import { type AlphaShares, defaultAlphaShares, halved } from '../alpha-shares.ts';
import type { ComparisonResult } from '../comparison-result.ts';
import { risenErrors } from '../risen-errors.ts';
import { absentEndpointRow, type Row } from '../row.ts';
import { type RunSummary, toRunSummary } from '../run-summary.ts';
import { compareErrorRates } from './compare-error-rates.ts';
import { compareLatency } from './compare-latency.ts';
import { compareListedMetrics } from './compare-listed-metrics.ts';
import { matchEndpoints, type UnmatchedEndpoint, withChangedLoad } from './match-endpoints.ts';
import { estimateSharedVariance } from './shared-variance.ts';
import { guardWindow, type WindowGuard } from './window-guard.ts';

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

/** `compareStored` on runs that were summarised before; for callers that compare the same runs many times. */
export function compareSummaries(
  window: readonly RunSummary[],
  candidates: readonly RunSummary[],
  thresholds: Thresholds,
  options: StoredOptions = {},
): ComparisonResult {
  const shared = options.sharedVariance ?? (candidates.length > 1 ? estimateSharedVariance(window) : 1);
  const runs = { count: candidates.length, shared };
  const { matched, unmatched } = matchEndpoints(window, candidates, thresholds);
  const warnings: string[] = [];
  let shares = options.alphaShares ?? defaultAlphaShares(thresholds.metrics.length > 0);
  const guard = options.guard ?? guardWindow(window, thresholds, shares.latency);
  if (guard.isRestless) {
    shares = halved(shares);
    warnings.push(
      `${guard.alarms} of the ${window.length} stored runs would have raised an alarm among the others: this system is restless, so latencies were judged at half the alpha`,
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
    common: latency.common,
    suspects: latency.suspects,
    warnings,
  };
}

function toNotCompared({ endpoint, reason, warning }: UnmatchedEndpoint, thresholds: Thresholds): Row {
  return absentEndpointRow(endpoint, reason, warning, thresholds);
}
