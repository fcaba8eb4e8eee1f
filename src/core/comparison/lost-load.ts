import { type RunRecord, requestsOf } from '../run-record/run-record.ts';
import { quantiles } from '../thresholds/quantiles.ts';
import type { ComparisonResult } from './comparison-result.ts';
import { type Estimate, loadIdentity, type Row } from './row.ts';

/** A candidate that gets less than this part of the baseline's iterations done is slower by any margin. */
const lostPart = 0.5;

const minIterations = 50;

const confidence = { level: 0.9, deviations: 1.645 } as const;

/**
 * Did the candidate get less than half of the load done, because it kept the virtual users waiting? What is slow enough
 * for that leaves too few requests to judge, so that it would go unnoticed the more the slower it is. Adds a row to
 * `result` where too few requests for a median are left of an endpoint that had them, and nothing else is found: where
 * latencies can be judged, their tests decide.
 *
 * No test stands behind the row: equal code beside (or after) runs that did all of the load doesn't lose half of it by
 * chance. Across separate hosts it may be the host's doing, which is left open.
 */
export function withLostLoad(
  result: ComparisonResult,
  baselines: readonly RunRecord[],
  candidates: readonly RunRecord[],
  areHostsSeparate: boolean,
): ComparisonResult {
  const { comparisons } = result;
  if (
    !comparisons.some((row) => isThinnedOut(row, baselines)) ||
    comparisons.some(({ verdict }) => verdict === 'regressed')
  )
    return result;
  const [before] = baselines.toSorted((a, b) => rateOf(a) - rateOf(b));
  const [after] = candidates.toSorted((a, b) => rateOf(b) - rateOf(a));
  if (before === undefined || after === undefined || before.iterations < minIterations) return result;
  if (!(rateOf(after) < lostPart * rateOf(before))) return result;
  return {
    ...result,
    comparisons: [...comparisons, lostLoadRow(before, after, areHostsSeparate)],
    ...(areHostsSeparate && { environmentsDiffer: true }),
  };
}

/** Whether not even a median can be judged, of an endpoint that every baseline run had requests enough of. */
function isThinnedOut(row: Row, baselines: readonly RunRecord[]): boolean {
  const { subject } = row;
  if (subject.kind !== 'endpoint' || row.metric !== 'p50' || row.notComparedReason !== 'too-few-requests') return false;
  return baselines.every(({ endpoints }) => {
    const series = endpoints.find(({ endpoint }) => endpoint === subject.name);
    return series !== undefined && requestsOf(series) >= quantiles.p50.minRequests;
  });
}

function lostLoadRow(before: RunRecord, after: RunRecord, areHostsSeparate: boolean): Row {
  const ratio = rateOf(after) / rateOf(before);
  const spread = Math.exp(confidence.deviations * Math.sqrt(1 / before.iterations + 1 / Math.max(1, after.iterations)));
  const estimate = (point: number, low: number, high: number): Estimate => ({
    point,
    interval: [low, high],
    level: confidence.level,
    n: 1,
  });
  return {
    ...loadIdentity('iterationRate', { unit: '', direction: 'down' }),
    margin: { relative: lostPart },
    verdict: areHostsSeparate ? 'inconclusive' : 'regressed',
    baseline: estimate(rateOf(before), rateOf(before), rateOf(before)),
    candidate: estimate(rateOf(after), rateOf(after), rateOf(after)),
    relativeChange: estimate(ratio - 1, ratio / spread - 1, Math.min(1, ratio * spread) - 1),
    impact: 0,
    warnings: [],
  };
}

/** NaN where nothing was measured. */
function rateOf({ iterations, durationMs }: RunRecord): number {
  return iterations / (durationMs / 1000);
}
