import type { RunRecord } from '../../run-record/run-record.ts';
import { quantileMs } from '../../sketch/latency-quantile.ts';
import { median } from '../../stats/sample-moments.ts';
import { formatChange } from '../format-quantity.ts';

/** One time block of one run, all endpoints together. */
export interface BlockLevel {
  readonly requests: number;
  readonly failed: number;
  /**
   * Typical latency relative to the run's own: 0.1 = 10 % slower than in the middle block. The mean over endpoints of
   * the logarithm of their medians, by requests, so that the mix of endpoints doesn't matter. Absent in a block with
   * too few requests.
   */
  readonly level?: number;
  /** `+12 %`. */
  readonly levelText: string;
  /** Far from the run's other blocks. */
  readonly isOutlier: boolean;
  /** Less than half as many requests as in the middle block. */
  readonly isShort: boolean;
}

/** Fewer requests than this have no median worth showing. */
const fewestRequests = 5;

/** A block is odd from here on, however calm the others are. */
const smallestOddity = Math.log(1.15);

/** And from so many times the usual distance from the middle (a standard deviation is about 1.5 of them). */
const oddDistances = 6;

/** The blocks of `record` from the first on, gaps filled with empty ones. */
export function blockLevels(record: RunRecord): BlockLevel[] {
  const length = 1 + Math.max(-1, ...record.endpoints.flatMap((series) => series.blocks.map((block) => block.index)));
  const logs = Array.from({ length }, () => ({ sum: 0, weight: 0, requests: 0, failed: 0 }));
  for (const series of record.endpoints) {
    const medians = series.blocks.map(({ latency }) =>
      latency.count >= fewestRequests ? Math.log(quantileMs(latency, 0.5)) : undefined,
    );
    const typical = median(medians.filter((value) => value !== undefined));
    for (const [i, block] of series.blocks.entries()) {
      const sums = logs[block.index];
      const log = medians[i];
      if (sums === undefined) continue;
      sums.requests += block.latency.count + block.failedRequests;
      sums.failed += block.failedRequests;
      if (log === undefined) continue;
      sums.sum += (log - typical) * block.latency.count;
      sums.weight += block.latency.count;
    }
  }
  return toLevels(logs);
}

interface BlockSums {
  readonly sum: number;
  readonly weight: number;
  readonly requests: number;
  readonly failed: number;
}

function toLevels(blocks: readonly BlockSums[]): BlockLevel[] {
  const levels = blocks.map(({ sum, weight }) => (weight > 0 ? sum / weight : undefined));
  const known = levels.filter((level) => level !== undefined);
  const middle = median(known);
  const usualDistance = median(known.map((level) => Math.abs(level - middle)));
  const usualRequests = median(blocks.filter((block) => block.requests > 0).map((block) => block.requests));
  return blocks.map(({ requests, failed }, i) => {
    const log = levels[i];
    const level = log === undefined ? undefined : Math.expm1(log - middle);
    // The last block is seldom whole.
    const isLast = i === blocks.length - 1;
    return {
      requests,
      failed,
      ...(level !== undefined && { level }),
      levelText: level === undefined ? '–' : formatChange(level),
      isOutlier: log !== undefined && Math.abs(log - middle) > Math.max(smallestOddity, oddDistances * usualDistance),
      isShort: requests < usualRequests / 2 && !(isLast && requests > 0),
    };
  });
}
