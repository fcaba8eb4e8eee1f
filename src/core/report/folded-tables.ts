import { allEndpoints, type Comparison } from '../comparison/comparison.ts';
import { changeWords } from './change-words.ts';
import { formatInterval, formatShare, formatSides, metricLabel } from './format-quantity.ts';
import type { Finding, TrafficShares } from './rank-findings.ts';
import type { Table } from './tables.ts';
import { worstCost } from './tiny-wins.ts';

/** What got better, the busiest endpoint first. */
export function improvementsTable(rows: readonly Comparison[], shares: TrafficShares, isAtStop: boolean): Table {
  const improved = rows
    .filter((row) => row.verdict === 'improved')
    .toSorted((a, b) => (shares.get(b.endpoint) ?? 0) - (shares.get(a.endpoint) ?? 0) || byName(a, b));
  return {
    title: 'Better',
    columns: ['endpoint', 'metric', 'baseline → now', 'change', 'share of requests'],
    rows: improved.map((row) => [...movement(row, isAtStop), shareText(row.endpoint, shares)]),
  };
}

/** What could be made faster and would give users little: small regressions, then what is slower inside its margin. */
export function tinyWinsTable(
  tiny: readonly Finding[],
  all: readonly Finding[],
  rows: readonly Comparison[],
  isAtStop: boolean,
): Table {
  const worst = worstCost(all);
  const inside = rows.filter((row) => row.verdict === 'slower-within-margin' && row.endpoint !== allEndpoints);
  return {
    title: 'Tiny wins left alone',
    columns: ['endpoint', 'metric', 'baseline → now', 'change', 'why it can wait'],
    rows: [
      ...tiny.map(({ lead }) => [
        ...movement(lead, isAtStop),
        `costs users ${formatShare(lead.impact / worst)} of what the worst slowdown does`,
      ]),
      ...inside.map((row) => [...movement(row, isAtStop), 'inside its margin']),
    ],
  };
}

function movement(row: Comparison, isAtStop: boolean): string[] {
  const interval = formatInterval(row);
  const change = changeWords(row, isAtStop);
  const certain = isAtStop || interval === '' ? change : `${change} (${interval})`;
  return [row.endpoint, metricLabel(row.metric), formatSides(row) || '–', certain || '–'];
}

function shareText(endpoint: string, shares: TrafficShares): string {
  const share = shares.get(endpoint);
  return share === undefined ? '–' : formatShare(share);
}

function byName(a: Comparison, b: Comparison): number {
  return a.endpoint < b.endpoint ? -1 : a.endpoint > b.endpoint ? 1 : 0;
}
