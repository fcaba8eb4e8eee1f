import { allEndpoints, type Comparison, type Quantile } from '../comparison/comparison.ts';
import type { AcceptedFigure } from '../run-record/run-record.ts';
import { marginsFor, type Thresholds } from '../thresholds/thresholds.ts';

/** What matters of a comparison's row, be it of this run or read from a report. */
interface JudgedRow {
  readonly endpoint: string;
  readonly metric: string;
  readonly verdict: string;
  readonly relativeChange?: { readonly point: number };
}

/** What is accepted by accepting a comparison: every regression at the level that was seen. */
export function figuresOf(comparisons: readonly JudgedRow[]): AcceptedFigure[] {
  return comparisons
    .filter((row) => row.verdict === 'regressed')
    .map(({ endpoint, metric, relativeChange }) => ({ endpoint, metric, relativeChange: relativeChange?.point ?? 0 }));
}

/**
 * The regressions that go beyond what was accepted: by more than the margins, and surely beyond it. The level that was
 * accepted takes the place of the baseline, so after an accepted +30 % a further +30 % is one.
 */
export function beyondAccepted(
  comparisons: readonly Comparison[],
  figures: readonly AcceptedFigure[],
  thresholds: Thresholds,
): Comparison[] {
  return comparisons.filter(
    (row) => row.verdict === 'regressed' && exceeds(row, acceptedChange(row, figures), thresholds),
  );
}

/**
 * The accepted change for `row`. The same slowdown shows in other quantiles of the endpoint on another day, and in all
 * endpoints together; so the largest of the endpoint's latency quantiles counts for each of them.
 */
function acceptedChange(row: Comparison, figures: readonly AcceptedFigure[]): number {
  const alike = figures.filter(({ endpoint, metric }) => {
    if (!isLatency(row.metric)) return endpoint === row.endpoint && metric === row.metric;
    const isAbout = covers(endpoint, row.endpoint) || covers(row.endpoint, endpoint);
    return isAbout && isLatency(metric);
  });
  const changes = alike.map(({ relativeChange }) => worse(row, relativeChange));
  return Math.max(0, ...changes);
}

/** Whether what is said of `endpoint` is said of `other` as well: by being it, or all of them, or all of its leg. */
function covers(endpoint: string, other: string): boolean {
  if (endpoint === other || endpoint === allEndpoints) return true;
  const ofLeg = ` / ${allEndpoints}`;
  return endpoint.endsWith(ofLeg) && other.startsWith(endpoint.slice(0, -allEndpoints.length));
}

function exceeds(row: Comparison, accepted: number, thresholds: Thresholds): boolean {
  const { relativeChange, baseline, candidate } = row;
  if (relativeChange === undefined) return true;
  const margins = marginsFor(row.endpoint, thresholds);
  const change = worse(row, relativeChange.point);
  const surely = Math.min(...relativeChange.interval.map((end) => worse(row, end)));
  if (surely <= accepted) return false;
  if (row.metric === 'errorRate' || row.metric === 'checkFailureRate') {
    return change - accepted > margins.errorRateIncrease;
  }
  const further = (1 + change) / (1 + accepted) - 1;
  if (!isLatency(row.metric)) {
    const margin = thresholds.metrics.find(({ metric }) => metric === row.metric)?.margin ?? 0;
    return further > margin;
  }
  const quantile = row.metric as Quantile;
  const furtherMs = baseline && candidate ? candidate.point - baseline.point * (1 + accepted) : undefined;
  const isBeyondMs = furtherMs === undefined || furtherMs > margins.latencyIncreaseMsOf[quantile];
  return further > margins.relativeIncrease[quantile] && isBeyondMs;
}

/** How much worse: positive whichever direction is the bad one. */
function worse({ direction }: Comparison, change: number): number {
  return direction === 'up' ? change : -change;
}

function isLatency(metric: string): boolean {
  return metric === 'p50' || metric === 'p95' || metric === 'p99';
}
