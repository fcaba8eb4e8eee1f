import { median } from '../../stats/sample-moments.ts';
import { type Quantile, quantileNames } from '../../thresholds/quantiles.ts';
import { formatDay } from '../format-quantity.ts';
import { type Cell, columns, count, ms, name, none, share, type Table } from '../model/table.ts';
import { errorRateOf } from './endpoint-trend.ts';
import type { HistoryPoint } from './run-history.ts';

/** An endpoint month by month: the middle of its green runs, and the share of their requests that failed. */
export function monthTable(endpoint: string, points: readonly HistoryPoint[]): Table {
  const green = points.filter(({ run }) => run.quarantined === undefined);
  const months = Map.groupBy(green, ({ run }) => formatDay(run.startedAt).replace(/^\d+ /, ''));
  return {
    id: 'months',
    title: `Months of ${endpoint}`,
    columns: columns('month', 'runs', ...quantileNames, 'errors'),
    rows: Array.from(months, ([month, ofMonth]) => [
      name(month || 'unknown'),
      count(ofMonth.length),
      ...quantileNames.map((quantile) => middle(ofMonth, quantile)),
      share(errorRateOf(ofMonth)),
    ]),
  };
}

function middle(points: readonly HistoryPoint[], quantile: Quantile): Cell {
  const values = points.flatMap(({ latencyMs }) => latencyMs[quantile] ?? []);
  return values.length === 0 ? none : ms(median(values));
}
