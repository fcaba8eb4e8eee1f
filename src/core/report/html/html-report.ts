import { Fragment, h } from 'preact';
import { renderToString } from 'preact-render-to-string';
import { renderCommand } from '../../../printed-command.ts';
import type { Narrative } from '../../narrative/narrative.ts';
import { buildCharts, type ReportCharts } from '../charts/report-charts.ts';
import { formatShare } from '../format-quantity.ts';
import { type Reason, uncovered } from '../model/reasons.ts';
import type { Report } from '../model/report-model.ts';
import { type ColumnId, cellAt, type Table } from '../model/table.ts';
import { escapeUnits, type ReportJson, reportJson, reportSchema, unseenInJson } from '../render/report-json.ts';
import { cellText, textsOf } from '../render/table-text.ts';
import { type Child, el, inlineMarker, markerDefinitions, nameElement, plainTable } from './element.ts';
import { pageDocument, pagePolicy, polished } from './page-document.ts';
import {
  changeSection,
  endpointSection,
  environmentSection,
  section,
  timelineSection,
  trailSection,
} from './sections.ts';
import { stylesheet } from './stylesheet.ts';

/**
 * The report as one page that needs nothing else: no network, no script to be read. Every number comes from the report
 * model; names from outside are escaped by the renderer, and what can't be seen of them is spelled out.
 */
export function renderHtml(report: Report): string {
  const charts = buildCharts(report.facts);
  const links = new Map(charts.endpoints.map(({ endpoint }, i) => [endpoint, `e${i + 1}`]));
  const candidate = report.facts.mode === 'duet' ? 'candidate' : 'this run';
  const body = h(
    Fragment,
    null,
    markerDefinitions(),
    verdictHeader(report, charts),
    el(
      'main',
      findingsSection(charts, report.narrative, links),
      reasonsSection(report.reasons),
      aboutSection(report),
      changeSection(charts, links),
      report.absolute === undefined
        ? null
        : section(
            'absolute',
            'What did this run measure by itself?',
            plainTable(textsOf(report.absolute), { hasFigures: true }),
          ),
      endpointSection(charts, links, candidate),
      timelineSection(charts.timeline),
      otherTables(report),
      trailSection(charts.trail),
      environmentSection(charts.environment, candidate),
      jsonSection(),
    ),
  );
  return document(report, renderToString(body));
}

function verdictHeader(report: Report, { counts }: ReportCharts): Child {
  return el(
    'header',
    { class: `top b-${report.badge.replace(' ', '-')}` },
    el('h1', el('span', { class: 'badge' }, report.badge), ' ', el('span', { class: 'headline' }, report.headline)),
    ...report.provenance.map((line) => el('p', { class: 'quiet' }, line)),
    counts.length === 0
      ? null
      : el(
          'ul',
          { class: 'counts', 'aria-label': 'Endpoints by verdict' },
          ...counts.map(({ verdict, label, count }) =>
            el('li', inlineMarker(verdict), el('b', String(count)), ` ${label}`),
          ),
        ),
    report.nextSteps.length === 0
      ? null
      : el(
          'div',
          { class: 'next' },
          el('b', 'What to do'),
          list(report.nextSteps),
          report.nextCommand === undefined ? null : el('pre', renderCommand(report.nextCommand)),
        ),
  );
}

function findingsSection(
  { findings, isAtStop }: ReportCharts,
  narrative: Narrative | undefined,
  links: ReadonlyMap<string, string>,
): Child {
  if (findings.rows.length === 0) return null;
  return section('worse', 'What got worse?', findingsList(findings, links, isAtStop), narrativeParagraph(narrative));
}

/** Each reason with what was seen and what to do; the parts of a slowdown add up to it. */
function reasonsSection(reasons: readonly Reason[]): Child {
  if (reasons.length === 0) return null;
  const left = uncovered(reasons);
  return section(
    'why',
    'Why is it slow?',
    ...[...Map.groupBy(reasons, ({ endpoint }) => endpoint)].map(([endpoint, own]) =>
      el(
        'div',
        { class: 'reasons' },
        el('h3', nameElement(endpoint)),
        ...own.map(reasonItem),
        left.has(endpoint)
          ? el('p', { class: 'quiet' }, `Not covered: ${formatShare(left.get(endpoint) ?? 0)} of the slowdown.`)
          : null,
      ),
    ),
  );
}

