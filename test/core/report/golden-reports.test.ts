import { readFile } from 'node:fs/promises';
import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import { renderComment } from '../../../src/core/comment/comment-body.ts';
import { renderHtml } from '../../../src/core/report/html/html-report.ts';
import { buildReport } from '../../../src/core/report/model/report-model.ts';
import { renderJunit } from '../../../src/core/report/render/junit-report.ts';
import { renderMarkdown } from '../../../src/core/report/render/markdown-report.ts';
import { renderJson, reportJson } from '../../../src/core/report/render/report-json.ts';
import { renderText } from '../../../src/core/report/render/text-report.ts';
import { pageText } from '../../support/page-text.ts';
import { rareReportCases } from '../../support/rare-report-cases.ts';
import { reportCases } from '../../support/report-cases.ts';

const schema = JSON.parse(
  await readFile(new URL('../../../schemas/tailgate.report.2.schema.json', import.meta.url), 'utf8'),
);
const validate = new Ajv({ strict: false, allErrors: true }).compile(schema);

const runUrl = 'https://github.com/example/shop/actions/runs/42';

describe.each(Object.entries({ ...reportCases, ...rareReportCases }))('the report %s', (name, facts) => {
  it('tells of figures that agree with one another', () => {
    for (const { unit, baseline, candidate, relativeChange } of facts.decided.comparison?.comparisons ?? []) {
      if (baseline === undefined || candidate === undefined || relativeChange === undefined) continue;
      const [before, after] = [baseline.point, candidate.point];
      expect(unit === 'fraction' ? after - before : after / before - 1).toBeCloseTo(relativeChange.point, 2);
    }
  });

  const golden = (ending: string) => `../../golden/report/${name}.${ending}`;

  it('reads in a terminal as it did', async () => {
    await expect(renderText(buildReport(facts))).toMatchFileSnapshot(golden('txt'));
  });

  it('reads in a job summary as it did', async () => {
    await expect(renderMarkdown(buildReport(facts))).toMatchFileSnapshot(golden('md'));
  });

  it('reads on the pull request as it did', async () => {
    const report = buildReport(facts);
    const accept = reportJson(report).exitCode !== 0 && { acceptLabel: 'tailgate-accept' };
    const comment = renderComment({ marker: '<!-- tailgate -->', report, runUrl, ...accept });
    await expect(comment).toMatchFileSnapshot(golden('comment.md'));
  });

  it('is JUnit as it was', async () => {
    await expect(renderJunit(buildReport(facts))).toMatchFileSnapshot(golden('junit.xml'));
  });

  it('reads as a page as it did', async () => {
    await expect(pageText(renderHtml(buildReport(facts)))).toMatchFileSnapshot(golden('page.txt'));
  });

  it('is JSON by the schema, the same bytes each time', async () => {
    const json = renderJson(buildReport(facts));
    expect(renderJson(buildReport(facts))).toBe(json);
    validate(JSON.parse(json));
    expect(validate.errors).toBeNull();
    await expect(json).toMatchFileSnapshot(golden('json'));
  });
});
