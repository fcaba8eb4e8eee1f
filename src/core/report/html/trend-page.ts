import { scaleLinear } from 'd3-scale';
import { Fragment, h } from 'preact';
import { renderToString } from 'preact-render-to-string';
import { judgedQuantiles, type Quantile, quantiles } from '../../thresholds/quantiles.ts';
import { formatDay, formatShare } from '../format-quantity.ts';
import { textsOf } from '../render/table-text.ts';
import type { HistoryChart, TimedValue } from '../trend/history-chart.ts';
import type { TrendPage, TrendPageEndpoint, TrendSection } from '../trend/trend-model.ts';
import { type Child, el, keys, markerDefinitions, nameElement, plainTable } from './element.ts';
import {
  cssPercent,
  curve,
  dots,
  figureFrame,
  latencyAxis,
  type PlotPoint,
  straight,
  type Tick,
  width,
} from './figure-frame.ts';
import { contentSecurityPolicy, pageDocument, polished, styleHash } from './page-document.ts';
import { section } from './sections.ts';
import { stylesheet } from './stylesheet.ts';

/** The stored runs over months as one page that needs nothing else and runs no script: fit for any static server. */
export function renderTrendPage(page: TrendPage): string {
  const body = h(
    Fragment,
    null,
    markerDefinitions(),
    pageHeader(page),
    el(
      'main',
      worseSection(page.sections),
      ...page.sections.map((part, i) => configurationSection(part, i)),
      page.sections.length === 0 ? null : rulesSection(),
    ),
  );
  return pageDocument({
    title: `Trend: ${page.headline}`,
    policy: contentSecurityPolicy([styleHash, trendStyleHash], []),
    styles: [stylesheet, trendStyle],
    body: polished(renderToString(body)),
  });
}

function pageHeader({ headline, isWorse, provenance, warnings }: TrendPage): Child {
  return el(
    'header',
    { class: `top ${isWorse ? 'b-INCONCLUSIVE' : 'b-PASS'}` },
    el('h1', el('span', { class: 'badge' }, 'TREND'), ' ', el('span', { class: 'headline' }, headline)),
    ...provenance.map((line) => el('p', { class: 'quiet' }, line)),
    warnings.length === 0
      ? null
      : el('div', { class: 'warnings' }, el('b', 'Warnings'), el('ul', ...warnings.map((text) => el('li', text)))),
  );
}

/** Everything that stands worse than where it began, in one place. */
function worseSection(sections: readonly TrendSection[]): Child {
  const items = sections.flatMap(({ heading, endpoints }, part) =>
    endpoints.flatMap((endpoint, i) =>
      endpoint.isWorse ? [worseItem(endpoint, cardId(part, i), sections.length > 1 ? heading : '')] : [],
    ),
  );
  return items.length === 0
    ? null
    : section('worse', 'What got worse over time?', el('ol', { class: 'findings' }, ...items));
}

function worseItem({ endpoint, story }: TrendPageEndpoint, id: string, heading: string): Child {
  return el(
    'li',
    el(
      'p',
      el('a', { href: `#${id}` }, nameElement(endpoint)),
      heading === '' ? null : el('span', { class: 'quiet' }, ` ${heading}`),
    ),
    el('p', story[0] ?? ''),
  );
}

/** More open cards than this push the rest of the page out of sight. */
const maxOpen = 3;

function configurationSection({ heading, notes, period, endpoints }: TrendSection, part: number): Child {
  return section(
    `runs-${part}`,
    heading,
    ...notes.map((note) => el('p', { class: 'quiet' }, note)),
    legend(endpoints),
    ...endpoints.map((endpoint, i) =>
      el(
        'details',
        { class: 'card', id: cardId(part, i), open: (endpoint.isWorse && i < maxOpen) || undefined },
        el('summary', nameElement(endpoint.endpoint), el('span', { class: 'quiet' }, endpoint.lead)),
        el(
          'div',
          { class: 'history' },
          endpoint.story.length === 0 ? null : el('ul', ...endpoint.story.map((text) => el('li', text))),
          latencyHistory(endpoint.chart, period),
          errorHistory(endpoint.chart, period),
          el(
            'details',
            { class: 'months' },
            el('summary', 'The figures, month by month'),
            plainTable(textsOf(endpoint.months), { hasFigures: true }),
          ),
        ),
      ),
    ),
  );
}

function cardId(part: number, index: number): string {
  return `c${part + 1}e${index + 1}`;
}

