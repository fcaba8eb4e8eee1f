import XMLBuilder from 'fast-xml-builder';
import { guardWorkflowCommands, toPlainText } from '../escape.ts';
import type { Report } from '../model/report-model.ts';
import type { TestCase } from './test-cases.ts';
import { testCasesOf } from './test-cases.ts';

const builder = new XMLBuilder({
  ignoreAttributes: false,
  attributeNamePrefix: '@',
  format: true,
  suppressEmptyNode: true,
  suppressBooleanAttributes: false,
});

/**
 * The report as JUnit XML, by the schema that Jenkins checks (junit-10.xsd): one test for the verdict and one for each
 * endpoint, check and listed metric. The tests are red exactly when the build is; GitLab shows the text of a failure.
 */
export function renderJunit(report: Report): string {
  const { facts, badge, headline } = report;
  const { verdict } = facts.decided;
  const cases = testCasesOf(facts, headline);
  const counts = {
    '@tests': String(cases.length),
    '@failures': count(cases, 'failed'),
    '@errors': count(cases, 'error'),
  };
  const name = plain(`tailgate ${facts.name}`);
  const reason = 'reason' in verdict ? verdict.reason : '';
  const properties = { badge, headline, mode: facts.mode, verdict: verdict.verdict, reason };
  const xml = builder.build({
    '?xml': { '@version': '1.0', '@encoding': 'UTF-8' },
    testsuites: {
      '@name': 'tailgate',
      ...counts,
      testsuite: {
        '@name': name,
        ...counts,
        '@skipped': count(cases, 'skipped'),
        ...(facts.record && { '@timestamp': plain(facts.record.startedAt) }),
        properties: {
          property: Object.entries(properties).map(([key, value]) => ({ '@name': key, '@value': plain(value) })),
        },
        testcase: cases.map((test) => ({
          '@classname': name,
          '@name': plain(test.name, longestName).trim() || '(empty)',
          ...resultOf(test),
        })),
      },
    },
  });
  return guardWorkflowCommands(xml);
}

const longestName = 300;

/** Elements beside name and class. GitLab shows only the text of one that isn't passed, Jenkins its message above the text. */
function resultOf({ outcome, message, lines }: TestCase): object {
  const text = [message, ...lines]
    .filter((line) => line !== '')
    .map((line) => plain(line))
    .join('\n');
  const told = { '@message': plain(message), ...(text !== '' && { '#text': text }) };
  switch (outcome) {
    case 'failed':
      return { failure: { '@type': 'regression', ...told } };
    case 'error':
      return { error: { '@type': 'not-measured', ...told } };
    case 'skipped':
      return { skipped: told };
    case 'passed':
      return text === '' ? {} : { 'system-out': text };
  }
}

function count(cases: readonly TestCase[], outcome: TestCase['outcome']): string {
  return String(cases.filter((test) => test.outcome === outcome).length);
}

/** Without the characters that XML has no way to write. */
function plain(text: string, longest?: number): string {
  return toPlainText(text, longest);
}
