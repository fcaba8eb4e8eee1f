import { GateError } from '../../../errors.ts';
import type { EndpointSeries, MetricSeries, RunRecord } from '../../run-record/run-record.ts';

/** Two runs whose blocks of equal index are of one moment, and what was cut for that. */
export interface AlignedRuns {
  readonly baseline: RunRecord;
  readonly candidate: RunRecord;
  readonly warnings: readonly string[];
}

/** Of the shorter run so much must lie beside the other: what is left would be another run. */
const leastShare = 0.5;

/**
 * Numbers the blocks of two runs by the clock, so that block 5 of both is the same moment, and cuts what the run that began
 * first did alone. A duet of Tailgate's stays as it is: its pairs are numbered by whoever measured both sides, and of sides
 * that run in turn each has its own clock.
 *
 * Throws `GateError` CONFIG_INVALID for two runs that were not made at the same time, or hardly: what slows the machine in
 * one moment is then no longer in both, and everything else that differs would be taken for the change.
 */
export function alignByClock(baseline: RunRecord, candidate: RunRecord): AlignedRuns {
  if (isOneDuet(baseline, candidate) || baseline.blockLengthMs !== candidate.blockLengthMs) {
    return { baseline, candidate, warnings: [] };
  }
  const [before, after] = [spanOf(baseline), spanOf(candidate)];
  const overlapMs = Math.min(before.endMs, after.endMs) - Math.max(before.startMs, after.startMs);
  if (!(overlapMs > 0)) throw notSideBySide(before, after);
  const shorterMs = Math.min(before.endMs - before.startMs, after.endMs - after.startMs);
  if (overlapMs < leastShare * shorterMs) throw hardlySideBySide(overlapMs, shorterMs);
  const shift = Math.round((after.blocksFromMs - before.blocksFromMs) / baseline.blockLengthMs);
  if (shift === 0) return { baseline, candidate, warnings: [] };
  const [early, late] = shift > 0 ? (['baseline', 'candidate'] as const) : (['candidate', 'baseline'] as const);
  const aloneMs = Math.abs(shift) * baseline.blockLengthMs;
  return {
    baseline: withoutFirst(baseline, Math.max(0, shift)),
    candidate: withoutFirst(candidate, Math.max(0, -shift)),
    warnings: [
      `the ${late} began to be measured ${aloneMs / 1000} s after the ${early}: that beginning of the ${early} is left out, and blocks are paired by the clock`,
    ],
  };
}

function isOneDuet(baseline: RunRecord, candidate: RunRecord): boolean {
  const [before, after] = [baseline.provenance.pair?.id, candidate.provenance.pair?.id];
  return before !== undefined && before === after;
}

interface Span {
  readonly startMs: number;
  readonly endMs: number;
  /** When block 0 began. */
  readonly blocksFromMs: number;
}

function spanOf({ startedAt, durationMs, warmUpMs }: RunRecord): Span {
  const startMs = Date.parse(startedAt);
  return { startMs, endMs: startMs + durationMs, blocksFromMs: startMs + warmUpMs };
}

function notSideBySide(before: Span, after: Span): GateError {
  const from = ({ startMs, endMs }: Span) => `from ${clockTime(startMs)} to ${clockTime(endMs)}`;
  return new GateError(
    'CONFIG_INVALID',
    `the two runs were not made side by side: the baseline ran ${from(before)}, the candidate ${from(after)} (UTC)`,
    'Leave out --paired: `tailgate compare` then compares runs that were made one after another, with three or more of the baseline.',
  );
}

function hardlySideBySide(overlapMs: number, shorterMs: number): GateError {
  const seconds = (ms: number) => `${(ms / 1000).toFixed(0)} s`;
  return new GateError(
    'CONFIG_INVALID',
    `the two runs were side by side for ${seconds(overlapMs)} only, of the ${seconds(shorterMs)} that the shorter one took; at least half of it is needed`,
    'Start both at the same time (`tailgate duet` does); or leave out --paired, and give three or more runs of the baseline.',
  );
}

function clockTime(ms: number): string {
  return new Date(ms).toISOString().slice(0, 19).replace('T', ' ');
}

/** The record as if its warm-up had lasted so many blocks longer. */
function withoutFirst(record: RunRecord, blocks: number): RunRecord {
  if (blocks === 0) return record;
  const later = <B extends { readonly index: number }>(series: readonly B[]) =>
    series.filter(({ index }) => index >= blocks).map((block) => ({ ...block, index: block.index - blocks }));
  const endpoints = record.endpoints.map(
    ({ usualAnswers, ...series }): EndpointSeries => ({
      ...series,
      ...(usualAnswers && { usualAnswers: { ...usualAnswers, blocks: later(usualAnswers.blocks) } }),
      blocks: later(series.blocks),
    }),
  );
  return {
    ...record,
    warmUpMs: record.warmUpMs + blocks * record.blockLengthMs,
    endpoints: endpoints.filter((series) => series.blocks.length > 0),
    checks: record.checks.map((series) => ({ ...series, blocks: later(series.blocks) })),
    metrics: record.metrics.map((series) => withoutFirstOf(series, later)),
  };
}

function withoutFirstOf(
  series: MetricSeries,
  later: <B extends { readonly index: number }>(blocks: readonly B[]) => B[],
): MetricSeries {
  return series.kind === 'trend'
    ? { ...series, blocks: later(series.blocks) }
    : { ...series, blocks: later(series.blocks) };
}
