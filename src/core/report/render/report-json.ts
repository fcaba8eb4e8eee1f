import type { Attribution, Cause, Source, Strength } from '../../attribution/cause.ts';
import type { Danger } from '../../attribution/dangers.ts';
import type { PairCounts } from '../../comparison/comparison-result.ts';
import type { Estimate, Row } from '../../comparison/row.ts';
import { type LatencyFigure, summarizeRun } from '../../comparison/summarize-run.ts';
import type { Fingerprint, Provenance, RunRecord } from '../../run-record/run-record.ts';
import { type Subject, subjectLabel } from '../../run-record/subject.ts';
import { type Quantile, quantileNames } from '../../thresholds/quantiles.ts';
import type { FailOn, JudgingMode } from '../../verdict/build-verdict.ts';
import { detectable } from '../model/detectable.ts';
import { pairCounts } from '../model/provenance-lines.ts';
import { evidenceText, reasonsOf } from '../model/reasons.ts';
import { isAtStop } from '../model/report-facts.ts';
import type { Report } from '../model/report-model.ts';

export const reportSchema = 'tailgate.report/2';

/** The report for machines, described by `schemas/tailgate.report.2.schema.json`. What there is nothing of is absent. */
export interface ReportJson {
  readonly schema: typeof reportSchema;
  readonly tailgateVersion: string;
  readonly mode: JudgingMode;
  readonly name: string;
  readonly verdict: string;
  readonly reason?: string;
  readonly detail: string;
  readonly hint?: string;
  /** The verdict in one line, as people read it. */
  readonly headline: string;
  readonly exitCode: number;
  readonly failOn: readonly FailOn[];
  readonly alpha: number;
  /** Duets: what the sign vectors were drawn from. Nothing in a stored comparison is drawn at random. */
  readonly seed?: string;
  /** Stored runs that were compared with. */
  readonly baselineRuns?: number;
  /** Duets: block pairs that were planned and used, and blocks that lacked their counterpart. */
  readonly pairs?: PairCounts;
  readonly stoppedEarly?: boolean;
  readonly candidate?: RunIdentity;
  readonly baseline?: readonly RunIdentity[];
  readonly comparisons: readonly ComparisonJson[];
  /** What all endpoints have in common, per quantile, as relative change. */
  readonly sharedChange?: Partial<Record<Quantile, EstimateJson>>;
  /** Figures of the candidate by itself. */
  readonly endpoints?: readonly EndpointJson[];
  readonly suspects?: readonly SuspectJson[];
  /** How many fresh runs (in a duet, pairs) would settle every suspect. */
  readonly confirmRuns?: number;
  /** Smallest relative p95 slowdown of the busiest compared endpoint that 4 of 5 such builds would find. */
  readonly minimumDetectableEffect?: number;
  readonly crossedThresholds?: readonly string[];
  /** Why what failed is slow, best first within an endpoint; absent where nobody looked. */
  readonly attribution?: readonly AttributionJson[];
  /** What may hurt users about the candidate's answers. */
  readonly dangers?: readonly Danger[];
  readonly fingerprint?: Fingerprint;
  readonly warnings: readonly string[];
}

/** One reason for one endpoint's slowdown. */
export interface AttributionJson {
  readonly endpoint: string;
  readonly cause: Cause;
  readonly strength: Strength;
  /** What does it, where that is known. */
  readonly operation?: string;
  /** Ms of a mean request. */
  readonly addedMs: EstimateJson;
  /** Of the slowdown, 0..1. */
  readonly share: EstimateJson;
  readonly evidence: readonly {
    readonly source: Source;
    readonly kind: string;
    readonly text: string;
    readonly values: { readonly baseline: number | null; readonly candidate: number | null; readonly n: number };
  }[];
  /** Causes that would look the same to this evidence. */
  readonly mistakenFor?: readonly Cause[];
  readonly advice: string;
  readonly readOn: string;
}

interface RunIdentity {
  readonly id: string;
  readonly startedAt: string;
  readonly provenance: Provenance;
}

/** `null` stands for an unbounded end, which JSON can't write. */
export interface EstimateJson {
  readonly point: number | null;
  readonly interval: readonly [number | null, number | null];
  readonly level: number;
  readonly n: number;
}