function reasonItem({ title, certainty, extent, givesBack, seen, mistakenFor, advice }: Reason): Child {
  const sure = [certainty, extent, givesBack].filter((text) => text !== '').join(', ');
  return el(
    'div',
    el('p', el('b', title.charAt(0).toUpperCase() + title.slice(1)), sure === '' ? '' : ` – ${sure}`),
    list(seen),
    mistakenFor === '' ? null : el('p', { class: 'quiet' }, `Would look the same from here: ${mistakenFor}.`),
    el('p', advice.text, ' ', el('a', { href: advice.readOn, rel: 'noreferrer' }, 'Read on')),
  );
}

function aboutSection({ notes, warnings }: Report): Child {
  if (notes.length + warnings.length === 0) return null;
  return section(
    'notes',
    'What else is worth knowing?',
    warnings.length === 0 ? null : el('div', { class: 'warnings' }, el('b', 'Warnings'), list(warnings)),
    notes.length === 0 ? null : list(notes),
  );
}

/** Everything that no change chart shows; the endpoints are in the charts. */
function otherTables({ details }: Report): Child {
  const others = details.filter(({ id }) => id !== 'endpoints');
  return others.map((table) => section(table.id, table.title, plainTable(textsOf(table))));
}

/** The element holds the report once, for machines and, shown as text, for people. */
function jsonSection(): Child {
  return section(
    'json',
    'Where is all of it for a machine?',
    el('details', { class: 'fold' }, el('summary', `The report as JSON (${reportSchema})`), jsonPlace),
  );
}

function list(texts: readonly string[]): Child {
  return el('ul', ...texts.map((text) => el('li', text)));
}

/** Stands where the JSON goes: a renderer of elements would escape it as text. */
const jsonPlace = el('script', { type: 'application/json', id: 'report', tabindex: 0 }, '');

const renderedPlace = '<script type="application/json" id="report" tabindex="0"></script>';

function document(report: Report, body: string): string {
  const [before = '', after = ''] = body.split(renderedPlace);
  const json = renderedPlace.replace(
    '></script>',
    `>${embeddedJson(reportJson(report)).replaceAll('$', '$$$$')}</script>`,
  );
  return pageDocument({
    title: `${report.badge}: ${report.headline} – ${report.facts.name}`,
    policy: pagePolicy,
    styles: [stylesheet],
    body: `${polished(before)}${json}${polished(after)}`,
    script: pageScript,
  });
}

/**
 * The report for machines as text that may stand inside `<script type="application/json">`: no `<` that could end the
 * element, no character that a reader can't see. Lists have one entry a line, so that people can read it too.
 */
export function embeddedJson(json: ReportJson): string {
  const lines = Object.entries(json).map(([key, value]) => `${JSON.stringify(key)}: ${valueText(value)}`);
  return `{\n${lines.join(',\n')}\n}`.replaceAll('<', '\\u003c').replaceAll(unseenInJson, escapeUnits);
}

function valueText(value: unknown): string {
  if (!Array.isArray(value) || value.length === 0) return JSON.stringify(value);
  return `[\n${value.map((entry) => `  ${JSON.stringify(entry)}`).join(',\n')}\n]`;
}

/** What got worse, worst first; a list reads better than a table on a narrow page. */
function findingsList(table: Table, links: ReadonlyMap<string, string>, isAtStop: boolean): Child {
  if (table.rows.length === 0) return null;
  return el(
    'ol',
    { class: 'findings' },
    ...table.rows.map((row) => {
      const text = (id: ColumnId) => cellText(cellAt(table, row, id));
      const name = text('subject');
      const hasSides = cellAt(table, row, 'sides').kind !== 'none';
      const [first, second] = isAtStop ? [text('interval'), text('change')] : [text('change'), text('interval')];
      const link = links.get(name);
      const code = nameElement(name);
      return el(
        'li',
        el(
          'p',
          link === undefined ? code : el('a', { href: `#${link}` }, code),
          ` ${text('metric')} `,
          el('b', { class: 'bad' }, first),
          el('span', { class: 'quiet' }, isAtStop ? ` (at stop ${second})` : ` (${second})`),
          hasSides ? el('span', ` ${text('sides')}`) : null,
        ),
        el('p', { class: 'quiet' }, text('why')),
      );
    }),
  );
}

