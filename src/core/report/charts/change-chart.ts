import type { Row, RowVerdict } from '../../comparison/row.ts';
import { judgedQuantiles, type Quantile, quantiles } from '../../thresholds/quantiles.ts';
import {
  formatChange,
  formatChangeOf,
  formatInterval,
  formatShare,
  formatSides,
  metricLabel,
  subjectText,
} from '../format-quantity.ts';
import { isUneventful, severityOf, verdictLabel } from '../model/endpoint-verdict.ts';
import { byShare, shareOf, type TrafficShares } from '../model/rank-findings.ts';

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
  readonly verdict: RowVerdict;
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

const metrics: readonly ChangeMetric[] = [
  ...judgedQuantiles.toSorted((a, b) => quantiles[a].leadRank - quantiles[b].leadRank),
  'errorRate',
];

/** One chart per metric that was compared anywhere. */
export function changeCharts(rows: readonly Row[], shares: TrafficShares): ChangeChart[] {
  return metrics.flatMap((metric) => {
    const ofMetric = rows.filter((row) => row.metric === metric);
    if (!ofMetric.some((row) => row.relativeChange !== undefined)) return [];
    const shown = ofMetric.filter((row) => !isUneventful(row));
    const ordered = shown.toSorted(
      (a, b) =>
        severityOf(a) - severityOf(b) ||
        Number(isTotal(b)) - Number(isTotal(a)) ||
        b.impact - a.impact ||
        byShare(a, b, shares),
    );
    const level = ofMetric.find((row) => row.relativeChange !== undefined)?.relativeChange?.level ?? 0.95;
    return [
      {
        metric,
        label: metricLabel(metric),
        scale: metric === 'errorRate' ? ('points' as const) : ('ratio' as const),
        level: formatShare(level),
        rows: ordered.map((row, rank) => toRow(row, rank, shares)),
        uneventful: ofMetric.length - shown.length,
      },
    ];
  });
}

function isTotal({ subject }: Row): boolean {
  return subject.kind === 'all-endpoints';
}

function toRow(row: Row, rank: number, shares: TrafficShares): ChangeRow {
  const share = shareOf(row.subject, shares);
  const isCompared = row.verdict !== 'not-compared';
  const plot = isCompared ? plotOf(row) : undefined;
  return {
    endpoint: subjectText(row),
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

function noteOf({ verdict, minimumDetectableEffect: effect }: Row): string {
  return verdict === 'inconclusive' && effect !== undefined && effect < hopeless
    ? `would show ${formatChange(effect)}`
    : '';
}

function plotOf({ margin, relativeChange }: Row): ChangePlot | undefined {
  if (relativeChange === undefined || !Number.isFinite(relativeChange.point)) return undefined;
  const [low, high] = relativeChange.interval;
  return { point: relativeChange.point, low, high, margin: margin.relative };
}
