import binomialCdf from '@stdlib/stats-base-dists-binomial-cdf';
import { endpointSubject } from '../../run-record/subject.ts';
import { judgedQuantiles, type Quantile, quantiles } from '../../thresholds/quantiles.ts';
import { logOf, marginOf, type Thresholds } from '../../thresholds/thresholds.ts';
import { isTested, type LatencyShares } from '../alpha-shares.ts';
import type { RunSummary } from '../run-summary.ts';
import { rawPLimitOfOwnPart } from './judge-latency.ts';
import { hasEnoughRequests, toLogTable } from './latency-table.ts';
import { ownParts, type Shifts, wholeShifts } from './shift-table.ts';
import { moderatedTests, pSlower, type ShiftTest } from './shift-tests.ts';

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
  if (window.length < fewestRuns) return { alarms: 0, isRestless: false };
  const tables = judgedQuantiles
    .filter((quantile) => !quantiles[quantile].needsBacking && isTested(shares[quantile]))
    .map((quantile) => toGuardTable(window, quantile, thresholds, shares[quantile]));
  let alarms = 0;
  for (let run = 0; run < window.length; run++) {
    if (tables.some((table) => raisesAlarm(table, run, thresholds.alpha))) alarms++;
  }
  const chance = alarms === 0 ? 1 : 1 - binomialCdf(alarms - 1, window.length, thresholds.alpha);
  return { alarms, isRestless: chance < guardP };
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
  const shifts = wholeShifts({
    window: logs.map((row) => row.filter((_, b) => b !== run)),
    candidate: logs.map((row) => [row[run] as number]),
    ...variances,
  });
  const beyond = margins.flatMap((margin, j) => ((shifts[j] as Shifts).shift >= margin ? [j] : []));
  if (beyond.length === 0) return false;
  const whole = moderatedTests(shifts, oneRun, variances.samplingVariance);
  const own = moderatedTests(ownParts(shifts), oneRun, variances.samplingVariance);
  const perTest = alpha / logs.length;
  return beyond.some((j) => {
    const raw = pSlower(whole[j] as ShiftTest);
    const byOwn = raw <= rawPLimitOfOwnPart && pSlower(own[j] as ShiftTest) <= shares.own * perTest;
    return byOwn || raw <= shares.whole * perTest;
  });
}

const oneRun = { count: 1, shared: 1 };
