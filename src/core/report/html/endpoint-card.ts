import { allEndpoints, type Comparison } from '../../comparison/comparison.ts';
import type { EndpointCharts } from '../charts/report-charts.ts';
import { formatChangeOf, formatSides, metricLabel } from '../format-quantity.ts';
import { severityOf, verdictLabel } from '../tables.ts';
import { distributionFigure } from './distribution-figure.ts';
import { type Child, el } from './element.ts';
import { endpointBlocksFigure } from './endpoint-blocks-figure.ts';
import { inlineMarker } from './marker.ts';
import { trendFigure } from './trend-figure.ts';

/** One endpoint from near, folded unless it is what the reader came for. */
export function endpointCard(charts: EndpointCharts, id: string, isOpen: boolean, candidate: string): Child {
  const { endpoint, comparisons, distribution, blocks, trend } = charts;
  const worst = comparisons.toSorted((a, b) => severityOf(a) - severityOf(b))[0];
  const figures = [
    distribution && distributionFigure(distribution, { candidate }),
    blocks && endpointBlocksFigure(blocks, { candidate }),
    trend && trendFigure(trend),
  ].filter((figure) => figure !== undefined);
  return el(
    'details',
    { class: 'card', id, open: isOpen || undefined },
    el(
      'summary',
      null,
      worst === undefined ? null : inlineMarker(worst.verdict),
      el('code', null, endpoint),
      worst === undefined ? null : el('span', { class: 'quiet' }, summaryOf(worst)),
    ),
    el(
      'div',
      { class: 'figures' },
      ...(figures.length > 0 ? figures : [el('p', { class: 'quiet' }, 'Too few requests for a picture.')]),
    ),
  );
}

function summaryOf(row: Comparison): string {
  if (row.endpoint === allEndpoints || row.verdict === 'not-compared') return verdictLabel(row);
  const figures = [metricLabel(row.metric), formatSides(row), `(${formatChangeOf(row)})`].join(' ');
  return `${verdictLabel(row)}: ${figures}`;
}
