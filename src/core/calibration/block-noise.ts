import type { EndpointBlock, RunRecord } from '../run-record/run-record.ts';
import { median } from '../stats/sample-moments.ts';

/** Fewer requests in a block than this have no p95 to speak of. */
const fewestRequests = 5;

/**
 * Relative standard deviation of the ratio of both sides' p95 in one pair of blocks; `NaN` with fewer than two pairs.
 * Robust (1.4826 times the median absolute deviation of ln ratios): one stall is no noise.
 */
export function blockNoise(baseline: RunRecord, candidate: RunRecord, endpoint: string): number {
  const before = blocksOf(baseline, endpoint);
  const ratios: number[] = [];
  for (const [index, block] of blocksOf(candidate, endpoint)) {
    const other = before.get(index);
    if (other === undefined || Math.min(other.latency.count, block.latency.count) < fewestRequests) continue;
    ratios.push(Math.log(block.latency.quantile(0.95) / other.latency.quantile(0.95)));
  }
  if (ratios.length < 2) return Number.NaN;
  const middle = median(ratios);
  return Math.expm1(1.4826 * median(ratios.map((ratio) => Math.abs(ratio - middle))));
}

function blocksOf(record: RunRecord, endpoint: string): Map<number, EndpointBlock> {
  const series = record.endpoints.find((one) => one.endpoint === endpoint);
  return new Map((series?.blocks ?? []).map((block) => [block.index, block]));
}
