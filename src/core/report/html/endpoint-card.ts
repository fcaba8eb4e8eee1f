import normalQuantile from '@stdlib/stats-base-dists-normal-quantile';
import { scaleLinear } from 'd3-scale';
import { quantileNames } from '../../thresholds/quantiles.ts';
import type { DistributionChart, DistributionPoint } from '../charts/distribution-chart.ts';
import type { EndpointBlocks } from '../charts/endpoint-blocks.ts';
import type { EndpointCharts } from '../charts/report-charts.ts';
import type { TrendChart, TrendChartPoint } from '../charts/trend-chart.ts';
import { formatMs, formatSplitTime } from '../format-quantity.ts';
import { type Child, el, headRow, inlineMarker, nameElement } from './element.ts';
import { band, box, cssPercent, curve, dots, figureFrame, latencyAxis, straight, type Tick } from './figure-frame.ts';

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
      lead === undefined ? null : inlineMarker(lead.verdict),
      nameElement(endpoint),
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

const blocksHeightPx = 120;

/** Was it slow all the time, or only for a while? */
function endpointBlocksFigure(blocks: EndpointBlocks, isReadable: boolean): Child {
  const { candidate, baseline = [], usualMs, blockLengthMs, quantile } = blocks;
  const length = Math.max(candidate.length, baseline.length);
  const known = [...candidate, ...baseline].filter((ms) => ms !== undefined);
  const y = latencyAxis([...known, ...(usualMs ?? [])], 4);
  const x = (index: number) => (index + 0.5) / length;
  const points = (side: readonly (number | undefined)[]) =>
    side.flatMap((ms, index) => (ms === undefined ? [] : [{ x: x(index), y: y.position(ms), ms, index }]));
  return el(
    'figure',
    el('h3', 'All the time, or only for a while?', el('small', ` ${quantile} by time`)),
    figureFrame(
      {
        heightPx: blocksHeightPx,
        description: blocks.text,
        yTicks: y.ticks,
        xTicks: [0, 0.5, 1].map((at) => ({ at, label: formatSplitTime(at * length * blockLengthMs) })),
        ...(isReadable && {
          readings: points(candidate).map((point) => ({
            at: point.x,
            label: `${formatSplitTime(point.index * blockLengthMs)}  ${formatMs(point.ms)}`,
          })),
        }),
      },
      [
        usualMs === undefined
          ? null
          : box(
              { x: 0, y: y.position(usualMs[1]) },
              { width: 1, height: y.position(usualMs[0]) - y.position(usualMs[1]) },
              'range',
            ),
        ...dots(points(baseline), 'baseline', true),
        ...dots(points(candidate), 'candidate'),
      ],
    ),
  );
}

const trendHeightPx = 120;

/** Since when is it as slow as it is? */
function trendFigure(trend: TrendChart, isReadable: boolean): Child {
  const { points, levels, anchor } = trend;
  const y = latencyAxis([...points.map(({ ms }) => ms), ...(anchor ? [anchor.ms] : [])], 4);
  const step = 1 / points.length;
  const x = (index: number) => (index + 0.5) * step;
  const placed = points.map(({ kind, ms }, index) => ({ kind, x: x(index), y: y.position(ms) }));
  const ofKind = (kind: TrendChartPoint['kind']) => placed.filter((point) => point.kind === kind);
  return el(
    'figure',
    el('h3', 'Since when?', el('small', ' p95 by stored run')),
    figureFrame(
      {
        heightPx: trendHeightPx,
        description: 'p95 of the stored runs and of this one, in time',
        yTicks: y.ticks,
        xTicks: [
          { at: 0, label: points[0]?.day ?? '' },
          { at: 1, label: 'now' },
        ],
        ...(isReadable && { readings: points.map(({ text }, index) => ({ at: x(index), label: text })) }),
      },
      [
        anchor && straight({ x: 0, y: y.position(anchor.ms) }, { x: 1, y: y.position(anchor.ms) }, 'anchor'),
        ...levels.slice(1).map(({ from }) => straight({ x: from * step, y: 0 }, { x: from * step, y: 1 }, 'step')),
        ...levels.map(({ from, to, ms }) =>
          straight({ x: from * step, y: y.position(ms) }, { x: (to + 1) * step, y: y.position(ms) }, 'level'),
        ),
        ...dots(ofKind('earlier'), 'baseline', true),
        ...dots(ofKind('window'), 'baseline'),
        ...dots(ofKind('candidate'), 'candidate large'),
      ],
      ofKind('quarantined').map((point) =>
        el('use', { href: '#cross', class: 'red', x: cssPercent(point.x), y: cssPercent(point.y) }),
      ),
    ),
    el('p', { class: 'quiet' }, `${trend.summary}.`),
  );
}

