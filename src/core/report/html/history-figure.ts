import { scaleLinear } from 'd3-scale';
import { type Quantile, quantiles } from '../../thresholds/quantiles.ts';
import { formatDay, formatShare } from '../format-quantity.ts';
import type { HistoryChart, TimedValue } from '../trend/history-chart.ts';
import { type Child, el } from './element.ts';
import { figureFrame, percent, type Tick } from './figure-frame.ts';
import { latencyAxis } from './latency-axis.ts';
import { curve, dots, type PlotPoint, straight, width } from './plot-shapes.ts';

const latencyHeightPx = 220;
const errorHeightPx = 60;

/** Times of the first and the last run, Unix milliseconds. */
export type Period = readonly [fromMs: number, toMs: number];

/** How did its latency go over the months? The leading quantile by dots, with what happened to it; the others by lines. */
export function latencyHistory(chart: HistoryChart, period: Period): Child {
  const { lines, leading, levels, anchors, steps, accepted, red } = chart;
  const values = [...lines.flatMap(({ points }) => points), ...red].map(({ value }) => value);
  if (values.length === 0) return null;
  const y = latencyAxis(values, 5);
  const x = timeAxis(period);
  const place = ({ timeMs, value }: TimedValue): PlotPoint => ({ x: x(timeMs), y: y.position(value) });
  const upright = (timeMs: number, className: string) =>
    straight({ x: x(timeMs), y: 0 }, { x: x(timeMs), y: 1 }, className);
  const flat = ({ fromMs, toMs, value }: HistoryChart['levels'][number], className: string) =>
    straight({ x: x(fromMs), y: y.position(value) }, { x: x(toMs), y: y.position(value) }, className);
  const names = lines.map(({ quantile }) => quantile).join(', ');
  return el(
    'figure',
    null,
    el('h3', null, 'Latency', el('small', null, ` ${names} by stored run`)),
    figureFrame(
      {
        heightPx: latencyHeightPx,
        description: `${names} of the stored runs over time; the table of months has the figures`,
        yTicks: y.ticks,
        xTicks: monthTicks(period),
      },
      [
        ...lines
          .filter(({ quantile }) => quantile !== leading)
          .map((line) => curve(line.points.map(place), `line ${lineClass(line.quantile)}`)),
        ...lines
          .filter(({ quantile }) => quantile === leading)
          .flatMap((line) => dots(line.points.map(place), 'leading')),
        ...steps.map((timeMs) => upright(timeMs, 'step')),
        ...accepted.map((timeMs) => upright(timeMs, 'accepted')),
        ...anchors.map((anchor) => flat(anchor, 'anchor')),
        ...(levels.length > 1 ? levels.map((level) => flat(level, 'level')) : []),
      ],
      [
        ...red.map((point) =>
          el('use', { href: '#cross', class: 'red', x: percent(place(point).x), y: percent(place(point).y) }),
        ),
        ...lineNames(lines, leading, place),
      ],
    ),
  );
}

/** Names stand nearer than this share of the height only when one covers the other. */
const nameHeight = 0.07;

/** Each line is named beside its end, so that nobody has to look for the legend; what would cover another is left out. */
function lineNames(
  lines: HistoryChart['lines'],
  leading: HistoryChart['leading'],
  place: (point: TimedValue) => PlotPoint,
): Child[] {
  const ends = lines.flatMap(({ quantile, points }) => {
    const last = points.at(-1);
    return last === undefined ? [] : [{ quantile, ...place(last) }];
  });
  return ends
    .sort((a, b) => Number(b.quantile === leading) - Number(a.quantile === leading))
    .filter(({ y }, i) => ends.slice(0, i).every((other) => Math.abs(other.y - y) > nameHeight))
    .map(({ quantile, y }) => el('text', { class: 'tag', x: '100%', y: percent(y) }, quantile));
}

/** When did requests fail? A stroke per stored run. */
export function errorHistory({ errorRates }: HistoryChart, period: Period): Child {
  const failing = errorRates.filter(({ value }) => value > 0);
  if (failing.length === 0) return el('p', { class: 'quiet' }, 'No request failed in any green run.');
  const y = scaleLinear()
    .domain([0, Math.max(...failing.map(({ value }) => value))])
    .nice(2)
    .range([1, 0]);
  const x = timeAxis(period);
  const strokes = failing.map(
    ({ timeMs, value }) => `M${Math.round(x(timeMs) * width)} 400V${Math.round(y(value) * 400)}`,
  );
  return el(
    'figure',
    null,
    el('h3', null, 'Failed requests', el('small', null, ' share by stored run')),
    figureFrame(
      {
        heightPx: errorHeightPx,
        description: 'Share of failed requests of the stored runs over time; the table of months has the figures',
        yTicks: y.ticks(2).map((value) => ({ at: y(value), label: formatShare(value) })),
        xTicks: monthTicks(period),
      },
      [el('path', { class: 'fails', d: strokes.join('') })],
    ),
  );
}

/** The first and the last run keep off the edges. */
function timeAxis([from, to]: Period): (timeMs: number) => number {
  return scaleLinear()
    .domain(to > from ? [from, to] : [from - 1, from + 1])
    .range([0.01, 0.99]);
}

const mostLabels = 4;

/** Beginnings of months where there are at least two, otherwise the days of the first and the last run. */
function monthTicks(period: Period): Tick[] {
  const [from, to] = period;
  const x = timeAxis(period);
  const starts = monthStarts(from, to);
  if (starts.length < 2) {
    return [...new Set([from, to])].map((timeMs, i) => ({ at: i, label: dayOf(timeMs) }));
  }
  const every = Math.ceil(starts.length / mostLabels);
  return starts
    .filter((_, i) => i % every === 0)
    .map((timeMs) => ({ at: x(timeMs), label: dayOf(timeMs).replace(/^\d+ /, '') }));
}

function monthStarts(from: number, to: number): number[] {
  const first = new Date(from);
  const starts: number[] = [];
  for (let month = first.getUTCMonth() + 1; ; month++) {
    const start = Date.UTC(first.getUTCFullYear(), month, 1);
    if (!(start <= to)) return starts;
    starts.push(start);
  }
}

function dayOf(timeMs: number): string {
  return Number.isFinite(timeMs) ? formatDay(new Date(timeMs).toISOString()) : '';
}

/** How the line of a quantile beside the leading one is drawn: dashed where it needs another one's backing. */
export function lineClass(quantile: Quantile): string {
  return quantiles[quantile].needsBacking ? 'beside backed' : 'beside';
}
