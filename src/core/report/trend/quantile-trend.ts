import type { RunRecord } from '../../run-record/run-record.ts';
import { changePoints } from '../../stats/change-point.ts';
import { type Creep, creepEnds, creepOf } from '../../stats/creep.ts';
import { mean } from '../../stats/sample-moments.ts';
import type { Quantile } from '../../thresholds/quantiles.ts';
import type { HistoryPoint } from './run-history.ts';

/** One quantile of an endpoint over the stored green runs. */
export interface QuantileTrend {
  readonly quantile: Quantile;
  /** Oldest first. */
  readonly points: readonly TrendPoint[];
  /** Stretches between changes of level; one where nothing changed. */
  readonly levels: readonly TrendLevel[];
  /** Where it began, and began anew with each accepted slowdown; the last one counts. */
  readonly anchors: readonly TrendAnchor[];
  /** Level of the newest runs, as many as the last anchor is made of. */
  readonly nowMs: number;
  /** From the last anchor to now: 0.1 = 10 % slower. */
  readonly relativeChange: number;
  /** Absent with too few runs since the last anchor. */
  readonly creep: Creep | undefined;
  /** Whether the level of the newest runs is another, higher one than that at the last anchor. */
  readonly isAtHigherLevel: boolean;
  /** The largest rise at a change of level since the last anchor, from the runs right before to those right after. */
  readonly largestStep: number;
}

export interface TrendPoint {
  readonly run: RunRecord;
  readonly ms: number;
}

export interface TrendLevel {
  /** First and last point of the stretch. */
  readonly from: number;
  readonly to: number;
  readonly ms: number;
  /** Against the level before; 0 for the first. */
  readonly relativeChange: number;
}

export interface TrendAnchor {
  /** Points from the anchor's first to the last that is measured against it. */
  readonly from: number;
  readonly to: number;
  /** Runs whose level it is. */
  readonly runs: number;
  readonly ms: number;
}

/** A step is told by so many runs on either side of it. */
const besideStep = 5;

/**
 * The trend of `quantile` in the green runs of `points`; undefined where fewer than three have it.
 *
 * @param accepted runs from which on a slowdown of this endpoint had been accepted
 * @param maxP limit of a change of level
 */
export function quantileTrend(
  points: readonly HistoryPoint[],
  quantile: Quantile,
  accepted: ReadonlySet<RunRecord>,
  maxP: number,
): QuantileTrend | undefined {
  const own = points.flatMap(({ run, latencyMs }) => {
    const ms = latencyMs[quantile];
    return ms === undefined || run.quarantined !== undefined ? [] : [{ run, ms }];
  });
  if (own.length < 3) return undefined;
  const logs = own.map(({ ms }) => Math.log(ms));
  const anchors = anchorsOf(own, logs, accepted);
  const anchor = anchors.at(-1) as TrendAnchor;
  const levels = levelsOf(
    own.map(({ ms }) => ms),
    maxP,
  );
  const nowMs = Math.exp(mean(logs.slice(-anchor.runs)));
  const levelAtAnchor = levels.findLast(({ from }) => from <= anchor.from) as TrendLevel;
  const steps = levels.filter(({ from }) => from > anchor.from).map(({ from }) => stepAt(logs, from));
  return {
    quantile,
    points: own,
    levels,
    anchors,
    nowMs,
    relativeChange: nowMs / anchor.ms - 1,
    creep: creepOf(logs.slice(anchor.from)),
    isAtHigherLevel: (levels.at(-1) as TrendLevel).ms > levelAtAnchor.ms,
    largestStep: Math.max(0, ...steps),
  };
}

function anchorsOf(
  points: readonly TrendPoint[],
  logs: readonly number[],
  accepted: ReadonlySet<RunRecord>,
): TrendAnchor[] {
  const starts = [0, ...points.flatMap(({ run }, i) => (i > 0 && accepted.has(run) ? [i] : []))];
  return starts.map((from, i) => {
    const end = starts[i + 1] ?? points.length;
    const runs = Math.min(creepEnds, Math.max(1, Math.floor((end - from) / 3)));
    return { from, to: end - 1, runs, ms: Math.exp(mean(logs.slice(from, from + runs))) };
  });
}

function levelsOf(series: readonly number[], maxP: number): TrendLevel[] {
  const starts = [0, ...changePoints(series, { maxP, minSegment: 5, minRelativeChange: 0.05 })];
  const ms = starts.map((start, i) => mean(series.slice(start, starts[i + 1])));
  return starts.map((from, i) => ({
    from,
    to: (starts[i + 1] ?? series.length) - 1,
    ms: ms[i] as number,
    relativeChange: i === 0 ? 0 : (ms[i] as number) / (ms[i - 1] as number) - 1,
  }));
}

function stepAt(logs: readonly number[], at: number): number {
  const before = mean(logs.slice(Math.max(0, at - besideStep), at));
  return Math.expm1(mean(logs.slice(at, at + besideStep)) - before);
}
