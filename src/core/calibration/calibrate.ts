import type { ComparisonResult } from '../comparison/comparison-result.ts';
import { comparePaired, type PairedOptions } from '../comparison/paired/compare-paired.ts';
import type { Row } from '../comparison/row.ts';
import type { BlockRange } from '../run-record/block-series.ts';
import { labelTogether } from '../run-record/endpoint-identity.ts';
import { type EndpointBlock, type RunRecord, requestsOf, type TwoSidedRun } from '../run-record/run-record.ts';
import { endpointSubject } from '../run-record/subject.ts';
import { wilsonInterval } from '../stats/proportion.ts';
import { mean, median } from '../stats/sample-moments.ts';
import { leadQuantile, perQuantile } from '../thresholds/quantiles.ts';
import { marginOf, type Thresholds } from '../thresholds/thresholds.ts';

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
  const newest = measurements.map(labelSides).at(-1);
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

function labelSides({ baseline, candidate }: TwoSidedRun): TwoSidedRun {
  const [labeled, other] = labelTogether([candidate, baseline]);
  return { baseline: other ?? baseline, candidate: labeled ?? candidate };
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
      row.metric === leadQuantile &&
      row.subject.kind === 'endpoint' &&
      row.verdict !== 'not-compared' &&
      row.relativeChange !== undefined
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

/** Fewer requests in a block than this have no p95 to speak of. */
const minRequests = 5;

/**
 * Relative standard deviation of the ratio of both sides' p95 in one pair of blocks; `NaN` with fewer than two pairs.
 * Robust (1.4826 times the median absolute deviation of ln ratios): one stall is no noise.
 */
function blockNoise(baseline: RunRecord, candidate: RunRecord, endpoint: string): number {
  const before = blocksOf(baseline, endpoint);
  const ratios: number[] = [];
  for (const [index, block] of blocksOf(candidate, endpoint)) {
    const other = before.get(index);
    if (other === undefined || Math.min(other.latency.count, block.latency.count) < minRequests) continue;
    ratios.push(Math.log(block.latency.quantile(0.95) / other.latency.quantile(0.95)));
  }
  if (ratios.length < 2) return Number.NaN;
  const middle = median(ratios);
  return Math.expm1(1.4826 * median(ratios.map((ratio) => Math.abs(ratio - middle))));
}

function blocksOf(record: RunRecord, endpoint: string): Map<number, EndpointBlock> {
  const series = record.endpoints.find((one) => one.endpoint === endpoint);
  return new Map((series?.blocks ?? []).map((block) => [block.index, block]));
}

/** Lengths of judged load a side for which it is said what would be seen. */
export const calibratedMinutes = [2, 5, 10] as const;

/** How one endpoint behaves while nothing changes. */
export interface EndpointNoise {
  readonly endpoint: string;
  readonly requestsPerMinute: number;
  readonly p95Ms: number;
  /** Relative standard deviation of the p95 ratio of a single pair of blocks. */
  readonly blockNoise: number;
  /** p95 of one side relative to the other, over the whole measurement: what the two places differ by. */
  readonly offset: number;
  /** Smallest relative p95 increase that is found in 80 % of builds, for each of `calibratedMinutes`. */
  readonly detectable: readonly number[];
}

/** Index of the five minutes in `calibratedMinutes`: what a patient pull request spends. */
const patient = 1;

/** Margins are suggested in steps of 5 %; nobody can act on finer ones. */
const step = 0.05;

/**
 * Inputs that fit this setup: a margin that five minutes of load can tell from noise on most endpoints, and an override
 * for each endpoint that needs a wider one. Empty where the configured margins are wide enough already.
 */
function suggestMargins(endpoints: readonly EndpointNoise[], thresholds: Thresholds): string[] {
  const known = endpoints.filter(({ detectable }) => Number.isFinite(detectable[patient]));
  if (known.length === 0) return [];
  const configured = thresholds.margins.relativeIncrease[leadQuantile];
  const needed = known.map(({ detectable }) => roundUp(detectable[patient] ?? 0)).sort((a, b) => a - b);
  const usual = Math.max(configured, needed[Math.floor(needed.length / 2)] ?? 0);
  const overrides = known
    .filter(({ endpoint, detectable }) => {
      const margin = Math.max(usual, marginOf(endpointSubject(endpoint), leadQuantile, thresholds).relative);
      return roundUp(detectable[patient] ?? 0) > margin;
    })
    .map(({ endpoint, detectable }) => `  ${endpoint} ${leadQuantile}: ${percent(roundUp(detectable[patient] ?? 0))}`);
  return [
    ...(usual > configured ? [`max-${leadQuantile}-increase: ${percent(usual)}`] : []),
    ...(overrides.length > 0 ? ['overrides: |', ...overrides] : []),
  ];
}

function roundUp(fraction: number): number {
  return Math.ceil(fraction / step - 1e-9) * step;
}

function percent(fraction: number): string {
  return `${Math.round(fraction * 100)}%`;
}

/** The part of a run between two blocks, as a run of its own whose first block is 0. */
function recordBetween(record: RunRecord, { first, end }: BlockRange): RunRecord {
  const within = <T extends { readonly index: number }>(blocks: readonly T[]): T[] =>
    blocks
      .filter(({ index }) => index >= first && index < end)
      .map((block) => ({ ...block, index: block.index - first }));
  return {
    ...record,
    id: `${record.id} ${first}-${end}`,
    endpoints: record.endpoints.map(({ usualAnswers, ...series }) => ({
      ...series,
      blocks: within(series.blocks),
      ...(usualAnswers && { usualAnswers: { ...usualAnswers, blocks: within(usualAnswers.blocks) } }),
    })),
    checks: record.checks.map((series) => ({ ...series, blocks: within(series.blocks) })),
    metrics: record.metrics.map((series) =>
      series.kind === 'trend'
        ? { ...series, blocks: within(series.blocks) }
        : { ...series, blocks: within(series.blocks) },
    ),
  };
}
