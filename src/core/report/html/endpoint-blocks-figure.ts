import type { EndpointBlocks } from '../charts/endpoint-blocks.ts';
import { formatMs, formatSplitTime } from '../format-quantity.ts';
import { type Child, el } from './element.ts';
import { figureFrame } from './figure-frame.ts';
import { latencyAxis } from './latency-axis.ts';
import { box, dots } from './plot-shapes.ts';

const heightPx = 120;

/** Was it slow all the time, or only for a while? */
export function endpointBlocksFigure(blocks: EndpointBlocks, isReadable: boolean): Child {
  const { candidate, baseline = [], usualMs, blockLengthMs, quantile } = blocks;
  const length = Math.max(candidate.length, baseline.length);
  const known = [...candidate, ...baseline].filter((ms) => ms !== undefined);
  const y = latencyAxis([...known, ...(usualMs ?? [])], 4);
  const x = (index: number) => (index + 0.5) / length;
  const points = (side: readonly (number | undefined)[]) =>
    side.flatMap((ms, index) => (ms === undefined ? [] : [{ x: x(index), y: y.position(ms), ms, index }]));
  return el(
    'figure',
    null,
    el('h3', null, 'All the time, or only for a while?', el('small', null, ` ${quantile} by time`)),
    figureFrame(
      {
        heightPx,
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
