import type { ComparisonResult } from '../comparison/comparison-result.ts';
import { describeMissingMetrics } from '../comparison/missing-metrics.ts';
import { fewestPairs } from '../comparison/paired/duet-plan.ts';
import type { NotComparedReason, Row } from '../comparison/row.ts';
import { type RunRecord, requestsOf } from '../run-record/run-record.ts';
import { leadQuantile, quantiles } from '../thresholds/quantiles.ts';
import type { Thresholds } from '../thresholds/thresholds.ts';
import { hasSeriesOfItsOwn, linesToJudge, namesOf, unjudgedSeries } from '../thresholds/unjudged-series.ts';
import { type BuildVerdict, type JudgingMode, minBaselineRuns } from './build-verdict.ts';

/** What was compared says too little for a pass; each verdict names what is lacking, and the hint what would bring it. */

/** A metric that somebody lists is there to be judged: without it no build is green. */
export function judgeMissingMetrics({ comparisons }: ComparisonResult): BuildVerdict | undefined {
  const detail = describeMissingMetrics(comparisons);
  if (detail === undefined) return undefined;
  const reasons = comparisons.flatMap(({ family, notComparedReason }) =>
    family === 'metrics' && notComparedReason !== undefined ? [notComparedReason] : [],
  );
  const [reason] = metricAbsences.filter((absence) => reasons.includes(absence));
  return {
    verdict: 'inconclusive',
    reason: 'metric-not-judged',
    detail,
    hint: missingMetricHints[reason ?? 'not-measured'],
    ...(reason === 'not-measured' && { isMeasuredNowhere: true }),
  };
}

/** The one to be put right first goes first. */
const metricAbsences = ['not-measured', 'gone', 'new'] as const;

const missingMetricHints = {
  'not-measured':
    'Correct its name under `metrics` in .tailgate.yml, or take it out there; a gate whose script has other metrics needs a file of its own (`config`). It has to be a Trend or a Rate of k6.',
  gone: 'See why the candidate no longer records it. If that is meant, take it out of `metrics` in .tailgate.yml.',
  new: `It is judged as soon as the baseline has it: with stored runs, from ${minBaselineRuns} of them on.`,
} as const;

/** What the judged run was, as far as a hint depends on it. */
interface Scene {
  readonly mode: JudgingMode;
  readonly thresholds: Thresholds;
  readonly record?: RunRecord;
}

/** Where nothing tells of speed, why not: the commonest reason among the endpoints is the one to be put right. */
export function judgeNothingCompared(comparison: ComparisonResult, scene: Scene): BuildVerdict | undefined {
  if (comparison.comparisons.some((row) => row.verdict !== 'not-compared' && isAboutSpeed(row))) return undefined;
  const { detail, hint } = explainNothing(comparison, scene);
  return { verdict: 'inconclusive', reason: 'nothing-judged', detail, hint };
}

/** Error rates alone are judged on any number of requests, which says nothing about speed. */
export function isAboutSpeed({ family }: Row): boolean {
  return family !== 'errors';
}

interface Explanation {
  readonly detail: string;
  readonly hint: string;
}

function explainNothing({ comparisons }: ComparisonResult, { mode, thresholds, record }: Scene): Explanation {
  if (record !== undefined && record.endpoints.length === 0) return explainNoRequests(record, thresholds);
  const reasons = reasonsOfEndpoints(comparisons);
  const [commonest] = [...Map.groupBy(reasons, (reason) => reason)].sort((a, b) => b[1].length - a[1].length);
  const { why, hint } = reasonsForNothing[commonest?.[0] ?? 'too-few-requests'] ?? tooFewRequests(mode);
  return { detail: `no endpoint could be compared with the baseline: ${why}`, hint };
}

/** One reason for each endpoint: that of its first quantile. */
function reasonsOfEndpoints(comparisons: readonly Row[]): NotComparedReason[] {
  const byEndpoint = new Map<string, NotComparedReason>();
  for (const { subject, family, notComparedReason: reason } of comparisons) {
    if (subject.kind !== 'endpoint' || family !== 'latency' || reason === undefined || reason === 'not-judged')
      continue;
    if (!byEndpoint.has(subject.name)) byEndpoint.set(subject.name, reason);
  }
  return [...byEndpoint.values()];
}

const nothingInCommon = {
  why: 'the two sides have none in common',
  hint: 'See whether the script has changed: it calls other endpoints. A tag `name` keeps one name for an endpoint whose URL changes.',
};

const reasonsForNothing: Partial<Record<NotComparedReason, { readonly why: string; readonly hint: string }>> = {
  new: nothingInCommon,
  gone: nothingInCommon,
  ignored: {
    why: 'the configuration ignores all of them',
    hint: 'Take the endpoints that matter out of `ignore` in .tailgate.yml.',
  },
  changed: {
    why: 'their shares of the load have changed',
    hint: 'Where the script is meant to share its requests out otherwise, store runs of the new load.',
  },
  'mostly-failed': {
    why: 'most of their requests failed',
    hint: 'See first why so many requests fail: what fails has no latency to judge.',
  },
};

