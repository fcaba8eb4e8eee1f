import type { TrendChart, TrendPoint } from '../charts/trend-chart.ts';
import { type Child, el } from './element.ts';
import { figureFrame, percent } from './figure-frame.ts';
import { latencyAxis } from './latency-axis.ts';

const heightPx = 120;

/** When did it begin? */
export function trendFigure(trend: TrendChart): Child {
  const { points, levels, anchor } = trend;
  const y = latencyAxis([...points.map(({ ms }) => ms), ...(anchor ? [anchor.ms] : [])], 4);
  const x = (index: number) => (index + 0.5) / points.length;
  const half = 0.5 / points.length;
  return el(
    'figure',
    null,
    el('h4', null, 'Since when?'),
    figureFrame(
      {
        heightPx,
        description: trend.summary,
        yTicks: y.ticks,
        xTicks: [
          { at: 0, label: points[0]?.day ?? '' },
          { at: 1, label: 'now' },
        ],
        readings: points.map(({ text }, index) => ({ at: x(index), label: text })),
      },
      anchor === undefined
        ? null
        : el('line', {
            class: 'anchor',
            x2: '100%',
            y1: percent(y.position(anchor.ms)),
            y2: percent(y.position(anchor.ms)),
          }),
      ...levels.map(({ from, to, ms }) =>
        el('line', {
          class: 'level',
          x1: percent(x(from) - half),
          x2: percent(x(to) + half),
          y1: percent(y.position(ms)),
          y2: percent(y.position(ms)),
        }),
      ),
      ...levels
        .slice(1)
        .map(({ from }) =>
          el('line', { class: 'step', x1: percent(x(from) - half), x2: percent(x(from) - half), y2: '100%' }),
        ),
      ...points.map((point, index) => mark(point, x(index), y.position(point.ms))),
    ),
    legend(trend),
    el('p', { class: 'quiet' }, `${trend.summary}.`),
  );
}

function mark({ kind }: TrendPoint, x: number, y: number): Child {
  if (kind === 'quarantined') {
    return el('use', { href: '#cross', class: 'red', x: percent(x), y: percent(y) });
  }
  const radius = kind === 'candidate' ? 5 : 3;
  return el('circle', { class: `dot ${kind}`, cx: percent(x), cy: percent(y), r: radius });
}

function legend({ points, levels, anchor }: TrendChart): Child {
  const has = (kind: TrendPoint['kind']) => points.some((point) => point.kind === kind);
  return el(
    'p',
    { class: 'legend' },
    el('span', { class: 'key dot candidate' }, 'this run, p95'),
    ...(has('window') ? [el('span', { class: 'key dot window' }, 'compared with')] : []),
    ...(has('earlier') ? [el('span', { class: 'key dot earlier' }, 'earlier')] : []),
    ...(has('quarantined') ? [el('span', { class: 'key cross' }, 'was red')] : []),
    el('span', { class: 'key level' }, levels.length > 1 ? 'level, with its changes' : 'level'),
    ...(anchor === undefined ? [] : [el('span', { class: 'key anchor' }, anchor.text)]),
  );
}
