import type { Row } from '../../comparison/row.ts';
import type { RunRecord } from '../../run-record/run-record.ts';
import { subjectLabel } from '../../run-record/subject.ts';
import { leadQuantile } from '../../thresholds/quantiles.ts';
import { nameInSentence } from '../escape.ts';
import { formatChange } from '../format-quantity.ts';
import { trafficShares } from './rank-findings.ts';

/** How small a slowdown this measurement would have seen in four builds of five. */
export interface Detectable {
  /** Of p95 on the busiest compared endpoint, as relative change. */
  readonly effect: number;
  readonly endpoint: string;
  /** `+23 % p95 on GET /items`. */
  readonly onBusiest: string;
  /** `+19 to +42 % p95`: from the best-seen to the worst-seen endpoint; of the one endpoint where there is only one. */
  readonly span: string;
  /** The same with the endpoints' names; absent with one endpoint. */
  readonly range?: string;
}

/** Undefined when no p95 was compared or none of its effects is bounded. */
export function detectable(rows: readonly Row[], record: RunRecord | undefined): Detectable | undefined {
  const shares = trafficShares(record);
  const seen = rows
    .flatMap((row) => {
      const effect = row.minimumDetectableEffect ?? Number.POSITIVE_INFINITY;
      const counts = row.metric === leadQuantile && row.subject.kind === 'endpoint' && row.verdict !== 'not-compared';
      return counts && Number.isFinite(effect) ? [{ endpoint: subjectLabel(row.subject), effect }] : [];
    })
    .sort((a, b) => a.effect - b.effect || (a.endpoint < b.endpoint ? -1 : 1));
  const [best] = seen;
  const worst = seen.at(-1);
  if (best === undefined || worst === undefined) return undefined;
  const busiest = seen.reduce((a, b) => ((shares.get(b.endpoint) ?? 0) > (shares.get(a.endpoint) ?? 0) ? b : a));
  return {
    ...busiest,
    onBusiest: `${formatChange(busiest.effect)} p95 on ${nameInSentence(busiest.endpoint)}`,
    span: spanText(best.effect, worst.effect),
    ...(seen.length > 1 ? { range: rangeText(best, worst) } : {}),
  };
}

function spanText(best: number, worst: number): string {
  const [from, to] = [formatChange(best), formatChange(worst)];
  return from === to ? `${to} p95` : `${from.replace(' %', '')} to ${to} p95`;
}

function rangeText(best: { endpoint: string; effect: number }, worst: { endpoint: string; effect: number }): string {
  return `${formatChange(best.effect)} (${nameInSentence(best.endpoint)}) to ${formatChange(worst.effect)} (${nameInSentence(worst.endpoint)}) p95`;
}
