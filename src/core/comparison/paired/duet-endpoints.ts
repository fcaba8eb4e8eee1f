import { endpointSubject } from '../../run-record/subject.ts';
import { isTail, judgedQuantiles, perQuantile, type Quantile, quantiles } from '../../thresholds/quantiles.ts';
import { isIgnored, marginOf, type Thresholds } from '../../thresholds/thresholds.ts';
import { absentEndpointRow, latencyIdentity, type NotComparedReason, notComparedRow, type Row } from '../row.ts';
import { manyPerBlock } from './paired-columns.ts';
import type { EndpointPairs, SideSeries } from './paired-series.ts';

/** Which endpoints can be judged, at which quantiles, and a row for each that can't, with the reason. */
export interface DuetEndpoints {
  readonly present: readonly EndpointPairs[];
  readonly judged: Readonly<Record<Quantile, readonly EndpointPairs[]>>;
  readonly rejected: readonly Row[];
}

/**
 * Sorts the endpoints by what can be said of them. A quantile is judged if each side has, or at this pace will have by
 * the end of the budget, enough expected responses; this looks at counts only, never at latencies.
 *
 * @param progress share of the planned pairs that were measured (0..1]
 */
export function sortEndpoints(
  endpoints: readonly EndpointPairs[],
  thresholds: Thresholds,
  progress: number,
): DuetEndpoints {
  const present: EndpointPairs[] = [];
  const judged = perQuantile((): EndpointPairs[] => []);
  const rejected: Row[] = [];
  for (const series of endpoints) {
    const absence = absenceOf(series, thresholds);
    if (absence !== undefined) {
      rejected.push(absentEndpointRow(series.endpoint, absence.reason, absence.warning, thresholds));
      continue;
    }
    present.push(series);
    const subject = endpointSubject(series.endpoint);
    const fewest = Math.min(series.baseline.pooled.count, series.candidate.pooled.count);
    for (const quantile of judgedQuantiles) {
      const needed = quantiles[quantile].minRequests;
      const reject = (reason: NotComparedReason, warning: string) =>
        rejected.push(
          notComparedRow(latencyIdentity(subject, quantile), marginOf(subject, quantile, thresholds), reason, warning),
        );
      if (isTail(quantile) && isBaselineTooScarce(series)) {
        const warning = `the candidate got over twice as many requests, and the baseline too few to compare ${quantile}`;
        reject('changed', warning);
      } else if (fewest / progress >= needed) judged[quantile].push(series);
      else {
        const warning = `${quantile} needs ${needed} expected responses per side; the scarcer side has ${fewest}`;
        reject('too-few-requests', warning);
      }
    }
  }
  return { present, judged, rejected };
}

/** Whether the scarcer side has by now the expected responses that the quantile needs. */
export function hasRequestsFor({ baseline, candidate }: EndpointPairs, quantile: Quantile): boolean {
  return Math.min(baseline.pooled.count, candidate.pooled.count) >= quantiles[quantile].minRequests;
}

/**
 * With far fewer requests on the baseline side its blocks mostly hold none above the limit and seldom several: differences
 * so skewed look like a slowdown. The other way round they hide one, which is no reason not to look.
 */
function isBaselineTooScarce({ baseline, candidate }: EndpointPairs): boolean {
  const { count } = baseline.pooled;
  return candidate.pooled.count > 2.1 * count && count < manyPerBlock * baseline.tails.length;
}

function absenceOf(
  { endpoint, baseline, candidate }: EndpointPairs,
  thresholds: Thresholds,
): { readonly reason: NotComparedReason; readonly warning: string } | undefined {
  if (isIgnored(endpoint, thresholds)) return { reason: 'ignored', warning: 'ignored by the configuration' };
  if (baseline.pooled.count + baseline.failed === 0) {
    return { reason: 'new', warning: 'the candidate has this endpoint, the baseline has not' };
  }
  if (candidate.pooled.count + candidate.failed === 0) {
    return { reason: 'gone', warning: 'the baseline has this endpoint, the candidate has not' };
  }
  return undefined;
}

/** So many requests of one side beside none of the other are no chance. */
const minRequests = 20;

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
  if (from === 0 || requests < minRequests) return [];
  return [
    `${endpoint}: the ${side} got no request after ${from} of ${silent.tails.length} pairs, the other side ${requests}; nothing is known of the time after`,
  ];
}
