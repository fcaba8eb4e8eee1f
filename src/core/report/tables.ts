import { allEndpoints, type Comparison, type EndpointVerdict, type Quantile } from '../comparison/comparison.ts';
import { summariseRun } from '../comparison/summarise-run.ts';
import type { RunRecord } from '../run-record/run-record.ts';
import { marginsFor, type Thresholds } from '../thresholds/thresholds.ts';
import { changeWords } from './change-words.ts';
import {
  formatChange,
  formatChangeOf,
  formatCount,
  formatEstimate,
  formatInterval,
  formatMs,
  formatPoints,
  formatPValue,
  formatShare,
  formatSides,
  formatWhole,
  isQuantile,
  metricLabel,
} from './format-quantity.ts';
import { type Finding, type TrafficShares, weightOf } from './rank-findings.ts';

/** Cells are texts; the first column holds names from outside, the others only what is made here. */
export interface Table {
  readonly title: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** Of what the title speaks of, where that isn't the number of rows. */
  readonly count?: number;
}

/**
 * After an early stop the interval comes first: what was measured when the answer was known leans towards the larger
 * changes, and the interval allows for that.
 */
export function findingsTable(
  findings: readonly Finding[],
  thresholds: Thresholds,
  shares: TrafficShares,
  isAtStop: boolean,
): Table {
  const level = findings[0]?.lead.relativeChange?.level ?? 0.95;
  const interval = `${formatShare(level)} interval`;
  return {
    title: 'What got worse',
    columns: [
      'endpoint',
      'metric',
      'baseline → now',
      ...(isAtStop ? [interval, 'change at stop'] : ['change', interval]),
      'why it is flagged',
    ],
    rows: findings.map(({ lead, also }) => [
      isListedMetric(lead) ? lead.metric : lead.endpoint,
      isListedMetric(lead) ? 'metric' : metricLabel(lead.metric),
      formatSides(lead) || '–',
      ...(isAtStop ? [formatInterval(lead), formatChangeOf(lead)] : [formatChangeOf(lead), formatInterval(lead)]),
      [
        whyFlagged(lead, thresholds),
        ...lead.warnings,
        ...also.map((row) => `also ${metricLabel(row.metric)} ${changeWords(row, isAtStop)}`),
        ...trafficOf(lead, thresholds, shares),
      ]
        .filter((part) => part !== '')
        .join('; '),
    ]),
  };
}

/** One that the configuration lists: it stands under all endpoints and has a name of its own. */
function isListedMetric({ endpoint, metric }: Comparison): boolean {
  return endpoint === allEndpoints && !isQuantile(metric) && metric !== 'errorRate' && metric !== 'checkFailureRate';
}

/** `18 % of requests`, `18 % of requests, weight 3`: why a finding stands where it does. */
function trafficOf({ endpoint }: Comparison, thresholds: Thresholds, shares: TrafficShares): string[] {
  const share = shares.get(endpoint);
  if (share === undefined) return [];
  const weight = weightOf(endpoint, thresholds);
  return [`${formatShare(share)} of requests${weight === 1 ? '' : `, weight ${weight}`}`];
}

/** `beyond 10 % and 5 ms, p < 0.001`. */
function whyFlagged(row: Comparison, thresholds: Thresholds): string {
  const certainty = row.adjustedPValue === undefined ? '' : `, ${formatPValue(row.adjustedPValue)}`;
  const margins = marginsFor(row.endpoint, thresholds);
  // `sensitive` judges latencies by half their margins.
  const factor = thresholds.sensitivity === 'sensitive' ? 0.5 : 1;
  if (isQuantile(row.metric)) {
    const quantile = row.metric as Quantile;
    const relative = formatChange(margins.relativeIncrease[quantile] * factor).replace('+', '');
    const absolute = formatMs(margins.latencyIncreaseMsOf[quantile] * factor);
    return row.endpoint === allEndpoints
      ? `beyond ${relative}${certainty}`
      : `beyond ${relative} and ${absolute}${certainty}`;
  }
  if (row.metric === 'errorRate' || row.metric === 'checkFailureRate') {
    return `beyond ${formatPoints(margins.errorRateIncrease).replace('+', '')}${certainty}`;
  }
  const margin = thresholds.metrics.find(({ metric }) => metric === row.metric)?.margin;
  return margin === undefined ? certainty.slice(2) : `beyond ${formatChange(margin).replace('+', '')}${certainty}`;
}

const cellMetrics = ['p50', 'p95', 'p99', 'errorRate'] as const;

/** One row per endpoint: worst verdict first, then the busiest. */
export function endpointTable(rows: readonly Comparison[], shares: TrafficShares, isAtStop: boolean): Table {
  const byEndpoint = new Map<string, Comparison[]>();
  for (const row of rows) {
    if (!isQuantile(row.metric) && row.metric !== 'errorRate') continue;
    byEndpoint.set(row.endpoint, [...(byEndpoint.get(row.endpoint) ?? []), row]);
  }
  const ordered = [...byEndpoint].sort(
    ([a, rowsOfA], [b, rowsOfB]) =>
      severity(rowsOfA) - severity(rowsOfB) ||
      Number(a === allEndpoints) - Number(b === allEndpoints) ||
      (shares.get(b) ?? 0) - (shares.get(a) ?? 0) ||
      (a < b ? -1 : 1),
  );
  const cells = ordered.map(([endpoint, ofEndpoint]) => [
    endpoint,
    ...cellMetrics.map((metric) => cellOf(ofEndpoint.find((row) => row.metric === metric))),
    verdictLabel(worstOf(ofEndpoint)),
  ]);
  const columns = ['endpoint', ...cellMetrics.map(metricLabel), 'verdict'];
  return {
    title: isAtStop ? 'All endpoints, as seen at the stop' : 'All endpoints',
    count: byEndpoint.size - Number(byEndpoint.has(allEndpoints)),
    ...withoutEmptyColumns(columns, cells),
  };
}

