import type { EndpointSeries } from '../../run-record/run-record.ts';
import { quantileMs } from '../../sketch/latency-sketch.ts';
import { median } from '../../stats/sample-moments.ts';
import { formatMs } from '../format-quantity.ts';

/** Was an endpoint slow all the time, or only for a while? One quantile of it in every time block. */
export interface EndpointBlocks {
  /** `p95`, or `p50` where the blocks hold too few requests for more. */
  readonly quantile: 'p95' | 'p50';
  readonly blockLengthMs: number;
  /** ms by block index; gaps are blocks without enough requests. */
  readonly candidate: readonly (number | undefined)[];
  /** The other side of a duet. */
  readonly baseline?: readonly (number | undefined)[];
  /** Stored runs: where the same quantile of their blocks usually lay, 10th to 90th of a hundred. */
  readonly usualMs?: readonly [lower: number, upper: number];
  readonly text: string;
}

const minRequests = { p95: 20, p50: 5 } as const;

/** Undefined with fewer than three blocks that hold enough requests. `baseline`: the other side, or the window. */
export function endpointBlocks(
  candidate: EndpointSeries | undefined,
  baseline: readonly EndpointSeries[],
  { blockLengthMs, isPaired }: { readonly blockLengthMs: number; readonly isPaired: boolean },
): EndpointBlocks | undefined {
  if (candidate === undefined || candidate.blocks.length < 3) return undefined;
  const usualCount = median(candidate.blocks.map(({ latency }) => latency.count));
  const quantile = usualCount >= minRequests.p95 ? 'p95' : 'p50';
  const ofCandidate = byIndex(candidate, quantile);
  const known = ofCandidate.filter((value) => value !== undefined);
  if (known.length < 3) return undefined;
  const [pair] = baseline;
  const usual = isPaired
    ? []
    : baseline.flatMap((series) => byIndex(series, quantile).filter((ms) => ms !== undefined));
  const [low, high] = [Math.min(...known), Math.max(...known)];
  return {
    quantile,
    blockLengthMs,
    candidate: ofCandidate,
    ...(isPaired && pair && { baseline: byIndex(pair, quantile) }),
    ...(usual.length >= 10 && { usualMs: [atShare(usual, 0.1), atShare(usual, 0.9)] as const }),
    text: `${quantile} of its blocks: ${formatMs(low)} to ${formatMs(high)}`,
  };
}

function byIndex({ blocks }: EndpointSeries, quantile: 'p95' | 'p50'): (number | undefined)[] {
  const length = 1 + Math.max(-1, ...blocks.map((block) => block.index));
  const values = Array.from<number | undefined>({ length });
  for (const { index, latency } of blocks) {
    if (latency.count < minRequests[quantile]) continue;
    values[index] = quantileMs(latency, quantile === 'p95' ? 0.95 : 0.5);
  }
  return values;
}

function atShare(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.round(share * (sorted.length - 1))] as number;
}
