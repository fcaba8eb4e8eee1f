import { isOfLatency, type Row } from '../../comparison/row.ts';
import { twoModedQuantile } from '../../comparison/two-modes.ts';
import { type RunRecord, requestsOf } from '../../run-record/run-record.ts';
import { bySubject, isSameSubject, type Subject, subjectKey, subjectLabel } from '../../run-record/subject.ts';
import { isQuantile, quantiles } from '../../thresholds/quantiles.ts';
import { type Thresholds, weightOf } from '../../thresholds/thresholds.ts';
import { nameInSentence } from '../escape.ts';
import { formatShare, subjectText } from '../format-quantity.ts';

/** What is said of one endpoint, check or metric: the row that stands for it, and its other regressed rows. */
export interface Finding {
  readonly lead: Row;
  readonly also: readonly Row[];
}

/** Shares of all requests by endpoint, 0..1. */
export type TrafficShares = ReadonlyMap<string, number>;

/** All zero in a run without requests; empty without a run. */
export function trafficShares(record: RunRecord | undefined): TrafficShares {
  const series = record?.endpoints ?? [];
  const total = series.reduce((sum, endpoint) => sum + requestsOf(endpoint), 0);
  return new Map(series.map((endpoint) => [endpoint.endpoint, total === 0 ? 0 : requestsOf(endpoint) / total]));
}

/** Requests in an hour of the measured load by endpoint, times what the endpoint weighs. */
export function requestsPerHour(record: RunRecord | undefined, thresholds: Thresholds): Map<string, number> {
  const blocks = new Set((record?.endpoints ?? []).flatMap((series) => series.blocks.map(({ index }) => index))).size;
  const hours = (blocks * (record?.blockLengthMs ?? 0)) / 3_600_000;
  return new Map(
    (record?.endpoints ?? []).map((series) => {
      const weight = weightOf({ kind: 'endpoint', name: series.endpoint }, thresholds);
      return [series.endpoint, hours > 0 ? (requestsOf(series) / hours) * weight : 0];
    }),
  );
}

/** `rows` with the impact of each filled in. */
export function withImpact(rows: readonly Row[], shares: TrafficShares, thresholds: Thresholds): Row[] {
  return rows.map((row) => ({
    ...row,
    impact: row.verdict === 'regressed' ? impactOf(row, rows, shares, thresholds) : 0,
  }));
}

/**
 * How much a regression costs the users of the service: for latency the extra ms of an average request over the whole
 * traffic, for errors and checks the extra failures per 1000 requests, both times the endpoint's weight. What all
 * endpoints have in common costs what they cost together.
 */
function impactOf(row: Row, rows: readonly Row[], shares: TrafficShares, thresholds: Thresholds): number {
  const { subject, family, metric, baseline, candidate, relativeChange } = row;
  if (subject.kind === 'all-endpoints' && family === 'latency') {
    const parts = rows.filter(
      (other) => other.metric === metric && other.subject.kind === 'endpoint' && other.subject.job === subject.job,
    );
    return parts.reduce((sum, part) => sum + Math.max(0, impactOf(part, rows, shares, thresholds)), 0);
  }
  const isOfAll = subject.kind === 'all-endpoints' || subject.kind === 'metric';
  const share = isOfAll ? 1 : (shareOf(subject, shares) ?? 1 / Math.max(1, shares.size));
  const extra =
    family === 'errors'
      ? (relativeChange?.point ?? 0) * 1000
      : family === 'shares'
        ? (relativeChange?.point ?? 0) * slowMs(subject, rows)
        : baseline === undefined || candidate === undefined
          ? 0
          : candidate.point - baseline.point;
  const worse = row.direction === 'up' ? extra : -extra;
  return Math.max(0, worse) * share * weightOf(subject, thresholds);
}

/** About how long a slow request of an endpoint with two modes takes. */
function slowMs(subject: Subject, rows: readonly Row[]): number {
  const tails = rows.filter((row) => row.unit === 'ms' && isSameSubject(row.subject, subject));
  return Math.max(0, ...tails.map(({ candidate }) => candidate?.point ?? 0));
}

/** The endpoint's share of all requests, 0..1; undefined for whatever is no endpoint of the run. */
export function shareOf(subject: Subject, shares: TrafficShares): number | undefined {
  return subject.kind === 'endpoint' ? shares.get(subjectLabel(subject)) : undefined;
}

