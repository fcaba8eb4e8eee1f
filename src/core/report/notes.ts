import type { Comparison, NotComparedReason, Quantile, Suspect } from '../comparison/comparison.ts';
import { minimumRequests } from '../comparison/match-endpoints.ts';
import { isClosedModel } from '../comparison/request-rate-hypothesis.ts';
import { marginsFor } from '../thresholds/thresholds.ts';
import { detectable } from './detectable.ts';
import { nameInSentence } from './escape.ts';
import { formatChange, formatCount, isQuantile, metricLabel } from './format-quantity.ts';
import { describe } from './headline.ts';
import type { TrafficShares } from './rank-findings.ts';
import { isAtStop, type RankedFacts } from './report-facts.ts';
import { type PartedFindings, tinyWinsNote } from './tiny-wins.ts';

/** More names than this are counted instead of listed. */
const mostNames = 5;

/** More suspicions than this would bury what is sure. */
const mostSuspects = 3;

/** Runs or pairs beyond which "more would settle it" is no advice. */
const mostMeasuring = 500;

/** What is worth a line without being a finding, most useful first. */
export function notesOf(facts: RankedFacts, shares: TrafficShares, parted: PartedFindings): string[] {
  const { verdict, comparison } = facts.decided;
  const isRegressed = (endpoint: string) =>
    facts.rows.some((row) => row.endpoint === endpoint && row.verdict === 'regressed');
  const crossed = facts.record?.exit.crossedThresholds ?? [];
  const isAboutThresholds = verdict.verdict === 'fail' && verdict.reason === 'k6-thresholds';
  return [
    ...(crossed.length > 0 && !isAboutThresholds
      ? [`The script's own k6 thresholds were crossed: ${listed(crossed)}.`]
      : []),
    ...(isAboutThresholds && facts.rows.length > 0 ? [baselineNote(facts.rows)] : []),
    ...suspectNotes(
      (comparison?.suspects ?? []).filter(
        (suspect) =>
          !isRegressed(suspect.endpoint) && suspect.needed <= mostMeasuring && isBeyondMargin(suspect, facts),
      ),
      facts,
    ),
    ...sightNotes(facts),
    ...improvementNotes(facts, shares),
    ...tinyWinsNote(parted),
    ...unjudgedQuantileNotes(facts.rows),
    ...(['new', 'gone', 'changed', 'other-host', 'too-few-requests'] as const).flatMap((reason) =>
      notComparedNote(facts.rows, reason),
    ),
    ...closedModelNote(facts),
  ];
}

/** Under such a load a duet sees less than its figures say. */
function closedModelNote({ mode, record, rows }: RankedFacts): string[] {
  if (mode !== 'duet' || rows.length === 0 || record === undefined || !isClosedModel(record)) return [];
  return [
    'Virtual users wait for their answers: a slow side is asked less often, which hides part of a slowdown (coordinated omission), so the number of requests is judged too. An arrival rate would show all of it.',
  ];
}

function baselineNote(rows: readonly Comparison[]): string {
  return rows.some((row) => row.verdict === 'regressed')
    ? 'There are regressions against the baseline as well.'
    : 'Against the baseline nothing got worse beyond the margins.';
}

/** What looks slower by less than the margin would be no finding either if it were sure. */
function isBeyondMargin({ endpoint, metric, relativeChange }: Suspect, { thresholds }: RankedFacts): boolean {
  if (!isQuantile(metric)) return true;
  return relativeChange >= marginsFor(endpoint, thresholds).relativeIncrease[metric as Quantile];
}

function suspectNotes(
  suspects: NonNullable<RankedFacts['decided']['comparison']>['suspects'],
  facts: RankedFacts,
): string[] {
  const unit = facts.mode === 'duet' ? 'further pair' : 'fresh run';
  const label = isAtStop(facts) ? ' at stop' : '';
  const further = suspects.length - mostSuspects;
  const shown = suspects.slice(0, mostSuspects).map(({ endpoint, metric, relativeChange, needed }) => {
    const runs = formatCount(needed, unit);
    return `${nameInSentence(endpoint)} looks slower (${metricLabel(metric)} ${formatChange(relativeChange)}${label}), not surely: ${runs} would settle it.`;
  });
  return further > 0 ? [...shown, `${further} more ${further === 1 ? 'looks' : 'look'} slower, not surely.`] : shown;
}

/** How sharp the measurement was; of no interest where something was found. */
function sightNotes({ rows, record, decided }: RankedFacts): string[] {
  const { verdict } = decided.verdict;
  const seen = verdict === 'fail' ? undefined : detectable(rows, record);
  if (seen === undefined) return [];
  return [`Such a measurement finds ${seen.range ?? seen.onBusiest} in 4 of 5 builds.`];
}

function improvementNotes(facts: RankedFacts, shares: TrafficShares): string[] {
  const improved = facts.rows
    .filter((row) => row.verdict === 'improved' && row.baseline !== undefined)
    .sort((a, b) => (shares.get(b.endpoint) ?? 0) - (shares.get(a.endpoint) ?? 0));
  const [first] = improved;
  if (first === undefined) return [];
  const endpoints = new Set(improved.map((row) => row.endpoint)).size;
  return [`Better: ${formatCount(endpoints, 'endpoint')}, for instance ${describe(first, isAtStop(facts))}.`];
}

/** A quantile that no endpoint had the requests for is not judged at all, which nobody should have to find out. */
function unjudgedQuantileNotes(rows: readonly Comparison[]): string[] {
  const compared = new Set(rows.filter((row) => row.verdict !== 'not-compared').map((row) => row.endpoint));
  return (['p95', 'p99'] as const).flatMap((quantile) => {
    const ofQuantile = rows.filter(({ metric, endpoint }) => metric === quantile && compared.has(endpoint));
    const unjudged = ofQuantile.filter((row) => row.notComparedReason === 'too-few-requests');
    if (unjudged.length === 0) return [];
    const share = `${unjudged.length} of ${formatCount(ofQuantile.length, 'endpoint')}`;
    return [
      `${quantile} was not judged on ${share}: ${formatCount(minimumRequests[quantile], 'request')} per run are needed.`,
    ];
  });
}

const notComparedTexts: Partial<Record<NotComparedReason, string>> = {
  new: 'New, so nothing to compare with',
  gone: 'In the baseline but not in this run',
  changed: 'Not compared, as their share of the load changed',
  'other-host': 'Not compared, as they are on another host',
  'too-few-requests': 'Not compared, too few requests',
};

function notComparedNote(rows: readonly Comparison[], reason: NotComparedReason): string[] {
  const compared = new Set(rows.filter((row) => row.verdict !== 'not-compared').map((row) => row.endpoint));
  // An endpoint that is judged at one quantile isn't missing, even where another has too few requests.
  const missing = rows.filter(
    (row) => row.notComparedReason === reason && (reason !== 'too-few-requests' || !compared.has(row.endpoint)),
  );
  const text = notComparedTexts[reason];
  const names = [...new Set(missing.map((row) => row.endpoint))];
  if (names.length === 0 || text === undefined) return [];
  const isExplained = reason === 'changed' || reason === 'too-few-requests';
  const why = isExplained ? missing.find((row) => row.endpoint === names[0])?.warnings[0] : undefined;
  return [`${text}: ${listed(names)}${why === undefined ? '' : ` (${why})`}.`];
}

function listed(names: readonly string[]): string {
  const shown = names.slice(0, mostNames).map(nameInSentence).join(', ');
  return names.length > mostNames ? `${shown} and ${names.length - mostNames} more` : shown;
}
