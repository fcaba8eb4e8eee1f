import { allEndpoints, endpointSubject } from '../../run-record/subject.ts';
import { median } from '../../stats/sample-moments.ts';
import { type Quantile, quantiles } from '../../thresholds/quantiles.ts';
import { type Margin, marginOf, type Thresholds } from '../../thresholds/thresholds.ts';
import { latencyIdentity, type RowIdentity } from '../row.ts';
import {
  exceedanceColumn,
  logRatios,
  meanPerPair,
  medianPerPair,
  offsetColumn,
  type PairedColumn,
  ratioColumn,
  summedColumn,
} from './paired-columns.ts';
import type { EndpointPairs } from './paired-series.ts';
import { quantileInterval } from './side-interval.ts';

/** Something that may have become worse, with the columns that speak about it. Changes are positive where worse. */
export interface DuetHypothesis extends RowIdentity {
  /** Over all pairs: ln of the ratio of the two sides; for all endpoints together the median of their ln ratios. */
  readonly change: number;
  /** The same as difference in ms; for all endpoints the largest one; absent for what isn't measured in ms. */
  readonly changeMs?: number;
  readonly margin: Margin;
  /** The change as it was measured. */
  readonly whole: readonly PairedColumn[];
  /** What all endpoints have in common over all pairs (ln ratio); 0 where nothing can be subtracted. */
  readonly common: number;
  /** The change less what all endpoints have in common; empty where nothing can be subtracted. */
  readonly own: readonly PairedColumn[];
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
  const common = judged.length < 2 ? undefined : { logs: medianPerPair(logs), change: median(changes) };
  const hypotheses = judged.map((series, j) =>
    endpointHypothesis(series, quantile, logs[j] as Float64Array, changes[j] as number, common, thresholds),
  );
  if (common === undefined) return hypotheses;
  const changesMs = hypotheses.map((hypothesis) => hypothesis.changeMs as number);
  const all: DuetHypothesis = {
    ...latencyIdentity(allEndpoints, quantile),
    change: common.change,
    changeMs: common.change > 0 ? Math.max(...changesMs) : Math.min(...changesMs),
    margin: marginOf(allEndpoints, quantile, thresholds),
    whole: [
      ratioColumn(
        `common ${quantile}`,
        `common ${quantile}`,
        quantiles[quantile].pairedWeight.ratio,
        meanPerPair(logs),
      ),
      summedColumn(
        `common exceedance ${quantile}`,
        hypotheses.map(({ whole }) => whole[1] as PairedColumn),
      ),
    ],
    common: 0,
    own: [],
  };
  return [...hypotheses, all];
}

function endpointHypothesis(
  series: EndpointPairs,
  quantile: Quantile,
  logs: Float64Array,
  change: number,
  common: { readonly logs: Float64Array; readonly change: number } | undefined,
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
  const ownLogs = common ? logs.map((log, i) => log - (common.logs[i] as number)) : logs;
  const side = (values: EndpointPairs['baseline']): SideValue => ({
    point: values.quantileMs(quantile),
    interval: quantileInterval(values, quantile),
  });
  return {
    ...latencyIdentity(subject, quantile),
    change,
    changeMs: candidate.quantileMs(quantile) - baseline.quantileMs(quantile),
    margin: marginOf(subject, quantile, thresholds),
    whole: [ratioColumn(`ratio ${name}`, `ratio ${quantile}`, weights.ratio, logs), exceedance],
    common: common?.change ?? 0,
    own: common
      ? [
          ratioColumn(`own ratio ${name}`, `own ratio ${quantile}`, weights.ratio, ownLogs),
          offsetColumn(`own exceedance ${name}`, exceedance, common.change),
        ]
      : [],
    sides: () => ({ baseline: side(baseline), candidate: side(candidate) }),
  };
}
