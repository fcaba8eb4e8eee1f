import type { RunRecord } from '../../run-record/run-record.ts';
import { loadIdentity } from '../row.ts';
import type { DuetHypothesis } from './duet-hypotheses.ts';
import { ratioColumn } from './paired-columns.ts';
import type { EndpointPairs } from './paired-series.ts';

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
    whole: [ratioColumn('requestRate', 'requestRate', 1, finite)],
    common: 0,
    own: [],
    sides: () => ({ baseline: perBlock(before), candidate: perBlock(after) }),
  };
}

function requestsIn(side: EndpointPairs['baseline'], pair: number): number {
  return (side.tails[pair]?.count ?? 0) + (side.failedRequests[pair] ?? 0);
}
