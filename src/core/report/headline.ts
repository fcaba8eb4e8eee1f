import { allEndpoints, type Comparison } from '../comparison/comparison.ts';
import { outcomeOf } from '../verdict/outcome.ts';
import { detectable } from './detectable.ts';
import { nameInSentence } from './escape.ts';
import { formatChangeOf, formatCount, formatSides, metricLabel } from './format-quantity.ts';
import type { Finding } from './rank-findings.ts';
import type { RankedFacts, ReportFacts } from './report-facts.ts';
import type { Badge } from './report-model.ts';

export function badgeOf({ mode, decided }: ReportFacts): Badge {
  const { verdict } = decided.verdict;
  if (mode === 'record' && decided.outcome.exitCode === 0) return 'RECORDED';
  if (verdict === 'no-baseline') return 'NO BASELINE';
  return verdict.toUpperCase() as Badge;
}

/** What a reader must know of the policy before the verdict: that it can't fail the build, or that it didn't. */
export function policyNote({ mode, decided, failOn }: ReportFacts): string {
  if (mode === 'record') return '';
  if (failOn.includes('never')) return 'not enforced (fail-on: never). ';
  const { verdict } = decided.verdict;
  const isOverlooked = (verdict === 'fail' || verdict === 'invalid') && decided.outcome.exitCode === 0;
  if (!isOverlooked) return '';
  const everything = outcomeOf(decided.verdict, ['regressed'], 'stored').exitCode === 1 ? 'regressed' : undefined;
  const word = verdict === 'invalid' ? 'invalid' : (everything ?? 'k6-thresholds');
  return `not enforced (fail-on does not list ${word}). `;
}

export function headlineOf(facts: RankedFacts, findings: readonly Finding[]): string {
  const { verdict } = facts.decided;
  if (facts.mode === 'record' && facts.decided.outcome.exitCode === 0) return recordHeadline(facts, findings);
  switch (verdict.verdict) {
    case 'invalid':
      return `could not measure: ${verdict.detail}`;
    case 'no-baseline':
      return `no verdict yet: ${verdict.detail}`;
    case 'inconclusive':
      return `cannot tell: ${verdict.detail}`;
    case 'fail':
      return verdict.reason === 'regressed' ? worseHeadline(findings) : verdict.detail;
    case 'pass':
      return passHeadline(facts, findings, verdict.reason);
  }
}

function recordHeadline(facts: RankedFacts, findings: readonly Finding[]): string {
  const { verdict } = facts.decided;
  const earlier = formatCount(facts.window.length, 'earlier run');
  if (verdict.verdict === 'fail' && verdict.reason === 'regressed') {
    return `kept outside the comparison window, as it is worse than ${earlier}: ${worseHeadline(findings)}`;
  }
  if (verdict.verdict === 'fail') return `stored; ${verdict.detail}`;
  if (verdict.verdict === 'no-baseline')
    return `stored as run ${facts.window.length + 1}; ${verdict.detail} to compare with`;
  return `stored; it agrees with ${earlier}`;
}

/** `2 of 11 endpoints got worse, most of all GET /search: p95 120 → 183 ms (+52 %)`. */
function worseHeadline(findings: readonly Finding[]): string {
  const [worst] = findings;
  if (worst === undefined) return 'something got worse';
  const names = new Set(findings.filter(isOneEndpoint).map(({ lead }) => lead.endpoint));
  const others = findings.filter((finding) => !isOneEndpoint(finding));
  const isCommon = others.some(({ lead }) => lead.endpoint === allEndpoints && lead.metric !== 'checkFailureRate');
  const parts = [
    ...(names.size > 0 ? [formatCount(names.size, 'endpoint')] : []),
    ...(isCommon ? [names.size > 0 ? 'all endpoints together' : 'the endpoints together'] : []),
    ...countOf(others, 'checkFailureRate', 'check'),
  ];
  const subject = parts.join(' and ');
  const most = findings.length > 1 ? 'most of all ' : '';
  return `${subject} got worse, ${most}${describe(worst.lead)}`;
}

function countOf(findings: readonly Finding[], metric: string, noun: string): string[] {
  const count = findings.filter(({ lead }) => lead.metric === metric).length;
  return count === 0 ? [] : [formatCount(count, noun)];
}

function isOneEndpoint({ lead }: Finding): boolean {
  return lead.endpoint !== allEndpoints && lead.metric !== 'checkFailureRate';
}

/** `GET /search: p95 120 → 183 ms (+52 %)`. */
export function describe(row: Comparison): string {
  const sides = formatSides(row);
  const change = formatChangeOf(row);
  const figures = sides === '' ? change : `${sides} (${change})`;
  return `${nameInSentence(row.endpoint)}: ${metricLabel(row.metric)} ${figures}`;
}

function passHeadline(facts: RankedFacts, findings: readonly Finding[], reason: string): string {
  const slower = facts.rows.filter((row) => row.verdict === 'slower-within-margin');
  const compared = new Set(
    facts.rows
      .filter(
        (row) => row.verdict !== 'not-compared' && row.endpoint !== allEndpoints && row.metric !== 'checkFailureRate',
      )
      .map((row) => row.endpoint),
  );
  const endpoints = formatCount(compared.size, 'endpoint');
  const [worst] = findings.length > 0 ? findings.map(({ lead }) => lead) : slower;
  switch (reason) {
    case 'shown':
      return `${endpoints} shown to be not slower than the baseline`;
    case 'within-margin':
    case 'within-objective': {
      const limit = reason === 'within-margin' ? 'margins' : 'objectives';
      return `worse, but inside the ${limit}${worst === undefined ? '' : `: ${describe(worst)}`}`;
    }
    default:
      return `nothing got worse on ${endpoints}, as far as this run can see${seenFrom(facts)}`;
  }
}

function seenFrom(facts: RankedFacts): string {
  const seen = detectable(facts.rows, facts.record);
  return seen === undefined ? '' : ` (${seen.onBusiest})`;
}
