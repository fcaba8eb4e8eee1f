import { latenciesOf, type RunRecord, requestsOf } from '../run-record/run-record.ts';
import { subjectLabel } from '../run-record/subject.ts';
import { judgedQuantiles, type Quantile } from '../thresholds/quantiles.ts';
import type { ComparisonResult } from './comparison-result.ts';
import { isOfLatency, type Row } from './row.ts';

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
 * back, however little is done. So is every gain where a request brings a tenth of the bytes or less: k6 tells them for the
 * whole run only.
 */
export function withDoubts(
  result: ComparisonResult,
  baselines: readonly RunRecord[],
  candidates: readonly RunRecord[],
): ComparisonResult {
  const quickestMs = quickestAnswerMs(baselines);
  const lacking = describeLackingBytes(baselines, candidates);
  const isPraised = ({ family, verdict }: Row) => isOfLatency(family) && verdict === 'improved';
  const doubtful = result.comparisons.filter((row) => isGood(row) && isUnbelievable(row, quickestMs));
  const unearned =
    lacking === undefined ? [] : result.comparisons.filter((row) => isPraised(row) && !doubtful.includes(row));
  if (doubtful.length === 0 && lacking === undefined) return result;
  const doubted = new Set([...doubtful, ...unearned]);
  return {
    ...result,
    comparisons: result.comparisons.map((row) =>
      doubted.has(row) ? { ...row, verdict: 'inconclusive', warnings: [...row.warnings, doubt] } : row,
    ),
    isDoubtful: true,
    warnings: [...result.warnings, ...doubtsOf(doubtful), ...(lacking === undefined ? [] : [lacking])],
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

function describeLackingBytes(baselines: readonly RunRecord[], candidates: readonly RunRecord[]): string | undefined {
  const [before, after] = [baselines, candidates].map((runs) => runs.flatMap(bytesPerRequest));
  if (before === undefined || after === undefined || before.length === 0 || after.length === 0) return undefined;
  const [usual, now] = [Math.min(...before), Math.max(...after)];
  if (now > usual / unbelievableFactor) return undefined;
  return `the candidate answers with ${Math.round(now)} bytes per request, the baseline with ${Math.round(usual)}: does the candidate do the work? Compression that is new would explain it`;
}

/** Nothing where it is unknown, or where no request was made. */
function bytesPerRequest({ endpoints, requestsOutsideBlocks, bytesReceived }: RunRecord): number[] {
  const requests = endpoints.reduce((sum, series) => sum + requestsOf(series), requestsOutsideBlocks?.warmUp ?? 0);
  return bytesReceived === undefined || requests === 0 ? [] : [bytesReceived / requests];
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

/** One sentence for all of them, none where there are none; each endpoint by the first of its quantiles. */
function doubtsOf(rows: readonly Row[]): string[] {
  const leads = [...Map.groupBy(rows, ({ subject }) => subjectLabel(subject)).values()].flatMap((group) => {
    const [lead] = group.toSorted((a, b) => orderOf(a) - orderOf(b));
    return lead === undefined ? [] : [lead];
  });
  if (leads.length === 0) return [];
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
