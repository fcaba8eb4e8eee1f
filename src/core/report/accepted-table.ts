import type { AcceptedFigure } from '../run-record/run-record.ts';
import { formatAcceptedChange, metricLabel } from './format-quantity.ts';
import type { Table } from './tables.ts';

/** How much of what was accepted. */
export function acceptedTable(figures: readonly AcceptedFigure[]): Table {
  return {
    title: 'Accepted',
    columns: ['endpoint', 'metric', 'accepted change'],
    rows: figures.map(({ endpoint, metric, relativeChange }) => [
      endpoint,
      metricLabel(metric),
      formatAcceptedChange(metric, relativeChange),
    ]),
  };
}