/** Of all endpoints together `name` is what people read. */
export interface SubjectJson {
  readonly kind: Subject['kind'];
  readonly name: string;
  readonly job?: string;
}

export type ComparisonJson = Omit<
  Row,
  'subject' | 'family' | 'isBacked' | 'baseline' | 'candidate' | 'relativeChange' | 'impact' | 'warnings'
> & {
  readonly subject: SubjectJson;
  /** Measuring ended early: the interval of the change holds, its point leans toward the larger changes. */
  readonly atStop?: true;
  readonly baseline?: EstimateJson;
  readonly candidate?: EstimateJson;
  readonly relativeChange?: EstimateJson;
  /** Of regressions only. */
  readonly impact?: number;
  readonly warnings?: readonly string[];
};

interface SuspectJson {
  readonly subject: SubjectJson;
  readonly metric: string;
  readonly relativeChange: number;
  readonly confirmRuns: number;
}

type EndpointJson = {
  readonly endpoint: string;
  readonly requests: number;
  readonly failedRequests: number;
} & Partial<Record<Quantile, LatencyFigureJson>>;

interface LatencyFigureJson {
  readonly pointMs: number | null;
  readonly intervalMs?: readonly [number | null, number | null];
  readonly n: number;
}

/** Characters that no reader sees; some of them move what a terminal shows. */
export const unseenInJson = /[^\P{C}\n]|[\p{Zl}\p{Zp}]/gu;

/** The report for machines as text, the same facts always giving the same bytes. */
export function renderJson(report: Report): string {
  const text = JSON.stringify(reportJson(report), undefined, 2).replaceAll(unseenInJson, escapeUnits);
  // Printed in a job, these three characters would begin a command to the runner; the value stays the same.
  return `${text.replaceAll('##[', '#\\u0023[')}\n`;
}

