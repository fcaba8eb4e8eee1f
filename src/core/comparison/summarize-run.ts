import type { EndpointSeries, RunRecord } from '../run-record/run-record.ts';
import { failedRequestsOf, latenciesOf } from '../run-record/run-record.ts';
import { LatencySketch } from '../sketch/latency-sketch.ts';
import { designEffect, effective, wilsonInterval } from '../stats/proportion.ts';
import { sampleVariance } from '../stats/sample-moments.ts';
import { tCritical } from '../stats/student-t.ts';
import { perQuantile, type Quantile, quantiles } from '../thresholds/quantiles.ts';
import type { Estimate } from './row.ts';
import { latencyQuantilesMs } from './run-summary.ts';

/** Absolute figures of one endpoint in one run: of use before there is a baseline. */
export interface EndpointFigures {
  readonly endpoint: string;
  readonly requests: number;
  readonly failedRequests: number;
  /** Absent without an expected response. */
  readonly latency?: Readonly<Record<Quantile, LatencyFigure>>;
  readonly errorRate: Estimate;
}

export interface LatencyFigure {
  readonly pointMs: number;
  /** 95 % interval: how sure this run is of itself (another run may differ by more). Absent with too few blocks or requests. */
  readonly intervalMs?: readonly [lower: number, upper: number];
  /** Expected responses behind it. */
  readonly n: number;
}

const level = 0.95;

/** Fewer groups of time blocks than this say nothing about how a run wobbles. */
const groups = 10;

/** The figures of `record` by itself, busiest endpoint first. */
export function summarizeRun(record: RunRecord): EndpointFigures[] {
  return record.endpoints.map(toFigures).sort((a, b) => b.requests - a.requests || (a.endpoint < b.endpoint ? -1 : 1));
}

function toFigures(series: EndpointSeries): EndpointFigures {
  const sketch = latenciesOf(series);
  const failed = failedRequestsOf(series);
  const counts = series.blocks.map((block) => ({
    failed: block.failedRequests,
    total: block.latency.count + block.failedRequests,
  }));
  const total = { failed, total: sketch.count + failed };
  return {
    endpoint: series.endpoint,
    requests: total.total,
    failedRequests: failed,
    ...(sketch.count > 0 && {
      latency: perQuantile((quantile) => latencyFigure(series, sketch, quantile)),
    }),
    errorRate: {
      point: total.total === 0 ? Number.NaN : failed / total.total,
      interval: wilsonInterval(effective(total, designEffect(counts)), level),
      level,
      n: total.total,
    },
  };
}

/**
 * Interval by delete-a-group jackknife over ten groups of neighboring time blocks, on the logarithm, so that it allows
 * for slow wobble within the run. No interval with fewer than ten blocks
 * with requests, or fewer than ten requests above the quantile.
 *
 * Source: Shao, Tu (1995), The Jackknife and Bootstrap, section 2.3 (grouping makes it consistent for quantiles).
 */
function latencyFigure(series: EndpointSeries, sketch: LatencySketch, quantile: Quantile): LatencyFigure {
  const pointMs = latencyQuantilesMs(sketch)[quantile];
  const filled = series.blocks.filter((block) => block.latency.count > 0);
  if (filled.length < groups || sketch.count * (1 - quantiles[quantile].probability) < groups) {
    return { pointMs, n: sketch.count };
  }
  const logs = Array.from({ length: groups }, (_, group) => {
    const rest = filled.filter((_block, i) => Math.floor((i * groups) / filled.length) !== group);
    return Math.log(latencyQuantilesMs(LatencySketch.merged(rest.map((block) => block.latency)))[quantile]);
  });
  const error = Math.sqrt(((groups - 1) ** 2 / groups) * sampleVariance(logs));
  const reach = tCritical((1 - level) / 2, groups - 1) * error;
  return { pointMs, intervalMs: [pointMs * Math.exp(-reach), pointMs * Math.exp(reach)], n: sketch.count };
}
