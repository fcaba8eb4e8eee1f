import normalQuantile from '@stdlib/stats-base-dists-normal-quantile';
import { scaleLinear } from 'd3-scale';
import { quantileNames } from '../../thresholds/quantiles.ts';
import type { DistributionChart, DistributionPoint } from '../charts/distribution-chart.ts';
import { type Child, el } from './element.ts';
import { figureFrame, type Tick } from './figure-frame.ts';
import { latencyAxis } from './latency-axis.ts';
import { band, curve, dots } from './plot-shapes.ts';

const heightPx = 190;

const marked: ReadonlySet<string> = new Set(quantileNames);
const labelled: ReadonlySet<string> = new Set(['p10', 'p75', 'p90', 'p99.9', ...quantileNames]);

/** Did all its requests move, or only the slow ones? The slow end gets the room that it deserves: a normal scale. */
export function distributionFigure({ points }: DistributionChart, isReadable: boolean): Child {
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
    null,
    el('h3', null, 'All requests, or only the slow ones?'),
    figureFrame(
      {
        heightPx,
        description: `Latency by share of requests. ${points
          .filter((point) => marked.has(point.label))
          .map((point) => point.text)
          .join('; ')}`,
        yTicks: y.ticks,
        xTicks: thinned(
          points.filter((point) => labelled.has(point.label)).map((p) => ({ at: at(p), label: p.label })),
        ),
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
export function readingTable({ readings }: DistributionChart, candidate: string): Child {
  const row = (label: string, cells: readonly string[]) =>
    el('tr', null, el('th', { scope: 'row' }, label), ...cells.map((cell) => el('td', null, cell)));
  const isCompared = readings.some((reading) => reading.baseline !== '–');
  const column = (name: 'baseline' | 'candidate' | 'change') => readings.map((reading) => reading[name]);
  return el(
    'table',
    { class: 'readings' },
    el(
      'thead',
      null,
      el('tr', null, el('td', null), ...readings.map(({ label }) => el('th', { scope: 'col' }, label))),
    ),
    el(
      'tbody',
      null,
      isCompared ? row('baseline', column('baseline')) : null,
      row(candidate, column('candidate')),
      isCompared ? row('change', column('change')) : null,
    ),
  );
}
