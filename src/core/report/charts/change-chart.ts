import { allEndpoints, type Comparison, type EndpointVerdict, type Quantile } from '../../comparison/comparison.ts';
import { marginsFor, type Thresholds } from '../../thresholds/thresholds.ts';
import {
  formatChange,
  formatChangeOf,
  formatInterval,
  formatShare,
  formatSides,
  metricLabel,
} from '../format-quantity.ts';
import type { TrafficShares } from '../rank-findings.ts';
import { severityOf, verdictLabel } from '../tables.ts';
import { isUneventful } from './uneventful.ts';

/** Which requests got slower, and how sure is it? One row per endpoint: its change with the interval. */
export interface ChangeChart {
  readonly metric: ChangeMetric;
  /** `p95`, `errors`. */
  readonly label: string;
  /** Latencies change by factors, error rates by percentage points. */
  readonly scale: 'ratio' | 'points';
  /** Confidence of the intervals: `95 %`. */
  readonly level: string;
  readonly rows: readonly ChangeRow[];
  /** Endpoints without a failed request on either side, which are left out. */
  readonly uneventful: number;
}

export type ChangeMetric = Quantile | 'errorRate';

export interface ChangeRow {
  readonly endpoint: string;
  readonly verdict: EndpointVerdict;
  readonly verdictLabel: string;
  /** Place in the order worst first. */
  readonly rank: number;
  /** Share of all requests: `34 %`; empty for what isn't one endpoint. */
  readonly share: string;
  /** `120 → 183 ms`. */
  readonly sides: string;
  /** `+52 %`. */
  readonly change: string;
  /** `+40 to +65 %`. */
  readonly interval: string;
  /** What an inconclusive row would have shown: `would show +24 %`. */
  readonly note: string;
  /** In fractions; absent without a figure. */
  readonly plot?: ChangePlot;
}

export interface ChangePlot {
  readonly point: number;
  readonly low: number;
  readonly high: number;
  /** From here on a change is worth acting on. */
  readonly margin: number;
}

const metrics = ['p95', 'p50', 'p99', 'errorRate'] as const;

/** One chart per metric that was compared anywhere. */
export function changeCharts(
  rows: readonly Comparison[],
  shares: TrafficShares,
  thresholds: Thresholds,
): ChangeChart[] {
  return metrics.flatMap((metric) => {
    const ofMetric = rows.filter((row) => row.metric === metric);
    if (!ofMetric.some((row) => row.relativeChange !== undefined)) return [];
    const shown = ofMetric.filter((row) => !isUneventful(row));
    const ordered = shown.toSorted(
      (a, b) =>
        severityOf(a) - severityOf(b) ||
        Number(b.endpoint === allEndpoints) - Number(a.endpoint === allEndpoints) ||
        b.impact - a.impact ||
        (shares.get(b.endpoint) ?? 0) - (shares.get(a.endpoint) ?? 0) ||
        (a.endpoint < b.endpoint ? -1 : 1),
    );
    const level = ofMetric.find((row) => row.relativeChange !== undefined)?.relativeChange?.level ?? 0.95;
    return [
      {
        metric,
        label: metricLabel(metric),
        scale: metric === 'errorRate' ? ('points' as const) : ('ratio' as const),
        level: formatShare(level),
        rows: ordered.map((row, rank) => toRow(row, rank, shares, thresholds)),
        uneventful: ofMetric.length - shown.length,
      },
    ];
  });
}

function toRow(row: Comparison, rank: number, shares: TrafficShares, thresholds: Thresholds): ChangeRow {
  const share = shares.get(row.endpoint);
  const isCompared = row.verdict !== 'not-compared';
  const plot = isCompared ? plotOf(row, thresholds) : undefined;
  return {
    endpoint: row.endpoint,
    verdict: row.verdict,
    verdictLabel: row.metric === 'errorRate' && row.verdict === 'not-regressed' ? 'shown not worse' : verdictLabel(row),
    rank,
    share: share === undefined ? '' : formatShare(share),
    sides: isCompared ? formatSides(row) : '',
    change: isCompared ? formatChangeOf(row) : '',
    interval: isCompared ? formatInterval(row) : '',
    note: noteOf(row),
    ...(plot && { plot }),
  };
}

/** Nobody is helped by knowing that a slowdown to the tenfold would have been missed too. */
const hopeless = 9;

function noteOf({ verdict, minimumDetectableEffect: effect }: Comparison): string {
  return verdict === 'inconclusive' && effect !== undefined && effect < hopeless
    ? `would show ${formatChange(effect)}`
    : '';
}

function plotOf({ endpoint, metric, relativeChange }: Comparison, thresholds: Thresholds): ChangePlot | undefined {
  if (relativeChange === undefined || !Number.isFinite(relativeChange.point)) return undefined;
  const [low, high] = relativeChange.interval;
  const margins = marginsFor(endpoint, thresholds);
  const factor = thresholds.sensitivity === 'sensitive' ? 0.5 : 1;
  const margin =
    metric === 'errorRate' ? margins.errorRateIncrease : margins.relativeIncrease[metric as Quantile] * factor;
  return { point: relativeChange.point, low, high, margin };
}
