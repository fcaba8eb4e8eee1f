import XMLBuilder from 'fast-xml-builder';
import type { Row } from '../../comparison/row.ts';
import { guardWorkflowCommands, toPlainText } from '../escape.ts';
import { changeWords, formatInterval, formatShare, formatSides, metricLabel, subjectText } from '../format-quantity.ts';
import { severityOf, verdictLabel } from '../model/endpoint-verdict.ts';
import { isAtStop, type RankedFacts } from '../model/report-facts.ts';
import type { Report } from '../model/report-model.ts';

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

/** One row of a viewer of tests. */
export interface TestCase {
  /** Unique in the report; from outside. */
  readonly name: string;
  /** `skipped`: not judged, or worse without failing the build. `error`: nothing could be measured. */
  readonly outcome: 'passed' | 'failed' | 'skipped' | 'error';
  /** Why it isn't passed, in one line; empty where it is. */
  readonly message: string;
  /** Every figure, a line each. */
  readonly lines: readonly string[];
}

/** The build's verdict first, then everything that was compared, worst first. */
export function testCasesOf(facts: RankedFacts, headline: string): TestCase[] {
  return [verdictCase(facts, headline), ...comparedCases(facts)];
}

/** Makes the tests red when the build is, whatever made it so, and never when it isn't. */
function verdictCase({ decided: { verdict, outcome } }: RankedFacts, headline: string): TestCase {
  const lines = [verdict.detail, ...('hint' in verdict ? [verdict.hint] : [])];
  const name = 'verdict';
  if (outcome.exitCode === 3) return { name, outcome: 'error', message: headline, lines };
  if (outcome.exitCode === 1) return { name, outcome: 'failed', message: headline, lines };
  return verdict.verdict === 'pass'
    ? { name, outcome: 'passed', message: '', lines: [headline] }
    : { name, outcome: 'skipped', message: headline, lines };
}

function comparedCases(facts: RankedFacts): TestCase[] {
  const bySubject = new Map<string, Row[]>();
  for (const row of facts.rows) bySubject.set(subjectOf(row), [...(bySubject.get(subjectOf(row)) ?? []), row]);
  return [...bySubject]
    .map(([name, rows]) => ({ name, rows: rows.toSorted((a, b) => severityOf(a) - severityOf(b)) }))
    .sort((a, b) => severityOf(a.rows[0] as Row) - severityOf(b.rows[0] as Row) || byText(a.name, b.name))
    .map(({ name, rows }) => caseOf(name, rows, facts));
}

/** Checks, listed metrics and totals of the load are matters of their own. */
function subjectOf(row: Row): string {
  if (row.subject.kind === 'check') return `check: ${subjectText(row)}`;
  return row.family === 'metrics' || row.family === 'load' ? `metric: ${subjectText(row)}` : subjectText(row);
}

function caseOf(name: string, rows: readonly Row[], facts: RankedFacts): TestCase {
  const atStop = isAtStop(facts);
  const lines = rows.map((row) => figuresLine(row, atStop));
  const worse = rows.filter(({ verdict }) => verdict === 'regressed');
  if (worse.length > 0) {
    const isEnforced = facts.decided.outcome.exitCode === 1;
    const what = worse.map((row) => `${metricLabel(row.metric)} ${changeWords(row, atStop)}`).join(', ');
    const message = isEnforced ? `worse: ${what}` : `worse, but not failing the build: ${what}`;
    return { name, outcome: isEnforced ? 'failed' : 'skipped', message, lines };
  }
  const isCompared = rows.some(({ verdict }) => verdict !== 'not-compared');
  const [first] = rows;
  return isCompared || first === undefined
    ? { name, outcome: 'passed', message: '', lines }
    : { name, outcome: 'skipped', message: verdictLabel(first), lines: first.warnings };
}

/** `p95: 120 → 183 ms, +52 %, 95 % interval +40 to +65 %: worse`. */
function figuresLine(row: Row, atStop: boolean): string {
  const interval = formatInterval(row);
  const level = formatShare(row.relativeChange?.level ?? 0.95);
  const parts = [
    formatSides(row),
    changeWords(row, atStop),
    interval === '' || atStop ? '' : `${level} interval ${interval}`,
  ].filter((part) => part !== '');
  const figures = parts.length === 0 ? '' : `: ${parts.join(', ')}`;
  const where = row.subject.kind === 'all-endpoints' && row.family === 'latency' ? ', shared shift' : '';
  return `${metricLabel(row.metric)}${where}${figures}: ${verdictLabel(row)}`;
}

function byText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
