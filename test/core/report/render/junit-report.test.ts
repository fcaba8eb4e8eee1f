import { readFile } from 'node:fs/promises';
import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { validateXML } from 'xmllint-wasm';
import { buildReport } from '../../../../src/core/report/model/report-model.ts';
import { renderJunit, testCasesOf } from '../../../../src/core/report/render/junit-report.ts';
import { reportJson } from '../../../../src/core/report/render/report-json.ts';
import { endpointSubject } from '../../../../src/core/run-record/subject.ts';
import { aComparison, aRegression, checkSubject } from '../../../support/a-comparison.ts';
import { reportCases, reportFacts } from '../../../support/report-cases.ts';

/** The schema that Jenkins' xUnit plugin checks files against before it shows them. */
const schema = await readFile(new URL('../../../fixtures/junit/junit-10.xsd', import.meta.url), 'utf8');

const junitOf = (name: string) => renderJunit(buildReport(reportCases[name] as (typeof reportCases)[string]));

/** The elements of `xml`, each start tag whole. */
function tags(xml: string, name: string): string[] {
  return xml.match(new RegExp(`<${name}[ >/][^>]*`, 'g')) ?? [];
}

describe('renderJunit', () => {
  it('is valid by the schema in every situation', async () => {
    const xml = Object.keys(reportCases).map((name) => ({ fileName: `${name}.xml`, contents: junitOf(name) }));
    const result = await validateXML({ xml, schema });
    expect(result.errors).toEqual([]);
    expect(result.valid).toBe(true);
  });

  it.each(Object.keys(reportCases))('counts what it holds, and is red exactly when the build is: %s', (name) => {
    const report = buildReport(reportCases[name] as (typeof reportCases)[string]);
    const xml = renderJunit(report);
    const suite = tags(xml, 'testsuite')[0] ?? '';
    const held = { tests: 'testcase', failures: 'failure', errors: 'error', skipped: 'skipped' };
    for (const [attribute, element] of Object.entries(held)) {
      expect(suite).toContain(` ${attribute}="${tags(xml, element).length}"`);
    }
    expect(/<(failure|error) /.test(xml)).toBe(reportJson(report).exitCode !== 0);
  });

  it('tells GitLab, which shows only the text, and Jenkins, which shows the message, what got worse', () => {
    const xml = junitOf('fail-regressed');
    expect(xml).toContain('name="GET /search"');
    expect(xml).toContain('message="worse: p95 +52 %, p50 +33 %"');
    expect(xml).toContain(
      '>worse: p95 +52 %, p50 +33 %\np95: 120 → 183 ms, +52 %, 95 % interval +40 to +65 %: worse\n',
    );
  });

  const anyText = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 40 }),
    fc
      .array(
        fc.constantFrom(
          ']]>',
          '</testcase>',
          '<failure/>',
          '"',
          "'",
          '&',
          '&#0;',
          '\u0000',
          '\ufffe',
          '\n',
          '::error::',
          '<!--',
        ),
        {
          maxLength: 6,
        },
      )
      .map((parts) => parts.join('')),
  );

  test.prop([fc.array(anyText, { minLength: 8, maxLength: 8 })], { numRuns: 15 })(
    'stays valid whatever names and messages hold',
    async (texts) => {
      const [a = '', b = '', warning = '', check = '', ...others] = texts;
      const report = buildReport(
        reportFacts({
          comparisons: [
            aRegression({ subject: endpointSubject(a), warnings: [warning] }),
            aComparison({
              subject: endpointSubject(b),
              verdict: 'not-compared',
              notComparedReason: 'new',
              warnings: [warning],
            }),
            aRegression({ subject: checkSubject(check) }),
            ...others.map((endpoint) => aComparison({ subject: endpointSubject(endpoint) })),
          ],
          facts: { name: warning },
        }),
      );
      const xml = renderJunit(report);
      const result = await validateXML({ xml: { fileName: 'report.xml', contents: xml }, schema });
      expect(result.errors).toEqual([]);
      expect(tags(xml, 'testcase')).toHaveLength(testCasesOf(report.facts, report.headline).length);
      for (const line of xml.split('\n')) expect(line.trimStart().startsWith('::')).toBe(false);
    },
  );
});
