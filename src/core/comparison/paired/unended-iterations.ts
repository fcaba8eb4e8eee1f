import type { EndpointSeries, RunRecord } from '../../run-record/run-record.ts';
import { allEndpoints, endpointSubject } from '../../run-record/subject.ts';
import { mean, sampleVariance } from '../../stats/sample-moments.ts';
import { marginOf, type Thresholds } from '../../thresholds/thresholds.ts';
import type { ComparisonResult } from '../comparison-result.ts';
import { type Estimate, loadIdentity, type Row } from '../row.ts';

const minBlocks = 8;
const minRequests = 10;
/** Standard errors by which the requests of a time block must differ. */
const surely = 5;
/** One side may begin this much later than the other, or end earlier. */
const unlikeTimesMs = 2_000;

/**
 * Does the candidate leave requests without an answer? A request that hangs is measured only when its timeout (60 s by
 * default) makes a failure of it, so a duet that ends before that, or soon after it began to hang, sees neither errors
 * nor latency. But under one arrival rate both sides begin the same iterations: those that the candidate lacks are still
 * waiting. Adds a row to `result` where an endpoint surely lacks more requests than the margin for errors allows, and
 * iterations are lacking too (without that, the script merely took another way), and nothing else is found.
 */
export function withUnendedIterations(
  result: ComparisonResult,
  baseline: RunRecord,
  candidate: RunRecord,
  thresholds: Thresholds,
): ComparisonResult {
  const isOpen = baseline.loadModel === 'open' && candidate.loadModel !== 'closed';
  if (!isOpen || result.comparisons.some(({ verdict }) => verdict === 'regressed')) return result;
  if (Math.abs(baseline.durationMs - candidate.durationMs) > unlikeTimesMs) return result;
  const unended = dueIn(baseline) - dueIn(candidate);
  const byTheClock = (dueIn(baseline) * unlikeTimesMs) / baseline.durationMs;
  if (!(unended >= Math.max(minRequests, byTheClock))) return result;
  const lacking = lackingRequests(baseline, candidate, thresholds).filter(({ lacks }) => unended >= lacks / 2);
  if (lacking.length === 0) return result;
  return { ...result, comparisons: [...result.comparisons, unendedRow(baseline, unended, lacking, thresholds)] };
}

/** Those that never began, because every virtual user was busy, are told of by themselves. */
function dueIn({ iterations, droppedIterations }: RunRecord): number {
  return iterations + droppedIterations;
}

interface Lack {
  readonly endpoint: string;
  /** Requests that the candidate has fewer. */
  readonly lacks: number;
}

function lackingRequests(baseline: RunRecord, candidate: RunRecord, thresholds: Thresholds): Lack[] {
  const byName = new Map(candidate.endpoints.map((series) => [series.endpoint, requestsByBlock(series)]));
  const ofCandidate = recordedBlocks(candidate);
  const blocks = [...recordedBlocks(baseline)].filter((block) => ofCandidate.has(block));
  if (blocks.length < minBlocks) return [];
  return baseline.endpoints.flatMap((series) => {
    const [before, after] = [requestsByBlock(series), byName.get(series.endpoint)];
    if (after === undefined) return [];
    const differences = blocks.map((block) => (before.get(block) ?? 0) - (after.get(block) ?? 0));
    const lacks = differences.reduce((sum, difference) => sum + difference, 0);
    const total = [...before.values()].reduce((sum, count) => sum + count, 0);
    const allowed = Math.max(
      minRequests,
      marginOf(endpointSubject(series.endpoint), 'errorRate', thresholds).relative * total,
    );
    const error = Math.sqrt(sampleVariance(differences) / blocks.length);
    return lacks > allowed && mean(differences) >= surely * error ? [{ endpoint: series.endpoint, lacks }] : [];
  });
}

function recordedBlocks({ endpoints }: RunRecord): Set<number> {
  return new Set(endpoints.flatMap(({ blocks }) => blocks.map(({ index }) => index)));
}

function requestsByBlock({ blocks }: EndpointSeries): Map<number, number> {
  return new Map(blocks.map(({ index, latency, failedRequests }) => [index, latency.count + failedRequests]));
}

/** Iterations that were due and never came to their end, as a share of those that the other side ended. */
function unendedRow(baseline: RunRecord, unended: number, lacking: readonly Lack[], thresholds: Thresholds): Row {
  const share = unended / dueIn(baseline);
  const spread = 1.645 * Math.sqrt((share * (1 - share)) / dueIn(baseline));
  const estimate = (point: number, reach: number): Estimate => ({
    point,
    interval: [Math.max(0, point - reach), Math.min(1, point + reach)],
    level: 0.9,
    n: 1,
  });
  const names = lacking.map(({ endpoint }) => endpoint);
  return {
    ...loadIdentity('unendedIterations', { unit: 'fraction', direction: 'up' }),
    margin: marginOf(allEndpoints, 'errorRate', thresholds),
    verdict: 'regressed',
    baseline: estimate(0, 0),
    candidate: estimate(share, spread),
    relativeChange: estimate(share, spread),
    impact: 0,
    warnings: [
      `they wait for ${names.slice(0, 3).join(', ')}${names.length > 3 ? ' and others' : ''}, or for what comes before`,
    ],
  };
}
