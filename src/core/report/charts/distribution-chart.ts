import { type LatencySketch, quantileMs } from '../../sketch/latency-sketch.ts';
import { median } from '../../stats/sample-moments.ts';
import { formatChange, formatMs, formatSpan } from '../format-quantity.ts';

/** Did all requests of an endpoint move, or only the slow ones? Latency at each share of requests, on both sides. */
export interface DistributionChart {
  /** Ascending by probability. */
  readonly points: readonly DistributionPoint[];
  readonly readings: readonly DistributionReading[];
  /** Whether the baseline is several runs, whose spread is known. */
  readonly hasRange: boolean;
}

export interface DistributionPoint {
  /** Share of requests that were at most this slow, 0..1. */
  readonly probability: number;
  /** `p95`. */
  readonly label: string;
  /** The middle one of the baseline runs. */
  readonly baselineMs?: number;
  /** From the fastest to the slowest baseline run. */
  readonly rangeMs?: readonly [lower: number, upper: number];
  readonly candidateMs?: number;
  /** `p95: 120 → 183 ms`. */
  readonly text: string;
}

/** One of the quantiles that are judged, in words. */
export interface DistributionReading {
  readonly label: string;
  readonly baseline: string;
  readonly candidate: string;
  readonly change: string;
}

const probabilities = [
  0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.75, 0.8, 0.85, 0.9, 0.93, 0.95, 0.97, 0.98, 0.99, 0.995, 0.999,
] as const;

const readProbabilities: ReadonlySet<number> = new Set([0.5, 0.9, 0.95, 0.99]);

/** Fewer values than this beyond a quantile are anecdotes. */
const minBeyond = 3;

/** Undefined when neither side has enough requests for a line. */
export function distributionChart(
  baseline: readonly LatencySketch[],
  candidate: LatencySketch | undefined,
): DistributionChart | undefined {
  const known = baseline.filter((sketch) => sketch.count > 0);
  const points = probabilities.flatMap((probability) => {
    const before = known.filter((sketch) => isReadable(sketch, probability)).map((run) => quantileMs(run, probability));
    // A quantile that only some of the runs can tell would be told by the busiest of them.
    const baselineMs = before.length > 0 && before.length === known.length ? median(before) : undefined;
    const candidateMs =
      candidate !== undefined && isReadable(candidate, probability) ? quantileMs(candidate, probability) : undefined;
    if (baselineMs === undefined && candidateMs === undefined) return [];
    return [toPoint(probability, baselineMs, before, candidateMs)];
  });
  if (points.length < 5) return undefined;
  return {
    points,
    readings: points.filter(({ probability }) => readProbabilities.has(probability)).map(toReading),
    hasRange: points.some((point) => point.rangeMs !== undefined),
  };
}

function isReadable(sketch: LatencySketch, probability: number): boolean {
  return sketch.count * Math.min(probability, 1 - probability) >= minBeyond;
}

function toPoint(
  probability: number,
  baselineMs: number | undefined,
  before: readonly number[],
  candidateMs: number | undefined,
): DistributionPoint {
  const label = `p${Number((probability * 100).toFixed(1))}`;
  const text =
    baselineMs !== undefined && candidateMs !== undefined
      ? formatSpan(baselineMs, candidateMs)
      : formatMs((baselineMs ?? candidateMs) as number);
  return {
    probability,
    label,
    ...(baselineMs !== undefined && { baselineMs }),
    ...(baselineMs !== undefined &&
      before.length > 1 && { rangeMs: [Math.min(...before), Math.max(...before)] as const }),
    ...(candidateMs !== undefined && { candidateMs }),
    text: `${label}: ${text}`,
  };
}

function toReading({ label, baselineMs, candidateMs }: DistributionPoint): DistributionReading {
  return {
    label,
    baseline: baselineMs === undefined ? '–' : formatMs(baselineMs),
    candidate: candidateMs === undefined ? '–' : formatMs(candidateMs),
    change: baselineMs === undefined || candidateMs === undefined ? '–' : formatChange(candidateMs / baselineMs - 1),
  };
}
