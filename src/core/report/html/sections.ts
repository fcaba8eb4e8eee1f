import { scaleLinear } from 'd3-scale';
import type { BlockTimeline, TimelineBlock } from '../charts/block-timeline.ts';
import type { EnvironmentRow } from '../charts/environment-table.ts';
import type { ReportCharts } from '../charts/report-charts.ts';
import { formatChange, formatSeconds, formatShare, formatSplitTime } from '../format-quantity.ts';
import type { BlockLevel } from '../model/block-table.ts';
import type { TrailStep } from '../model/decision-trail.ts';
import { changeTable } from './change-table.ts';
import { type Child, el, endpointLegend, headRow, keys, plainTable } from './element.ts';
import { endpointCard } from './endpoint-card.ts';
import { box, cssPercent, dots, figureFrame, straight, type Tick } from './figure-frame.ts';

/** A part of the page: a question and what answers it. */
export function section(id: string, question: string, ...children: Child[]): Child {
  return el('section', { 'aria-labelledby': id }, el('h2', { id }, question), ...children);
}

/** One chart of changes per metric; the reader picks one, and sees the worst finding's first. */
export function changeSection(
  { changes, firstChange, isAtStop }: ReportCharts,
  links: ReadonlyMap<string, string>,
): Child {
  if (changes.length === 0) return null;
  const choice =
    changes.length === 1
      ? null
      : el(
          'fieldset',
          { class: 'choice' },
          el('legend', { class: 'unseen' }, 'Show'),
          ...changes.flatMap(({ metric, label }, i) => [
            el('input', {
              type: 'radio',
              name: 'metric',
              id: `show-${metric}`,
              checked: i === firstChange || undefined,
              autocomplete: 'off',
            }),
            el('label', { for: `show-${metric}` }, label),
          ]),
        );
  return section(
    'changes',
    'Which requests got slower, and how sure is it?',
    el(
      'p',
      { class: 'quiet' },
      isAtStop
        ? 'Measuring stopped early, as the answer was known: the interval counts, and the change is the one seen at the stop. '
        : '',
      'A mark is the change against the baseline, its line the interval that the true change lies in. The shaded side is beyond the margin: worth acting on.',
    ),
    choice,
    ...changes.map((chart) => el('div', { class: `panel panel-${chart.metric}` }, changeTable(chart, links, isAtStop))),
  );
}

/** Cards of the worst endpoints; regressed ones are open, up to a number. `links`: anchors by endpoint. */
export function endpointSection(charts: ReportCharts, links: ReadonlyMap<string, string>, candidate: string): Child {
  if (charts.endpoints.length === 0) return null;
  const { furtherEndpoints, endpoints } = charts;
  const bad = endpoints.filter(({ lead }) => lead?.verdict === 'regressed').length;
  return section(
    'endpoints',
    'What does each endpoint look like from near?',
    endpointLegend(endpoints, candidate),
    ...endpoints.map((endpoint, i) =>
      endpointCard(endpoint, links.get(endpoint.endpoint) as string, {
        isOpen: i < Math.min(maxOpen, Math.max(1, bad)),
        candidate,
      }),
    ),
    furtherEndpoints === 0 ? null : el('p', { class: 'quiet' }, `${furtherEndpoints} more are in the JSON below.`),
  );
}

/** More open cards than this push the rest of the page out of sight. */
const maxOpen = 3;

/** What all endpoints did block by block: shows whether something happened to the whole system. */
export function timelineSection(timeline: BlockTimeline | undefined): Child {
  if (timeline === undefined) return null;
  return section(
    'wobble',
    'Did the machine wobble while it measured?',
    el('p', timeline.remarks.join(' ')),
    el('h3', `Typical latency in each ${formatSeconds(timeline.blockLengthMs)} block, against the middle block`),
    levelFigure(timeline),
    el('h3', 'Failed requests'),
    el('p', timeline.failures),
    timeline.hasFailures ? failureFigure(timeline) : null,
    el('details', { class: 'fold' }, el('summary', `All ${timeline.blocks.length} time blocks`), blockTable(timeline)),
  );
}

function blockTable({ blocks, isPaired }: BlockTimeline): Child {
  const columns = isPaired
    ? [
        'time',
        'requests, baseline',
        'candidate',
        'level, baseline',
        'candidate',
        'failed, baseline',
        'candidate',
        'remark',
      ]
    : ['time', 'requests', 'level', 'failed', 'remark'];
  return plainTable({ title: 'Time blocks', columns, rows: blocks.map(blockRow) }, { hasFigures: true });
}

