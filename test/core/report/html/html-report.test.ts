import { createHash } from 'node:crypto';
import { fc, it as property } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { embeddedJson, pageScript, renderHtml } from '../../../../src/core/report/html/html-report.ts';
import { scriptHash, styleHash } from '../../../../src/core/report/html/page-document.ts';
import { stylesheet } from '../../../../src/core/report/html/stylesheet.ts';
import { buildReport } from '../../../../src/core/report/model/report-model.ts';
import { reportJson } from '../../../../src/core/report/render/report-json.ts';
import { endpointSubject } from '../../../../src/core/run-record/subject.ts';
import { aRegression } from '../../../support/a-comparison.ts';
import { pageCases } from '../../../support/page-cases.ts';
import { reportCases, reportFacts } from '../../../support/report-cases.ts';

const embedded = (html: string) => /<script type="application\/json"[^>]*>([\s\S]*?)<\/script>/.exec(html)?.[1] ?? '';

describe('renderHtml', () => {
  it.each(Object.entries(reportCases))('holds the whole JSON report and no unknown figure: %s', (_, facts) => {
    const report = buildReport(facts);
    const html = renderHtml(report);
    expect(JSON.parse(embedded(html))).toEqual(JSON.parse(JSON.stringify(reportJson(report))));
    const texts = html.replace(embedded(html), '').replaceAll(/<(script|style)>[\s\S]*?<\/\1>/g, '');
    expect(texts).not.toMatch(/undefined|NaN|Infinity|\[object/);
  });

  it('gives the same bytes for the same facts', () => {
    const html = () => renderHtml((pageCases['duet'] as () => Parameters<typeof renderHtml>[0])());
    expect(html()).toBe(html());
  });

  it('weighs less than 400 kB with 50 endpoints and 30 stored runs', () => {
    const html = renderHtml((pageCases['fifty'] as () => Parameters<typeof renderHtml>[0])());
    expect(Buffer.byteLength(html)).toBeLessThan(400_000);
  });

  it('loads nothing and carries no inline style, which its policy would refuse', () => {
    const html = renderHtml((pageCases['regressed'] as () => Parameters<typeof renderHtml>[0])());
    const elements = html.replaceAll(/<(script|style)[^>]*>[\s\S]*?<\/\1>/g, '');
    expect(elements).not.toMatch(/ style=| on\w+=| src=| href="(?!#)/);
  });

  property.prop([fc.string({ unit: 'binary' })], { numRuns: 20 })('makes no element of a name from outside', (name) => {
    const html = renderHtml(
      buildReport(reportFacts({ comparisons: [aRegression({ subject: endpointSubject(name) })] })),
    );
    const known = renderHtml(
      buildReport(reportFacts({ comparisons: [aRegression({ subject: endpointSubject('GET /a') })] })),
    );
    const tags = (page: string) =>
      page
        .replace(embedded(page), '')
        .match(/<[a-z!/][\w-]*/gi)
        ?.map(String) ?? [];
    // Where a name has nothing to show, a page may have fewer elements, never more and never others.
    expect(tags(html).length).toBeLessThanOrEqual(tags(known).length);
    expect(tags(html).filter((tag) => !tags(known).includes(tag))).toEqual([]);
    expect(html).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/);
  });
});

describe('embeddedJson', () => {
  const report = reportJson(buildReport(reportFacts({})));

  property.prop([fc.string({ unit: 'binary' })])('reads back as it was, whatever the names', (name) => {
    const text = embeddedJson({ ...report, name, warnings: [name, '</script><!--<script>'] });
    expect(text).not.toContain('<');
    expect(JSON.parse(text)).toEqual(
      JSON.parse(JSON.stringify({ ...report, name, warnings: [name, '</script><!--<script>'] })),
    );
  });
});

describe("the page's policy", () => {
  const hash = (text: string) => createHash('sha256').update(text).digest('base64');

  it('allows exactly its own style and its own script', () => {
    expect({ styleHash, scriptHash }).toEqual({ styleHash: hash(stylesheet), scriptHash: hash(pageScript) });
  });
});
