import { fc, test } from '@fast-check/vitest';
import MarkdownIt from 'markdown-it';
import { describe, expect, it } from 'vitest';
import { commentLimit, renderComment } from '../../../src/core/comment/comment-body.ts';
import { buildReport } from '../../../src/core/report/model/report-model.ts';
import { endpointSubject } from '../../../src/core/run-record/subject.ts';
import { aComparison, aRegression } from '../../support/a-comparison.ts';
import { reportCases, reportFacts } from '../../support/report-cases.ts';

const marker = '<!-- tailgate {"name":"shop"} -->';

function manyEndpoints(count: number, warnings: readonly string[] = []) {
  const comparisons = Array.from({ length: count }, (_, i) =>
    i < 30
      ? aRegression({ subject: endpointSubject(`GET /${'a|'.repeat(60)}${i}`) })
      : aComparison({ subject: endpointSubject(`GET /${'|`'.repeat(60)}${i}`) }),
  );
  return buildReport(reportFacts({ comparisons, facts: { warnings } }));
}

const crowded = manyEndpoints(60);

describe('renderComment', () => {
  it('begins with the marker, then the verdict, and ends with the run', () => {
    const report = buildReport(reportCases['fail-regressed'] as never);
    const text = renderComment({ marker, report, runUrl: 'https://github.com/example/shop/actions/runs/42' });
    expect(text.split('\n').slice(0, 2)).toEqual([marker, expect.stringMatching(/^### ❌ FAIL: /)]);
    expect(text.trimEnd()).toMatch(/<sub>\[Run and report files\]\(.*\/42\)<\/sub>$/);
  });

  it('says how to accept when there is a label for it', () => {
    const report = buildReport(reportCases['fail-regressed'] as never);
    expect(renderComment({ marker, report, acceptLabel: 'tailgate-accept' })).toContain('tailgate accept: REASON');
    expect(renderComment({ marker, report })).not.toContain('tailgate accept');
  });

  it.each([1, 200])('fits with %i endpoints of long hostile names, verdict and findings still there', (count) => {
    const text = renderComment({ marker, report: manyEndpoints(count) });
    expect(text.length).toBeLessThan(commentLimit);
    expect(text).toContain('FAIL');
    expect(text).toContain('why it is flagged');
  });

  it('keeps as many rows as fit', () => {
    const text = renderComment({ marker, report: manyEndpoints(200) }, 30_000);
    expect(text).toMatch(/\d+ of 200 rows of “All endpoints”/);
    expect(text.match(/^\| `+ ?GET/gm)?.length).toBeGreaterThan(10);
  });

  it('fits with hundreds of long warnings as well', () => {
    const warnings = Array.from({ length: 300 }, (_, i) => `${i} ${'@#|*'.repeat(500)}`);
    const text = renderComment({ marker, report: manyEndpoints(200, warnings) });
    expect(text.length).toBeLessThan(commentLimit);
    expect(text).toContain('FAIL');
  });

  test.prop([fc.integer({ min: 700, max: 60_000 })], { numRuns: 12 })(
    'stays under any limit without cutting a table or a fold in two',
    (limit) => {
      const text = renderComment({ marker, report: crowded, acceptLabel: 'tailgate-accept' }, limit);
      if (limit > 2000) expect(text.length).toBeLessThan(limit);
      expect(text.match(/<details>/g)?.length ?? 0).toBe(text.match(/<\/details>/g)?.length ?? 0);
      const html = new MarkdownIt({ html: true }).render(text);
      expect(html.match(/<table>/g)?.length ?? 0).toBe(html.match(/<\/table>/g)?.length ?? 0);
    },
  );
});
