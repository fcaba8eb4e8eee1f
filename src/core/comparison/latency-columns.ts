import { mean, median } from '../stats/sample-moments.ts';
import { allEndpoints, type Quantile } from './comparison.ts';
import {
  exceedanceColumn,
  logRatios,
  meanPerPair,
  medianPerPair,
  offsetColumn,
  type PairedColumn,
  ratioColumn,
} from './paired-columns.ts';
import type { EndpointPairs } from './paired-series.ts';

/** One quantile of one endpoint, or of all endpoints together, with the columns that speak about it. */
export interface LatencyHypothesis {
  readonly endpoint: string;
  readonly quantile: Quantile;
  /** ln of the ratio of the pooled quantiles; for all endpoints the mean of their ln ratios. */
  readonly change: number;
  /** Candidate's pooled quantile less the baseline's, ms; for all endpoints the largest of them. */
  readonly changeMs: number;
  /** The change as it was measured. */
  readonly whole: readonly PairedColumn[];
  /** The change less what all endpoints have in common; empty where nothing can be subtracted. */
  readonly own: readonly PairedColumn[];
}

/** The hypotheses about one quantile: one per endpoint in `judged`, and one about all together if there are several. */
export function latencyHypotheses(judged: readonly EndpointPairs[], quantile: Quantile): LatencyHypothesis[] {
  const changes = judged.map((series) =>
    Math.log(series.candidate.quantileMs(quantile) / series.baseline.quantileMs(quantile)),
  );
  const logs = judged.map((series) => logRatios(series, quantile));
  const commonChange = median(changes);
  const commonLogs = medianPerPair(logs);
  const hypotheses = judged.map((series, j): LatencyHypothesis => {
    const name = `${quantile} ${series.endpoint}`;
    const exceedance = exceedanceColumn(`exceedance ${name}`, `exceedance ${quantile}`, series, quantile);
    const measured = logs[j] as Float64Array;
    const ownLogs = measured.map((log, i) => log - (commonLogs[i] as number));
    return {
      endpoint: series.endpoint,
      quantile,
      change: changes[j] as number,
      changeMs: series.candidate.quantileMs(quantile) - series.baseline.quantileMs(quantile),
      whole: [ratioColumn(`ratio ${name}`, `ratio ${quantile}`, measured), exceedance],
      own:
        judged.length < 2
          ? []
          : [
              ratioColumn(`own ratio ${name}`, `own ratio ${quantile}`, ownLogs),
              offsetColumn(`own exceedance ${name}`, exceedance, commonChange),
            ],
    };
  });
  if (judged.length < 2) return hypotheses;
  const whole = [ratioColumn(`common ${quantile}`, `common ${quantile}`, meanPerPair(logs))];
  const changeMs = Math.max(...hypotheses.map((hypothesis) => hypothesis.changeMs));
  return [...hypotheses, { endpoint: allEndpoints, quantile, change: mean(changes), changeMs, whole, own: [] }];
}
