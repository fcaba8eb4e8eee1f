import type { EndpointSeries, RunRecord } from '../run-record/run-record.ts';

/** One side that sends requests elsewhere which the other side answers. */
export interface RedirectedSide {
  readonly side: 'baseline' | 'candidate';
  /** `GET /items (302 on 120 of 400 requests)`, the most affected first. */
  readonly endpoints: readonly string[];
  /** Whether so many endpoints are concerned that it is no change of a single one, but a login page or the like. */
  readonly isWidespread: boolean;
  /** Endpoints that only this side has, where its redirects may lead. */
  readonly added: readonly string[];
}

/** A share of redirects that the other side doesn't have, and a number of them, that no chance brings about. */
const worthTelling = { share: 0.05, requests: 10 } as const;

/** Redirects of half of the endpoints are no change of one of them. */
const widespreadShare = 0.5;

/** k6 follows redirects and counts each as a fast success, so neither errors nor latency show a login page. */
export function redirectedSides(baseline: RunRecord, candidate: RunRecord): RedirectedSide[] {
  return [
    ...describeSide('baseline', baseline.endpoints, candidate.endpoints),
    ...describeSide('candidate', candidate.endpoints, baseline.endpoints),
  ];
}

function describeSide(
  side: RedirectedSide['side'],
  endpoints: readonly EndpointSeries[],
  others: readonly EndpointSeries[],
): RedirectedSide[] {
  const byName = new Map(others.map((series) => [series.endpoint, redirectsOf(series)]));
  const common = endpoints.filter((series) => series.otherHost === undefined && byName.has(series.endpoint));
  const affected = common
    .map((series) => ({ series, ...redirectsOf(series) }))
    .filter(({ series, redirects, share }) => {
      const other = byName.get(series.endpoint)?.share ?? 0;
      return redirects >= worthTelling.requests && share - other >= worthTelling.share;
    })
    .sort((a, b) => b.share - a.share || (a.series.endpoint < b.series.endpoint ? -1 : 1));
  if (affected.length === 0) return [];
  return [
    {
      side,
      endpoints: affected.map(
        ({ series, redirects, requests, status }) =>
          `${series.endpoint} (${status} on ${redirects} of ${requests} requests)`,
      ),
      isWidespread: affected.length >= widespreadShare * common.length,
      added: endpoints.filter((series) => !byName.has(series.endpoint)).map((series) => series.endpoint),
    },
  ];
}

interface Redirects {
  readonly redirects: number;
  readonly requests: number;
  readonly share: number;
  /** The commonest of them. */
  readonly status: string;
}

function redirectsOf({ outcomes }: EndpointSeries): Redirects {
  const all = Object.entries(outcomes);
  const requests = all.reduce((sum, [, count]) => sum + count, 0);
  const redirecting = all.filter(([status]) => /^30[12378]$/.test(status)).sort((a, b) => b[1] - a[1]);
  const redirects = redirecting.reduce((sum, [, count]) => sum + count, 0);
  return { redirects, requests, share: requests === 0 ? 0 : redirects / requests, status: redirecting[0]?.[0] ?? '' };
}