/** A quantile that was judged nowhere takes no room; that there were too few requests is said beside the table. */
function withoutEmptyColumns(columns: readonly string[], rows: readonly (readonly string[])[]): Omit<Table, 'title'> {
  const isUsed = columns.map((_, i) => rows.some((row) => row[i] !== '–' && row[i] !== tooFewRequests));
  return { columns: columns.filter((_, i) => isUsed[i]), rows: rows.map((row) => row.filter((_, i) => isUsed[i])) };
}

/** Checks and the metrics that the configuration lists. */
export function otherSeriesTable(rows: readonly Comparison[], isAtStop: boolean): Table {
  const others = rows.filter((row) => !isQuantile(row.metric) && row.metric !== 'errorRate');
  const eventful = others.filter((row) => !isZero(row));
  const flawless = others.length - eventful.length;
  const parted = eventful.length === 0 ? 'all' : 'the other';
  return {
    title: 'Checks and other metrics',
    count: others.length,
    columns: ['name', 'measured', 'baseline → now', 'change', 'verdict'],
    rows: [
      ...eventful.map((row) => [
        row.endpoint === allEndpoints ? row.metric : row.endpoint,
        row.metric === 'checkFailureRate' ? metricLabel(row.metric) : 'metric',
        formatSides(row) || '–',
        changeWords(row, isAtStop) || '–',
        verdictLabel(row),
      ]),
      ...(flawless === 0
        ? []
        : [[`(${parted} ${formatCount(flawless, 'check')})`, 'failed checks', '0 → 0 %', '–', 'never failed']]),
    ],
  };
}

/** The figures of one run by itself, busiest endpoint first. */
export function absoluteTable(record: RunRecord | undefined): Table | undefined {
  if (record === undefined || record.endpoints.length === 0) return undefined;
  return {
    title: 'This run by itself',
    columns: ['endpoint', 'requests', 'p50', 'p95', 'p99', 'errors'],
    rows: summariseRun(record).map(({ endpoint, requests, latency, errorRate }) => [
      endpoint,
      formatWhole(requests),
      ...(['p50', 'p95', 'p99'] as const).map((quantile) =>
        latency === undefined ? '–' : formatMs(latency[quantile].pointMs),
      ),
      formatEstimate(errorRate, 'fraction'),
    ]),
  };
}

const tooFewRequests = 'too few requests';

/** `120 → 183 ms (+52 %)`; an inconclusive one says what would have been seen. */
function cellOf(row: Comparison | undefined): string {
  if (row === undefined) return '–';
  if (row.verdict === 'not-compared') return row.notComparedReason === 'too-few-requests' ? tooFewRequests : '–';
  if (isZero(row)) return '0 %';
  const change = formatChangeOf(row);
  const effect = row.minimumDetectableEffect;
  const seen = effect !== undefined && Number.isFinite(effect) ? `, would show ${formatChange(effect)}` : ', unsure';
  const suffix = row.verdict === 'inconclusive' ? seen : '';
  const sides = formatSides(row);
  return sides === '' ? `${change}${suffix}` : `${sides} (${change}${suffix})`;
}

/** No failure on either side, as on most endpoints most of the time. */
function isZero({ unit, baseline, candidate }: Comparison): boolean {
  return unit === 'fraction' && baseline?.point === 0 && candidate?.point === 0;
}

const severityOrder: readonly EndpointVerdict[] = [
  'regressed',
  'slower-within-margin',
  'inconclusive',
  'improved',
  'not-regressed',
  'not-compared',
];

function worstOf(rows: readonly Comparison[]): Comparison {
  return rows.toSorted((a, b) => severityOrder.indexOf(a.verdict) - severityOrder.indexOf(b.verdict))[0] as Comparison;
}

function severity(rows: readonly Comparison[]): number {
  return severityOf(worstOf(rows));
}

/** Place of a row in the order in which people want to see them: 0 is the worst. */
export function severityOf({ verdict }: Comparison): number {
  return severityOrder.indexOf(verdict);
}

/** As people read them. */
export const verdictLabels: Readonly<Record<EndpointVerdict, string>> = {
  regressed: 'worse',
  'slower-within-margin': 'worse within the margin',
  inconclusive: 'inconclusive',
  improved: 'better',
  'not-regressed': 'shown not slower',
  'not-compared': 'not compared',
};

export function verdictLabel(row: Comparison): string {
  const reason = row.notComparedReason === undefined ? '' : `: ${row.notComparedReason.replaceAll('-', ' ')}`;
  return `${verdictLabels[row.verdict]}${reason}`;
}
