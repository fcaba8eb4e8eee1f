import type { RunRecord } from '../../run-record/run-record.ts';
import { allEndpoints, endpointSubject } from '../../run-record/subject.ts';
import { wilsonInterval } from '../../stats/proportion.ts';
import { median } from '../../stats/sample-moments.ts';
import { type Quantile, quantiles } from '../../thresholds/quantiles.ts';
import { type JudgedMetric, type Margin, marginOf, type Thresholds } from '../../thresholds/thresholds.ts';
import {
  latencyIdentity,
  listedIdentity,
  loadIdentity,
  type RowIdentity,
  slowRequestsIdentity,
  smallestValue,
  trendValue,
} from '../row.ts';
import { describeTwoModes, slowRequestsMargin, type TwoModes, twoModedQuantile } from '../two-modes.ts';
import type { BlockPair, SideMetric } from './paired-blocks.ts';
import {
  exceedanceColumn,
  logRatios,
  meanPerPair,
  medianPerPair,
  offsetColumn,
  type PairedColumn,
  ratioColumn,
  shareColumn,
  sharesAbove,
  summedColumn,
} from './paired-columns.ts';
import { quantileInterval, shownLevel } from './paired-rows.ts';
import type { EndpointPairs } from './paired-series.ts';

/** Something that may have become worse, with the columns that speak about it. Changes are positive where worse. */
export interface DuetHypothesis extends RowIdentity {
  /**
   * Over all pairs: ln of the ratio of the two sides, for all endpoints together the median of their ln ratios; for the
   * family `shares` the difference of the shares.
   */
  readonly change: number;
  /** The same as difference in ms; for all endpoints the largest one; absent for what isn't measured in ms. */
  readonly changeMs?: number;
  readonly margin: Margin;
  /** The change as it was measured. */
  readonly total: readonly PairedColumn[];
  /** Whether what else has to move with it did; default yes. */
  readonly isBacked?: boolean;
  /** What the row has to say beside its figures. */
  readonly warnings?: readonly string[];
  /** What all endpoints have in common over all pairs (ln ratio); 0 where nothing can be subtracted. */
  readonly shared: number;
  /** The change less what all endpoints have in common; empty where nothing can be subtracted. */
  readonly specific: readonly PairedColumn[];
  /** Both sides over all pairs; absent for all endpoints together. */
  readonly sides?: () => { readonly baseline: SideValue; readonly candidate: SideValue };
}

export interface SideValue {
  readonly point: number;
  readonly interval: readonly [lower: number, upper: number];
}

/** The hypotheses about one quantile: one per endpoint in `judged`, and one about all together if there are several. */
export function quantileHypotheses(
  judged: readonly EndpointPairs[],
  quantile: Quantile,
  thresholds: Thresholds,
): DuetHypothesis[] {
  const logs = judged.map((series) => logRatios(series, quantile));
  const changes = judged.map(({ baseline, candidate }) =>
    Math.log(candidate.quantileMs(quantile) / baseline.quantileMs(quantile)),
  );
  const shared = judged.length < 2 ? undefined : { logs: medianPerPair(logs), change: median(changes) };
  const hypotheses = judged.map((series, j) =>
    endpointHypothesis(series, quantile, logs[j] as Float64Array, changes[j] as number, shared, thresholds),
  );
  if (shared === undefined) return hypotheses;
  const changesMs = hypotheses.map((hypothesis) => hypothesis.changeMs as number);
  const all: DuetHypothesis = {
    ...latencyIdentity(allEndpoints, quantile),
    change: shared.change,
    changeMs: shared.change > 0 ? Math.max(...changesMs) : Math.min(...changesMs),
    margin: marginOf(allEndpoints, quantile, thresholds),
    total: [
      ratioColumn(
        `common ${quantile}`,
        `common ${quantile}`,
        quantiles[quantile].pairedWeight.ratio,
        meanPerPair(logs),
      ),
      summedColumn(
        `common exceedance ${quantile}`,
        hypotheses.map(({ total }) => total[1] as PairedColumn),
      ),
    ],
    shared: 0,
    specific: [],
  };
  return [...hypotheses, all];
}

function endpointHypothesis(
  series: EndpointPairs,
  quantile: Quantile,
  logs: Float64Array,
  change: number,
  shared: { readonly logs: Float64Array; readonly change: number } | undefined,
  thresholds: Thresholds,
): DuetHypothesis {
  const { endpoint, baseline, candidate } = series;
  const name = `${quantile} ${endpoint}`;
  const weights = quantiles[quantile].pairedWeight;
  const subject = endpointSubject(endpoint);
  const exceedance = exceedanceColumn(
    `exceedance ${name}`,
    `exceedance ${quantile}`,
    weights.exceedance,
    series,
    quantile,
  );
  const specificLogs = shared ? logs.map((log, i) => log - (shared.logs[i] as number)) : logs;
  const side = (values: EndpointPairs['baseline']): SideValue => ({
    point: values.quantileMs(quantile),
    interval: quantileInterval(values, quantile),
  });
  return {
    ...latencyIdentity(subject, quantile),
    change,
    changeMs: candidate.quantileMs(quantile) - baseline.quantileMs(quantile),
    margin: marginOf(subject, quantile, thresholds),
    total: [ratioColumn(`ratio ${name}`, `ratio ${quantile}`, weights.ratio, logs), exceedance],
    shared: shared?.change ?? 0,
    specific: shared
      ? [
          ratioColumn(`own ratio ${name}`, `own ratio ${quantile}`, weights.ratio, specificLogs),
          offsetColumn(`own exceedance ${name}`, exceedance, shared.change),
        ]
      : [],
    sides: () => ({ baseline: side(baseline), candidate: side(candidate) }),
  };
}

