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
  const aligned = shift === 0 ? { baseline, candidate, warnings: [] } : withoutStart(baseline, candidate, shift);
  return withoutJumps(aligned);
}

/** What the one that began first did alone is cut: `shift` blocks of the baseline, or of the candidate where negative. */
function withoutStart(baseline: RunRecord, candidate: RunRecord, shift: number): AlignedRuns {
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

/**
 * Where the clock of one side jumped ahead, its blocks after that lie beyond the end of the other side: they are counted
 * from where it stood. A target that hangs leaves a hole too, and both sides then end together.
 */
function withoutJumps({ baseline, candidate, warnings }: AlignedRuns): AlignedRuns {
  const [before, after] = [jumpIn(baseline, candidate), jumpIn(candidate, baseline)];
  return {
    baseline: before === undefined ? baseline : closeHole(baseline, before),
    candidate: after === undefined ? candidate : closeHole(candidate, after),
    warnings: [
      ...warnings,
      ...describeJump('baseline', baseline, before),
      ...describeJump('candidate', candidate, after),
    ],
  };
}

/** Blocks without a request, from `start` to before `end`. */
interface Hole {
  readonly start: number;
  readonly end: number;
}

/** Shorter holes are pauses. */
const fewestJumpedBlocks = 2;

/** The longest hole in the blocks of `record`, where it is as long as the run goes on after the end of `other`. */
function jumpIn(record: RunRecord, other: RunRecord): Hole | undefined {
  const own = blocksOf(record);
  let longest: Hole | undefined;
  for (const [i, end] of own.entries()) {
    const start = (own[i - 1] ?? end - 1) + 1;
    if (end - start > (longest === undefined ? 0 : longest.end - longest.start)) longest = { start, end };
  }
  if (longest === undefined || longest.end - longest.start < fewestJumpedBlocks) return undefined;
  const beyond = (own.at(-1) ?? 0) - (blocksOf(other).at(-1) ?? 0);
  return Math.abs(beyond - (longest.end - longest.start)) <= 1 ? longest : undefined;
}

/** Indices of blocks with a request, ascending. */
function blocksOf({ endpoints }: RunRecord): number[] {
  return [...new Set(endpoints.flatMap(({ blocks }) => blocks.map(({ index }) => index)))].sort((a, b) => a - b);
}

function closeHole(record: RunRecord, { start, end }: Hole): RunRecord {
  const moved = movedBlocks(record, ({ index }) => (index < start ? index : index - (end - start)));
  return { ...moved, durationMs: record.durationMs - (end - start) * record.blockLengthMs };
}

function describeJump(side: string, { blockLengthMs }: RunRecord, hole: Hole | undefined): string[] {
  if (hole === undefined) return [];
  const seconds = ((hole.end - hole.start) * blockLengthMs) / 1000;
  return [
    `the clock of the ${side}'s load generator jumped ahead by about ${seconds} s, for it went on so long after the other side had ended: its time after that is counted from where it stood`,
  ];
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
  const moved = movedBlocks(record, ({ index }) => (index < blocks ? undefined : index - blocks));
  return { ...moved, warmUpMs: record.warmUpMs + blocks * record.blockLengthMs };
}

/** The record with other numbers for its blocks; without those that get none. */
function movedBlocks(record: RunRecord, indexOf: (block: { readonly index: number }) => number | undefined): RunRecord {
  const move = <B extends { readonly index: number }>(blocks: readonly B[]): B[] =>
    blocks.flatMap((block) => {
      const index = indexOf(block);
      return index === undefined ? [] : [{ ...block, index }];
    });
  const endpoints = record.endpoints.map(
    ({ usualAnswers, ...series }): EndpointSeries => ({
      ...series,
      ...(usualAnswers && { usualAnswers: { ...usualAnswers, blocks: move(usualAnswers.blocks) } }),
      blocks: move(series.blocks),
    }),
  );
  return {
    ...record,
    endpoints: endpoints.filter((series) => series.blocks.length > 0),
    checks: record.checks.map((series) => ({ ...series, blocks: move(series.blocks) })),
    metrics: record.metrics.map(
      (series): MetricSeries =>
        series.kind === 'trend'
          ? { ...series, blocks: move(series.blocks) }
          : { ...series, blocks: move(series.blocks) },
    ),
  };
}
