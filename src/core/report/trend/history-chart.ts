import type { RunRecord } from '../../run-record/run-record.ts';
import { leadQuantile, type Quantile } from '../../thresholds/quantiles.ts';
import type { EndpointTrend } from './endpoint-trend.ts';

/** One endpoint over time, ready to be drawn; times are Unix milliseconds. */
export interface HistoryChart {
  readonly lines: readonly { readonly quantile: Quantile; readonly points: readonly TimedValue[] }[];
  /** Levels, steps and anchors of this quantile are drawn: the leading one, or what there is of it. */
  readonly leading: Quantile | undefined;
  readonly levels: readonly TimedStretch[];
  readonly anchors: readonly TimedStretch[];
  /** When a new level began. */
  readonly steps: readonly number[];
  readonly accepted: readonly number[];
  /** The leading quantile of runs that were red. */
  readonly red: readonly TimedValue[];
  /** Share of failed requests of every green run. */
  readonly errorRates: readonly TimedValue[];
}

export interface TimedValue {
  readonly timeMs: number;
  readonly value: number;
}

interface TimedStretch {
  readonly fromMs: number;
  readonly toMs: number;
  readonly value: number;
}

/** No levels where the leading quantile crept, since steps would show events that never were. */
export function historyChart({ quantiles, crept, points, accepted }: EndpointTrend): HistoryChart {
  const leading = quantiles.find(({ quantile }) => quantile === leadQuantile) ?? quantiles[0];
  const times = (leading?.points ?? []).map(({ run }) => timeOf(run));
  const stretch = ({ from, to, ms }: { from: number; to: number; ms: number }) => ({
    fromMs: times[from] ?? Number.NaN,
    toMs: times[to] ?? Number.NaN,
    value: ms,
  });
  // A staircase laid over a series that crept would show events that never were.
  const levels = leading === undefined || crept.includes(leading.quantile) ? [] : leading.levels.map(stretch);
  return {
    lines: quantiles.map((trend) => ({
      quantile: trend.quantile,
      points: trend.points.map(({ run, ms }) => ({ timeMs: timeOf(run), value: ms })),
    })),
    leading: leading?.quantile,
    levels,
    anchors: (leading?.anchors ?? []).map(stretch),
    steps: levels.slice(1).map(({ fromMs }) => fromMs),
    accepted: accepted.map(timeOf),
    red: points.flatMap(({ run, latencyMs }) => {
      const value = leading && latencyMs[leading.quantile];
      return run.quarantined === undefined || value === undefined ? [] : [{ timeMs: timeOf(run), value }];
    }),
    errorRates: points.flatMap(({ run, requests, failedRequests }) =>
      run.quarantined === undefined ? [{ timeMs: timeOf(run), value: failedRequests / requests }] : [],
    ),
  };
}

/** Start of the run, Unix ms. */
export function timeOf({ startedAt }: RunRecord): number {
  return Date.parse(startedAt);
}