function blockRow({ start, candidate, baseline, remark }: TimelineBlock): string[] {
  const sides = baseline ? [baseline, candidate] : [candidate];
  return [
    start,
    ...sides.map(({ requests }) => String(requests)),
    ...sides.map(({ levelText }) => levelText),
    ...sides.map(({ failed }) => String(failed)),
    remark,
  ];
}

/** The steps to the verdict, numbered, for whoever doubts it. */
export function trailSection(trail: readonly TrailStep[]): Child {
  return section(
    'trail',
    'How was it decided?',
    el(
      'ol',
      { class: 'trail' },
      ...trail.map(({ title, text, items }) =>
        el(
          'li',
          el('b', title),
          el('p', text),
          items.length === 0 ? null : el('ul', ...items.map((item) => el('li', item))),
        ),
      ),
    ),
  );
}

/** Both sides key by key. `candidate` heads its column. */
export function environmentSection(rows: readonly EnvironmentRow[], candidate: string): Child {
  if (rows.length === 0) return null;
  const hasBaseline = rows.some((row) => row.baseline !== '');
  return section(
    'environment',
    'On what was it measured?',
    el(
      'div',
      { class: 'wide', tabindex: 0, role: 'group', 'aria-label': 'Both sides, key by key' },
      el(
        'table',
        { class: 'plain' },
        headRow(
          el('td'),
          el('th', { scope: 'col' }, candidate),
          hasBaseline ? el('th', { scope: 'col' }, 'baseline') : null,
        ),
        el('tbody', ...rows.map((row) => environmentRow(row, hasBaseline))),
      ),
    ),
  );
}

function environmentRow({ label, candidate, baseline, differs }: EnvironmentRow, hasBaseline: boolean): Child {
  return el(
    'tr',
    { class: differs ? 'differs' : undefined },
    el('th', { scope: 'row' }, label),
    el('td', candidate),
    hasBaseline ? el('td', baseline, differs ? el('b', { class: 'flag' }, ' differs') : null) : null,
  );
}

const levelHeightPx = 130;
const failureHeightPx = 70;

/** Did the machine wobble? All endpoints together, against the run's own middle. */
function levelFigure(timeline: BlockTimeline): Child {
  const { blocks, isPaired, remarks } = timeline;
  const all = [...sideOf(timeline, 'baseline'), ...sideOf(timeline, 'candidate')];
  const values = [...all.flatMap(({ level }) => level ?? []), ...blocks.flatMap(({ usual }) => usual ?? [])];
  const reach = Math.max(0.25, ...values.map((value) => Math.abs(Math.log1p(value)))) * 1.1;
  const scale = scaleLinear().domain([-reach, reach]).range([1, 0]);
  const y = (level: number) => scale(Math.log1p(level));
  const x = (index: number) => (index + 0.5) / blocks.length;
  const points = (side: readonly SideLevel[]) =>
    side.flatMap(({ level, index }) => (level === undefined ? [] : [{ x: x(index), y: y(level) }]));
  return el(
    'figure',
    figureFrame(
      {
        heightPx: levelHeightPx,
        description: `Typical latency per time block. ${remarks.join(' ')}`,
        yTicks: levelTicks(y),
        xTicks: timeTicks(timeline),
        readings: blocks.map((block) => ({ at: x(block.index), label: blockText(block) })),
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
        isPaired ? 'few requests or none, in the color of its side' : 'few requests or none',
        all.some((side) => side.isShort),
      ],
    ]),
  );
}

interface SideLevel extends BlockLevel {
  readonly index: number;
  readonly side: 'baseline' | 'candidate';
}

function sideOf({ blocks }: BlockTimeline, side: 'baseline' | 'candidate'): SideLevel[] {
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

function oddMarks({ level, side, isOutlier, isShort }: SideLevel, x: number, y: (level: number) => number): Child[] {
  const at = level === undefined ? '93%' : cssPercent(y(level));
  return [
    isOutlier ? el('circle', { class: 'odd', cx: cssPercent(x), cy: at, r: 7 }) : null,
    isShort ? el('use', { href: '#cross', class: side, x: cssPercent(x), y: at }) : null,
  ];
}

function blockText({ start, candidate, baseline, remark }: TimelineBlock): string {
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
function failureFigure(timeline: BlockTimeline): Child {
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
