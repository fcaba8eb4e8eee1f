import { Fragment, h } from 'preact';
import { renderToString } from 'preact-render-to-string';
import { judgedQuantiles } from '../../thresholds/quantiles.ts';
import { textsOf } from '../render/table-text.ts';
import type { TrendEndpoint, TrendPage, TrendSection } from '../trend/trend-page.ts';
import { type Child, el, nameOf } from './element.ts';
import { errorHistory, latencyHistory, lineClass } from './history-figure.ts';
import { keys } from './legend.ts';
import { markerDefinitions } from './marker.ts';
import { pageDocument, polished } from './page-document.ts';
import { policyOf, styleHash } from './page-policy.ts';
import { plainTable } from './plain-table.ts';
import { section } from './sections.ts';
import { stylesheet } from './stylesheet.ts';
import { trendStyle, trendStyleHash } from './trend-style.ts';

/** The stored runs over months as one page that needs nothing else and runs no script: fit for any static server. */
export function renderTrendPage(page: TrendPage): string {
  const body = h(
    Fragment,
    null,
    markerDefinitions(),
    pageHeader(page),
    el(
      'main',
      null,
      worseSection(page.sections),
      ...page.sections.map((part, i) => configurationSection(part, i)),
      page.sections.length === 0 ? null : rulesSection(),
    ),
  );
  return pageDocument({
    title: `Trend: ${page.headline}`,
    policy: policyOf([styleHash, trendStyleHash], []),
    styles: [stylesheet, trendStyle],
    body: polished(renderToString(body)),
  });
}

function pageHeader({ headline, isWorse, provenance, warnings }: TrendPage): Child {
  return el(
    'header',
    { class: `top ${isWorse ? 'b-INCONCLUSIVE' : 'b-PASS'}` },
    el('h1', null, el('span', { class: 'badge' }, 'TREND'), ' ', el('span', { class: 'headline' }, headline)),
    ...provenance.map((line) => el('p', { class: 'quiet' }, line)),
    warnings.length === 0
      ? null
      : el(
          'div',
          { class: 'warnings' },
          el('b', null, 'Warnings'),
          el('ul', null, ...warnings.map((text) => el('li', null, text))),
        ),
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

function worseItem({ endpoint, story }: TrendEndpoint, id: string, heading: string): Child {
  return el(
    'li',
    null,
    el(
      'p',
      null,
      el('a', { href: `#${id}` }, nameOf(endpoint)),
      heading === '' ? null : el('span', { class: 'quiet' }, ` ${heading}`),
    ),
    el('p', null, story[0] ?? ''),
  );
}

/** More open cards than this push the rest of the page out of sight. */
const mostOpen = 3;

function configurationSection({ heading, notes, period, endpoints }: TrendSection, part: number): Child {
  return section(
    `runs-${part}`,
    heading,
    ...notes.map((note) => el('p', { class: 'quiet' }, note)),
    legend(endpoints),
    ...endpoints.map((endpoint, i) =>
      el(
        'details',
        { class: 'card', id: cardId(part, i), open: (endpoint.isWorse && i < mostOpen) || undefined },
        el('summary', null, nameOf(endpoint.endpoint), el('span', { class: 'quiet' }, endpoint.lead)),
        el(
          'div',
          { class: 'history' },
          endpoint.story.length === 0 ? null : el('ul', null, ...endpoint.story.map((text) => el('li', null, text))),
          latencyHistory(endpoint.chart, period),
          errorHistory(endpoint.chart, period),
          el(
            'details',
            { class: 'months' },
            el('summary', null, 'The figures, month by month'),
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

function legend(endpoints: readonly TrendEndpoint[]): Child {
  const has = (test: (chart: TrendEndpoint['chart']) => boolean) => endpoints.some(({ chart }) => test(chart));
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
      'The anchor is the first ten green runs, or the first ten since a slowdown of the endpoint was accepted. An endpoint crept when its newest ten runs are slower than the anchor by a test that allows for runs that resemble their neighbours (1 % for the whole page), by at least what one change may usually cost, without a step that large in between. Changes of level are found by E-divisive means. Red runs count for nothing. A rise says nothing of its cause: data that grow and machines that age rise as code does.',
    ),
  );
}
