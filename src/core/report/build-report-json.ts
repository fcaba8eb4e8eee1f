import { type LatencyFigure, summariseRun } from '../comparison/summarise-run.ts';
import type { RunRecord } from '../run-record/run-record.ts';
import { detectable } from './detectable.ts';
import { pairCounts } from './pair-counts.ts';
import { isAtStop, type RankedFacts } from './report-facts.ts';
import {
  comparisonJson,
  type EndpointJson,
  estimateJson,
  type LatencyFigureJson,
  type ReportJson,
  roundForJson,
} from './report-json.ts';

/** The report for machines, from the same facts and with the same headline as the one for people. */
export function buildReportJson(facts: RankedFacts, headline: string, warnings: readonly string[]): ReportJson {
  const { decided, record, thresholds } = facts;
  const { verdict, outcome, comparison } = decided;
  const seen = detectable(facts.rows, record);
  const pairs = pairCounts(facts);
  const effect = seen && roundForJson(seen.effect);
  return {
    schema: 'tailgate.report/1',
    mode: facts.mode,
    name: facts.name,
    verdict: verdict.verdict,
    ...('reason' in verdict ? { reason: verdict.reason } : {}),
    detail: verdict.detail,
    ...('hint' in verdict ? { hint: verdict.hint } : {}),
    headline,
    exitCode: outcome.exitCode,
    failOn: facts.failOn,
    alpha: thresholds.alpha,
    // Nothing in a stored comparison is drawn at random; a duet's sign vectors follow from the ids of its two runs.
    seed: 0,
    baselineRuns: facts.window.length,
    ...(pairs && { pairs }),
    ...(comparison?.stoppedEarly !== undefined && { stoppedEarly: comparison.stoppedEarly }),
    ...(record === undefined ? {} : { candidate: identityOf(record), fingerprint: record.fingerprint }),
    baseline: facts.window.map(identityOf),
    comparisons: facts.rows.map((row) => comparisonJson(row, isAtStop(facts))),
    common: Object.fromEntries(
      Object.entries(comparison?.common ?? {}).map(([key, value]) => [key, estimateJson(value)]),
    ),
    endpoints: record === undefined ? [] : endpointsJson(record),
    suspects: (comparison?.suspects ?? []).map(({ endpoint, metric, relativeChange, needed }) => ({
      endpoint,
      metric,
      relativeChange: roundForJson(relativeChange) ?? 0,
      confirmRuns: needed,
    })),
    confirmRuns: Math.max(0, ...(comparison?.suspects ?? []).map(({ needed }) => needed)),
    ...(effect === undefined || effect === null ? {} : { minimumDetectableEffect: effect }),
    crossedThresholds: record?.exit.crossedThresholds ?? [],
    warnings,
    attribution: [],
  };
}

function identityOf({ id, startedAt, provenance }: RunRecord) {
  return { id, startedAt, provenance };
}

function endpointsJson(record: RunRecord): EndpointJson[] {
  return summariseRun(record).map(({ endpoint, requests, failedRequests, latency }) => ({
    endpoint,
    requests,
    failedRequests,
    ...(latency && { p50: figureJson(latency.p50), p95: figureJson(latency.p95), p99: figureJson(latency.p99) }),
  }));
}

function figureJson({ pointMs, intervalMs, n }: LatencyFigure): LatencyFigureJson {
  const rounded = intervalMs && ([roundForJson(intervalMs[0]), roundForJson(intervalMs[1])] as const);
  return { pointMs: roundForJson(pointMs), ...(rounded && { intervalMs: rounded }), n };
}
