import { scaleLinear } from 'd3-scale';
import type { ChangeChart, ChangePlot, ChangeRow } from '../charts/change-chart.ts';
import { formatChange, formatPoints } from '../format-quantity.ts';
import { type Child, el, headRow, inlineMarker, nameElement } from './element.ts';
import { cssPercent, type Tick } from './figure-frame.ts';

/** Which requests got slower, and how sure is it? A table whose rows are drawn on one axis. */
export function changeTable(chart: ChangeChart, links: ReadonlyMap<string, string>, isAtStop: boolean): Child {
  const axis = changeAxis(chart);
  const interval = `${chart.level} interval`;
  return el(
    'table',
    { class: 'changes' },
    el('caption', { class: 'quiet' }, captionOf(chart)),
    headRow(
      header('endpoint', 'text'),
      header('traffic', 'number'),
      header('baseline → now'),
      header(isAtStop ? `${interval}, change at stop` : `change, ${interval}`, 'number'),
      el('th', { scope: 'col', class: 'axis' }, axisLabels(axis, chart.metric, interval)),
      header('verdict', 'number'),
    ),
    el('tbody', ...chart.rows.map((row) => bodyRow(row, chart.metric, axis, links, isAtStop))),
  );
}

function captionOf({ label, uneventful }: ChangeChart): string {
  const leftOut = uneventful === 0 ? '' : `; ${uneventful} without a failed request on either side are left out`;
  return `${label}, worst first${leftOut}`;
}

function header(label: string, sort?: 'text' | 'number'): Child {
  return el('th', { scope: 'col', 'data-sort': sort }, label);
}

/** The axis stands over its column, and lends its gridlines to every row; what it shows is said for those who can't see it. */
function axisLabels({ ticks, position }: ChangeAxis, metric: string, interval: string): Child {
  return [
    el('span', { class: 'unseen' }, `change with ${interval}, drawn`),
    el(
      'svg',
      { class: 'axis', height: 16, 'aria-hidden': 'true' },
      el(
        'defs',
        el(
          'g',
          { id: `grid-${metric}` },
          ...ticks.map(({ at }) => el('line', { class: 'grid', x1: cssPercent(at), x2: cssPercent(at), y2: '100%' })),
          el('line', { class: 'nothing', x1: cssPercent(position(0)), x2: cssPercent(position(0)), y2: '100%' }),
        ),
      ),
      ...ticks.map(({ at, label }) => el('text', { x: cssPercent(at), y: 12 }, label)),
    ),
  ];
}

function bodyRow(
  row: ChangeRow,
  metric: string,
  axis: ChangeAxis,
  links: ReadonlyMap<string, string>,
  isAtStop: boolean,
): Child {
  const { endpoint, verdict, plot } = row;
  const link = links.get(endpoint);
  const change = el('b', row.change || '–');
  const interval = el('small', row.interval);
  return el(
    'tr',
    el(
      'th',
      { scope: 'row' },
      link === undefined ? nameElement(endpoint) : el('a', { href: `#${link}` }, nameElement(endpoint)),
    ),
    el('td', { class: 'share' }, row.share),
    el('td', { class: 'sides' }, row.sides || '–'),
    el(
      'td',
      { class: 'change', 'data-v': plot === undefined ? -1 : Number(plot.point.toFixed(3)) },
      ...(isAtStop ? [el('b', row.interval), ' ', el('small', row.change)] : [change, ' ', interval]),
    ),
    el('td', { class: 'drawn' }, plot === undefined ? null : drawn(row, plot, metric, axis)),
    el(
      'td',
      { class: 'verdict', 'data-v': row.rank },
      el(
        'span',
        inlineMarker(verdict),
        el('span', row.verdictLabel, row.note === '' ? null : el('small', ` ${row.note}`)),
      ),
    ),
  );
}

function drawn(row: ChangeRow, plot: ChangePlot, metric: string, { position }: ChangeAxis): Child {
  const low = Number.isFinite(plot.low) ? position(plot.low) : -1;
  const high = Number.isFinite(plot.high) ? position(plot.high) : 2;
  const point = Math.min(0.99, Math.max(0.01, position(plot.point)));
  const margin = Math.min(1, Math.max(0, position(plot.margin)));
  return el(
    'svg',
    { class: `change v-${row.verdict}`, 'aria-hidden': 'true' },
    el('rect', { class: 'beyond', x: cssPercent(margin) }),
    el('use', { href: `#grid-${metric}` }),
    el(
      'svg',
      { y: '50%' },
      el('line', { x1: cssPercent(Math.max(0, low)), x2: cssPercent(Math.min(1, high)) }),
      low < 0 ? use('beyond-left', 0) : use('cap', low),
      high > 1 ? use('beyond-right', 1) : use('cap', high),
      use(`m-${row.verdict}`, point),
    ),
  );
}

function use(shape: string, at: number): Child {
  return el('use', { href: `#${shape}`, x: cssPercent(at) });
}

/** The axis that the rows of a change chart share. */
export interface ChangeAxis {
  /** Share of the width at which a change stands; outside 0..1 beyond the ends. */
  readonly position: (change: number) => number;
  readonly ticks: readonly Tick[];
}

/** Changes by factors on a logarithmic axis: twice as slow is as far from nothing as twice as fast. */
function changeAxis({ scale, rows }: ChangeChart): ChangeAxis {
  const plots = rows.flatMap(({ plot }) => plot ?? []);
  return scale === 'ratio' ? ratioAxis(plots) : pointsAxis(plots);
}

const ratioTicks = [-0.75, -0.5, -0.3, -0.2, -0.1, 0, 0.1, 0.2, 0.5, 1, 2, 4, 9, 19, 49];

/** An interval wider than this says only that it is wide, and may go on beyond the axis. */
const widestSure = Math.log(4);

function ratioAxis(plots: readonly ChangePlot[]): ChangeAxis {
  const log = (change: number) => Math.log(Math.max(1 + change, 1e-3));
  const points = plots.map(({ point }) => log(point));
  const sure = plots.filter(({ low, high }) => log(high) - log(low) < widestSure);
  const ends = sure.flatMap(({ low, high }) => [log(low), log(high)]);
  const low = Math.min(Math.log(0.8), ...points, ...ends) - 0.05;
  const high = Math.max(Math.log(1.4), ...points, ...ends) + 0.05;
  const toShare = scaleLinear().domain([low, high]).range([0, 1]);
  const position = (change: number) => toShare(log(change));
  return { position, ticks: spaced(ratioTicks, position).map((at) => ({ at: position(at), label: formatChange(at) })) };
}

function pointsAxis(plots: readonly ChangePlot[]): ChangeAxis {
  const ends = plots.flatMap(({ low, high, margin }) => [low, high, margin * 1.5].filter(Number.isFinite));
  const [low, high] = [Math.min(-0.005, ...ends), Math.max(0.01, ...ends)];
  const toShare = scaleLinear().domain([low, high]).range([0.02, 0.98]);
  const values = toShare.ticks(5);
  return { position: toShare, ticks: values.map((value) => ({ at: toShare(value), label: formatPoints(value) })) };
}

/** Fewer ticks where they would touch; nothing is always one of them. */
function spaced(values: readonly number[], position: (value: number) => number): number[] {
  const kept = [0];
  for (const value of values) {
    const at = position(value);
    if (at < 0.02 || at > 0.98) continue;
    if (kept.every((other) => Math.abs(position(other) - at) > 0.16)) kept.push(value);
  }
  return kept.sort((a, b) => a - b);
}
