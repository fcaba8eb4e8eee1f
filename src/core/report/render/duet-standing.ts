import type { ComparisonResult } from '../../comparison/comparison-result.ts';
import { isOfLatency, type Row } from '../../comparison/row.ts';
import { isQuantile, quantiles } from '../../thresholds/quantiles.ts';
import { nameInSentence } from '../escape.ts';
import { formatChangeOf, formatCount, formatInterval, metricLabel, subjectText } from '../format-quantity.ts';
import { renderTextTable } from './text-report.ts';

/** Where a duet stands between two looks. */
export interface DuetStanding {
  readonly elapsedMs: number;
  /** Complete pairs. */
  readonly pairs: number;
  readonly plannedPairs: number;
  /** As of the last look; absent before the first. */
  readonly result: ComparisonResult | undefined;
}

/** Beyond this many endpoints a terminal scrolls. */
const maxRows = 12;

/** `1:05: 12 of 36 pairs; most of all GET /search p95 +31 % (+8 to +58 %), not sure`: one line for a log. */
export function standingLine(standing: DuetStanding): string {
  const [worst] = worstRows(standing.result);
  const figure =
    worst === undefined
      ? ''
      : `; most of all ${nameInSentence(subjectText(worst))} ${metricLabel(worst.metric)} ${formatChangeOf(worst)} (${formatInterval(worst)}), ${wordOf(worst)}`;
  return `${clock(standing.elapsedMs)}: ${standing.pairs} of ${standing.plannedPairs} pairs${figure}`;
}

/** The same at full length, worst endpoint first, and what it would take to decide. */
export function standingLines(standing: DuetStanding, width: number): string[] {
  const rows = worstRows(standing.result);
  const shown = rows.slice(0, maxRows);
  const table = {
    title: '',
    columns: ['endpoint', 'metric', 'change', '90 % interval', ''],
    rows: shown.map((row) => [
      subjectText(row),
      metricLabel(row.metric),
      formatChangeOf(row),
      formatInterval(row),
      wordOf(row),
    ]),
  };
  const rest = rows.length - shown.length;
  return [
    `${clock(standing.elapsedMs)}  ${bar(standing)}  ${standing.pairs} of ${standing.plannedPairs} pairs`,
    ...renderTextTable(table, width),
    ...(rest > 0 ? [`  ${formatCount(rest, 'further endpoint')} with less change`] : []),
    outlook(standing, rows),
  ];
}

/** Per endpoint the quantile that is worst; worst endpoint first. */
function worstRows(result: ComparisonResult | undefined): Row[] {
  const worst = new Map<string, Row>();
  for (const row of result?.comparisons ?? []) {
    const { subject, family, verdict, relativeChange } = row;
    const isCompared = isOfLatency(family) && verdict !== 'not-compared';
    if (subject.kind !== 'endpoint' || !isCompared || relativeChange === undefined) continue;
    const known = worst.get(subject.name);
    if (known === undefined || weight(row) > weight(known)) worst.set(subject.name, row);
  }
  return [...worst.values()].sort((a, b) => weight(b) - weight(a));
}

/** What is called regressed comes first, then what is least likely to be chance; a quantile that needs backing says least. */
function weight(row: Row): number {
  const isWeak = isQuantile(row.metric) && quantiles[row.metric].needsBacking;
  return (row.verdict === 'regressed' ? 10 : 0) - (row.pValue ?? 1) - (isWeak ? 1 : 0);
}

function wordOf({ verdict }: Row): string {
  switch (verdict) {
    case 'regressed':
      return 'slower';
    case 'slower-within-margin':
      return 'slower, within the margin';
    case 'not-regressed':
      return 'not slower';
    case 'improved':
      return 'faster';
    case 'inconclusive':
    case 'not-compared':
      return 'not sure';
  }
}

function outlook({ pairs, plannedPairs, result }: DuetStanding, rows: readonly Row[]): string {
  if (result === undefined || pairs === 0) return 'Nothing can be said before the first pairs are complete.';
  const open = rows.filter((row) => row.verdict === 'inconclusive');
  if (open.length === 0) return 'Every endpoint is decided.';
  const needed = Math.max(...open.map((row) => row.pairsNeeded ?? Number.POSITIVE_INFINITY));
  const left = plannedPairs - pairs;
  const undecided = `${formatCount(open.length, 'endpoint')} not decided`;
  const most = `${formatCount(left, 'pair')} to come at most`;
  if (needed > pairs + left) return `${undecided}; ${most}, which won't settle all of them.`;
  return `${undecided}; about ${formatCount(Math.max(1, needed - pairs), 'more pair')} would settle them, ${most}.`;
}

const barCells = 20;

function bar({ pairs, plannedPairs }: DuetStanding): string {
  const full = Math.min(barCells, Math.round((barCells * pairs) / plannedPairs));
  return `[${'='.repeat(full)}${' '.repeat(barCells - full)}]`;
}

function clock(elapsedMs: number): string {
  const seconds = Math.floor(elapsedMs / 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}
