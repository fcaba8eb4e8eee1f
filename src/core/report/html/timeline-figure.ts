import { scaleLinear } from 'd3-scale';
import type { BlockTimeline } from '../charts/block-timeline.ts';
import type { TimelineBlock } from '../charts/timeline-block.ts';
import { formatChange, formatShare, formatSplitTime } from '../format-quantity.ts';
import type { BlockLevel } from '../model/block-levels.ts';
import { type Child, el } from './element.ts';
import { figureFrame, percent, type Tick } from './figure-frame.ts';
import { keys } from './legend.ts';
import { box, dots, straight } from './plot-shapes.ts';

const levelHeightPx = 130;
const failureHeightPx = 70;

/** Did the machine wobble? All endpoints together, against the run's own middle. */
export function levelFigure(timeline: BlockTimeline): Child {
  const { blocks, isPaired, remarks } = timeline;
  const all = [...sideOf(timeline, 'baseline'), ...sideOf(timeline, 'candidate')];
  const values = [...all.flatMap(({ level }) => level ?? []), ...blocks.flatMap(({ usual }) => usual ?? [])];
  const reach = Math.max(0.25, ...values.map((value) => Math.abs(Math.log1p(value)))) * 1.1;
  const scale = scaleLinear().domain([-reach, reach]).range([1, 0]);
  const y = (level: number) => scale(Math.log1p(level));
  const x = (index: number) => (index + 0.5) / blocks.length;
  const points = (side: readonly TimedLevel[]) =>
    side.flatMap(({ level, index }) => (level === undefined ? [] : [{ x: x(index), y: y(level) }]));
  return el(
    'figure',
    null,
    figureFrame(
      {
        heightPx: levelHeightPx,
        description: `Typical latency per time block. ${remarks.join(' ')}`,
        yTicks: levelTicks(y),
        xTicks: timeTicks(timeline),
        readings: blocks.map((block) => ({ at: x(block.index), label: readingOf(block) })),
      },
      [
        ...blocks.map((block) => usualRange(block, blocks.length, y)),
        straight({ x: 0, y: y(0) }, { x: 1, y: y(0) }, 'nothing'),
        ...dots(points(sideOf(timeline, 'baseline')), 'baseline', true),
        ...dots(points(sideOf(timeline, 'candidate')), 'candidate'),
      ],
      all.flatMap((side) => oddMarks(side, x(side.index), y)),
    ),
    keys([
      ['dot', 'baseline', isPaired],
      ['dot candidate', isPaired ? 'candidate' : 'this run', true],
      ['range', 'where the baseline runs lay', blocks.some((block) => block.usual !== undefined)],
      ['odd', 'far from the others', all.some((side) => side.isOutlier)],
      [
        'cross',
        isPaired ? 'few requests or none, in the colour of its side' : 'few requests or none',
        all.some((side) => side.isShort),
      ],
    ]),
  );
}

interface TimedLevel extends BlockLevel {
  readonly index: number;
  readonly side: 'baseline' | 'candidate';
}

function sideOf({ blocks }: BlockTimeline, side: 'baseline' | 'candidate'): TimedLevel[] {
  return blocks.flatMap((block) => {
    const level = block[side];
    return level === undefined ? [] : [{ ...level, index: block.index, side }];
  });
}

function usualRange({ usual, index }: TimelineBlock, count: number, y: (level: number) => number): Child {
  if (usual === undefined) return null;
  const [low, high] = usual;
  return box({ x: index / count, y: y(high) }, { width: 1 / count, height: y(low) - y(high) }, 'range');
}

function oddMarks({ level, side, isOutlier, isShort }: TimedLevel, x: number, y: (level: number) => number): Child[] {
  const at = level === undefined ? '93%' : percent(y(level));
  return [
    isOutlier ? el('circle', { class: 'odd', cx: percent(x), cy: at, r: 7 }) : null,
    isShort ? el('use', { href: '#cross', class: side, x: percent(x), y: at }) : null,
  ];
}

function readingOf({ start, candidate, baseline, remark }: TimelineBlock): string {
  const levels = baseline
    ? `baseline ${baseline.levelText}, candidate ${candidate.levelText}`
    : `${candidate.levelText}, ${candidate.requests} requests`;
  return `${start}  ${levels}${remark === '' ? '' : ` – ${remark}`}`;
}

function levelTicks(y: (level: number) => number): Tick[] {
  const kept = [0];
  for (const level of [0.1, -0.1, 0.2, -0.2, 0.5, -0.5, 1, 3, 9]) {
    const at = y(level);
    if (at >= 0 && at <= 1 && kept.every((other) => Math.abs(y(other) - at) > 0.2)) kept.push(level);
  }
  return kept.map((level) => ({ at: y(level), label: formatChange(level) }));
}

function timeTicks({ blocks, blockLengthMs }: BlockTimeline): Tick[] {
  const length = blocks.length * blockLengthMs;
  return [0, 0.25, 0.5, 0.75, 1].map((at) => ({ at, label: formatSplitTime(at * length) }));
}

/** When did requests fail? A bar per time block and side. */
export function failureFigure(timeline: BlockTimeline): Child {
  const { blocks, isPaired, failures } = timeline;
  const all = [...sideOf(timeline, 'baseline'), ...sideOf(timeline, 'candidate')];
  const share = ({ failed, requests }: BlockLevel) => (requests === 0 ? 0 : failed / requests);
  const y = scaleLinear()
    .domain([0, Math.max(...all.map(share))])
    .nice(2)
    .range([1, 0]);
  const width = 0.8 / blocks.length / (isPaired ? 2 : 1);
  const bars = all.map((side) => {
    const x = (side.index + 0.1) / blocks.length + (isPaired && side.side === 'candidate' ? width : 0);
    return side.failed === 0
      ? null
      : box({ x, y: y(share(side)) }, { width, height: 1 - y(share(side)) }, `bar ${side.side}`);
  });
  return el(
    'figure',
    null,
    figureFrame(
      {
        heightPx: failureHeightPx,
        description: `Share of failed requests per time block. ${failures}`,
        yTicks: y.ticks(2).map((value) => ({ at: y(value), label: formatShare(value) })),
        xTicks: timeTicks(timeline),
      },
      bars,
    ),
    keys([
      ['bar', 'baseline', isPaired],
      ['bar candidate', isPaired ? 'candidate' : 'this run', true],
    ]),
  );
}
