import type { PrintedCommand } from '../../../printed-command.ts';
import { version } from '../../../version.ts';
import type { Suspect } from '../../comparison/comparison-result.ts';
import { describeMissingMetrics } from '../../comparison/missing-metrics.ts';
import { isClosedModel } from '../../comparison/paired/duet-hypotheses.ts';
import type { NotComparedReason, Row } from '../../comparison/row.ts';
import type { Narrative } from '../../narrative/narrative.ts';
import type { NarrativeFacts } from '../../narrative/narrative-facts.ts';
import { tellByTemplate } from '../../narrative/tell-by-template.ts';
import { isSameSubject, type Subject, subjectKey, subjectLabel } from '../../run-record/subject.ts';
import { isTail, judgedQuantiles, quantiles } from '../../thresholds/quantiles.ts';
import { hasSeriesOfItsOwn, linesToJudge, namesOf, unjudgedSeries } from '../../thresholds/unjudged-series.ts';
import { nameInSentence } from '../escape.ts';
import { formatChange, formatCount, metricLabel, stopHelp, subjectText } from '../format-quantity.ts';
import { oddBlocksTable } from './block-table.ts';
import { decisionTrail, type TrailStep } from './decision-trail.ts';
import { detectable } from './detectable.ts';
import { verdictCounts } from './endpoint-verdict.ts';
import { describeRow, headlineOf, policyNote } from './headline.ts';
import { narrativeFactsOf } from './narrative-facts-of.ts';
import { nextCommandOf, nextStepsOf, type Reproduction, reproductionOf } from './next-steps.ts';
import { inWordsOfFiles, provenanceLines } from './provenance-lines.ts';
import {
  lowImpactNote,
  type PartedFindings,
  partByImpact,
  rankFindings,
  rankingOrder,
  requestsPerHour,
  shareOf,
  type TrafficShares,
  trafficShares,
  withImpact,
} from './rank-findings.ts';
import { dangerText, opportunityText, type Reason, reasonsOf } from './reasons.ts';
import { hasUsableFigures, isAtStop, type RankedFacts, type ReportFacts } from './report-facts.ts';
import type { Table } from './table.ts';
import {
  absoluteTable,
  endpointsTable,
  findingsTable,
  improvementsTable,
  lowImpactTable,
  otherSeriesTable,
} from './tables.ts';

/**
 * What people and machines are told, in the order in which they read it. Every number is already rounded and carries its
 * unit; the renderers only lay out and escape. Texts are raw: names in them come from outside.
 */
export interface Report {
  /** What it tells of; the JSON and the charts are made of it. */
  readonly facts: RankedFacts;
  readonly tailgateVersion: string;
  readonly badge: Badge;
  /** The verdict in one line, without the badge. */
  readonly headline: string;
  /** What the reader can do about a verdict that isn't one on the code; empty when there is nothing. */
  readonly nextSteps: readonly string[];
  /** A command that brings the reader there; absent where no command does. */
  readonly nextCommand: PrintedCommand | undefined;
  /** How many endpoints came out how; empty where nothing was compared. */
  readonly counts: string;
  /** What was compared with what. */
  readonly provenance: readonly string[];
  readonly warnings: readonly string[];
  /** At most five, worst first; without rows when nothing regressed. */
  readonly findings: Table;
  /** What `findings` are ordered by, and what their figures are; sentences. */
  readonly readingHelp: readonly string[];
  /** Regressions beyond those shown. */
  readonly furtherFindings: string | undefined;
  /** Why the findings are slow, best reason first within an endpoint; empty where nobody looked. */
  readonly reasons: readonly Reason[];
  /** The findings in plain English: the template's wording, until a narrator has a better one. */
  readonly narrative: Narrative | undefined;
  /** What the paragraph may tell. */
  readonly narrativeFacts: NarrativeFacts;
  /** Suspicions, what would have been seen, new and vanished endpoints. */
  readonly notes: readonly string[];
  /** For those who want to see everything: all endpoints, what got better, low-impact regressions, checks and other series. */
  readonly details: readonly Table[];
  /** Figures of this run by itself, shown openly where there is nothing to compare with. */
  readonly absolute: Table | undefined;
  /** How the verdict came about, step by step. */
  readonly trail: readonly TrailStep[];
  /** How to see the same on a machine of one's own. */
  readonly reproduction: Reproduction | undefined;
}