/** The findings in plain English, and who worded them where that isn't the template as usual. */
function narrativeParagraph(narrative: Narrative | undefined): Child {
  if (narrative === undefined) return null;
  const { spans, model, note } = narrative;
  const origin = model === undefined ? note : `Worded by ${model}; every number and name was filled in by Tailgate.`;
  return [
    el('p', { class: 'narrative' }, ...spans.map(({ kind, text }) => (kind === 'name' ? nameElement(text) : text))),
    origin === undefined ? null : el('p', { class: 'quiet' }, el('small', origin)),
  ];
}

/**
 * The page's only script: sorting and reading charts off. Everything can be read without it. It takes what it shows from
 * the page and computes nothing. After a change, run the test of the page's policy: it prints the new hash.
 */
export const pageScript = `
'use strict';
const all = (selector, root = document) => Array.from(root.querySelectorAll(selector));

for (const table of all('table.changes')) {
  const heads = all('thead th', table);
  const body = table.tBodies[0];
  heads.forEach((head, column) => {
    if (!head.dataset.sort) return;
    const button = document.createElement('button');
    button.type = 'button';
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener('click', () => {
      const isDown = head.getAttribute('aria-sort') !== 'ascending';
      for (const other of heads) other.removeAttribute('aria-sort');
      head.setAttribute('aria-sort', isDown ? 'ascending' : 'descending');
      const key = (row) => head.dataset.sort === 'text'
        ? row.cells[column].textContent
        : Number(row.cells[column].dataset.v ?? parseFloat(row.cells[column].textContent)) || 0;
      const rows = Array.from(body.rows).sort((a, b) => {
        const [x, y] = [key(a), key(b)];
        return (x < y ? -1 : x > y ? 1 : 0) * (isDown ? 1 : -1);
      });
      body.append(...rows);
    });
  });
}

for (const frame of all('.frame[data-x]')) {
  const plot = frame.querySelector('.plot');
  const at = frame.dataset.x.split(' ').map(Number);
  const texts = frame.dataset.t.split('|');
  const line = document.createElementNS('http://www.w3.org/2000/svg', 'line');
  line.setAttribute('class', 'cursor');
  line.setAttribute('y2', '100%');
  const output = document.createElement('span');
  output.className = 'reading';
  const voice = document.createElement('output');
  voice.className = 'unseen';
  frame.after(voice);
  let current = -1;
  const show = (index) => {
    current = Math.max(0, Math.min(at.length - 1, index));
    line.setAttribute('x1', at[current] / 10 + '%');
    line.setAttribute('x2', at[current] / 10 + '%');
    plot.append(line);
    output.textContent = texts[current];
    frame.append(output);
  };
  const hide = () => { line.remove(); output.remove(); };
  frame.tabIndex = 0;
  plot.addEventListener('pointermove', (event) => {
    const box = plot.getBoundingClientRect();
    const x = ((event.clientX - box.left) / box.width) * 1000;
    show(at.reduce((best, value, i) => (Math.abs(value - x) < Math.abs(at[best] - x) ? i : best), 0));
  });
  plot.addEventListener('pointerleave', () => { if (document.activeElement !== frame) hide(); });
  frame.addEventListener('focus', () => show(current < 0 ? 0 : current));
  frame.addEventListener('blur', hide);
  frame.addEventListener('keydown', (event) => {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (step) { event.preventDefault(); show(current + step); voice.textContent = texts[current]; }
    if (event.key === 'Escape') hide();
  });
}

const openTarget = () => {
  const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (target instanceof HTMLDetailsElement) { target.open = true; target.scrollIntoView(); }
};
addEventListener('hashchange', openTarget);
openTarget();
`;
