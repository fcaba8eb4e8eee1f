import type { EndpointBlocks } from '../charts/endpoint-blocks.ts';
import { formatMs, formatSeconds, formatSplitTime } from '../format-quantity.ts';
import { type Child, el } from './element.ts';
import { figureFrame, percent } from './figure-frame.ts';
import { latencyAxis } from './latency-axis.ts';

const heightPx = 120;

/** Was it slow all the time, or only for a while? */
export function endpointBlocksFigure(blocks: EndpointBlocks, names: { readonly candidate: string }): Child {
  const { candidate, baseline = [], usualMs, blockLengthMs, quantile } = blocks;
  const length = Math.max(candidate.length, baseline.length);
  const known = [...candidate, ...baseline].filter((ms) => ms !== undefined);
  const y = latencyAxis([...known, ...(usualMs ?? [])], 4);
  const x = (index: number) => (index + 0.5) / length;
  const dots = (side: readonly (number | undefined)[], name: string) =>
    side.map((ms, index) =>
      ms === undefined
        ? null
        : el('circle', { class: `dot ${name}`, cx: percent(x(index)), cy: percent(y.position(ms)), r: 3 }),
    );
  return el(
    'figure',
    null,
    el('h4', null, 'All the time, or only for a while?'),
    figureFrame(
      {
        heightPx,
        description: blocks.text,
        yTicks: y.ticks,
        xTicks: [0, 0.5, 1].map((at) => ({ at, label: formatSplitTime(at * length * blockLengthMs) })),
        readings: candidate.flatMap((ms, index) =>
          ms === undefined
            ? []
            : [{ at: x(index), label: `${formatSplitTime(index * blockLengthMs)} ${formatMs(ms)}` }],
        ),
      },
      usualMs === undefined
        ? null
        : el('rect', {
            class: 'range',
            y: percent(y.position(usualMs[1])),
            width: '100%',
            height: percent(y.position(usualMs[0]) - y.position(usualMs[1])),
          }),
      ...dots(baseline, 'baseline'),
      ...dots(candidate, 'candidate'),
    ),
    el(
      'p',
      { class: 'legend' },
      ...(baseline.length > 0 ? [el('span', { class: 'key dot baseline' }, 'baseline')] : []),
      ...(usualMs === undefined ? [] : [el('span', { class: 'key range' }, 'usual in baseline runs')]),
      el(
        'span',
        { class: 'key dot candidate' },
        `${names.candidate}, ${quantile} per ${formatSeconds(blockLengthMs)} block`,
      ),
    ),
  );
}
