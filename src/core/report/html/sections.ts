import type { BlockTimeline } from '../charts/block-timeline.ts';
import type { EnvironmentRow } from '../charts/environment-table.ts';
import type { ReportCharts } from '../charts/report-charts.ts';
import type { TimelineBlock } from '../charts/timeline-block.ts';
import { formatSeconds } from '../format-quantity.ts';
import type { TrailStep } from '../model/decision-trail.ts';
import { changeTable } from './change-table.ts';
import { type Child, el } from './element.ts';
import { endpointCard } from './endpoint-card.ts';
import { endpointLegend } from './legend.ts';
import { plainTable } from './plain-table.ts';
import { failureFigure, levelFigure } from './timeline-figure.ts';

/** A part of the page: a question and what answers it. */
export function section(id: string, question: string, ...children: Child[]): Child {
  return el('section', { 'aria-labelledby': id }, el('h2', { id }, question), ...children);
}

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
        isOpen: i < Math.min(mostOpen, Math.max(1, bad)),
        candidate,
      }),
    ),
    furtherEndpoints === 0 ? null : el('p', { class: 'quiet' }, `${furtherEndpoints} more are in the JSON below.`),
  );
}

/** More open cards than this push the rest of the page out of sight. */
const mostOpen = 3;

export function timelineSection(timeline: BlockTimeline | undefined): Child {
  if (timeline === undefined) return null;
  return section(
    'wobble',
    'Did the machine wobble while it measured?',
    el('p', null, timeline.remarks.join(' ')),
    el('h3', null, `Typical latency in each ${formatSeconds(timeline.blockLengthMs)} block, against the middle block`),
    levelFigure(timeline),
    el('h3', null, 'Failed requests'),
    el('p', null, timeline.failures),
    timeline.hasFailures ? failureFigure(timeline) : null,
    el(
      'details',
      { class: 'fold' },
      el('summary', null, `All ${timeline.blocks.length} time blocks`),
      blockTable(timeline),
    ),
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
          null,
          el('b', null, title),
          el('p', null, text),
          items.length === 0 ? null : el('ul', null, ...items.map((item) => el('li', null, item))),
        ),
      ),
    ),
  );
}

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
        el(
          'thead',
          null,
          el(
            'tr',
            null,
            el('td', null),
            el('th', { scope: 'col' }, candidate),
            hasBaseline ? el('th', { scope: 'col' }, 'baseline') : null,
          ),
        ),
        el('tbody', null, ...rows.map((row) => environmentRow(row, hasBaseline))),
      ),
    ),
  );
}

function environmentRow({ label, candidate, baseline, differs }: EnvironmentRow, hasBaseline: boolean): Child {
  return el(
    'tr',
    { class: differs ? 'differs' : undefined },
    el('th', { scope: 'row' }, label),
    el('td', null, candidate),
    hasBaseline ? el('td', null, baseline, differs ? el('b', { class: 'flag' }, ' differs') : null) : null,
  );
}