function legend(endpoints: readonly TrendPageEndpoint[]): Child {
  const has = (test: (chart: TrendPageEndpoint['chart']) => boolean) => endpoints.some(({ chart }) => test(chart));
  const hasLine = (quantile: string) =>
    has(({ lines, leading }) => lines.some((line) => line.quantile === quantile && line.quantile !== leading));
  const leading = endpoints.find(({ chart }) => chart.leading !== undefined)?.chart.leading;
  return keys([
    ['leading', leading ?? '', leading !== undefined],
    ...judgedQuantiles.map((name) => [lineClass(name), name, hasLine(name)] as const),
    ['anchor', 'anchor: where it began', has(({ anchors }) => anchors.length > 0)],
    ['level', 'level of the runs', has(({ levels }) => levels.length > 1)],
    ['step', 'change of level', has(({ steps }) => steps.length > 0)],
    ['accepted', 'accepted slowdown', has(({ accepted }) => accepted.length > 0)],
    ['cross', 'run that was red', has(({ red }) => red.length > 0)],
    ['fails', 'failed requests', has(({ errorRates }) => errorRates.some(({ value }) => value > 0))],
  ]);
}

function rulesSection(): Child {
  return section(
    'rules',
    'How is that known?',
    el(
      'p',
      { class: 'narrative' },
      'The anchor is the first ten green runs, or the first ten since a slowdown of the endpoint was accepted. An endpoint crept when its newest ten runs are slower than the anchor by a test that allows for runs that resemble their neighbors (1 % for the whole page), by at least what one change may usually cost, without a step that large in between. Changes of level are found by E-divisive means. Red runs count for nothing. A rise says nothing of its cause: data that grow and machines that age rise as code does.',
    ),
  );
}

const latencyHeightPx = 220;
const errorHeightPx = 60;

/** Times of the first and the last run, Unix milliseconds. */
export type Period = readonly [fromMs: number, toMs: number];

/** How did its latency go over the months? The leading quantile by dots, with what happened to it; the others by lines. */
function latencyHistory(chart: HistoryChart, period: Period): Child {
  const { lines, leading, levels, anchors, steps, accepted, red } = chart;
  const values = [...lines.flatMap(({ points }) => points), ...red].map(({ value }) => value);
  if (values.length === 0) return null;
  const y = latencyAxis(values, 5);
  const x = timeAxis(period);
  const place = ({ timeMs, value }: TimedValue): PlotPoint => ({ x: x(timeMs), y: y.position(value) });
  const upright = (timeMs: number, className: string) =>
    straight({ x: x(timeMs), y: 0 }, { x: x(timeMs), y: 1 }, className);
  const flat = ({ fromMs, toMs, value }: HistoryChart['levels'][number], className: string) =>
    straight({ x: x(fromMs), y: y.position(value) }, { x: x(toMs), y: y.position(value) }, className);
  const names = lines.map(({ quantile }) => quantile).join(', ');
  return el(
    'figure',
    el('h3', 'Latency', el('small', ` ${names} by stored run`)),
    figureFrame(
      {
        heightPx: latencyHeightPx,
        description: `${names} of the stored runs over time; the table of months has the figures`,
        yTicks: y.ticks,
        xTicks: monthTicks(period),
      },
      [
        ...lines
          .filter(({ quantile }) => quantile !== leading)
          .map((line) => curve(line.points.map(place), `line ${lineClass(line.quantile)}`)),
        ...lines
          .filter(({ quantile }) => quantile === leading)
          .flatMap((line) => dots(line.points.map(place), 'leading')),
        ...steps.map((timeMs) => upright(timeMs, 'step')),
        ...accepted.map((timeMs) => upright(timeMs, 'accepted')),
        ...anchors.map((anchor) => flat(anchor, 'anchor')),
        ...(levels.length > 1 ? levels.map((level) => flat(level, 'level')) : []),
      ],
      [
        ...red.map((point) =>
          el('use', { href: '#cross', class: 'red', x: cssPercent(place(point).x), y: cssPercent(place(point).y) }),
        ),
        ...lineNames(lines, leading, place),
      ],
    ),
  );
}

/** Names stand nearer than this share of the height only when one covers the other. */
const nameHeight = 0.07;

/** Each line is named beside its end, so that nobody has to look for the legend; what would cover another is left out. */
function lineNames(
  lines: HistoryChart['lines'],
  leading: HistoryChart['leading'],
  place: (point: TimedValue) => PlotPoint,
): Child[] {
  const ends = lines.flatMap(({ quantile, points }) => {
    const last = points.at(-1);
    return last === undefined ? [] : [{ quantile, ...place(last) }];
  });
  return ends
    .sort((a, b) => Number(b.quantile === leading) - Number(a.quantile === leading))
    .filter(({ y }, i) => ends.slice(0, i).every((other) => Math.abs(other.y - y) > nameHeight))
    .map(({ quantile, y }) => el('text', { class: 'tag', x: '100%', y: cssPercent(y) }, quantile));
}

/** When did requests fail? A stroke per stored run. */
function errorHistory({ errorRates }: HistoryChart, period: Period): Child {
  const failing = errorRates.filter(({ value }) => value > 0);
  if (failing.length === 0) return el('p', { class: 'quiet' }, 'No request failed in any green run.');
  const y = scaleLinear()
    .domain([0, Math.max(...failing.map(({ value }) => value))])
    .nice(2)
    .range([1, 0]);
  const x = timeAxis(period);
  const strokes = failing.map(
    ({ timeMs, value }) => `M${Math.round(x(timeMs) * width)} 400V${Math.round(y(value) * 400)}`,
  );
  return el(
    'figure',
    el('h3', 'Failed requests', el('small', ' share by stored run')),
    figureFrame(
      {
        heightPx: errorHeightPx,
        description: 'Share of failed requests of the stored runs over time; the table of months has the figures',
        yTicks: y.ticks(2).map((value) => ({ at: y(value), label: formatShare(value) })),
        xTicks: monthTicks(period),
      },
      [el('path', { class: 'fails', d: strokes.join('') })],
    ),
  );
}

