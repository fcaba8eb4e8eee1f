import { type DefaultTreeAdapterTypes, parse } from 'parse5';
import { describe, expect, it } from 'vitest';
import { validateXML } from 'xmllint-wasm';
import { annotateFindings } from '../../../src/core/comment/check-annotations.ts';
import { renderComment } from '../../../src/core/comment/comment-body.ts';
import { renderHtml } from '../../../src/core/report/html/html-report.ts';
import { buildReport, type Report } from '../../../src/core/report/model/report-model.ts';
import { renderJunit, testCasesOf } from '../../../src/core/report/render/junit-report.ts';
import { renderMarkdown } from '../../../src/core/report/render/markdown-report.ts';
import { renderJson, reportJson } from '../../../src/core/report/render/report-json.ts';
import { reportOutputs } from '../../../src/core/report/render/report-outputs.ts';
import { renderText } from '../../../src/core/report/render/text-report.ts';
import { endpointSubject } from '../../../src/core/run-record/subject.ts';
import { seededRandom } from '../../../src/core/stats/random.ts';
import { aComparison, aRegression, checkSubject, estimate, metricSubject } from '../../support/a-comparison.ts';
import { aMeasuredRun } from '../../support/a-measured-run.ts';
import { givenScripts } from '../../support/given-scripts.ts';
import { hostileName } from '../../support/narrative-trial/hostile-names.ts';
import { intruders, seePage } from '../../support/narrative-trial/inspect-markdown.ts';
import { reportFacts } from '../../support/report-cases.ts';

const namesPerReport = 25;

/** Names wherever a report takes one: endpoints, checks, metrics, warnings, branches, scripts, stores. */
function reportOf(names: readonly string[]): Report {
  const name = (index: number) => names[index % names.length] as string;
  const slow = names
    .slice(0, 6)
    .map((endpoint, i) => aRegression({ subject: endpointSubject(endpoint), candidate: estimate(160 + i) }));
  return buildReport(
    reportFacts({
      comparisons: [
        ...slow,
        ...names
          .slice(6, 8)
          .map((endpoint) => aRegression({ subject: endpointSubject(endpoint), metric: 'errorRate' })),
        aRegression({ subject: checkSubject(name(8)) }),
        aRegression({ subject: metricSubject(name(9)) }),
        ...names
          .slice(10, 13)
          .map((endpoint) => aComparison({ subject: endpointSubject(endpoint), verdict: 'improved' })),
        ...names
          .slice(13, 15)
          .map((endpoint) => aComparison({ subject: endpointSubject(endpoint), verdict: 'slower-within-margin' })),
        aComparison({
          subject: endpointSubject(name(15)),
          verdict: 'not-compared',
          notComparedReason: 'new',
          warnings: [name(24)],
        }),
        aComparison({ subject: endpointSubject(name(16)), verdict: 'not-compared', notComparedReason: 'gone' }),
        ...names.slice(17, 19).map((endpoint) => aComparison({ subject: endpointSubject(endpoint) })),
      ],
      record: aMeasuredRun(Object.fromEntries(names.slice(0, 19).map((endpoint) => [endpoint, 30])), {
        provenance: { commit: name(19), branch: name(20) },
        exit: { class: 'ran', code: 99, crossedThresholds: [name(21)], thrownIterations: 0 },
      }),
      result: {
        suspects: [{ subject: endpointSubject(name(17)), metric: 'p95', relativeChange: 0.2, alphas: 2, needed: 3 }],
      },
      facts: {
        name: name(22),
        warnings: names.slice(19, 24),
        storeLabel: name(23),
        given: givenScripts([name(24)]),
        excluded: [{ id: name(19), reason: name(20) }],
      },
    }),
  );
}

/** 2,000 names, each in one report. */
const reports = (() => {
  const random = seededRandom('hostile names');
  return Array.from({ length: 2000 / namesPerReport }, () =>
    Array.from({ length: namesPerReport }, () => hostileName(random)),
  ).map(reportOf);
})();

const markdownElements =
  'h3 p strong ul ol li sub code pre code[class] details summary table thead tbody tr th td'.split(' ');

/** A line that GitHub's runner obeys, and what moves a terminal's cursor or hides text. */
const runnerCommand = /^\s*::|##\[/m;
const unseen = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/;