/** More rows than this nobody reads in a pull request. */
const maxFindings = 5;

/** The one place where facts become a report: ranks, cuts to what people read, and words it. */
export function buildReport(given: ReportFacts): Report {
  const facts = inWordsOfFiles(given);
  const shares = trafficShares(facts.record);
  const rows = withImpact(facts.decided.comparison?.comparisons ?? [], shares, facts.thresholds);
  const ranked: RankedFacts = { ...facts, rows };
  const findings = rankFindings(rows);
  const parted = partByImpact(findings);
  const shown = parted.worthwhile.slice(0, maxFindings);
  const further = parted.worthwhile.length - shown.length;
  const atStop = isAtStop(facts);
  const headline = `${policyNote(facts)}${headlineOf(ranked, findings)}`;
  const dangers = (facts.dangers ?? []).map(dangerText);
  const warnings = [...new Set([...dangers, ...facts.warnings, ...(facts.decided.comparison?.warnings ?? [])])].filter(
    (warning) => warning.trim() !== '',
  );
  const narrativeFacts = narrativeFactsOf(ranked, parted, shown.length, shares);
  return {
    facts: ranked,
    tailgateVersion: version,
    badge: badgeOf(facts),
    headline,
    nextSteps: nextStepsOf(ranked),
    nextCommand: nextCommandOf(ranked),
    counts: countsLine(ranked),
    provenance: [...provenanceLines(facts), ...(facts.story ?? [])],
    warnings,
    findings: findingsTable(shown, facts.thresholds, shares, atStop),
    readingHelp: [...(shown.length > 1 ? [rankingOrder] : []), ...(atStop && shown.length > 0 ? [stopHelp] : [])],
    furtherFindings: further > 0 ? `${formatCount(further, 'further regression')} in the report file` : undefined,
    reasons: reasonsOf(facts.attributions ?? [], requestsPerHour(facts.record, facts.thresholds)),
    narrative: tellByTemplate(narrativeFacts),
    narrativeFacts,
    notes: notesOf(ranked, shares, parted),
    details: [
      endpointsTable(rows, shares, atStop),
      improvementsTable(rows, shares, atStop),
      lowImpactTable(parted.lowImpact, findings, rows, atStop),
      otherSeriesTable(rows, atStop),
      ...oddBlocks(facts),
    ].filter((table) => table.rows.length > 0),
    absolute: rows.length === 0 && hasUsableFigures(facts) ? absoluteTable(facts.record) : undefined,
    trail: decisionTrail(ranked),
    reproduction: reproductionOf(ranked),
  };
}

/** Only a duet has two sides whose time blocks belong together. */
function oddBlocks({ mode, record, window }: ReportFacts): Table[] {
  const [baseline] = window;
  return mode === 'duet' && record !== undefined && baseline !== undefined ? [oddBlocksTable(baseline, record)] : [];
}

/** The verdict in one or two words, as it stands before everything else. */
export type Badge =
  | 'PASS'
  | 'FAIL'
  | 'INVALID'
  | 'INCONCLUSIVE'
  | 'NO BASELINE'
  | 'RECORDED'
  | 'MEASURED'
  | 'NOT STORED';

function badgeOf({ mode, decided, storeFailure, onlyMeasures = false }: ReportFacts): Badge {
  const { verdict } = decided.verdict;
  if (storeFailure !== undefined) return 'NOT STORED';
  if (mode === 'record' && decided.outcome.exitCode === 0) return 'RECORDED';
  if (onlyMeasures && decided.outcome.exitCode === 0) return 'MEASURED';
  if (verdict === 'no-baseline') return 'NO BASELINE';
  return verdict.toUpperCase() as Badge;
}

/** `11 endpoints: 2 worse, 1 inconclusive, 8 shown not slower`; empty where nothing was compared. */
function countsLine({ rows, decided: { verdict } }: RankedFacts): string {
  const counts = verdictCounts(rows);
  if (counts.length === 0) return '';
  const total = counts.reduce((sum, { count }) => sum + count, 0);
  const isUnsettled = 'reason' in verdict && verdict.reason === 'unsettled';
  const parts = counts.map(
    ({ verdict: own, label, count }) => `${count} ${isUnsettled && own === 'regressed' ? 'perhaps worse' : label}`,
  );
  return `${formatCount(total, 'endpoint')}: ${parts.join(', ')}`;
}

