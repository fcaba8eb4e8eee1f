import { allEndpoints, type Comparison } from '../comparison/comparison.ts';
import { fewestBaselineRuns } from '../verdict/decide.ts';
import { outcomeOf } from '../verdict/outcome.ts';
import { changeWords, movementWords } from './change-words.ts';
import { detectable } from './detectable.ts';
import { nameInSentence } from './escape.ts';
import { formatCount, isQuantile, metricLabel } from './format-quantity.ts';
import type { Finding } from './rank-findings.ts';
import { isAtStop, type RankedFacts, type ReportFacts } from './report-facts.ts';

/** What a reader must know of the policy before the verdict: that it can't fail the build, or that it didn't. */
export function policyNote({ mode, decided, failOn, onlyMeasures = false }: ReportFacts): string {
  if (mode === 'record' || onlyMeasures) return '';
  if (failOn.includes('never')) return '(not enforced, fail-on: never) ';
  const { verdict } = decided.verdict;
  const isOverlooked = (verdict === 'fail' || verdict === 'invalid') && decided.outcome.exitCode === 0;
  if (!isOverlooked) return '';
  const everything = outcomeOf(decided.verdict, ['regressed'], 'stored').exitCode === 1 ? 'regressed' : undefined;
  const word = verdict === 'invalid' ? 'invalid' : (everything ?? 'k6-thresholds');
  return `(not enforced, fail-on does not list ${word}) `;
}

export function headlineOf(facts: RankedFacts, findings: readonly Finding[]): string {
  if (facts.storeFailure !== undefined) return `the run was measured and is lost: ${facts.storeFailure}`;
  if (facts.mode === 'record' && facts.decided.outcome.exitCode === 0) return recordHeadline(facts, findings);
  const isLeft = facts.onlyMeasures === true && facts.decided.outcome.exitCode === 0;
  return isLeft
    ? `another job decides; a first look: ${verdictHeadline(facts, findings)}`
    : verdictHeadline(facts, findings);
}

function verdictHeadline(facts: RankedFacts, findings: readonly Finding[]): string {
  const { verdict } = facts.decided;
  switch (verdict.verdict) {
    case 'invalid':
      return `could not measure: ${verdict.detail}`;
    case 'no-baseline':
      return `no verdict yet: ${verdict.detail}`;
    case 'inconclusive':
      return `cannot tell: ${verdict.detail}`;
    case 'fail':
      return verdict.reason === 'regressed' ? worseHeadline(facts, findings) : verdict.detail;
    case 'pass':
      return verdict.reason === 'accepted' ? verdict.detail : passHeadline(facts, findings, verdict.reason);
  }
}

function recordHeadline(facts: RankedFacts, findings: readonly Finding[]): string {
  const { verdict } = facts.decided;
  const earlier = formatCount(facts.window.length, 'earlier run');
  if (verdict.verdict === 'fail' && verdict.reason === 'regressed') {
    return `kept outside the comparison window, as it is worse than ${earlier}: ${worseHeadline(facts, findings)}`;
  }
  const isAccepted = verdict.verdict === 'pass' && verdict.reason === 'accepted';
  if (verdict.verdict === 'fail' || isAccepted) return `stored; ${verdict.detail}`;
  if (verdict.verdict === 'no-baseline') return `stored as run ${facts.window.length + 1} of ${fewestBaselineRuns}`;
  return `stored; no regression seen against ${earlier}`;
}

/** `2 of 11 endpoints got worse, most of all GET /search p95 120 → 183 ms (+52 %)`. */
function worseHeadline(facts: RankedFacts, findings: readonly Finding[]): string {
  const { rows } = facts;
  const common = findings.find(({ lead }) => lead.endpoint === allEndpoints && isQuantile(lead.metric));
  const others = findings.filter((finding) => finding !== common);
  const [worst] = others;
  const names = new Set(others.filter(isOneEndpoint).map(({ lead }) => lead.endpoint));
  const parts = [
    ...(names.size > 0 ? [`${names.size} of ${formatCount(countCompared(rows), 'endpoint')}`] : []),
    ...countOf(others, ({ metric }) => metric === 'checkFailureRate', 'check'),
    ...countOf(others, (row) => !isOneEndpoint({ lead: row }) && row.metric !== 'checkFailureRate', 'other metric'),
  ];
  const single =
    worst === undefined
      ? ''
      : `${parts.join(' and ')} got worse${others.length > 1 ? ', most of all ' : ': '}${describe(worst.lead, isAtStop(facts))}`;
  if (common === undefined) return single;
  const together = `all endpoints together got slower (${metricLabel(common.lead.metric)} ${changeWords(common.lead, isAtStop(facts))})`;
  if (single === '') return together;
  // One endpoint that doubled raises the average of a few as well; that is no slowdown of all of them.
  return names.size * 2 < countCompared(rows) ? single : `${together}; ${single}`;
}

function countOf(findings: readonly Finding[], belongs: (row: Comparison) => boolean, noun: string): string[] {
  const count = findings.filter(({ lead }) => belongs(lead)).length;
  return count === 0 ? [] : [formatCount(count, noun)];
}

function countCompared(rows: readonly Comparison[]): number {
  const compared = rows.filter((row) => row.verdict !== 'not-compared' && isOneEndpoint({ lead: row }));
  return new Set(compared.map((row) => row.endpoint)).size;
}

function isOneEndpoint({ lead }: { readonly lead: Comparison }): boolean {
  return lead.endpoint !== allEndpoints && lead.metric !== 'checkFailureRate';
}

/** `GET /search p95 120 → 183 ms (+52 %)`. */
export function describe(row: Comparison, atStop: boolean): string {
  return `${nameInSentence(row.endpoint)} ${movementWords(row, atStop)}`;
}

function passHeadline(facts: RankedFacts, findings: readonly Finding[], reason: string): string {
  const slower = facts.rows.filter((row) => row.verdict === 'slower-within-margin');
  const endpoints = formatCount(countCompared(facts.rows), 'endpoint');
  const [worst] = findings.length > 0 ? findings.map(({ lead }) => lead) : slower;
  switch (reason) {
    case 'shown':
      return `${endpoints} shown to be not slower than the baseline`;
    case 'within-margin':
    case 'within-objective': {
      const limit = reason === 'within-margin' ? 'margins' : 'objectives';
      return `worse, but inside the ${limit}${worst === undefined ? '' : `: ${describe(worst, isAtStop(facts))}`}`;
    }
    default:
      return `no regression found on ${endpoints}${seenFrom(facts)}`;
  }
}

function seenFrom(facts: RankedFacts): string {
  const seen = detectable(facts.rows, facts.record);
  return seen === undefined ? '' : `; ${seen.span} would most likely have shown`;
}