/** JSON escapes UTF-16 units, two for a character beyond the first plane. */
export function escapeUnits(character: string): string {
  return Array.from({ length: character.length }, (_, i) => character.charCodeAt(i))
    .map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`)
    .join('');
}

/** What `renderJson` writes. */
export function reportJson({ facts, headline, warnings, tailgateVersion }: Report): ReportJson {
  const { decided, record, thresholds, window, mode } = facts;
  const { verdict, outcome, comparison } = decided;
  const seen = detectable(facts.rows, record);
  const pairs = pairCounts(facts);
  const effect = seen && roundForJson(seen.effect);
  const suspects = comparison?.suspects ?? [];
  const crossed = record?.exit.crossedThresholds ?? [];
  const shared = Object.entries(comparison?.sharedChange ?? {});
  const endpoints = record === undefined ? [] : endpointsJson(record);
  const seed = mode === 'duet' ? record?.provenance.pair?.id : undefined;
  return {
    schema: reportSchema,
    tailgateVersion,
    mode,
    name: facts.name,
    verdict: verdict.verdict,
    ...('reason' in verdict && { reason: verdict.reason }),
    detail: verdict.detail,
    ...('hint' in verdict && { hint: verdict.hint }),
    headline,
    exitCode: outcome.exitCode,
    failOn: facts.failOn,
    alpha: thresholds.alpha,
    ...(seed !== undefined && { seed }),
    ...(mode !== 'duet' && { baselineRuns: window.length }),
    ...(pairs && { pairs }),
    ...(comparison?.stoppedEarly !== undefined && { stoppedEarly: comparison.stoppedEarly }),
    ...(record && { candidate: identityOf(record), fingerprint: record.fingerprint }),
    ...(window.length > 0 && { baseline: window.map(identityOf) }),
    comparisons: facts.rows.map((row) => comparisonJson(row, isAtStop(facts))),
    ...(shared.length > 0 && {
      sharedChange: Object.fromEntries(shared.map(([quantile, change]) => [quantile, estimateJson(change)])),
    }),
    ...(endpoints.length > 0 && { endpoints }),
    ...(suspects.length > 0 && {
      suspects: suspects.map(({ subject, metric, relativeChange, needed }) => ({
        subject: subjectJson(subject),
        metric,
        relativeChange: roundForJson(relativeChange) ?? 0,
        confirmRuns: needed,
      })),
      confirmRuns: Math.max(...suspects.map(({ needed }) => needed)),
    }),
    ...(effect !== undefined && effect !== null && { minimumDetectableEffect: effect }),
    ...(crossed.length > 0 && { crossedThresholds: crossed }),
    ...(facts.attributions !== undefined &&
      facts.attributions.length > 0 && { attribution: attributionsJson(facts.attributions) }),
    ...(facts.dangers !== undefined && facts.dangers.length > 0 && { dangers: facts.dangers }),
    warnings,
  };
}

/** The `attribution` array. */
export function attributionsJson(attributions: readonly Attribution[]): AttributionJson[] {
  return reasonsOf(attributions).map(({ attribution, advice }) => {
    const { endpoint, cause, strength, operation, addedMs, share, evidence, mistakenFor } = attribution;
    return {
      ...{ endpoint, cause, strength },
      ...(operation !== undefined && { operation }),
      addedMs: estimateJson(addedMs),
      share: estimateJson(share),
      evidence: evidence.map((one) => ({
        source: one.source,
        kind: one.kind,
        text: evidenceText(one),
        values: { baseline: roundForJson(one.baseline), candidate: roundForJson(one.candidate), n: one.n },
      })),
      ...(mistakenFor.length > 0 && { mistakenFor }),
      advice: advice.text,
      readOn: advice.readOn,
    };
  });
}

function identityOf({ id, startedAt, provenance }: RunRecord): RunIdentity {
  return { id, startedAt, provenance };
}

function endpointsJson(record: RunRecord): EndpointJson[] {
  return summarizeRun(record).map(({ endpoint, requests, failedRequests, latency }) => ({
    ...{ endpoint, requests, failedRequests },
    ...(latency && Object.fromEntries(quantileNames.map((quantile) => [quantile, figureJson(latency[quantile])]))),
  }));
}

function figureJson({ pointMs, intervalMs, n }: LatencyFigure): LatencyFigureJson {
  const rounded = intervalMs && ([roundForJson(intervalMs[0]), roundForJson(intervalMs[1])] as const);
  return { pointMs: roundForJson(pointMs), ...(rounded && { intervalMs: rounded }), n };
}

function subjectJson(subject: Subject): SubjectJson {
  const { job: _, ...alone } = subject;
  return {
    kind: subject.kind,
    name: subjectLabel(alone as Subject),
    ...(subject.job !== undefined && { job: subject.job }),
  };
}

function estimateJson({ point, interval, level, n }: Estimate): EstimateJson {
  return { point: roundForJson(point), interval: [roundForJson(interval[0]), roundForJson(interval[1])], level, n };
}

/** One row as `tailgate.report` has it: figures rounded, absent keys instead of NaN and infinity. */
export function comparisonJson(row: Row, atStop: boolean): ComparisonJson {
  const { subject, family: _, isBacked: __, baseline, candidate, relativeChange, margin, ...figures } = row;
  const { pValue, adjustedPValue, minimumDetectableEffect, pairsNeeded, impact, warnings, ...rest } = figures;
  const effect = roundForJson(minimumDetectableEffect ?? Number.NaN);
  return {
    subject: subjectJson(subject),
    ...rest,
    margin: {
      relative: roundForJson(margin.relative) ?? 0,
      ...(margin.absolute !== undefined && { absolute: roundForJson(margin.absolute) ?? 0 }),
    },
    ...(baseline && { baseline: estimateJson(baseline) }),
    ...(candidate && { candidate: estimateJson(candidate) }),
    ...(relativeChange && { relativeChange: estimateJson(relativeChange) }),
    ...(relativeChange && atStop && { atStop }),
    ...(pValue !== undefined && { pValue: roundForJson(pValue) ?? 1 }),
    ...(adjustedPValue !== undefined && { adjustedPValue: roundForJson(adjustedPValue) ?? 1 }),
    ...(pairsNeeded !== undefined && Number.isFinite(pairsNeeded) && { pairsNeeded }),
    ...(effect !== null && { minimumDetectableEffect: effect }),
    ...(row.verdict === 'regressed' && { impact: roundForJson(impact) ?? 0 }),
    ...(warnings.length > 0 && { warnings }),
  };
}

/** Six digits: more than any measurement here carries, and the same text on every machine. */
export function roundForJson(value: number): number | null {
  return Number.isFinite(value) ? Number(value.toPrecision(6)) : null;
}
