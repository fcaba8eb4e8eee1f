import { type EndpointSeries, failedRequestsOf, requestsOf } from '../run-record/run-record.ts';

/** Requests of a whole run by how they ended. */
export interface OutcomeCounts {
  readonly requests: number;
  readonly failed: number;
  /** Requests to which no answer came: refused, unresolved, timed out. */
  readonly unanswered: number;
  /** Failed requests with status 429, or `RESOURCE_EXHAUSTED` in gRPC. */
  readonly throttled: number;
  readonly byOutcome: ReadonlyMap<string, number>;
}

const grpcResourceExhausted = '8';

/** Over all endpoints after the warm-up; a request may count as failed, unanswered or throttled at once. */
export function countOutcomes(endpoints: readonly EndpointSeries[]): OutcomeCounts {
  const byOutcome = new Map<string, number>();
  let requests = 0;
  let failed = 0;
  let unanswered = 0;
  let throttled = 0;
  for (const series of endpoints) {
    const failedHere = failedRequestsOf(series);
    requests += requestsOf(series);
    failed += failedHere;
    // A script may declare 429 an expected answer; then the requests are not among the failed ones.
    const throttledStatus = series.protocol === 'grpc' ? grpcResourceExhausted : '429';
    throttled += Math.min(failedHere, series.outcomes[throttledStatus] ?? 0);
    for (const [outcome, count] of Object.entries(series.outcomes)) {
      byOutcome.set(outcome, (byOutcome.get(outcome) ?? 0) + count);
      if (isUnanswered(series, outcome)) unanswered += count;
    }
  }
  return { requests, failed, unanswered, throttled, byOutcome };
}

/** gRPC's 14 (`UNAVAILABLE`) is what a refused connection reads like. */
function isUnanswered({ protocol }: EndpointSeries, outcome: string): boolean {
  return protocol === 'grpc' ? outcome === '14' : outcome === '0' || outcome.startsWith('error');
}

const errorMeanings: Readonly<Record<string, string>> = {
  'error 1050': 'timed out',
  'error 1101': 'host not found',
  'error 1211': 'connecting timed out',
  'error 1212': 'connection refused',
  'error 1220': 'connection reset',
};

/** The commonest outcomes with their counts: `connection refused: 120, 503: 3`. */
export function describeOutcomes(counts: OutcomeCounts, most = 3): string {
  const sorted = [...counts.byOutcome].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
  const shown = sorted.slice(0, most).map(([outcome, count]) => `${errorMeanings[outcome] ?? outcome}: ${count}`);
  const hidden = sorted.length - shown.length;
  return hidden > 0 ? `${shown.join(', ')} and ${hidden} more` : shown.join(', ');
}
