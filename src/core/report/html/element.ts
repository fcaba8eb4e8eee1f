import { type ComponentChild, h, type VNode } from 'preact';
import type { RowVerdict } from '../../comparison/row.ts';
import type { EndpointCharts } from '../charts/report-charts.ts';
import { toPlainText } from '../escape.ts';
import type { TextTable } from '../render/table-text.ts';

export type Attributes = Readonly<Record<string, string | number | boolean | undefined>>;

export type Child = ComponentChild;

/** An element of the page, with or without attributes; texts among the children are escaped when it is rendered. */
export function el(tag: string, ...[first, ...others]: readonly [(Attributes | Child)?, ...Child[]]): VNode {
  return isAttributes(first) ? h(tag, first, ...others) : h(tag, null, first, ...others);
}

function isAttributes(given: Attributes | Child): given is Attributes {
  return typeof given === 'object' && given !== null && !Array.isArray(given) && !('props' in given);
}

/** The head of a table: its one row. */
export function headRow(...cells: Child[]): VNode {
  return el('thead', el('tr', ...cells));
}

/** Longest name shown whole: what matters of a name is at its beginning. */
const longestName = 160;

/** A name from outside, such as an endpoint's. */
export function nameElement(name: string): Child {
  return el('code', toPlainText(name, longestName).trim() || '(empty)');
}

/** Each verdict has a shape as well as a color, so that nobody depends on the color. */
const shapes: Readonly<Record<RowVerdict, Child>> = {
  regressed: el('path', { d: 'M0-7 7 0 0 7-7 0z', class: 'full' }),
  'slower-within-margin': el('path', { d: 'M0-6 6 0 0 6-6 0z', class: 'open' }),
  inconclusive: el('circle', { r: 4.5, class: 'open' }),
  improved: el('path', { d: 'M-6-4H6L0 6z', class: 'full' }),
  'not-regressed': el('circle', { r: 5, class: 'full' }),
  'not-compared': el('path', { d: 'M-5 0H5', class: 'open' }),
};

/** Where an interval ends, where it goes on beyond the axis, and what is out of order. */
const strokes = {
  cap: 'M0-4V4',
  'beyond-left': 'M5-4 0 0 5 4',
  'beyond-right': 'M-5-4 0 0-5 4',
  cross: 'M-4-4 4 4M-4 4 4-4',
};

/** The shapes, once per page; everything else refers to them. */
export function markerDefinitions(): Child {
  return el(
    'svg',
    { class: 'definitions', width: 0, height: 0, 'aria-hidden': 'true' },
    ...Object.entries(shapes).map(([verdict, shape]) => el('g', { id: `m-${verdict}` }, shape)),
    ...Object.entries(strokes).map(([name, d]) => el('path', { id: name, class: 'stroke', d })),
  );
}

/** The shape of a verdict in front of its words; the words are what counts. */
export function inlineMarker(verdict: RowVerdict): Child {
  return el('svg', { class: `m v-${verdict}`, 'aria-hidden': 'true' }, el('use', { href: `#m-${verdict}` }));
}

/** What the lines and marks of all endpoint figures mean, said once. */
export function endpointLegend(endpoints: readonly EndpointCharts[], candidate: string): Child {
  const has = (test: (charts: EndpointCharts) => boolean | undefined) => endpoints.some(test);
  const hasBaseline = has(({ distribution }) => distribution?.points.some((point) => point.baselineMs !== undefined));
  const trendHas = (kind: string) => has(({ trend }) => trend?.points.some((point) => point.kind === kind));
  return keys([
    ['candidate', candidate, true],
    ['baseline', 'baseline', hasBaseline],
    ['range', 'where the baseline runs lay', has(({ distribution }) => distribution?.hasRange)],
    ['dot full', 'run compared with', trendHas('window')],
    ['dot', 'earlier run', trendHas('earlier')],
    ['cross', 'run that was red', trendHas('quarantined')],
    ['level', 'level of the runs', has(({ trend }) => trend !== undefined)],
    ['anchor', 'first three runs', has(({ trend }) => trend?.anchor !== undefined)],
  ]);
}

/** Class of the sample, text, whether it occurs. */
type Key = readonly [className: string, text: string, occurs: boolean];

/** A legend; samples of what occurs nowhere in the charts are left out. */
export function keys(all: readonly Key[]): Child {
  return el(
    'p',
    { class: 'legend' },
    ...all.filter(([, , occurs]) => occurs).map(([className, text]) => el('span', { class: `key ${className}` }, text)),
  );
}

/** A table of texts; it scrolls by itself where it is wider than the page. */
export function plainTable(
  { title, columns, rows }: TextTable,
  options: { readonly hasFigures?: boolean } = {},
): Child {
  if (rows.length === 0) return null;
  return el(
    'div',
    { class: 'wide', tabindex: 0, role: 'group', 'aria-label': title },
    el(
      'table',
      { class: options.hasFigures === true ? 'plain figures-in' : 'plain' },
      headRow(...columns.map((column) => el('th', { scope: 'col' }, column))),
      el(
        'tbody',
        ...rows.map(([name = '', ...cells]) =>
          el('tr', el('th', { scope: 'row' }, toPlainText(name, longestName)), ...cells.map((cell) => el('td', cell))),
        ),
      ),
    ),
  );
}
