import { allEndpoints, type Comparison } from '../comparison/comparison.ts';
import { type RunRecord, requestsOf } from '../run-record/run-record.ts';
import { matchesEndpoint, type Thresholds } from '../thresholds/thresholds.ts';
import { isQuantile } from './format-quantity.ts';

/** What is said of one endpoint, check or metric: the row that stands for it, and its other regressed rows. */
export interface Finding {
  readonly lead: Comparison;
  readonly also: readonly Comparison[];
}

/** Shares of all requests by endpoint, 0..1. */
export type TrafficShares = ReadonlyMap<string, number>;

export function trafficShares(record: RunRecord | undefined): TrafficShares {
  const series = record?.endpoints ?? [];
  const total = series.reduce((sum, endpoint) => sum + requestsOf(endpoint), 0);
  return new Map(series.map((endpoint) => [endpoint.endpoint, total === 0 ? 0 : requestsOf(endpoint) / total]));
}

/** `rows` with the impact of each filled in. */
export function withImpact(rows: readonly Comparison[], shares: TrafficShares, thresholds: Thresholds): Comparison[] {
  return rows.map((row) => ({
    ...row,
    impact: row.verdict === 'regressed' ? impactOf(row, rows, shares, thresholds) : 0,
  }));
}

/**
 * How much a regression costs the users of the service: for latency the extra ms of an average request over the whole
 * traffic, for errors and checks the extra failures per 1000 requests, both times the endpoint's weight. What all
 * endpoints have in common costs what they cost together.
 */
function impactOf(row: Comparison, rows: readonly Comparison[], shares: TrafficShares, thresholds: Thresholds): number {
  const { endpoint, metric, baseline, candidate, relativeChange } = row;
  if (endpoint === allEndpoints && isQuantile(metric)) {
    const parts = rows.filter((other) => other.metric === metric && other.endpoint !== allEndpoints);
    return parts.reduce((sum, part) => sum + Math.max(0, impactOf(part, rows, shares, thresholds)), 0);
  }
  const share = endpoint === allEndpoints ? 1 : (shares.get(endpoint) ?? 1 / Math.max(1, shares.size));
  const extra = isAboutFailures(row)
    ? (relativeChange?.point ?? 0) * 1000
    : baseline === undefined || candidate === undefined
      ? 0
      : candidate.point - baseline.point;
  const worse = row.direction === 'up' ? extra : -extra;
  return Math.max(0, worse) * share * weightOf(endpoint, thresholds);
}

/** The order of `rankFindings` in one line. */
export const rankingOrder =
  'Worst first: errors, then user time lost per hour (extra ms × requests × weight), then certainty.';

/** The regressed rows among `rows`, one finding per endpoint and kind: errors first, then impact, then certainty. */
export function rankFindings(rows: readonly Comparison[]): Finding[] {
  const groups = new Map<string, Comparison[]>();
  for (const row of rows) {
    if (row.verdict !== 'regressed') continue;
    // Listed metrics all stand under "all endpoints"; each is a matter of its own.
    const kind = isQuantile(row.metric) ? 'latency' : row.metric;
    const key = JSON.stringify([row.endpoint, kind]);
    groups.set(key, [...(groups.get(key) ?? []), row]);
  }
  return [...groups.values()]
    .map((group) => {
      const [lead, ...also] = group.toSorted((a, b) => leadOrder.indexOf(a.metric) - leadOrder.indexOf(b.metric));
      return { lead: lead as Comparison, also };
    })
    .sort((a, b) => compareRank(a.lead, b.lead));
}

/** p95 stands for an endpoint's latency where it regressed: the quantile that teams know best. */
const leadOrder: readonly string[] = ['p95', 'p50', 'p99'];

function compareRank(a: Comparison, b: Comparison): number {
  return (
    familyOrder(a) - familyOrder(b) ||
    b.impact - a.impact ||
    (a.adjustedPValue ?? 1) - (b.adjustedPValue ?? 1) ||
    (a.endpoint < b.endpoint ? -1 : a.endpoint > b.endpoint ? 1 : 0)
  );
}

/** Failed requests before failed checks before what is slow. */
function familyOrder({ metric }: Comparison): number {
  return metric === 'errorRate' ? 0 : metric === 'checkFailureRate' ? 1 : 2;
}

function isAboutFailures({ metric }: Comparison): boolean {
  return metric === 'errorRate' || metric === 'checkFailureRate';
}

/** How much an endpoint counts beside the others; of several matching rules the last one counts, as for margins. */
export function weightOf(endpoint: string, thresholds: Thresholds): number {
  const rule = thresholds.rules.findLast(
    ({ pattern, weight }) => weight !== undefined && matchesEndpoint(pattern, endpoint),
  );
  return rule?.weight ?? 1;
}
