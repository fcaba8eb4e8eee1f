import type { Row } from '../../comparison/row.ts';
import { requestsOf } from '../../run-record/run-record.ts';
import { subjectKey } from '../../run-record/subject.ts';
import { judgedQuantiles } from '../../thresholds/quantiles.ts';
import { usualMargins } from '../../thresholds/thresholds.ts';
import { formatChange, formatCount, formatMs, formatPoints, formatSeconds, formatShare } from '../format-quantity.ts';
import { countBaseline, pairCounts } from './provenance-lines.ts';
import { isAtStop, type RankedFacts } from './report-facts.ts';

/** How the verdict came about: one step after the other, each with what it found. */
export interface TrailStep {
  readonly title: string;
  readonly text: string;
  /** Particulars, such as the runs that were left out. */
  readonly items: readonly string[];
}

/** Particulars beyond which the rest is counted. */
const maxItems = 12;

/** In the order in which it was decided; steps that a build never came to are left out. */
export function decisionTrail(facts: RankedFacts): TrailStep[] {
  return [measuredStep(facts), fitStep(facts), comparedStep(facts), testedStep(facts), verdictStep(facts)].filter(
    (step) => step !== undefined,
  );
}

function measuredStep({ record }: RankedFacts): TrailStep {
  if (record === undefined) return { title: 'Measured', text: 'Nothing: the load never ran.', items: [] };
  const requests = record.endpoints.reduce((sum, series) => sum + requestsOf(series), 0);
  return {
    title: 'Measured',
    text: `${formatCount(requests, 'request')} to ${formatCount(record.endpoints.length, 'endpoint')} in ${formatSeconds(record.durationMs)}, of which the first ${formatSeconds(record.warmUpMs)} (warm-up) are left out.`,
    items: [],
  };
}

function fitStep({ decided: { verdict } }: RankedFacts): TrailStep {
  const isUnfit = verdict.verdict === 'invalid';
  return {
    title: 'Fit to be judged?',
    text: isUnfit ? `No (${verdict.reason}): ${verdict.detail}.` : 'Yes.',
    items: [],
  };
}

function comparedStep(facts: RankedFacts): TrailStep | undefined {
  const { window, excluded, decided, mode, record } = facts;
  if (record === undefined) return undefined;
  const pairs = pairCounts(facts);
  if (mode === 'duet') {
    if (pairs === undefined) return undefined;
    const lost = (pairs.onlyBaseline ?? 0) + (pairs.onlyCandidate ?? 0);
    const stop = isAtStop(facts) ? ' Measuring stopped early, as the answer was known.' : '';
    return {
      title: 'Compared with',
      text: `The baseline, measured at the same time: ${formatCount(pairs.used, 'pair')} of time blocks out of ${pairs.planned} planned${lost === 0 ? '' : `; ${formatCount(lost, 'block')} had no counterpart`}.${stop}`,
      items: [],
    };
  }
  const leftOut = excluded.length === 0 ? '' : `; ${excluded.length} left out`;
  return {
    title: 'Compared with',
    text: decided.comparison
      ? `${countBaseline(window.length, facts)}${leftOut}. ${looksOf(decided.comparison.candidateRuns)}`
      : `Nothing; ${facts.storeLabel === undefined ? 'the files hold' : 'the store holds'} ${formatCount(window.length, 'comparable run')}${leftOut}.`,
    items: counted(excluded.map(({ id, reason }) => `${id}: ${reason}`)),
  };
}

/** Whether one run had the last word. */
function looksOf(candidateRuns: number): string {
  return candidateRuns === 1
    ? 'One look at one run of the candidate.'
    : `${candidateRuns} runs of the candidate, judged together once.`;
}

function testedStep({ rows, thresholds, decided }: RankedFacts): TrailStep | undefined {
  if (decided.comparison === undefined) return undefined;
  const judged = rows.filter((row) => row.verdict !== 'not-compared');
  const endpoints = new Set(judged.filter(isOfEndpoint).map(({ subject }) => subjectKey(subject))).size;
  const checks = judged.filter(({ subject }) => subject.kind === 'check').length;
  const of = [formatCount(endpoints, 'endpoint'), ...(checks === 0 ? [] : [formatCount(checks, 'check')])].join(
    ' and ',
  );
  const { latency, errorRate } = usualMargins(thresholds);
  const relative = judgedQuantiles.map((name) => `${name} ${formatChange(latency[name].relative)}`);
  const leastMs = Math.min(...judgedQuantiles.map((name) => latency[name].absolute));
  return {
    title: 'Tested',
    text: `${formatCount(judged.length, 'comparison')} of ${of}. Unchanged code fails in at most ${formatShare(thresholds.alpha)} of builds, over all tests together.`,
    items: [
      `Worth acting on: ${relative.join(', ')}, and at least ${formatMs(leastMs)}; errors ${formatPoints(errorRate.relative)}.`,
      ...(thresholds.rules.length === 0
        ? []
        : [`${formatCount(thresholds.rules.length, 'rule')} for single endpoints.`]),
      `Sensitivity: ${thresholds.sensitivity}.`,
    ],
  };
}

function isOfEndpoint({ subject }: Row): boolean {
  return subject.kind === 'endpoint';
}

function verdictStep({ decided: { verdict, outcome }, failOn, mode }: RankedFacts): TrailStep {
  const reason = 'reason' in verdict ? `: ${verdict.reason}` : '';
  const policy =
    mode === 'record'
      ? `Recording never fails on what it finds; exit code ${outcome.exitCode}.`
      : `The build fails on ${failOn.join(', ')}: exit code ${outcome.exitCode}.`;
  return { title: 'Verdict', text: `${verdict.verdict}${reason} – ${verdict.detail}.`, items: [policy] };
}

function counted(items: readonly string[]): string[] {
  const further = items.length - maxItems;
  return further <= 0 ? [...items] : [...items.slice(0, maxItems), `and ${further} more`];
}