/** The first and the last run keep off the edges. */
function timeAxis([from, to]: Period): (timeMs: number) => number {
  return scaleLinear()
    .domain(to > from ? [from, to] : [from - 1, from + 1])
    .range([0.01, 0.99]);
}

const maxLabels = 4;

/** Beginnings of months where there are at least two, otherwise the days of the first and the last run. */
function monthTicks(period: Period): Tick[] {
  const [from, to] = period;
  const x = timeAxis(period);
  const starts = monthStarts(from, to);
  if (starts.length < 2) {
    return [...new Set([from, to])].map((timeMs, i) => ({ at: i, label: dayOf(timeMs) }));
  }
  const every = Math.ceil(starts.length / maxLabels);
  return starts
    .filter((_, i) => i % every === 0)
    .map((timeMs) => ({ at: x(timeMs), label: dayOf(timeMs).replace(/^\d+ /, '') }));
}

function monthStarts(from: number, to: number): number[] {
  const first = new Date(from);
  const starts: number[] = [];
  for (let month = first.getUTCMonth() + 1; ; month++) {
    const start = Date.UTC(first.getUTCFullYear(), month, 1);
    if (!(start <= to)) return starts;
    starts.push(start);
  }
}

function dayOf(timeMs: number): string {
  return Number.isFinite(timeMs) ? formatDay(new Date(timeMs).toISOString()) : '';
}

/** How the line of a quantile beside the leading one is drawn: dashed where it needs another one's backing. */
function lineClass(quantile: Quantile): string {
  return quantiles[quantile].needsBacking ? 'beside backed' : 'beside';
}

/** SHA-256 of `trendStyle`; a test compares it and prints what it has to be. */
export const trendStyleHash = 'RSV24GnMdlh+9uBaV9skoUr15ON1ITbk0FUEhKplMhk=';

/** What the trend page adds to the report's style. */
export const trendStyle = `
.history { padding: .2rem 1rem 1rem; }
.history > ul { margin: 0 0 .8rem; padding-left: 1.2rem; overflow-wrap: anywhere; }
.months { margin-top: .8rem; }
.months > summary { cursor: pointer; color: var(--quiet); font-size: .88rem; }
.months th, .months td { text-align: right; white-space: nowrap; }
.months th:first-child { text-align: left; }
.history .frame { padding-right: 1.7rem; }
.tag { transform: translate(6px, .35em); }
.card > summary { display: flex; flex-wrap: wrap; align-items: baseline; gap: 0 .8rem; }
.card > summary::before { content: "▸"; color: var(--quiet); }
.card[open] > summary::before { content: "▾"; }
.card > summary::-webkit-details-marker { display: none; }
.card > summary code { margin-right: 0; }
.line.beside { stroke: var(--baseline); stroke-width: 1.5; }
.line.backed { stroke-dasharray: 3 3; }
.dots.leading { stroke: var(--now); stroke-width: 5px; }
.level { stroke: var(--text); }
.anchor { stroke: var(--text); stroke-width: 2; }
.step { stroke-width: 2; }
.accepted { stroke: var(--better); stroke-width: 2; stroke-dasharray: 8 4; }
.fails { stroke: var(--bad); stroke-width: 3; fill: none; }
.key.beside::before { border-top-width: 1.5px; }
.key.backed::before { border-top-style: dashed; }
.key.leading::before { width: .5em; height: .5em; border: 0; border-radius: 50%; background: var(--now); vertical-align: .1em; }
.key.level::before { border-top-color: var(--text); }
.key.anchor::before { border-top-color: var(--text); }
.key.step::before, .key.accepted::before { width: 0; height: 1em; border-top: 0; border-left: 2px dashed var(--odd); vertical-align: -.15em; margin: 0 .7em 0 .4em; }
.key.accepted::before { border-left-color: var(--better); }
.key.cross::before { color: var(--bad); }
.key.fails::before { width: .3em; height: .9em; border: 0; background: var(--bad); vertical-align: -.1em; }
@media (max-width: 46rem) {
  .months .plain { min-width: 100%; font-size: .82rem; }
  .months th, .months td { padding-left: .25rem; padding-right: .25rem; }
  .months th:first-child { padding-left: 0; }
  .dots.leading { stroke-width: 4px; }
}
@media print {
  .history { break-inside: avoid; }
  .months::details-content { content-visibility: visible; block-size: auto; }
  .key.p95::before, .key.fails::before { print-color-adjust: exact; }
}
`;
