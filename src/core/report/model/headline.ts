import type { ComparisonResult } from '../../comparison/comparison-result.ts';
import type { Row } from '../../comparison/row.ts';
import { subjectLabel } from '../../run-record/subject.ts';
import { minBaselineRuns, outcomeOf } from '../../verdict/build-verdict.ts';
import { nameInSentence } from '../escape.ts';
import { changeWords, formatChange, formatCount, metricLabel, movementWords, subjectText } from '../format-quantity.ts';
import { detectable } from './detectable.ts';
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

/** The build's outcome in one sentence, without the policy note. A run that couldn't be stored goes before all else. */
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
  if (verdict.verdict === 'no-baseline') return `stored as run ${facts.window.length + 1} of ${minBaselineRuns}`;
  if (verdict.verdict === 'inconclusive') return `stored; against ${earlier} nothing can be told: ${verdict.detail}`;
  return `stored; no regression seen against ${earlier}`;
}

/** `2 of 11 endpoints got worse, most of all GET /search p95 120 → 183 ms (+52 %)`. */
function worseHeadline(facts: RankedFacts, findings: readonly Finding[]): string {
  const { rows } = facts;
  const together = findings.filter(({ lead }) => isOfAllEndpoints(lead));
  const others = findings.filter((finding) => !together.includes(finding));
  const [worst] = others;
  const worse = others.map(({ lead }) => lead);
  const parts = [
    ...(countEndpoints(worse) > 0
      ? [`${countEndpoints(worse)} of ${formatCount(countCompared(rows), 'endpoint')}`]
      : []),
    ...countOf(others, ({ subject }) => subject.kind === 'check', 'check'),
    ...countOf(others, ({ subject }) => subject.kind === 'metric' || subject.kind === 'all-endpoints', 'other metric'),
  ];
  const single =
    worst === undefined
      ? ''
      : `${parts.join(' and ')} got worse${others.length > 1 ? ', most of all ' : ': '}${describeRow(worst.lead, isAtStop(facts))}`;
  // One endpoint that doubled raises the average of a few as well; that is no slowdown of all of them.
  const isBroad = ({ lead: { subject } }: Finding) => {
    const isOfJob = (row: Row) => row.subject.job === subject.job;
    return countEndpoints(worse.filter(isOfJob)) * 2 >= countCompared(rows.filter(isOfJob));
  };
  const told = single === '' ? together : together.filter(isBroad);
  const all = told.map(({ lead }) => {
    const ofJob = lead.subject.job === undefined ? '' : ` of ${nameInSentence(lead.subject.job)}`;
    return `all endpoints${ofJob} together got slower (${metricLabel(lead.metric)} ${changeWords(lead, isAtStop(facts))})`;
  });
  return [...all, single].filter((part) => part !== '').join('; ');
}

function countOf(findings: readonly Finding[], belongs: (row: Row) => boolean, noun: string): string[] {
  const count = findings.filter(({ lead }) => belongs(lead)).length;
  return count === 0 ? [] : [formatCount(count, noun)];
}

function countCompared(rows: readonly Row[]): number {
  return countEndpoints(rows.filter((row) => row.verdict !== 'not-compared'));
}

function countEndpoints(rows: readonly Row[]): number {
  return new Set(rows.filter(isOneEndpoint).map(({ subject }) => subjectLabel(subject))).size;
}

function isOneEndpoint({ subject }: Row): boolean {
  return subject.kind === 'endpoint';
}

function isOfAllEndpoints({ subject, family }: Row): boolean {
  return subject.kind === 'all-endpoints' && family === 'latency';
}

/** `GET /search p95 120 → 183 ms (+52 %)`. */
export function describeRow(row: Row, atStop: boolean): string {
  return `${nameInSentence(subjectText(row))} ${movementWords(row, atStop)}`;
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
      return `worse, but inside the ${limit}${worst === undefined ? '' : `: ${describeRow(worst, isAtStop(facts))}`}`;
    }
    default:
      return `no regression found on ${endpoints}${seenFrom(facts)}`;
  }
}

function seenFrom(facts: RankedFacts): string {
  const seen = detectable(facts.rows, facts.record);
  return seen === undefined ? '' : `; ${seen.span} would most likely have shown`;
}

/** `GET /search p95 120 → 183 ms (+52 %) looks worse, and 2 further results`: what is measured again. */
export function describeSuspects([first, ...others]: readonly Row[]): string {
  if (first === undefined) return 'nothing looks worse';
  const rest = others.length > 0 ? `, and ${formatCount(others.length, 'further result')}` : '';
  return `${describeRow(first, false)} looks worse${rest}`;
}

/** `GET /search looks slower (p95 +34 %), and 2 more`: what a first look found, surely or not. */
export function describeSuspicion({ comparisons, suspects }: ComparisonResult): string {
  const regressed = comparisons.filter((row) => row.verdict === 'regressed');
  const [worst] = [...regressed].sort((a, b) => (a.pValue ?? 1) - (b.pValue ?? 1));
  const [suspect] = suspects;
  const others = regressed.length + suspects.length - 1;
  const rest = others > 0 ? `, and ${formatCount(others, 'further result')}` : '';
  if (worst !== undefined) return `${describeRow(worst, false)} looks worse${rest}`;
  if (suspect === undefined) return 'nothing looks worse';
  const { subject, metric, relativeChange } = suspect;
  return `${nameInSentence(subjectLabel(subject))} looks slower (${metricLabel(metric)} ${formatChange(relativeChange)})${rest}`;
}
