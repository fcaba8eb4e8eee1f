import binomialCdf from '@stdlib/stats-base-dists-binomial-cdf';
import type { Thresholds } from '../thresholds/thresholds.ts';
import type { LatencyShares } from './alpha-shares.ts';
import type { Quantile } from './comparison.ts';
import { judgeLatency } from './judge-latency.ts';
import { marginOf } from './latency-row.ts';
import { hasEnoughRequests, toLogTable } from './latency-table.ts';
import type { MatchedEndpoint } from './match-endpoints.ts';
import type { RunSummary } from './run-summary.ts';

export interface WindowGuard {
  /** Runs of the window that the rule would have flagged among the others. */
  readonly alarms: number;
  /** More of them than chance explains. */
  readonly isRestless: boolean;
}

/** With fewer runs too little is left for a window after taking one out. */
const fewestRuns = 5;

/** How surprising the number of alarms must be. */
const guardP = 0.05;

/**
 * Does this window keep the promise among its own runs? Each run is judged against the others by the very rule that
 * judges the candidate; if more of them raise an alarm than `alpha` explains (binomial, p < .05), the system is more
 * restless than the tests assume, and the caller halves alpha. A share of alarms alone would fire in a third of healthy
 * windows.
 *
 * @returns how many of the window's runs raised an alarm, and whether that is too many; false for fewer than five runs
 */
export function guardWindow(
  window: readonly RunSummary[],
  thresholds: Thresholds,
  shares: Readonly<Record<Quantile, LatencyShares>>,
): WindowGuard {
  const windowRuns = window.length;
  if (windowRuns < fewestRuns) return { alarms: 0, isRestless: false };
  const names = [...new Set(window.flatMap((run) => [...run.endpoints.keys()]))].sort();
  const matched = names.map((endpoint) => ({ endpoint, window: window.map((run) => run.endpoints.get(endpoint)) }));
  let alarms = 0;
  for (let run = 0; run < windowRuns; run++) {
    if (raisesAlarm(withRunAsCandidate(matched, run), thresholds, shares)) alarms++;
  }
  const chance = alarms === 0 ? 1 : 1 - binomialCdf(alarms - 1, windowRuns, thresholds.alpha);
  return { alarms, isRestless: chance < guardP };
}

function withRunAsCandidate(matched: readonly Omit<MatchedEndpoint, 'candidate'>[], run: number): MatchedEndpoint[] {
  return matched.flatMap(({ endpoint, window }) => {
    const summary = window[run];
    return summary === undefined
      ? []
      : [{ endpoint, window: window.filter((_, b) => b !== run), candidate: [summary] }];
  });
}

function raisesAlarm(
  matched: readonly MatchedEndpoint[],
  thresholds: Thresholds,
  shares: Readonly<Record<Quantile, LatencyShares>>,
): boolean {
  return (['p50', 'p95'] as const).some((quantile) => {
    const judged = matched.filter((endpoint) => hasEnoughRequests(endpoint, quantile));
    if (judged.length === 0 || shares[quantile].whole === 0) return false;
    const nulls = judged.map(() => 0);
    const { endpoints } = judgeLatency(toLogTable(judged, quantile), oneRun, shares[quantile], thresholds.alpha, nulls);
    return endpoints.some(({ adjustedSlower, whole }, j) => {
      const margin = marginOf(judged[j]?.endpoint ?? '', quantile, thresholds);
      return adjustedSlower <= thresholds.alpha && whole.shift >= margin.log;
    });
  });
}

const oneRun = { count: 1, shared: 1 };
