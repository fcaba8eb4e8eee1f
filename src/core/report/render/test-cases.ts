import type { Row } from '../../comparison/row.ts';
import { formatInterval, formatShare, formatSides, metricLabel, subjectText } from '../format-quantity.ts';
import { changeWords } from '../model/change-words.ts';
import { isAtStop, type RankedFacts } from '../model/report-facts.ts';
import { severityOf, verdictLabel } from '../model/severity.ts';

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
  const where = row.subject.kind === 'all-endpoints' && row.family === 'latency' ? ', common part' : '';
  return `${metricLabel(row.metric)}${where}${figures}: ${verdictLabel(row)}`;
}

function byText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
