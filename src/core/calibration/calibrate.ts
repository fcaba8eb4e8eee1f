import type { ComparisonResult } from '../comparison/comparison-result.ts';
import { comparePaired, type PairedOptions } from '../comparison/paired/compare-paired.ts';
import type { Row } from '../comparison/row.ts';
import { recordBetween } from '../run-record/record-between.ts';
import { type RunRecord, requestsOf } from '../run-record/run-record.ts';
import type { TwoSidedRun } from '../run-record/two-sided-runs.ts';
import { wilsonInterval } from '../stats/proportion.ts';
import { mean } from '../stats/sample-moments.ts';
import { leadQuantile, perQuantile } from '../thresholds/quantiles.ts';
import type { Thresholds } from '../thresholds/thresholds.ts';
import { blockNoise } from './block-noise.ts';
import { calibratedMinutes, type EndpointNoise } from './endpoint-noise.ts';
import { suggestMargins } from './suggest-margins.ts';

export interface Calibration {
  /** The busiest first. */
  readonly endpoints: readonly EndpointNoise[];
  /** Builds of unchanged code in all known measurements, and those that would have failed. */
  readonly falseAlarms: {
    readonly builds: number;
    readonly failed: number;
    /** 95 % interval of the rate. */
    readonly interval: readonly [number, number];
  };
  /** Inputs to paste, one a line; empty where the defaults suit. */
  readonly suggestions: readonly string[];
  /** Pairs of the newest measurement. */
  readonly pairs: number;
}

/** Judged load of one build when unchanged builds are cut out of a measurement. */
const buildMs = 120_000;

/**
 * How noisy is this setup, how often would it have cried wolf, and how small a change would it see? From measurements of
 * equal code on both sides, oldest first; the figures per endpoint are those of the newest.
 */
export function calibrate(
  measurements: readonly TwoSidedRun[],
  thresholds: Thresholds,
  options: PairedOptions,
): Calibration | undefined {
  const newest = measurements.at(-1);
  if (newest === undefined) return undefined;
  const result = comparePaired(newest.baseline, newest.candidate, withoutMargins(thresholds), options);
  const pairs = result.pairs?.used ?? 0;
  const endpoints = endpointNoise(newest, result, pairs);
  const builds = measurements.flatMap((pair) => cutIntoBuilds(pair));
  const failed = builds.filter((build) =>
    hasRegressed(comparePaired(build.baseline, build.candidate, thresholds, options)),
  );
  return {
    endpoints,
    falseAlarms: {
      builds: builds.length,
      failed: failed.length,
      interval: wilsonInterval({ failed: failed.length, total: builds.length }, 0.95),
    },
    suggestions: suggestMargins(endpoints, thresholds),
    pairs,
  };
}

/** With margins the smallest detectable change could not lie below them. */
function withoutMargins(thresholds: Thresholds): Thresholds {
  const relativeIncrease = perQuantile(() => 0);
  return { ...thresholds, rules: [], margins: { ...thresholds.margins, relativeIncrease, latencyIncreaseMs: 0 } };
}

function endpointNoise(pair: TwoSidedRun, result: ComparisonResult, pairs: number): EndpointNoise[] {
  const { baseline, candidate } = pair;
  const minutes = (pairs * candidate.blockLengthMs) / 60_000;
  return result.comparisons
    .flatMap((row) =>
      row.metric === leadQuantile && row.subject.kind === 'endpoint' && row.relativeChange !== undefined
        ? [{ row, endpoint: row.subject.name }]
        : [],
    )
    .map(({ row, endpoint }) => ({
      endpoint,
      requestsPerMinute: requestsTo(candidate, endpoint) / minutes,
      p95Ms: mean([row.baseline?.point ?? Number.NaN, row.candidate?.point ?? Number.NaN]),
      blockNoise: blockNoise(baseline, candidate, endpoint),
      offset: row.relativeChange?.point ?? Number.NaN,
      detectable: calibratedMinutes.map((length) => detectableAfter(row, minutes, length)),
    }))
    .sort((a, b) => b.requestsPerMinute - a.requestsPerMinute || (a.endpoint < b.endpoint ? -1 : 1));
}

function requestsTo(record: RunRecord, endpoint: string): number {
  const series = record.endpoints.find((one) => one.endpoint === endpoint);
  return series === undefined ? 0 : requestsOf(series);
}

/** The uncertainty of a mean over pairs shrinks with the square root of their number. */
function detectableAfter(row: Row, measuredMinutes: number, minutes: number): number {
  const measured = Math.log1p(row.minimumDetectableEffect ?? Number.NaN);
  return Math.expm1(measured * Math.sqrt(measuredMinutes / minutes));
}

function cutIntoBuilds({ baseline, candidate }: TwoSidedRun): TwoSidedRun[] {
  const blocks = Math.max(0, ...candidate.endpoints.flatMap((series) => series.blocks.map((block) => block.index + 1)));
  const perBuild = Math.min(blocks, Math.round(buildMs / candidate.blockLengthMs));
  if (perBuild === 0) return [];
  return Array.from({ length: Math.floor(blocks / perBuild) }, (_, build) => {
    const range = { first: build * perBuild, end: (build + 1) * perBuild };
    return { baseline: recordBetween(baseline, range), candidate: recordBetween(candidate, range) };
  });
}

function hasRegressed({ comparisons }: ComparisonResult): boolean {
  return comparisons.some((row) => row.verdict === 'regressed');
}
