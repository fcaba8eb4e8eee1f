import { mean, median, present } from '../../stats/sample-moments.ts';
import { type Quantile, quantiles } from '../../thresholds/quantiles.ts';
import type { EndpointSummary } from '../run-summary.ts';
import { type MatchedEndpoint, minimumWindowRuns } from './match-endpoints.ts';
import type { LogTable } from './shift-table.ts';

/**
 * Whether the quantile can be judged: every candidate run that knows the endpoint and the typical window run must have
 * enough expected responses; single window runs may fall short and are left out.
 */
export function hasEnoughRequests(endpoint: MatchedEndpoint, quantile: Quantile): boolean {
  const needed = quantiles[quantile].minRequests;
  const known = endpoint.window.filter((summary) => summary !== undefined);
  return (
    known.filter((summary) => isUsable(summary, quantile)).length >= minimumWindowRuns &&
    median(known.map((summary) => summary.succeeded)) >= needed &&
    endpoint.candidate.every((summary) => summary === undefined || summary.succeeded >= needed)
  );
}

/** Logarithms of `quantile` in ms, a row per endpoint. */
export function toLogTable(endpoints: readonly MatchedEndpoint[], quantile: Quantile): LogTable {
  return {
    window: endpoints.map(({ window }) => windowLogs(window, quantile)),
    candidate: endpoints.map(({ candidate }) => candidate.map((summary) => logOf(summary, quantile))),
    roundingVariance: endpoints.map(({ window, candidate }) =>
      Math.max(...[...window, ...candidate].map((summary) => summary?.roundingVariance[quantile] ?? 0)),
    ),
    samplingVariance: endpoints.map(({ window, candidate }) => {
      const logVariance = (summary: EndpointSummary | undefined) =>
        summary !== undefined && summary.succeeded > 0 ? Math.log(summary.samplingVariance[quantile]) : Number.NaN;
      const side = (summaries: readonly (EndpointSummary | undefined)[]) => mean(present(summaries.map(logVariance)));
      // Both sides weigh the same, however many runs they have.
      return Math.exp((side(window) + side(candidate)) / 2);
    }),
  };
}

/** Per window run the logarithm of `quantile` in ms; NaN in a run with too few expected responses to say. */
export function windowLogs(window: MatchedEndpoint['window'], quantile: Quantile): number[] {
  return window.map((summary) =>
    summary !== undefined && isUsable(summary, quantile) ? logOf(summary, quantile) : Number.NaN,
  );
}

function logOf(summary: EndpointSummary | undefined, quantile: Quantile): number {
  return Math.log(summary?.latencyMs[quantile] ?? Number.NaN);
}

function isUsable(summary: EndpointSummary, quantile: Quantile): boolean {
  return summary.succeeded >= quantiles[quantile].minRequests / 2;
}
