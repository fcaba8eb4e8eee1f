import { GateError } from '../../../errors.ts';
import type { RunSeries } from '../../run-record/collect-run.ts';
import { countedBaseline, countedCandidate, countingOf, describeCounting } from '../../run-record/counted-answers.ts';
import { isOfTarget, labelTogether, otherLabels } from '../../run-record/endpoint-identity.ts';
import type { EndpointBlock } from '../../run-record/run-record.ts';
import { LatencySketch } from '../../sketch/latency-sketch.ts';

/** One endpoint on one side of one pair: latencies of expected responses, and the number of failed requests. */
export interface SideBlock {
  readonly latency: LatencySketch;
  readonly failedRequests: number;
}

/** Checks of one name on one side of one pair. */
export interface SideChecks {
  readonly total: number;
  readonly failed: number;
}

/** A listed metric on one side of one pair. */
export type SideMetric =
  | { readonly kind: 'trend'; readonly values: LatencySketch }
  | { readonly kind: 'rate'; readonly total: number; readonly failed: number };

/** The unit of the paired statistics: both sides measured at the same time, or in two rounds one right after the other. */
export interface BlockPair {
  readonly endpoints: ReadonlyMap<string, { readonly baseline: SideBlock; readonly candidate: SideBlock }>;
  /** Which answers are counted otherwise than k6 does, in sentences; the same in all pairs of two runs. */
  readonly counting?: readonly string[];
  readonly checks: ReadonlyMap<string, { readonly baseline: SideChecks; readonly candidate: SideChecks }>;
  /** Series other than requests; a metric that one side lacks in this pair is left out. */
  readonly metrics?: ReadonlyMap<string, { readonly baseline: SideMetric; readonly candidate: SideMetric }>;
  /** What else the endpoints may be called, by their labels. */
  readonly otherLabels?: ReadonlyMap<string, readonly string[]>;
}

/** The pairs of two records, and the blocks in which one side made no request at all and which are therefore left out. */
export interface PairedBlocks {
  readonly pairs: readonly BlockPair[];
  readonly onlyBaseline: number;
  readonly onlyCandidate: number;
}

/**
 * Pairs the blocks of two runs that were measured side by side: block 5 of one with block 5 of the other. Blocks in
 * which one side is silent tell nothing about latency; they are counted, not paired.
 */
export function pairBlocks(baseline: RunSeries, candidate: RunSeries): PairedBlocks {
  if (baseline.blockLengthMs !== candidate.blockLengthMs) {
    throw new GateError(
      'RECORD_INVALID',
      `blocks of ${baseline.blockLengthMs} ms can't be paired with blocks of ${candidate.blockLengthMs} ms`,
      'Measure or import both sides with the same block-length.',
    );
  }
  const labeled = labelTogether([candidate, baseline]);
  const labels = otherLabels(labeled);
  const [candidateSeries, baselineSeries] = labeled as [RunSeries, RunSeries];
  // By the endpoints alone: whoever follows a duet knows no more of its sides.
  const counting = countingOf([{ endpoints: baselineSeries.endpoints }], [{ endpoints: candidateSeries.endpoints }]);
  const told = describeCounting(counting);
  const before = blocksByIndex(countedBaseline(baselineSeries, counting));
  const after = blocksByIndex(countedCandidate(candidateSeries, counting));
  const indices = [...new Set([...before.keys(), ...after.keys()])].sort((a, b) => a - b);
  const pairs: BlockPair[] = [];
  let onlyBaseline = 0;
  let onlyCandidate = 0;
  for (const index of indices) {
    const [a, b] = [before.get(index), after.get(index)];
    if (a && b) pairs.push({ ...toPair(a, b), otherLabels: labels, ...(told.length > 0 && { counting: told }) });
    else if (a) onlyBaseline++;
    else onlyCandidate++;
  }
  return { pairs, onlyBaseline, onlyCandidate };
}

interface RunBlock {
  readonly endpoints: Map<string, EndpointBlock>;
  readonly checks: Map<string, SideChecks>;
  readonly metrics: Map<string, SideMetric>;
}

type RunBlocks = ReadonlyMap<number, RunBlock>;

/** Blocks that hold at least one request to the target. */
function blocksByIndex(record: RunSeries): RunBlocks {
  const blocks = new Map<number, RunBlock>();
  for (const series of record.endpoints.filter(isOfTarget)) {
    for (const block of series.blocks) {
      if (block.latency.count + block.failedRequests === 0) continue;
      const target = blocks.get(block.index) ?? { endpoints: new Map(), checks: new Map(), metrics: new Map() };
      blocks.set(block.index, target);
      target.endpoints.set(series.endpoint, block);
    }
  }
  for (const series of record.checks) {
    for (const block of series.blocks) blocks.get(block.index)?.checks.set(series.check, block);
  }
  for (const series of record.metrics) {
    if (series.kind === 'trend') {
      for (const { index, values } of series.blocks) {
        blocks.get(index)?.metrics.set(series.metric, { kind: 'trend', values });
      }
    } else {
      for (const { index, total, failed } of series.blocks) {
        blocks.get(index)?.metrics.set(series.metric, { kind: 'rate', total, failed });
      }
    }
  }
  return blocks;
}

/** The block of a side that sent nothing there. */
export const noRequests: SideBlock = { latency: new LatencySketch(), failedRequests: 0 };
const noChecks: SideChecks = { total: 0, failed: 0 };

function toPair(before: RunBlock, after: RunBlock): BlockPair {
  return {
    endpoints: joined(before.endpoints, after.endpoints, noRequests),
    checks: joined(before.checks, after.checks, noChecks),
    metrics: onBothSides(before.metrics, after.metrics),
  };
}

function joined<T>(
  before: ReadonlyMap<string, T>,
  after: ReadonlyMap<string, T>,
  nothing: T,
): Map<string, { baseline: T; candidate: T }> {
  const names = new Set([...before.keys(), ...after.keys()]);
  return new Map(
    [...names].map((name) => [name, { baseline: before.get(name) ?? nothing, candidate: after.get(name) ?? nothing }]),
  );
}

function onBothSides<T>(
  before: ReadonlyMap<string, T>,
  after: ReadonlyMap<string, T>,
): Map<string, { baseline: T; candidate: T }> {
  const both = new Map<string, { baseline: T; candidate: T }>();
  for (const [name, baseline] of before) {
    const candidate = after.get(name);
    if (candidate !== undefined) both.set(name, { baseline, candidate });
  }
  return both;
}
