import { latenciesOf, type RunRecord } from '../run-record/run-record.ts';
import { subjectLabel } from '../run-record/subject.ts';
import { judgedQuantiles, type Quantile } from '../thresholds/quantiles.ts';
import type { ComparisonResult } from './comparison-result.ts';
import type { Row } from './row.ts';

/**
 * What is this many times faster is most often not done any more: an error page with status 200, an answer without its
 * rows, a stub. A cache in front of slow work seldom saves more than nine tenths of what the client waits for.
 */
const unbelievableFactor = 10;

/** Below the quickest answers of the baseline a smaller factor is doubtful already; ordinary gains stay under it. */
const doubtfulFactor = 5;

/** A network answers in no less: where the baseline never was so quick, an answer within this can't have crossed it. */
const networkMs = 1;

/**
 * Takes the praise from what is faster than can be believed, and asks about it. Doubtful is an endpoint, or all endpoints
 * together, at a tenth of the time or less; or at a fifth or less, where that is half of the quickest answer which the
 * baseline gave to any request, or within a millisecond where the baseline never was: a request must travel there and
 * back, however little is done.
 */
export function withDoubts(result: ComparisonResult, baselines: readonly RunRecord[]): ComparisonResult {
  const quickestMs = quickestAnswerMs(baselines);
  const doubtful = result.comparisons.filter((row) => isGood(row) && isUnbelievable(row, quickestMs));
  if (doubtful.length === 0) return result;
  const doubted = new Set(doubtful);
  return {
    ...result,
    comparisons: result.comparisons.map((row) =>
      doubted.has(row) ? { ...row, verdict: 'inconclusive', warnings: [...row.warnings, doubt] } : row,
    ),
    warnings: [...result.warnings, ...doubtsOf(doubtful)],
  };
}

const doubt = 'faster than can be believed: does the candidate do the work?';

function isGood({ family, verdict }: Row): boolean {
  return family === 'latency' && (verdict === 'improved' || verdict === 'not-regressed');
}

function isUnbelievable({ baseline, candidate, relativeChange }: Row, quickestMs: number): boolean {
  const ratio = 1 + (relativeChange?.point ?? 0);
  if (ratio <= 1 / unbelievableFactor) return true;
  if (baseline === undefined || candidate === undefined || ratio > 1 / doubtfulFactor) return false;
  return candidate.point < Math.max(quickestMs / 2, Math.min(networkMs, quickestMs));
}

/** 0 where nothing was answered. */
function quickestAnswerMs(baselines: readonly RunRecord[]): number {
  const quickest = baselines.flatMap(({ endpoints }) =>
    endpoints.map(latenciesOf).flatMap((latencies) => (latencies.count === 0 ? [] : [latencies.min])),
  );
  return quickest.length === 0 ? 0 : Math.min(...quickest);
}

/** More endpoints than this are counted. */
const maxNames = 3;

/** One sentence for all of them, each endpoint by the first of its quantiles. */
function doubtsOf(rows: readonly Row[]): string[] {
  const leads = [...Map.groupBy(rows, ({ subject }) => subjectLabel(subject)).values()].flatMap((group) => {
    const [lead] = group.toSorted((a, b) => orderOf(a) - orderOf(b));
    return lead === undefined ? [] : [lead];
  });
  const told = leads.slice(0, maxNames).map(describe).join(', ');
  const further = leads.length > maxNames ? ` and ${leads.length - maxNames} more` : '';
  return [`${told}${further}: ${doubt}`];
}

function orderOf({ metric }: Row): number {
  return judgedQuantiles.indexOf(metric as Quantile);
}

function describe({ subject, metric, baseline, candidate, relativeChange }: Row): string {
  const figures =
    baseline === undefined || candidate === undefined
      ? `${Math.round((relativeChange?.point ?? 0) * 100)} %`
      : `${roundedMs(baseline.point)} → ${roundedMs(candidate.point)} ms`;
  return `${subjectLabel(subject)} ${metric} ${figures}`;
}

function roundedMs(ms: number): string {
  return ms < 0.01 ? '0' : String(Number(ms.toPrecision(3)));
}