function tooFewRequests(mode: JudgingMode): { readonly why: string; readonly hint: string } {
  const lever =
    mode === 'duet'
      ? 'Give the duet more time (`time-budget`), or the script a higher rate'
      : 'Make the load longer or its rate higher';
  const { p50, p95 } = quantiles;
  return {
    why: 'too few requests',
    hint: `${lever}: at least ${p50.minRequests} requests per endpoint and ${mode === 'duet' ? 'side' : 'run'} are needed, and ${p95.minRequests} for p95.`,
  };
}

/** WebSocket and browser work is judged by what the configuration lists. */
function explainNoRequests(record: RunRecord, thresholds: Thresholds): Explanation {
  const series = unjudgedSeries(record, thresholds);
  if (series.length === 0) {
    return {
      detail: 'the run has no HTTP or gRPC request, and nothing else that could be judged',
      hint: 'Measure in the script what matters, with a Trend or a Rate of k6, and list it under `metrics` in .tailgate.yml.',
    };
  }
  const what = hasSeriesOfItsOwn(series) ? 'recorded are' : 'recorded is only';
  return {
    detail: `the run has no HTTP or gRPC request; ${what} ${namesOf(series)}, which the configuration does not list`,
    hint: `To judge ${series.length === 1 ? 'it' : 'them'}, ${linesToJudge(series, thresholds)} (\`direction: down\` where less is worse).`,
  };
}

/** Whether a pass would mean nothing, since a large slowdown would most likely not have been seen. */
export function judgeWeakness(comparison: ComparisonResult, record: RunRecord): BuildVerdict | undefined {
  const blind = blindEndpoints(comparison, record);
  if (blind.length === 0) return undefined;
  return { verdict: 'inconclusive', reason: 'too-weak', ...explainWeakness(comparison, blind) };
}

function explainWeakness(comparison: ComparisonResult, blind: readonly string[]): Explanation {
  const { pairs } = comparison;
  if (pairs !== undefined && pairs.used < fewestPairs) {
    return {
      detail: `${pairs.used} pairs of time blocks are too few: with so few no slowdown is sure, however large it is`,
      hint: `Give the duet more time (\`time-budget\`): at least ${fewestPairs} pairs are needed.`,
    };
  }
  const unjudged = endpointsWithoutTail(comparison).filter((endpoint) => blind.includes(endpoint));
  if (unjudged.length > 0) {
    const names = unjudged.slice(0, maxNames).join(', ');
    const further = unjudged.length > maxNames ? ` and ${unjudged.length - maxNames} more` : '';
    const needed = quantiles.p95.minRequests;
    return {
      detail: `${names}${further} had too few expected responses for a p95, so a slower tail would not have been seen`,
      hint:
        pairs === undefined
          ? `Make the load longer or its rate higher: ${needed} requests per endpoint and run are needed.`
          : `Give the duet more time (\`time-budget\`), or the script a higher rate: ${needed} requests per endpoint and side are needed.`,
    };
  }
  return {
    detail: 'a slowdown by half on the busiest endpoints would have been missed more often than found',
    hint:
      pairs === undefined
        ? 'Store more baseline runs, make the load longer, or measure on a quieter machine.'
        : 'Give the duet more time (`time-budget`), or measure on a quieter machine.',
  };
}

/** More names than this are counted. */
const maxNames = 3;

/**
 * A minimum detectable effect is what 80 % of builds find; the size that half of them find lies at about four fifths of
 * it on the logarithmic scale (critical value 3.5 of the many-endpoint tests against 3.5 + 0.85 for the power). So +50 %
 * is missed more often than found where the effect exceeds exp(ln 1.5 / 0.8) - 1.
 */
const blindAbove = Math.expm1(Math.log(1.5) / 0.8);

/** The busiest endpoints are the fewest that carry this share of the compared requests. */
const busyShare = 0.5;

/** The busiest endpoints, if +50 % on them would have been missed more often than found; weighted by requests. */
function blindEndpoints(result: ComparisonResult, record: RunRecord): string[] {
  const effects = bestEffects(result);
  const compared = record.endpoints
    .filter((series) => effects.has(series.endpoint))
    .map((series) => ({ endpoint: series.endpoint, requests: requestsOf(series) }))
    .sort((a, b) => b.requests - a.requests || (a.endpoint < b.endpoint ? -1 : 1));
  const total = compared.reduce((sum, { requests }) => sum + requests, 0);
  let carried = 0;
  const blind: { readonly endpoint: string; readonly requests: number }[] = [];
  for (const { endpoint, requests } of compared) {
    if (carried >= busyShare * total) break;
    carried += requests;
    if (!((effects.get(endpoint) ?? Number.NaN) <= blindAbove)) blind.push({ endpoint, requests });
  }
  const unseen = blind.reduce((sum, { requests }) => sum + requests, 0);
  return unseen > carried / 2 ? blind.map(({ endpoint }) => endpoint) : [];
}

/** Endpoints whose p95 was not judged, for want of requests. */
function endpointsWithoutTail(result: ComparisonResult): string[] {
  return result.comparisons.flatMap(({ subject, metric, notComparedReason }) =>
    metric === leadQuantile &&
    subject.kind === 'endpoint' &&
    (notComparedReason === 'too-few-requests' || notComparedReason === 'mostly-failed')
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
