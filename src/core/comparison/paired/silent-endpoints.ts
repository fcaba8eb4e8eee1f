import type { EndpointPairs, SideSeries } from './paired-series.ts';

/** So many requests of one side beside none of the other are no chance. */
const fewestRequests = 20;

/**
 * Endpoints that one side stopped calling while the other went on: what is left of them is compared, but says nothing of
 * the time after. One sentence each.
 */
export function silentEndpoints(endpoints: readonly EndpointPairs[]): string[] {
  return endpoints.flatMap(({ endpoint, baseline, candidate }) => [
    ...silence(endpoint, 'candidate', candidate, baseline),
    ...silence(endpoint, 'baseline', baseline, candidate),
  ]);
}

function silence(endpoint: string, side: string, silent: SideSeries, other: SideSeries): string[] {
  const requestsIn = (series: SideSeries, i: number) => (series.tails[i]?.count ?? 0) + (series.failedRequests[i] ?? 0);
  let from = silent.tails.length;
  let requests = 0;
  while (from > 0 && requestsIn(silent, from - 1) === 0) requests += requestsIn(other, --from);
  // One that was never called is gone or new, and has its own row.
  if (from === 0 || requests < fewestRequests) return [];
  return [
    `${endpoint}: the ${side} got no request after ${from} of ${silent.tails.length} pairs, the other side ${requests}; nothing is known of the time after`,
  ];
}
