import type { Quantile } from '../../comparison/comparison.ts';
import { median } from '../../stats/sample-moments.ts';
import { formatDay, formatMs, formatShare } from '../format-quantity.ts';
import type { Table } from '../tables.ts';
import { errorRateOf } from './endpoint-trend.ts';
import type { HistoryPoint } from './run-history.ts';

/** An endpoint month by month: the middle of its green runs, and the share of their requests that failed. */
export function monthTable(endpoint: string, points: readonly HistoryPoint[]): Table {
  const green = points.filter(({ run }) => run.quarantined === undefined);
  const months = Map.groupBy(green, ({ run }) => formatDay(run.startedAt).replace(/^\d+ /, ''));
  return {
    title: `Months of ${endpoint}`,
    columns: ['month', 'runs', 'p50', 'p95', 'p99', 'errors'],
    rows: Array.from(months, ([month, ofMonth]) => [
      month || 'unknown',
      String(ofMonth.length),
      middle(ofMonth, 'p50'),
      middle(ofMonth, 'p95'),
      middle(ofMonth, 'p99'),
      formatShare(errorRateOf(ofMonth)),
    ]),
  };
}

function middle(points: readonly HistoryPoint[], quantile: Quantile): string {
  const values = points.flatMap(({ latencyMs }) => latencyMs[quantile] ?? []);
  return values.length === 0 ? '–' : formatMs(median(values));
}