const runUrl = 'https://github.com/example/shop/actions/runs/42';

function faultsOf(render: (report: Report) => string, look: (text: string) => readonly string[]): string[] {
  return reports.flatMap((report, i) => look(render(report)).map((fault) => `${fault} in report ${i}`));
}

const commands = (text: string) => (runnerCommand.test(text) ? ['a workflow command'] : []);
const hidden = (text: string) => (unseen.test(text) ? ['a character that hides or moves'] : []);

describe('2,000 hostile names', () => {
  it('are no mention, link or element in a comment, beside its marker and the link to the run', () => {
    const render = (report: Report) =>
      renderComment({ marker: '<!-- tailgate -->', report, runUrl, acceptLabel: '@octocat <b>' });
    const look = (text: string) => {
      const page = seePage(text);
      const links = page.elements.filter((element) => element.startsWith('a'));
      return [
        ...intruders({ ...page, comments: page.comments - 1 }, [...markdownElements, 'a[href]']),
        ...(links.length === 1 && text.includes(`(${runUrl})`) ? [] : [`${links.length} links`]),
        ...hidden(text),
      ];
    };
    expect(faultsOf(render, look)).toEqual([]);
  });

  it('are no mention, link or element in a job summary', () => {
    const look = (text: string) => [...intruders(seePage(text), markdownElements), ...commands(text), ...hidden(text)];
    expect(faultsOf(renderMarkdown, look)).toEqual([]);
  });

  it('are no element, attribute or address on the page', () => {
    const known = new Set(describeHtml(renderHtml(reportOf(names('GET /plain')))));
    const look = (html: string) => [...describeHtml(html).filter((part) => !known.has(part)), ...hidden(html)];
    expect(faultsOf(renderHtml, look)).toEqual([]);
  });

  it('are no command in a log, wherever one is printed', () => {
    const surfaces = [renderText, renderJson, renderJunit] as const;
    for (const render of surfaces) {
      expect(faultsOf(render, (text) => [...commands(text), ...hidden(text)])).toEqual([]);
    }
    const details = (report: Report) => renderText(report, { details: true, width: 60 });
    expect(faultsOf(details, (text) => [...commands(text), ...hidden(text)])).toEqual([]);
  });

  it('read back from JSON as they are, and are no element of JUnit', async () => {
    for (const report of reports)
      expect(JSON.parse(renderJson(report))).toEqual(JSON.parse(JSON.stringify(reportJson(report))));
    const xml = reports.map((report, i) => ({ fileName: `${i}.xml`, contents: renderJunit(report) }));
    const { errors } = await validateXML({ xml, normalization: 'c14n' });
    expect(errors).toEqual([]);
    const elements = (text: string) => (text.match(/<testcase /g) ?? []).length;
    expect(xml.map(({ contents }) => elements(contents))).toEqual(
      reports.map((report) => testCasesOf(report.facts, report.headline).length),
    );
  });

  it('are one line each in annotations and in outputs that are text', () => {
    const annotations = (report: Report) => annotateFindings(report, [{ path: 'load.js', text: '' }]);
    const texts = reports.flatMap((report) => [
      report.headline,
      reportOutputs(report).summary,
      ...annotations(report).flatMap(({ title, message }) => [title, message]),
    ]);
    expect(texts.length).toBeGreaterThan(500);
    expect(texts.filter((text) => /[\n\r]/.test(text) || unseen.test(text))).toEqual([]);
  });
});

function names(prefix: string): string[] {
  return Array.from({ length: namesPerReport }, (_, i) => `${prefix}/${i}`);
}

/** Every kind of element with its attributes, every script's type, every address outside of the page. */
function describeHtml(html: string): string[] {
  const parts = new Set<string>();
  const visit = (node: DefaultTreeAdapterTypes.Node): void => {
    if (node.nodeName === '#comment') parts.add('a comment');
    if ('attrs' in node) {
      for (const { name, value } of node.attrs) {
        parts.add(`${node.tagName}[${name}]`);
        if (/^(?:href|src|action|content)$/.test(name) && !value.startsWith('#')) parts.add(`${name}=${value}`);
      }
      parts.add(node.tagName);
    }
    if ('childNodes' in node) for (const child of node.childNodes) visit(child);
  };
  visit(parse(html));
  return [...parts];
}
