import { version } from '../../../version.ts';
import type { Narrative } from '../../narrative/narrative.ts';
import type { NarrativeFacts } from '../../narrative/narrative-facts.ts';
import { tellByTemplate } from '../../narrative/tell-by-template.ts';
import { formatCount, stopHelp } from '../format-quantity.ts';
import { oddBlocksTable } from './block-table.ts';
import { decisionTrail, type TrailStep } from './decision-trail.ts';
import { verdictCounts } from './endpoint-verdict.ts';
import { headlineOf, policyNote } from './headline.ts';
import { narrativeFactsOf } from './narrative-facts-of.ts';
import { nextCommandOf, nextStepsOf, type Reproduction, reproductionOf } from './next-steps.ts';
import { notesOf } from './notes.ts';
import { inWordsOfFiles, provenanceLines } from './provenance-lines.ts';
import { partByImpact, rankFindings, rankingOrder, trafficShares, withImpact } from './rank-findings.ts';
import { hasUsableFigures, isAtStop, type RankedFacts, type ReportFacts } from './report-facts.ts';
import type { Table } from './table.ts';
import {
  absoluteTable,
  endpointTable,
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
  readonly nextCommand: string | undefined;
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
  const warnings = [...new Set([...facts.warnings, ...(facts.decided.comparison?.warnings ?? [])])].filter(
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
    narrative: tellByTemplate(narrativeFacts),
    narrativeFacts,
    notes: notesOf(ranked, shares, parted),
    details: [
      endpointTable(rows, shares, atStop),
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