const distributionHeightPx = 190;

const marked: ReadonlySet<string> = new Set(quantileNames);
const labeled: ReadonlySet<string> = new Set(['p10', 'p75', 'p90', 'p99.9', ...quantileNames]);

/** Did all its requests move, or only the slow ones? The slow end gets the room that it deserves: a normal scale. */
function distributionFigure({ points }: DistributionChart, isReadable: boolean): Child {
  const x = scaleLinear()
    .domain([toNormal(points[0] as DistributionPoint), toNormal(points.at(-1) as DistributionPoint)])
    .range([0, 1]);
  const at = (point: DistributionPoint) => x(toNormal(point));
  const all = points.flatMap((point) => [point.baselineMs, point.candidateMs, ...(point.rangeMs ?? [])]);
  const y = latencyAxis(
    all.filter((ms) => ms !== undefined),
    6,
  );
  const side = (read: (point: DistributionPoint) => number | undefined) =>
    points.flatMap((point) => {
      const ms = read(point);
      return ms === undefined ? [] : [{ x: at(point), y: y.position(ms), isMarked: marked.has(point.label) }];
    });
  const baseline = side((point) => point.baselineMs);
  const candidate = side((point) => point.candidateMs);
  const range = points.flatMap((point) =>
    point.rangeMs === undefined
      ? []
      : [{ x: at(point), bottom: y.position(point.rangeMs[0]), top: y.position(point.rangeMs[1]) }],
  );
  return el(
    'figure',
    el('h3', 'All requests, or only the slow ones?'),
    figureFrame(
      {
        heightPx: distributionHeightPx,
        description: `Latency by share of requests. ${points
          .filter((point) => marked.has(point.label))
          .map((point) => point.text)
          .join('; ')}`,
        yTicks: y.ticks,
        xTicks: thinned(points.filter((point) => labeled.has(point.label)).map((p) => ({ at: at(p), label: p.label }))),
        ...(isReadable && { readings: points.map((point) => ({ at: at(point), label: point.text })) }),
      },
      [
        band(range, 'range'),
        curve(baseline, 'line baseline'),
        curve(candidate, 'line candidate'),
        ...dots(
          baseline.filter((point) => point.isMarked),
          'baseline',
          true,
        ),
        ...dots(
          candidate.filter((point) => point.isMarked),
          'candidate',
        ),
      ],
    ),
  );
}

function toNormal({ probability }: DistributionPoint): number {
  return normalQuantile(probability, 0, 1);
}

/** From the slow end on, as many labels as have room. */
function thinned(ticks: readonly Tick[]): Tick[] {
  const kept: Tick[] = [];
  for (const tick of ticks.toReversed()) {
    if (kept.every((other) => other.at - tick.at > 0.1)) kept.push(tick);
  }
  return kept.reverse();
}

/** The quantiles that people know, in figures. */
function readingTable({ readings }: DistributionChart, candidate: string): Child {
  const row = (label: string, cells: readonly string[]) =>
    el('tr', el('th', { scope: 'row' }, label), ...cells.map((cell) => el('td', cell)));
  const isCompared = readings.some((reading) => reading.baseline !== '–');
  const column = (name: 'baseline' | 'candidate' | 'change') => readings.map((reading) => reading[name]);
  return el(
    'table',
    { class: 'readings' },
    headRow(el('td'), ...readings.map(({ label }) => el('th', { scope: 'col' }, label))),
    el(
      'tbody',
      isCompared ? row('baseline', column('baseline')) : null,
      row(candidate, column('candidate')),
      isCompared ? row('change', column('change')) : null,
    ),
  );
}
