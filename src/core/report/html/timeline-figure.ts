import { scaleLinear } from 'd3-scale';
import type { BlockLevel } from '../charts/block-levels.ts';
import type { BlockTimeline, TimelineBlock } from '../charts/block-timeline.ts';
import { formatChange, formatShare, formatSplitTime } from '../format-quantity.ts';
import { type Child, el } from './element.ts';
import { figureFrame, percent, type Tick } from './figure-frame.ts';

const levelHeightPx = 130;
const failureHeightPx = 70;

/** Did the machine wobble? All endpoints together, against the run's own middle. */
export function levelFigure(timeline: BlockTimeline): Child {
  const { blocks, isPaired } = timeline;
  const sides = blocks.flatMap((block) => [block.candidate, ...(block.baseline ? [block.baseline] : [])]);
  const values = [...sides.flatMap(({ level }) => level ?? []), ...blocks.flatMap(({ usual }) => usual ?? [])];
  const reach = Math.max(0.25, ...values.map((value) => Math.abs(Math.log1p(value)))) * 1.1;
  const scale = scaleLinear().domain([-reach, reach]).range([1, 0]);
  const y = (level: number) => scale(Math.log1p(level));
  const ticks = [-0.5, -0.2, 0, 0.2, 0.5, 1, 3, 9].filter((level) => y(level) > 0 && y(level) < 1);
  const x = (index: number) => (index + 0.5) / blocks.length;
  const hasUsual = blocks.some((block) => block.usual !== undefined);
  return el(
    'figure',
    null,
    figureFrame(
      {
        heightPx: levelHeightPx,
        description: `Typical latency per time block. ${timeline.remarks.join(' ')}`,
        yTicks: spaced(ticks, y),
        xTicks: timeTicks(timeline),
        readings: blocks.map((block) => ({ at: x(block.index), label: readingOf(block) })),
      },
      el('line', { class: 'nothing', x2: '100%', y1: percent(y(0)), y2: percent(y(0)) }),
      ...blocks.map((block) => usualRange(block, blocks.length, y)),
      ...blocks.flatMap((block) => [
        block.baseline ? levelMark(block.baseline, x(block.index), y, 'baseline') : null,
        levelMark(block.candidate, x(block.index), y, 'candidate'),
      ]),
    ),
    el(
      'p',
      { class: 'legend' },
      ...(isPaired ? [el('span', { class: 'key dot baseline' }, 'baseline')] : []),
      el('span', { class: 'key dot candidate' }, isPaired ? 'candidate' : 'this run'),
      ...(hasUsual ? [el('span', { class: 'key range' }, 'range of the baseline runs')] : []),
      ...(sides.some((side) => side.isOutlier) ? [el('span', { class: 'key odd' }, 'far from the others')] : []),
      ...(sides.some((side) => side.isShort) ? [el('span', { class: 'key cross' }, 'few requests or none')] : []),
    ),
  );
}

function usualRange({ usual, index }: TimelineBlock, count: number, y: (level: number) => number): Child {
  if (usual === undefined) return null;
  return el('rect', {
    class: 'range',
    x: `${((index / count) * 100).toFixed(2)}%`,
    width: `${(100 / count + 0.05).toFixed(2)}%`,
    y: percent(y(usual[1])),
    height: percent(y(usual[0]) - y(usual[1])),
  });
}

function levelMark(side: BlockLevel, x: number, y: (level: number) => number, name: string): Child[] {
  const at = side.level === undefined ? 1 : y(side.level);
  return [
    side.level === undefined ? null : el('circle', { class: `dot ${name}`, cx: percent(x), cy: percent(at), r: 3.5 }),
    side.isOutlier ? el('circle', { class: 'odd', cx: percent(x), cy: percent(at), r: 7 }) : null,
    side.isShort
      ? el('use', { href: '#cross', class: name, x: percent(x), y: side.level === undefined ? '94%' : percent(at) })
      : null,
  ];
}

function readingOf({ start, candidate, baseline, remark }: TimelineBlock): string {
  const levels = baseline
    ? `baseline ${baseline.levelText}, candidate ${candidate.levelText}`
    : `${candidate.levelText}, ${candidate.requests} requests`;
  return `${start}  ${levels}${remark === '' ? '' : ` – ${remark}`}`.replaceAll('|', '/');
}

function spaced(levels: readonly number[], y: (level: number) => number): Tick[] {
  const kept = [0];
  for (const level of levels) if (kept.every((other) => Math.abs(y(other) - y(level)) > 0.12)) kept.push(level);
  return kept.map((level) => ({ at: y(level), label: formatChange(level) }));
}

function timeTicks({ blocks, blockLengthMs }: BlockTimeline): Tick[] {
  const length = blocks.length * blockLengthMs;
  return [0, 0.25, 0.5, 0.75, 1].map((at) => ({ at, label: formatSplitTime(at * length) }));
}

/** When did requests fail? A bar per time block and side. */
export function failureFigure(timeline: BlockTimeline): Child {
  const { blocks, isPaired } = timeline;
  const share = ({ failed, requests }: BlockLevel) => (requests === 0 ? 0 : failed / requests);
  const highest = Math.max(...blocks.flatMap((b) => [share(b.candidate), b.baseline ? share(b.baseline) : 0]));
  const y = scaleLinear().domain([0, highest]).nice(2).range([1, 0]);
  const ticks = y.ticks(2);
  const width = 0.8 / blocks.length / (isPaired ? 2 : 1);
  const bar = (side: BlockLevel, index: number, offset: number, name: string) =>
    side.failed === 0
      ? null
      : el('rect', {
          class: `bar ${name}`,
          x: percent((index + 0.1) / blocks.length + offset),
          width: percent(width),
          y: percent(y(share(side))),
          height: percent(1 - y(share(side))),
        });
  return el(
    'figure',
    null,
    figureFrame(
      {
        heightPx: failureHeightPx,
        description: `Share of failed requests per time block. ${timeline.failures}`,
        yTicks: ticks.map((value) => ({ at: y(value), label: formatShare(value) })),
        xTicks: timeTicks(timeline),
      },
      ...blocks.map(({ baseline, index }) => (baseline ? bar(baseline, index, 0, 'baseline') : null)),
      ...blocks.map(({ candidate, index }) => bar(candidate, index, isPaired ? width : 0, 'candidate')),
    ),
    el(
      'p',
      { class: 'legend' },
      ...(isPaired ? [el('span', { class: 'key bar baseline' }, 'baseline')] : []),
      el('span', { class: 'key bar candidate' }, isPaired ? 'candidate' : 'this run'),
    ),
  );
}
