import { bucketIndex, bucketValue, smallestIndexable } from './bucket-mapping.ts';
import { BucketStore } from './bucket-store.ts';

/**
 * A set of non-negative values (latencies in ms, or a custom metric in its own unit) of which any quantile can be read
 * back within 0.5 %, whatever the distribution. Merging is exact and order-free: sketches of blocks, shards and runs
 * add up to the sketch of all their values.
 *
 * Source: Masson, Rim, Lee (2019), DDSketch, PVLDB 12(12).
 */
export class LatencySketch {
  readonly #buckets: BucketStore;
  #zeroCount = 0;
  #count = 0;
  #sum = 0;
  #min = Number.POSITIVE_INFINITY;
  #max = Number.NEGATIVE_INFINITY;

  /** An empty sketch; `buckets` is for `fromParts`. */
  constructor(buckets = new BucketStore()) {
    this.#buckets = buckets;
  }

  /** A sketch of `values`. Throws `RangeError` as `add` does. */
  static of(values: Iterable<number>): LatencySketch {
    const sketch = new LatencySketch();
    for (const value of values) sketch.add(value);
    return sketch;
  }

  /** The sketch of all values of all `sketches`. */
  static merged(sketches: Iterable<LatencySketch>): LatencySketch {
    const total = new LatencySketch();
    for (const sketch of sketches) total.merge(sketch);
    return total;
  }

  /** Rebuilds a sketch from its parts, which become its own; for the codec. */
  static fromParts(parts: SketchParts): LatencySketch {
    const sketch = new LatencySketch(parts.buckets);
    sketch.#zeroCount = parts.zeroCount;
    sketch.#count = parts.count;
    if (sketch.#count > 0) {
      sketch.#sum = parts.sum;
      sketch.#min = parts.min;
      sketch.#max = parts.max;
    }
    return sketch;
  }

  get count(): number {
    return this.#count;
  }

  get sum(): number {
    return this.#sum;
  }

  /** Smallest value, exact; `Infinity` when empty. */
  get min(): number {
    return this.#min;
  }

  /** Largest value, exact; `-Infinity` when empty. */
  get max(): number {
    return this.#max;
  }

  /** Arithmetic mean, exact up to rounding; NaN when empty. */
  get mean(): number {
    return this.#sum / this.#count;
  }

  get zeroCount(): number {
    return this.#zeroCount;
  }

  /** Occupied buckets, ascending. */
  buckets(): Iterable<readonly [index: number, count: number]> {
    return this.#buckets.entries();
  }

  /** Calls `visit` for every occupied bucket, ascending; quicker than `buckets`. */
  forEachBucket(visit: (index: number, count: number) => void): void {
    this.#buckets.forEach(visit);
  }

  /** Lowest and highest occupied bucket; the first exceeds the last when no value is above zero. */
  get bucketRange(): readonly [first: number, last: number] {
    return [this.#buckets.first, this.#buckets.last];
  }

  /** Occupied buckets as text, for the codec. */
  packedBuckets(): string {
    return this.#buckets.packed();
  }

  /** Gives memory back; to be called when nothing more is likely to be added. Changes no answer. */
  settle(): void {
    this.#buckets.settle();
  }

  /** Adds `value` (finite, >= 0). Throws `RangeError` for anything else: callers decide what a bad value means. */
  add(value: number): void {
    if (!(value >= 0 && value < Number.POSITIVE_INFINITY)) {
      throw new RangeError(`a sketch takes finite values of at least 0, got ${value}`);
    }
    if (value > smallestIndexable) this.#buckets.add(bucketIndex(value), 1);
    else this.#zeroCount++;
    this.#count++;
    this.#sum += value;
    if (value < this.#min) this.#min = value;
    if (value > this.#max) this.#max = value;
  }

  merge(other: LatencySketch): void {
    this.#buckets.addAll(other.#buckets);
    this.#zeroCount += other.#zeroCount;
    this.#count += other.#count;
    this.#sum += other.#sum;
    this.#min = Math.min(this.#min, other.#min);
    this.#max = Math.max(this.#max, other.#max);
  }

  /**
   * The `probability` quantile (0..1) by k6's own definition: linear interpolation between the two values at ranks
   * floor and ceil of probability * (count - 1) (Hyndman and Fan 1996, type 7). Within 0.5 % of the exact one; NaN when empty.
   */
  quantile(probability: number): number {
    if (this.#count === 0) return Number.NaN;
    const rank = probability * (this.#count - 1);
    const lower = Math.floor(rank);
    const low = this.#valueAtRank(lower);
    if (rank === lower) return low;
    return low + (rank - lower) * (this.#valueAtRank(lower + 1) - low);
  }

  /** How many values lie in buckets above the bucket of `value`. */
  countAbove(value: number): number {
    if (value <= smallestIndexable) return this.#count - this.#zeroCount;
    const index = bucketIndex(value);
    let above = 0;
    for (let i = Math.max(index + 1, this.#buckets.first); i <= this.#buckets.last; i++)
      above += this.#buckets.countAt(i);
    return above;
  }

  #valueAtRank(rank: number): number {
    if (rank <= 0) return this.#min;
    if (rank >= this.#count - 1) return this.#max;
    let seen = this.#zeroCount;
    if (rank < seen) return 0;
    for (let index = this.#buckets.first; index <= this.#buckets.last; index++) {
      seen += this.#buckets.countAt(index);
      if (rank < seen) return Math.min(Math.max(bucketValue(index), this.#min), this.#max);
    }
    return this.#max;
  }
}

/** What a sketch is made of; `sum`, `min`, `max` are ignored when nothing is counted. */
export interface SketchParts {
  /** Zeros included. */
  readonly count: number;
  readonly zeroCount: number;
  readonly sum: number;
  readonly min: number;
  readonly max: number;
  readonly buckets: BucketStore;
}

/** Latencies below this (1 µs, far below what k6 can time over a network) are all taken as this, so that ratios exist. */
const smallestLatencyMs = 1e-3;

/** The `probability` quantile (0..1) of latencies as a figure with a logarithm, ms; NaN when empty. */
export function quantileMs(latency: LatencySketch, probability: number): number {
  return Math.max(latency.quantile(probability), smallestLatencyMs);
}
