import type { Comparison, Estimate, PairCounts, Quantile } from '../comparison/comparison.ts';
import type { Fingerprint, Provenance } from '../run-record/run-record.ts';
import type { FailOn, JudgingMode } from '../verdict/build-verdict.ts';

/** The machine's report (`tailgate.report/1`), described by `schemas/tailgate.report.1.schema.json`. */
export interface ReportJson {
  readonly schema: 'tailgate.report/1';
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
  readonly seed: number;
  readonly baselineRuns?: number;
  /** Duets: block pairs that were planned and used, and blocks that lacked their counterpart. */
  readonly pairs?: PairCounts;
  readonly stoppedEarly?: boolean;
  readonly candidate?: { readonly id: string; readonly startedAt: string; readonly provenance: Provenance };
  readonly baseline: readonly { readonly id: string; readonly startedAt: string; readonly provenance: Provenance }[];
  readonly comparisons: readonly ComparisonJson[];
  readonly common: Partial<Record<Quantile, EstimateJson>>;
  /** Figures of the candidate by itself. */
  readonly endpoints: readonly EndpointJson[];
  readonly suspects: readonly {
    readonly endpoint: string;
    readonly metric: string;
    readonly relativeChange: number;
    readonly confirmRuns: number;
  }[];
  /** How many fresh runs would settle every suspect; 0 without one. */
  readonly confirmRuns: number;
  /** Smallest relative p95 slowdown of the busiest compared endpoint that 4 of 5 such builds would find. */
  readonly minimumDetectableEffect?: number;
  readonly crossedThresholds: readonly string[];
  readonly fingerprint?: Fingerprint;
  readonly warnings: readonly string[];
  readonly attribution: readonly never[];
}

/** `null` stands for an unbounded end, which JSON can't write. */
export interface EstimateJson {
  readonly point: number | null;
  readonly interval: readonly [number | null, number | null];
  readonly level: number;
  readonly n: number;
}

export type ComparisonJson = Omit<Comparison, 'baseline' | 'candidate' | 'relativeChange'> & {
  /** Measuring ended early: the interval of the change holds, its point leans towards the larger changes. */
  readonly atStop?: true;
  readonly baseline?: EstimateJson;
  readonly candidate?: EstimateJson;
  readonly relativeChange?: EstimateJson;
};

export interface EndpointJson {
  readonly endpoint: string;
  readonly requests: number;
  readonly failedRequests: number;
  readonly p50?: LatencyFigureJson;
  readonly p95?: LatencyFigureJson;
  readonly p99?: LatencyFigureJson;
}

export interface LatencyFigureJson {
  readonly pointMs: number | null;
  readonly intervalMs?: readonly [number | null, number | null];
  readonly n: number;
}

export function estimateJson({ point, interval, level, n }: Estimate): EstimateJson {
  return { point: roundForJson(point), interval: [roundForJson(interval[0]), roundForJson(interval[1])], level, n };
}

export function comparisonJson(row: Comparison, atStop: boolean): ComparisonJson {
  const { baseline, candidate, relativeChange, pValue, adjustedPValue, minimumDetectableEffect, pairsNeeded, ...rest } =
    row;
  const effect = roundForJson(minimumDetectableEffect ?? Number.NaN);
  return {
    ...rest,
    impact: roundForJson(rest.impact) ?? 0,
    ...(baseline === undefined ? {} : { baseline: estimateJson(baseline) }),
    ...(candidate === undefined ? {} : { candidate: estimateJson(candidate) }),
    ...(relativeChange === undefined ? {} : { relativeChange: estimateJson(relativeChange) }),
    ...(relativeChange !== undefined && atStop ? { atStop } : {}),
    ...(pValue === undefined ? {} : { pValue: roundForJson(pValue) ?? 1 }),
    ...(adjustedPValue === undefined ? {} : { adjustedPValue: roundForJson(adjustedPValue) ?? 1 }),
    ...(pairsNeeded !== undefined && Number.isFinite(pairsNeeded) ? { pairsNeeded } : {}),
    ...(effect === null ? {} : { minimumDetectableEffect: effect }),
  };
}

/** Six digits: more than any measurement here carries, and the same text on every machine. */
export function roundForJson(value: number): number | null {
  return Number.isFinite(value) ? Number(value.toPrecision(6)) : null;
}
