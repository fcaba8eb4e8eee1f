import type { LatencySketch } from './latency-sketch.ts';

/** Lower than every bucket index: all values, zeros included, except those counted as zero lie above it. */
const belowAll = -1_000_000;

/** A frozen sketch that answers quickly how many of its values lie above a bucket. */
export class BucketTail {
  readonly count: number;
  readonly #indices: Int32Array;
  /** `#above[i]`: values in buckets above `#indices[i]`. */
  readonly #above: Float64Array;
  readonly #nonZero: number;

  constructor(sketch: LatencySketch) {
    const indices: number[] = [];
    const counts: number[] = [];
    sketch.forEachBucket((index, count) => {
      indices.push(index);
      counts.push(count);
    });
    this.count = sketch.count;
    this.#nonZero = sketch.count - sketch.zeroCount;
    this.#indices = Int32Array.from(indices);
    this.#above = new Float64Array(indices.length);
    let above = 0;
    for (let i = counts.length - 1; i >= 0; i--) {
      this.#above[i] = above;
      above += counts[i] as number;
    }
  }

  get first(): number {
    return this.#indices[0] ?? belowAll;
  }

  get last(): number {
    return this.#indices[this.#indices.length - 1] ?? belowAll;
  }

  /** Number of values in buckets above bucket `index`. */
  countAbove(index: number): number {
    let low = 0;
    let high = this.#indices.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#indices[middle] as number) <= index) low = middle + 1;
      else high = middle;
    }
    return low === 0 ? this.#nonZero : (this.#above[low - 1] as number);
  }
}
