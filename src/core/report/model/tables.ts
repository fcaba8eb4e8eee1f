import type { Row } from '../../comparison/row.ts';
import { summarizeRun } from '../../comparison/summarize-run.ts';
import type { AcceptedFigure, RunRecord } from '../../run-record/run-record.ts';
import { subjectLabel } from '../../run-record/subject.ts';
import { quantileNames } from '../../thresholds/quantiles.ts';
import { type Metric, type Thresholds, weightOf } from '../../thresholds/thresholds.ts';
import {
  changeWords,
  formatChangeIn,
  formatCount,
  formatMs,
  formatPValue,
  formatShare,
  metricFamily,
  metricLabel,
} from '../format-quantity.ts';
import { endpointVerdicts, isOfEndpoints, isZeroOnBothSides, severityOf } from './endpoint-verdict.ts';
import { byShare, type Finding, shareOf, type TrafficShares, worstCost } from './rank-findings.ts';
import {
  type Cell,
  type Column,
  changeCell,
  clausesCell,
  columns,
  countCell,
  emptyCell,
  estimateCell,
  intervalCell,
  metricCell,
  msCell,
  nameCell,
  shareCell,
  sidesCell,
  subjectCell,
  type Table,
  verdictCell,
  wordsCell,
} from './table.ts';

const subjectColumn: Column = { id: 'subject', label: 'endpoint' };
const metricColumn: Column = { id: 'metric', label: 'metric' };
const sidesColumn: Column = { id: 'sides', label: 'baseline → now' };
const changeColumn: Column = { id: 'change', label: 'change' };
const verdictColumn: Column = { id: 'verdict', label: 'verdict' };

/**
 * After an early stop the interval comes first: what was measured when the answer was known leans toward the larger
 * changes, and the interval allows for that.
 */
export function findingsTable(
  findings: readonly Finding[],
  thresholds: Thresholds,
  shares: TrafficShares,
  isAtStop: boolean,
): Table {
  const level = findings[0]?.lead.relativeChange?.level ?? 0.95;
  const interval: Column = { id: 'interval', label: `${formatShare(level)} interval` };
  const change: Column = { id: 'change', label: isAtStop ? 'change at stop' : 'change' };
  return {
    id: 'findings',
    title: 'What got worse',
    columns: [
      ...[subjectColumn, metricColumn, sidesColumn],
      ...(isAtStop ? [interval, change] : [change, interval]),
      { id: 'why', label: 'why it is flagged' },
    ],
    rows: findings.map(({ lead, also }) => [
      ...[subjectCell(lead), metricCell(lead), sidesCell(lead)],
      ...(isAtStop ? [intervalCell(lead), changeCell(lead)] : [changeCell(lead), intervalCell(lead)]),
      clausesCell([
        whyFlagged(lead),
        ...lead.warnings,
        ...also.map((row) => `also ${metricLabel(row.metric)} ${changeWords(row, isAtStop)}`),
        ...trafficOf(lead, thresholds, shares),
      ]),
    ]),
  };
}

/** `18 % of requests`, `18 % of requests, weight 3`: why a finding stands where it does. */
function trafficOf({ subject }: Row, thresholds: Thresholds, shares: TrafficShares): string[] {
  const ofRequests = shareOf(subject, shares);
  if (ofRequests === undefined) return [];
  const weight = weightOf(subject, thresholds);
  return [`${formatShare(ofRequests)} of requests${weight === 1 ? '' : `, weight ${weight}`}`];
}

/** `beyond 10 % and 5 ms, p < 0.001`. */
function whyFlagged({ subject, family, margin, adjustedPValue }: Row): string {
  const certainty = adjustedPValue === undefined ? '' : `, ${formatPValue(adjustedPValue)}`;
  // Totals of the load are judged by rules of their own.
  if (family === 'load') return certainty.slice(2);
  const relative = formatChangeIn(family, margin.relative).replace('+', '');
  // What all endpoints have in common is shown without milliseconds, since endpoints differ in theirs.
  const hasMs = margin.absolute !== undefined && subject.kind === 'endpoint';
  return `beyond ${relative}${hasMs ? ` and ${formatMs(margin.absolute)}` : ''}${certainty}`;
}

const endpointMetrics: readonly Metric[] = [...quantileNames, 'errorRate'];

/** One row per endpoint: worst verdict first, then the busiest. */
export function endpointsTable(rows: readonly Row[], shares: TrafficShares, isAtStop: boolean): Table {
  const ordered = endpointVerdicts(rows).toSorted(
    ({ lead: a }, { lead: b }) =>
      severityOf(a) - severityOf(b) || Number(isTotal(a)) - Number(isTotal(b)) || byShare(a, b, shares),
  );
  return withoutEmptyColumns({
    id: 'endpoints',
    title: isAtStop ? 'All endpoints, as seen at the stop' : 'All endpoints',
    count: ordered.filter(({ lead }) => !isTotal(lead)).length,
    columns: [
      subjectColumn,
      ...endpointMetrics.map((metric): Column => ({ id: metric, label: metricLabel(metric) })),
      verdictColumn,
    ],
    rows: ordered.map(({ lead, rows: ofSubject }) => [
      subjectCell(lead),
      ...endpointMetrics.map((metric) => movementCell(rowAt(metric, ofSubject))),
      verdictCell(lead),
    ]),
  });
}

function isTotal({ subject }: Row): boolean {
  return subject.kind === 'all-endpoints';
}

