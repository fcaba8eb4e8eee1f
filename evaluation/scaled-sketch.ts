import { bucketIndex, bucketValue } from '../src/core/sketch/bucket-mapping.ts';
import { BucketStore } from '../src/core/sketch/bucket-store.ts';
import { LatencySketch } from '../src/core/sketch/latency-sketch.ts';

/** Blocks are slowed by the same few factors again and again. */
const known = new WeakMap<LatencySketch, Map<number, LatencySketch>>();

/** The sketch of the same requests if all of them had taken `factor` times as long; computed once. */
export function slowedSketch(sketch: LatencySketch, factor: number): LatencySketch {
  const byFactor = known.get(sketch) ?? new Map<number, LatencySketch>();
  known.set(sketch, byFactor);
  const slowed = byFactor.get(factor) ?? scaledSketch(sketch, factor);
  byFactor.set(factor, slowed);
  return slowed;
}

/**
 * The sketch of the same requests if those above bucket `limit` had taken `factor` times as long; exact to the width of
 * a bucket. With no limit all of them.
 */
export function scaledSketch(sketch: LatencySketch, factor: number, limit = Number.NEGATIVE_INFINITY): LatencySketch {
  const buckets = new BucketStore();
  let addedMs = 0;
  sketch.forEachBucket((index, count) => {
    buckets.add(index > limit ? bucketIndex(bucketValue(index) * factor) : index, count);
    if (index > limit) addedMs += count * bucketValue(index) * (factor - 1);
  });
  const scaled = (value: number) => (bucketIndex(value) > limit ? value * factor : value);
  const { count, zeroCount, min, max } = sketch;
  const sum = sketch.sum + addedMs;
  return LatencySketch.fromParts({ count, zeroCount, sum, min: scaled(min), max: scaled(max), buckets });
}
