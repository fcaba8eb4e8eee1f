import type { TrendChart, TrendPoint } from '../charts/trend-chart.ts';
import { type Child, el } from './element.ts';
import { figureFrame, percent } from './figure-frame.ts';
import { latencyAxis } from './latency-axis.ts';
import { dots, straight } from './plot-shapes.ts';

const heightPx = 120;

/** Since when is it as slow as it is? */
export function trendFigure(trend: TrendChart, isReadable: boolean): Child {
  const { points, levels, anchor } = trend;
  const y = latencyAxis([...points.map(({ ms }) => ms), ...(anchor ? [anchor.ms] : [])], 4);
  const step = 1 / points.length;
  const x = (index: number) => (index + 0.5) * step;
  const placed = points.map(({ kind, ms }, index) => ({ kind, x: x(index), y: y.position(ms) }));
  const ofKind = (kind: TrendPoint['kind']) => placed.filter((point) => point.kind === kind);
  return el(
    'figure',
    null,
    el('h3', null, 'Since when?', el('small', null, ' p95 by stored run')),
    figureFrame(
      {
        heightPx,
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
        el('use', { href: '#cross', class: 'red', x: percent(point.x), y: percent(point.y) }),
      ),
    ),
    el('p', { class: 'quiet' }, `${trend.summary}.`),
  );
}
