import type { ComparisonResult } from '../comparison/comparison-result.ts';
import { type RunRecord, requestsOf } from '../run-record/run-record.ts';
import { leadQuantile } from '../thresholds/quantiles.ts';

/**
 * A minimum detectable effect is what 80 % of builds find; the size that half of them find lies at about four fifths of
 * it on the logarithmic scale (critical value 3.5 of the many-endpoint tests against 3.5 + 0.85 for the power). So +50 %
 * is missed more often than found where the effect exceeds exp(ln 1.5 / 0.8) - 1.
 */
const blindAbove = Math.expm1(Math.log(1.5) / 0.8);

/** The busiest endpoints are the fewest that carry this share of the compared requests. */
const busyShare = 0.5;

/** Would +50 % on the busiest endpoints have been missed more often than found? Weighted by requests. */
export function isTooWeak(result: ComparisonResult, record: RunRecord): boolean {
  const effects = bestEffects(result);
  const compared = record.endpoints
    .filter((series) => effects.has(series.endpoint))
    .map((series) => ({ endpoint: series.endpoint, requests: requestsOf(series) }))
    .sort((a, b) => b.requests - a.requests || (a.endpoint < b.endpoint ? -1 : 1));
  const total = compared.reduce((sum, { requests }) => sum + requests, 0);
  let carried = 0;
  let blind = 0;
  for (const { endpoint, requests } of compared) {
    if (carried >= busyShare * total) break;
    carried += requests;
    if (!((effects.get(endpoint) ?? Number.NaN) <= blindAbove)) blind += requests;
  }
  return blind > carried / 2;
}

/** Endpoints whose p95 was not judged, for want of requests. */
export function endpointsWithoutTail(result: ComparisonResult): string[] {
  return result.comparisons.flatMap(({ subject, metric, notComparedReason }) =>
    metric === leadQuantile && subject.kind === 'endpoint' && notComparedReason === 'too-few-requests'
      ? [subject.name]
      : [],
  );
}

/**
 * Per compared endpoint the effect at its most sensitive quantile: one that sees the slowdown is enough. Without a judged
 * p95 nothing is known of the tail, whatever the median sees.
 */
function bestEffects(result: ComparisonResult): Map<string, number> {
  const effects = new Map<string, number>();
  for (const { subject, family, verdict, minimumDetectableEffect } of result.comparisons) {
    if (family !== 'latency' || subject.kind !== 'endpoint' || verdict === 'not-compared') continue;
    const effect = minimumDetectableEffect ?? Number.POSITIVE_INFINITY;
    effects.set(subject.name, Math.min(effects.get(subject.name) ?? Number.POSITIVE_INFINITY, effect));
  }
  for (const endpoint of endpointsWithoutTail(result)) {
    if (effects.has(endpoint)) effects.set(endpoint, Number.POSITIVE_INFINITY);
  }
  return effects;
}