/**
 * The hypothesis about the slow requests of an endpoint with two modes, in place of the one about its p95: that the share of
 * requests above the p95 of both sides rose, and the mean latency by the margins of p95.
 */
export function slowRequestsHypothesis(series: EndpointPairs, modes: TwoModes, thresholds: Thresholds): DuetHypothesis {
  const { endpoint, baseline, candidate } = series;
  const identity = slowRequestsIdentity(endpointSubject(endpoint));
  const { relative, absolute = 0 } = marginOf(identity.subject, twoModedQuantile, thresholds);
  const shares = sharesAbove(series, twoModedQuantile);
  const [before, after] = [baseline.pooled.mean, candidate.pooled.mean];
  const side = (share: number, { pooled }: EndpointPairs['baseline']): SideValue => ({
    point: share,
    interval: wilsonInterval({ failed: share * pooled.count, total: pooled.count }, shownLevel),
  });
  return {
    ...identity,
    change: shares.candidate - shares.baseline,
    margin: { relative: slowRequestsMargin },
    total: [shareColumn(`slow ${endpoint}`, `exceedance ${twoModedQuantile}`, series, twoModedQuantile)],
    isBacked: after >= before * (1 + relative) && after - before >= absolute,
    warnings: [describeTwoModes(modes, shares.limitMs)],
    shared: 0,
    specific: [],
    sides: () => ({ baseline: side(shares.baseline, baseline), candidate: side(shares.candidate, candidate) }),
  };
}

/**
 * The metrics that the configuration lists and both sides know: the 95th percentile of a trend (the 5th where down is
 * worse), the share of true values of a rate.
 */
export function listedHypotheses(metrics: readonly JudgedMetric[], pairs: readonly BlockPair[]): DuetHypothesis[] {
  return metrics.flatMap((metric) => {
    const sides = pairs.map((pair) => pair.metrics?.get(metric.metric));
    const before = sides.map((side) => side?.baseline);
    const after = sides.map((side) => side?.candidate);
    const [pooledBefore, pooledAfter] = [pooled(before, metric), pooled(after, metric)];
    if (Number.isNaN(pooledBefore) || Number.isNaN(pooledAfter)) return [];
    const sign = metric.direction === 'up' ? 1 : -1;
    const worse = (a: number, b: number) => sign * Math.log(Math.max(b, smallestValue) / Math.max(a, smallestValue));
    const logs = Float64Array.from(before, (side, i) => worse(pooled([side], metric), pooled([after[i]], metric)));
    const exactly = (point: number) => ({ point, interval: [point, point] as const });
    const hypothesis: DuetHypothesis = {
      ...listedIdentity(metric),
      change: worse(pooledBefore, pooledAfter),
      margin: { relative: metric.margin },
      total: [ratioColumn(`metric ${metric.metric}`, `metric ${metric.metric}`, 1, logs)],
      shared: 0,
      specific: [],
      sides: () => ({ baseline: exactly(pooledBefore), candidate: exactly(pooledAfter) }),
    };
    return [hypothesis];
  });
}

/** One number for the blocks of one side; NaN without any value. */
function pooled(blocks: readonly (SideMetric | undefined)[], metric: JudgedMetric): number {
  const present = blocks.filter((block) => block !== undefined);
  if (present.some((block) => block.kind === 'trend')) {
    const sketches = present.flatMap((block) => (block.kind === 'trend' ? [block.values] : []));
    return trendValue(sketches, metric.direction);
  }
  let total = 0;
  let trueValues = 0;
  for (const block of present) {
    if (block.kind !== 'rate') continue;
    total += block.total;
    trueValues += block.total - block.failed;
  }
  return trueValues / total;
}

/** Relative drop that matters. */
const dropMargin = 0.1;

/** Beyond this difference (ln) the sides were measured under loads that are no longer alike. */
export const unlikeLoads = Math.log1p(0.05);

/** Whether the load is known to be closed. */
export function isClosedModel({ loadModel }: RunRecord): boolean {
  return loadModel === 'closed';
}

/** Did the candidate get fewer requests done than the baseline? Under closed-model load a slower target gets fewer. */
export function requestRateHypothesis(endpoints: readonly EndpointPairs[], pairs: number): DuetHypothesis {
  const totals = (side: 'baseline' | 'candidate') =>
    Array.from({ length: pairs }, (_, i) => endpoints.reduce((sum, series) => sum + requestsIn(series[side], i), 0));
  const before = totals('baseline');
  const after = totals('candidate');
  const sum = (counts: readonly number[]) => counts.reduce((a, b) => a + b, 0);
  const logs = Float64Array.from(before, (count, i) => Math.log(count / (after[i] as number)));
  const finite = logs.map((log) => (Number.isFinite(log) ? log : Number.NaN));
  const perBlock = (counts: readonly number[]) => {
    const point = sum(counts) / pairs;
    return { point, interval: [point, point] as const };
  };
  return {
    ...loadIdentity('requestRate', { unit: '', direction: 'down' }),
    change: Math.log(sum(before) / sum(after)),
    margin: { relative: dropMargin },
    total: [ratioColumn('requestRate', 'requestRate', 1, finite)],
    shared: 0,
    specific: [],
    sides: () => ({ baseline: perBlock(before), candidate: perBlock(after) }),
  };
}

function requestsIn(side: EndpointPairs['baseline'], pair: number): number {
  return (side.tails[pair]?.count ?? 0) + (side.failedRequests[pair] ?? 0);
}