/** More names than this are counted instead of listed. */
const maxNames = 5;

/** More suspicions than this would bury what is sure. */
const maxSuspects = 3;

/** Runs or pairs beyond which "more would settle it" is no advice. */
const maxMeasuring = 500;

/** What is worth a line without being a finding, most useful first. */
function notesOf(facts: RankedFacts, shares: TrafficShares, parted: PartedFindings): string[] {
  const { verdict, comparison } = facts.decided;
  const isRegressed = (subject: Subject) =>
    facts.rows.some((row) => row.verdict === 'regressed' && isSameSubject(row.subject, subject));
  const crossed = facts.record?.exit.crossedThresholds ?? [];
  const isAboutThresholds = verdict.verdict === 'fail' && verdict.reason === 'k6-thresholds';
  return [
    ...(crossed.length > 0 && !isAboutThresholds
      ? [`The script's own k6 thresholds were crossed: ${listed(crossed)}.`]
      : []),
    ...(isAboutThresholds && facts.rows.length > 0 ? [baselineNote(facts.rows)] : []),
    ...missingMetricsNote(facts),
    ...suspectNotes(
      (comparison?.suspects ?? []).filter(
        (suspect) => !isRegressed(suspect.subject) && suspect.needed <= maxMeasuring && isBeyondMargin(suspect, facts),
      ),
      facts,
    ),
    ...sightNotes(facts),
    ...improvementNotes(facts, shares),
    ...lowImpactNote(parted),
    ...unjudgedQuantileNotes(facts.rows),
    ...(['mostly-failed', 'two-modes', 'new', 'gone', 'changed', 'too-few-requests'] as const).flatMap((reason) =>
      notComparedNote(facts.rows, reason),
    ),
    ...otherThresholdsNote(facts),
    ...unjudgedSeriesNote(facts),
    ...closedModelNote(facts),
    ...(facts.opportunities ?? []).map(opportunityText),
    ...(facts.inspectionNotes ?? []).map((note) => `Looking for the reason: ${note}.`),
  ];
}

/** Thresholds of the script are k6's to judge: by limits of their own, against no baseline. */
function otherThresholdsNote({ record }: RankedFacts): string[] {
  const { otherThresholds = [], code } = record?.exit ?? {};
  if (otherThresholds.length === 0) return [];
  return code === undefined
    ? [
        `Recorded, not judged: the script's own k6 thresholds (${listed(otherThresholds)}). A file doesn't tell whether they were crossed; \`tailgate run\` does.`,
      ]
    : [`The script's own k6 thresholds held: ${listed(otherThresholds)}.`];
}

/** What is recorded and nobody judges, which nobody should have to find out. In a matrix each job says so itself. */
function unjudgedSeriesNote({ record, thresholds, rows, decided: { verdict } }: RankedFacts): string[] {
  const isTold = record?.endpoints.length === 0 && verdict.verdict === 'inconclusive';
  if (record === undefined || isTold || rows.some(({ subject }) => subject.job !== undefined)) return [];
  const series = unjudgedSeries(record, thresholds);
  if (!hasSeriesOfItsOwn(series)) return [];
  return [
    `Recorded, not judged: ${namesOf(series)}. To judge ${series.length === 1 ? 'it' : 'them'}, ${linesToJudge(series, thresholds)}.`,
  ];
}

/** Under such a load a duet sees less than its figures say. */
function closedModelNote({ mode, record, rows }: RankedFacts): string[] {
  if (mode !== 'duet' || rows.length === 0 || record === undefined || !isClosedModel(record)) return [];
  return [
    'Virtual users wait for their answers: a slow side is asked less often, which hides part of a slowdown (coordinated omission), so the number of requests is judged too. An arrival rate would show all of it.',
  ];
}

/** Where the verdict doesn't say so itself. */
function missingMetricsNote({ rows, decided: { verdict } }: RankedFacts): string[] {
  const isTold = verdict.verdict === 'inconclusive' && verdict.reason === 'metric-not-judged';
  const missing = isTold ? undefined : describeMissingMetrics(rows);
  return missing === undefined ? [] : [`${missing.charAt(0).toUpperCase()}${missing.slice(1)}.`];
}

function baselineNote(rows: readonly Row[]): string {
  return rows.some((row) => row.verdict === 'regressed')
    ? 'There are regressions against the baseline as well.'
    : 'Against the baseline nothing got worse beyond the margins.';
}

