import normalQuantile from '@stdlib/stats-base-dists-normal-quantile';
import { scaleLinear } from 'd3-scale';
import type { DistributionChart, DistributionPoint } from '../charts/distribution-chart.ts';
import { band, curve } from './curve.ts';
import { type Child, el } from './element.ts';
import { figureFrame, percent } from './figure-frame.ts';
import { latencyAxis } from './latency-axis.ts';

const heightPx = 190;

const labelled: ReadonlySet<string> = new Set(['p10', 'p50', 'p75', 'p90', 'p95', 'p99', 'p99.9']);
const marked: ReadonlySet<string> = new Set(['p50', 'p95', 'p99']);

/** Did all its requests move, or only the slow ones? The slow end gets the room that it deserves: a normal scale. */
export function distributionFigure(chart: DistributionChart, names: { readonly candidate: string }): Child {
  const { points } = chart;
  const x = scaleLinear()
    .domain([toNormal(points[0] as DistributionPoint), toNormal(points.at(-1) as DistributionPoint)])
    .range([0, 1]);
  const at = (point: DistributionPoint) => x(toNormal(point));
  const y = latencyAxis(
    points.flatMap((p) => [p.baselineMs, p.candidateMs, ...(p.rangeMs ?? [])].filter((ms) => ms !== undefined)),
    6,
  );
  const side = (read: (point: DistributionPoint) => number | undefined) =>
    points.flatMap((point) => {
      const ms = read(point);
      return ms === undefined ? [] : [{ x: at(point), y: y.position(ms), label: point.label }];
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
    el('h4', null, 'All requests, or only the slow ones?'),
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
        readings: points.map((point) => ({ at: at(point), label: point.text })),
      },
      range.length > 1 ? band(range, 'range') : null,
      baseline.length > 1 ? curve(baseline, 'line baseline') : null,
      candidate.length > 1 ? curve(candidate, 'line candidate') : null,
      ...baseline.filter(({ label }) => marked.has(label)).map((p) => dot(p, 'baseline')),
      ...candidate.filter(({ label }) => marked.has(label)).map((p) => dot(p, 'candidate')),
    ),
    legend(chart, baseline.length > 1, names),
    readingTable(chart, names),
  );
}

function toNormal({ probability }: DistributionPoint): number {
  return normalQuantile(probability, 0, 1);
}

function dot({ x, y }: { readonly x: number; readonly y: number }, side: string): Child {
  return el('circle', { class: `dot ${side}`, cx: percent(x), cy: percent(y), r: 3.5 });
}

function thinned(ticks: readonly { at: number; label: string }[]): { at: number; label: string }[] {
  const kept: { at: number; label: string }[] = [];
  for (const tick of ticks.toReversed()) {
    if (kept.every((other) => other.at - tick.at > 0.09)) kept.push(tick);
  }
  return kept.reverse();
}

function legend(
  { hasRange }: DistributionChart,
  hasBaseline: boolean,
  { candidate }: { readonly candidate: string },
): Child {
  return el(
    'p',
    { class: 'legend' },
    ...(hasBaseline ? [el('span', { class: 'key baseline' }, hasRange ? 'baseline, middle run' : 'baseline')] : []),
    ...(hasRange ? [el('span', { class: 'key range' }, 'all baseline runs')] : []),
    el('span', { class: 'key candidate' }, candidate),
  );
}

function readingTable({ readings }: DistributionChart, { candidate }: { readonly candidate: string }): Child {
  const row = (label: string, cells: readonly string[]) =>
    el('tr', null, el('th', { scope: 'row' }, label), ...cells.map((cell) => el('td', null, cell)));
  const isCompared = readings.some((reading) => reading.baseline !== '–');
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
      isCompared
        ? row(
            'baseline',
            readings.map((reading) => reading.baseline),
          )
        : null,
      row(
        candidate,
        readings.map((reading) => reading.candidate),
      ),
      isCompared
        ? row(
            'change',
            readings.map((reading) => reading.change),
          )
        : null,
    ),
  );
}
