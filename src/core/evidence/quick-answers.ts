import { bucketValue } from '../sketch/bucket-mapping.ts';
import { type LatencySketch, quantileMs } from '../sketch/latency-sketch.ts';

/** Requests to an endpoint that is either quick or slow, as one behind a cache is. */
export interface QuickAnswers {
  /** What is quick takes no longer, ms. */
  readonly limitMs: number;
  /** Shares of the requests that are quick, 0..1. */
  readonly baseline: number;
  readonly candidate: number;
}

/** Slow requests take so many times as long as quick ones, in the geometric mean. */
const leastRatio = 2;
/** The gap between them spans this ratio, and holds at most so much of the rarer kind. */
const gapRatio = 1.25;
const stragglers = 0.1;
/** Fewer of a kind may be chance. */
const minOfKind = 10;
/** What is quick is what people usually get, and hardly any of it is left. */
const most = 0.5;
const hardlyAny = 0.2;
/** What is slow now takes as long as what was slow before, within this ratio, */
const sameLevel = 1.4;
/** and the slowest as long as the slowest: where something else is added to all of them, they take longer. */
const sameReach = 1.25;

/**
 * Did an endpoint that was quick for most requests, and slow for the others, become slow for all, and no slower than it was
 * for those? So it does where a cache is missed. Undefined otherwise.
 */
export function lostQuickAnswers(baseline: LatencySketch, candidate: LatencySketch): QuickAnswers | undefined {
  const before = twoKinds(baseline);
  if (before === undefined || candidate.count === 0 || before.quick.count < most * baseline.count) return undefined;
  const after = kindsAt(candidate, before.index);
  const share = after.quick.count / candidate.count;
  const moved = Math.exp(Math.abs(after.slow.level - before.slow.level));
  if (share > hardlyAny || !(moved <= sameLevel)) return undefined;
  const slowShare = before.slow.count / baseline.count;
  if (quantileMs(candidate, 1 - slowShare / 2) > sameReach * quantileMs(baseline, 1 - slowShare / 20)) return undefined;
  return { limitMs: bucketValue(before.index), baseline: before.quick.count / baseline.count, candidate: share };
}

interface Kind {
  readonly count: number;
  /** Mean of the logarithms of ms. */
  readonly level: number;
}

/** Requests up to bucket `index`, and those above it. */
function kindsAt(sketch: LatencySketch, index: number): { readonly quick: Kind; readonly slow: Kind } {
  const [sums, counts] = [
    [0, 0],
    [0, 0],
  ] as [[number, number], [number, number]];
  for (const [bucket, count] of sketch.buckets()) {
    const kind = bucket <= index ? 0 : 1;
    sums[kind] += count * Math.log(bucketValue(bucket));
    counts[kind] += count;
  }
  return {
    quick: { count: counts[0], level: sums[0] / counts[0] },
    slow: { count: counts[1], level: sums[1] / counts[1] },
  };
}

/** Of all gaps the one that sets the two kinds furthest apart (Otsu 1979, on logarithms); undefined where there is none. */
function twoKinds(sketch: LatencySketch): ({ readonly index: number } & ReturnType<typeof kindsAt>) | undefined {
  const buckets = [...sketch.buckets()];
  const width = Math.round(Math.log(gapRatio) / Math.log(bucketValue(1) / bucketValue(0)));
  const gaps = buckets.flatMap(([index]) => {
    const { quick, slow } = kindsAt(sketch, index);
    const rarer = Math.min(quick.count, slow.count);
    const inside = buckets.reduce((sum, [at, count]) => sum + (at > index && at <= index + width ? count : 0), 0);
    const isGap =
      rarer >= minOfKind && inside <= stragglers * rarer && slow.level - quick.level >= Math.log(leastRatio);
    return isGap ? [{ index, quick, slow, apart: quick.count * slow.count * (slow.level - quick.level) ** 2 }] : [];
  });
  return gaps.toSorted((a, b) => b.apart - a.apart)[0];
}