/** What looks slower by less than the margin would be no finding either if it were sure. */
function isBeyondMargin({ subject, metric, relativeChange }: Suspect, { rows }: RankedFacts): boolean {
  const row = rows.find((other) => other.metric === metric && isSameSubject(other.subject, subject));
  return row?.family !== 'latency' || relativeChange >= row.margin.relative;
}

function suspectNotes(
  suspects: NonNullable<RankedFacts['decided']['comparison']>['suspects'],
  facts: RankedFacts,
): string[] {
  const unit = facts.mode === 'duet' ? 'further pair' : 'fresh run';
  const label = isAtStop(facts) ? ' at stop' : '';
  const further = suspects.length - maxSuspects;
  const shown = suspects.slice(0, maxSuspects).map(({ subject, metric, relativeChange, needed }) => {
    const runs = formatCount(needed, unit);
    return `${nameInSentence(subjectLabel(subject))} looks slower (${metricLabel(metric)} ${formatChange(relativeChange)}${label}), not surely: ${runs} would settle it.`;
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
    .sort((a, b) => (shareOf(b.subject, shares) ?? 0) - (shareOf(a.subject, shares) ?? 0));
  const [first] = improved;
  if (first === undefined) return [];
  const endpoints = new Set(improved.map(({ subject }) => subjectKey(subject))).size;
  return [`Better: ${formatCount(endpoints, 'endpoint')}, for instance ${describeRow(first, isAtStop(facts))}.`];
}

/** A quantile that no endpoint had the requests for is not judged at all, which nobody should have to find out. */
function unjudgedQuantileNotes(rows: readonly Row[]): string[] {
  const compared = comparedSubjects(rows);
  return judgedQuantiles.filter(isTail).flatMap((quantile) => {
    const ofQuantile = rows.filter(({ metric, subject }) => metric === quantile && compared.has(subjectKey(subject)));
    const unjudged = ofQuantile.filter((row) => row.notComparedReason === 'too-few-requests');
    if (unjudged.length === 0) return [];
    const share = `${unjudged.length} of ${formatCount(ofQuantile.length, 'endpoint')}`;
    return [
      `${quantile} was not judged on ${share}: ${formatCount(quantiles[quantile].minRequests, 'request')} per run are needed.`,
    ];
  });
}

const notComparedTexts: Partial<Record<NotComparedReason, string>> = {
  new: 'New, so nothing to compare with',
  gone: 'In the baseline but not in this run',
  changed: 'Not compared, as their share of the load changed',
  'too-few-requests': 'Not compared, too few requests',
  'two-modes': 'p95 not judged',
  'mostly-failed': 'Latency not judged, as most requests failed',
};

function notComparedNote(rows: readonly Row[], reason: NotComparedReason): string[] {
  const compared = comparedSubjects(rows);
  // Of what is flagged for its slow requests the table says why.
  const slower = new Set(
    rows
      .filter(({ family, verdict }) => family === 'shares' && verdict === 'regressed')
      .map(({ subject }) => subjectKey(subject)),
  );
  // An endpoint that is judged at one quantile isn't missing, even where another has too few requests.
  const missing = rows.filter(
    (row) =>
      row.family !== 'metrics' &&
      row.notComparedReason === reason &&
      (reason !== 'too-few-requests' || !compared.has(subjectKey(row.subject))) &&
      (reason !== 'two-modes' || !slower.has(subjectKey(row.subject))),
  );
  const text = notComparedTexts[reason];
  const names = [...new Set(missing.map(subjectText))];
  if (names.length === 0 || text === undefined) return [];
  const isExplained = reason !== 'new' && reason !== 'gone';
  const why = isExplained ? missing.find((row) => subjectText(row) === names[0])?.warnings[0] : undefined;
  return [`${text}: ${listed(names)}${why === undefined ? '' : ` (${why})`}.`];
}

function comparedSubjects(rows: readonly Row[]): ReadonlySet<string> {
  return new Set(rows.filter((row) => row.verdict !== 'not-compared').map(({ subject }) => subjectKey(subject)));
}

function listed(names: readonly string[]): string {
  const shown = names.slice(0, maxNames).map(nameInSentence).join(', ');
  return names.length > maxNames ? `${shown} and ${names.length - maxNames} more` : shown;
}