/** Where a quantile jumps between two modes, its column has the share that is judged in its place. */
function rowAt(metric: Metric, rows: readonly Row[]): Row | undefined {
  const row = rows.find((other) => other.metric === metric);
  return row?.notComparedReason === 'two-modes' ? rows.find(({ family }) => family === 'shares') : row;
}

function movementCell(row: Row | undefined): Cell {
  if (row?.notComparedReason === 'too-few-requests') return { kind: 'too-few-requests' };
  const isShown = row !== undefined && (row.verdict !== 'not-compared' || row.notComparedReason === 'not-judged');
  return isShown ? { kind: 'movement', row } : emptyCell;
}

/** A quantile that was judged nowhere takes no room; that there were too few requests is said beside the table. */
function withoutEmptyColumns(table: Table): Table {
  const isEmpty = ({ kind }: Cell) => kind === 'none' || kind === 'too-few-requests';
  const isUsed = table.columns.map((_, i) => table.rows.some((row) => !isEmpty(row[i] ?? emptyCell)));
  return {
    ...table,
    columns: table.columns.filter((_, i) => isUsed[i]),
    rows: table.rows.map((row) => row.filter((_, i) => isUsed[i])),
  };
}

/** What got better, the busiest endpoint first. */
export function improvementsTable(rows: readonly Row[], shares: TrafficShares, isAtStop: boolean): Table {
  const improved = rows.filter((row) => row.verdict === 'improved').toSorted((a, b) => byShare(a, b, shares));
  return {
    id: 'improvements',
    title: 'Better',
    columns: [...[subjectColumn, metricColumn, sidesColumn, changeColumn], { id: 'share', label: 'share of requests' }],
    rows: improved.map((row) => [...movementCells(row, isAtStop), shareCell(shareOf(row.subject, shares))]),
  };
}

/** What could be made faster and would give users little: small regressions, then what is slower inside its margin. */
export function lowImpactTable(
  lowImpact: readonly Finding[],
  all: readonly Finding[],
  rows: readonly Row[],
  isAtStop: boolean,
): Table {
  const worst = worstCost(all);
  const inside = rows.filter(
    ({ verdict, subject, family }) =>
      verdict === 'slower-within-margin' && subject.kind !== 'all-endpoints' && family !== 'metrics',
  );
  return {
    id: 'low-impact',
    title: 'Low-impact regressions',
    columns: [...[subjectColumn, metricColumn, sidesColumn, changeColumn], { id: 'why', label: 'why it can wait' }],
    rows: [
      ...lowImpact.map(({ lead }) => [
        ...movementCells(lead, isAtStop),
        wordsCell(`costs users ${formatShare(lead.impact / worst)} of what the worst slowdown does`),
      ]),
      ...inside.map((row) => [...movementCells(row, isAtStop), wordsCell('inside its margin')]),
    ],
  };
}

function movementCells(row: Row, isAtStop: boolean): Cell[] {
  return [subjectCell(row), metricCell(row), sidesCell(row), estimateCell(row, isAtStop)];
}

/** Checks and the metrics that the configuration lists. */
export function otherSeriesTable(rows: readonly Row[], isAtStop: boolean): Table {
  const others = rows.filter((row) => !isOfEndpoints(row));
  const eventful = others.filter((row) => !isZeroOnBothSides(row));
  const flawless = others.length - eventful.length;
  const parted = eventful.length === 0 ? 'all' : 'the other';
  const summary = [
    nameCell(`(${parted} ${formatCount(flawless, 'check')})`),
    ...[wordsCell('failed checks'), wordsCell('0 → 0 %'), emptyCell, wordsCell('never failed')],
  ];
  return {
    id: 'other-series',
    title: 'Checks and other metrics',
    count: others.length,
    columns: [
      ...[
        { id: 'subject', label: 'name' },
        { id: 'metric', label: 'measured' },
      ],
      ...[sidesColumn, changeColumn, verdictColumn],
    ],
    rows: [
      ...eventful.map((row) => [
        ...[subjectCell(row), metricCell(row), sidesCell(row)],
        ...[isAtStop ? estimateCell(row, true) : changeCell(row), verdictCell(row)],
      ]),
      ...(flawless === 0 ? [] : [summary]),
    ],
  };
}

/** The figures of one run by itself, busiest endpoint first. */
export function absoluteTable(record: RunRecord | undefined): Table | undefined {
  if (record === undefined || record.endpoints.length === 0) return undefined;
  return {
    id: 'this-run',
    title: 'This run by itself',
    columns: columns('endpoint', 'requests', ...quantileNames, 'errors'),
    rows: summarizeRun(record).map(({ endpoint, requests, latency, errorRate }) => [
      ...[nameCell(endpoint), countCell(requests)],
      ...quantileNames.map((quantile) => msCell(latency?.[quantile].pointMs)),
      shareCell(errorRate.point),
    ]),
  };
}

/** How much of what was accepted. */
export function acceptedTable(figures: readonly AcceptedFigure[]): Table {
  return {
    id: 'accepted',
    title: 'Accepted',
    columns: [subjectColumn, metricColumn, { id: 'change', label: 'accepted change' }],
    rows: figures.map(({ subject, metric, relativeChange }) => [
      nameCell(subjectLabel(subject)),
      wordsCell(metricLabel(metric)),
      { kind: 'change', change: relativeChange, family: metricFamily(metric) },
    ]),
  };
}
