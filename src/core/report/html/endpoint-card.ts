import type { EndpointCharts } from '../charts/report-charts.ts';
import { distributionFigure, readingTable } from './distribution-figure.ts';
import { type Child, el, nameOf } from './element.ts';
import { endpointBlocksFigure } from './endpoint-blocks-figure.ts';
import { inlineMarker } from './marker.ts';
import { trendFigure } from './trend-figure.ts';

/** What a card shows beyond its pictures. */
export interface CardOptions {
  readonly isOpen: boolean;
  /** What the judged run is called. */
  readonly candidate: string;
}

/** One endpoint from near, folded unless it is what the reader came for. */
export function endpointCard(charts: EndpointCharts, id: string, options: CardOptions): Child {
  const { endpoint, lead, isDetailed, distribution, blocks, trend } = charts;
  const { isOpen, candidate } = options;
  const figures = [
    distribution && distributionFigure(distribution, isDetailed),
    blocks && endpointBlocksFigure(blocks, isDetailed),
    trend && trendFigure(trend, isDetailed),
  ].filter((figure) => figure !== undefined);
  return el(
    'details',
    { class: 'card', id, open: isOpen || undefined },
    el(
      'summary',
      null,
      lead === undefined ? null : inlineMarker(lead.verdict),
      nameOf(endpoint),
      lead === undefined ? null : el('span', { class: 'quiet' }, lead.text),
    ),
    el(
      'div',
      { class: 'figures' },
      ...(figures.length > 0 ? figures : [el('p', { class: 'quiet' }, 'Too few requests for a picture.')]),
    ),
    distribution && isDetailed ? readingTable(distribution, candidate) : null,
  );
}