/** The busiest endpoint first. */
export function byShare(a: Row, b: Row, shares: TrafficShares): number {
  return (shareOf(b.subject, shares) ?? 0) - (shareOf(a.subject, shares) ?? 0) || bySubject(a.subject, b.subject);
}

/** The order of `rankFindings` in one line. */
export const rankingOrder =
  'Worst first: errors, then user time lost per hour (extra ms × requests × weight), then certainty.';

/** The regressed rows among `rows`, one finding per subject and kind: errors first, then impact, then certainty. */
export function rankFindings(rows: readonly Row[]): Finding[] {
  const groups = new Map<string, Row[]>();
  for (const row of rows) {
    if (row.verdict !== 'regressed') continue;
    // Totals of the load are all about all endpoints; each is a matter of its own.
    const kind = row.family === 'load' ? row.metric : isOfLatency(row.family) ? 'latency' : row.family;
    const key = `${kind} ${subjectKey(row.subject)}`;
    groups.set(key, [...(groups.get(key) ?? []), row]);
  }
  return [...groups.values()]
    .map((group) => {
      const [lead, ...also] = group.toSorted((a, b) => leadRankOf(a) - leadRankOf(b));
      return { lead: lead as Row, also };
    })
    .sort((a, b) => compareRank(a.lead, b.lead));
}

/** Of the quantiles of one endpoint, the one that teams know best stands for it. */
export function leadRankOf({ metric, family }: Row): number {
  // It stands for the quantile that can't be judged.
  if (family === 'shares') return quantiles[twoModedQuantile].leadRank;
  return isQuantile(metric) ? quantiles[metric].leadRank : Number.MAX_SAFE_INTEGER;
}

function compareRank(a: Row, b: Row): number {
  return (
    familyOrder(a) - familyOrder(b) ||
    b.impact - a.impact ||
    (a.adjustedPValue ?? 1) - (b.adjustedPValue ?? 1) ||
    bySubject(a.subject, b.subject)
  );
}

/** Failed requests before failed checks before what is slow. */
function familyOrder({ family, subject }: Row): number {
  if (family !== 'errors') return 2;
  return subject.kind === 'check' ? 1 : 0;
}

/** A slowdown that costs users less than this share of what the worst one costs them is not worth the time yet. */
const lowImpactShare = 0.02;

/** More names than this are counted. */
const maxNames = 5;

export interface PartedFindings {
  /** In the order in which they are worth the time. */
  readonly worthwhile: readonly Finding[];
  /** Slowdowns whose repair would give users next to nothing; never an error, a check or the worst slowdown. */
  readonly lowImpact: readonly Finding[];
}

/** `findings` in their order, parted by whether repairing them is worth the time now. */
export function partByImpact(findings: readonly Finding[]): PartedFindings {
  const worst = worstCost(findings);
  const isLowImpact = (finding: Finding) => isOneSlowdown(finding) && finding.lead.impact < worst * lowImpactShare;
  return { worthwhile: findings.filter((finding) => !isLowImpact(finding)), lowImpact: findings.filter(isLowImpact) };
}

/** What the worst slowdown of one endpoint costs users; 0 without one. */
export function worstCost(findings: readonly Finding[]): number {
  return Math.max(0, ...findings.filter(isOneSlowdown).map(({ lead }) => lead.impact));
}

/** `Low-impact regressions: GET /a and GET /b; repairing each gives users less than 2 % of what repairing GET /c does.` */
export function lowImpactNote({ worthwhile, lowImpact }: PartedFindings): string[] {
  const [first] = worthwhile.filter(isOneSlowdown);
  if (lowImpact.length === 0 || first === undefined) return [];
  const names = lowImpact.slice(0, maxNames).map(({ lead }) => nameInSentence(subjectText(lead)));
  const listed =
    lowImpact.length > maxNames ? `${names.join(', ')} and ${lowImpact.length - maxNames} more` : names.join(', ');
  const worst = nameInSentence(subjectText(first.lead));
  return [
    `Low-impact regressions: ${listed}. Repairing ${lowImpact.length === 1 ? 'it' : 'one of them'} gives users less than ${formatShare(lowImpactShare)} of what repairing ${worst} does.`,
  ];
}

function isOneSlowdown({ lead }: Finding): boolean {
  return isOfLatency(lead.family) && lead.subject.kind === 'endpoint';
}
