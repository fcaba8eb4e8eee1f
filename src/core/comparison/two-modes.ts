import { bucketIndex, bucketValue, gamma } from '../sketch/bucket-mapping.ts';
import type { BucketTail } from '../sketch/bucket-tail.ts';
import { LatencySketch, quantileMs } from '../sketch/latency-sketch.ts';
import { mean, sampleVariance } from '../stats/sample-moments.ts';
import { quantiles } from '../thresholds/quantiles.ts';

/** An endpoint that answers either quickly or slowly and hardly ever in between, as one behind a cache does. */
export interface TwoModes {
  /** Medians of the quick and of the slow answers, ms. */
  readonly quickMs: number;
  readonly slowMs: number;
}

/**
 * The quantile that jumps: the one that is judged by itself and has few enough requests above it for a gap to matter. p50
 * moves with most of the requests, and p99 is believed only beside another.
 */
export const twoModedQuantile = 'p95';

const { probability } = quantiles[twoModedQuantile];

/** Share of the requests, in points, by which those above the limit must have increased to matter. */
export const slowRequestsMargin = 0.05;

/** Latencies between the modes span a ratio of at least this, */
const leastGap = Math.log(1.3);
/** and hold at most this part of as many requests as lie above. */
const stragglers = 0.1;

/** The gap lies where so much of the requests is above it: further out it can't move the quantile. */
const around = { least: 0.2, most: 2 };

/** With fewer slow requests a gap among them is chance. */
const minSlowRequests = 20;

/** How many times what chance within runs explains the runs must differ. */
const excess = 3;

/** Standard deviations within which the share of slow requests of one more run is expected. */
const reach = 3;

/**
 * Does p95 jump between two levels from run to run though nothing changed? So it does where an endpoint has two modes and
 * about as many slow requests as lie above p95: a few more or less, and it reads 470 ms in place of 6. Such an endpoint
 * can't be judged by p95; the share of its slow requests can.
 *
 * @param runs latencies of each run that is compared with, never of the candidate's: what is judged must not decide how
 * @returns the modes; undefined where p95 can be judged
 */
export function findTwoModes(runs: readonly LatencySketch[]): TwoModes | undefined {
  const filled = runs.filter(({ count }) => count > 0);
  if (filled.length < 2) return undefined;
  const pooled = LatencySketch.merged(filled);
  const gapMs = findGap(pooled);
  if (gapMs === undefined) return undefined;
  const shares = filled.map((run) => ({ above: run.countAbove(gapMs), count: run.count }));
  // One more run like these is expected.
  if (!differsBeyondChance(filled) && !mayFallOnEitherSide(shares, 1)) return undefined;
  return modesOf(pooled, gapMs);
}

/** The same of one run, by its time blocks: whether another run at the same time would have its p95 on either side. */
export function findTwoModesOfBlocks(pooled: LatencySketch, blocks: readonly BucketTail[]): TwoModes | undefined {
  const filled = blocks.filter(({ count }) => count > 0);
  const gapMs = filled.length < 2 ? undefined : findGap(pooled);
  if (gapMs === undefined) return undefined;
  const index = bucketIndex(gapMs);
  const shares = filled.map((block) => ({ above: block.countAbove(index), count: block.count }));
  return mayFallOnEitherSide(shares, shares.length) ? modesOf(pooled, gapMs) : undefined;
}

/** What is said in place of a verdict on p95. */
export function describeTwoModes({ quickMs, slowMs }: TwoModes, limitMs: number): string {
  return `two modes at ${shortMs(quickMs)} and ${shortMs(slowMs)} ms, between which ${twoModedQuantile} jumps though nothing changed: the share of requests above ${shortMs(limitMs)} ms is judged in its place`;
}

function shortMs(ms: number): string {
  return String(Number(ms.toPrecision(ms < 100 ? 2 : 3)));
}

function modesOf(pooled: LatencySketch, gapMs: number): TwoModes {
  const slow = pooled.countAbove(gapMs) / pooled.count;
  return { quickMs: quantileMs(pooled, (1 - slow) / 2), slowMs: quantileMs(pooled, 1 - slow / 2) };
}

/** Where the gap begins, in ms: the emptiest span of the least width that has about as many requests above as the quantile. */
function findGap(pooled: LatencySketch): number | undefined {
  const [first, last] = pooled.bucketRange;
  const steps = Math.ceil(leastGap / Math.log(gamma));
  const above = new Map<number, number>();
  for (const [index, count] of pooled.buckets()) above.set(index, count);
  const counts = Float64Array.from({ length: Math.max(0, last - first + 1) }, (_, i) => above.get(first + i) ?? 0);
  // after[i]: requests in buckets from first + i on.
  const after = new Float64Array(counts.length + 1);
  for (let i = counts.length - 1; i >= 0; i--) after[i] = (after[i + 1] as number) + (counts[i] as number);
  const tail = (1 - probability) * pooled.count;
  let best: { readonly start: number; readonly inside: number } | undefined;
  for (let start = 0; start + steps < counts.length; start++) {
    if (counts[start] === 0) continue;
    const beyond = after[start + 1 + steps] as number;
    if (beyond < Math.max(around.least * tail, minSlowRequests) || beyond > around.most * tail) continue;
    const inside = (after[start + 1] as number) - beyond;
    if (inside <= stragglers * beyond && (best === undefined || inside < best.inside)) best = { start, inside };
  }
  return best === undefined ? undefined : bucketValue(first + best.start);
}

/** Whether the runs' quantiles differ by more than three times what the interval within runs explains. */
function differsBeyondChance(runs: readonly LatencySketch[]): boolean {
  const logs = runs.map((run) => Math.log(quantileMs(run, probability)));
  const within = mean(
    runs.map((run) => {
      const error = Math.sqrt((probability * (1 - probability)) / run.count);
      const at = (p: number) => Math.log(quantileMs(run, Math.min(1, Math.max(0, p))));
      return ((at(probability + error) - at(probability - error)) / 2) ** 2;
    }),
  );
  return Math.sqrt(sampleVariance(logs)) > excess * Math.sqrt(within);
}

/** Whether as many parts again as `more` may as well have their quantile on either side of the gap. */
function mayFallOnEitherSide(
  parts: readonly { readonly above: number; readonly count: number }[],
  more: number,
): boolean {
  const shares = parts.map(({ above, count }) => above / count);
  const center = mean(shares);
  const byChance = mean(parts.map(({ count }) => (center * (1 - center)) / count));
  const deviation = Math.sqrt(Math.max(sampleVariance(shares), byChance) * (1 / more + 1 / parts.length));
  return Math.abs(center - (1 - probability)) <= reach * deviation;
}
