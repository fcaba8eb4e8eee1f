/**
 * Counts per bucket index. A store that is being filled keeps one dense, growable array: k6 latencies of one endpoint
 * span a few hundred buckets. A store that was read from text stays a list of pairs until it is written to or searched,
 * because a comparison reads hundreds of thousands of small ones, mostly to merge them.
 */
export class BucketStore {
  /** Index, count, index, count …, ascending; undefined once dense. */
  #pairs: readonly number[] | undefined;
  #counts = nothing;
  #offset = 0;
  #first = Number.POSITIVE_INFINITY;
  #last = Number.NEGATIVE_INFINITY;

  /** The store of `pairs` (index, count, index, count …, indexes ascending), which become its own. */
  static ofPairs(pairs: readonly number[]): BucketStore {
    const store = new BucketStore();
    if (pairs.length === 0) return store;
    store.#pairs = pairs;
    store.#first = pairs[0] as number;
    store.#last = pairs[pairs.length - 2] as number;
    return store;
  }

  /** Lowest occupied index; `Infinity` when empty. */
  get first(): number {
    return this.#first;
  }

  /** Highest occupied index; `-Infinity` when empty. */
  get last(): number {
    return this.#last;
  }

  countAt(index: number): number {
    this.#makeDense();
    return this.#counts[index - this.#offset] ?? 0;
  }

  total(): number {
    let total = 0;
    if (this.#pairs === undefined) for (const [, count] of this.entries()) total += count;
    else for (let i = 1; i < this.#pairs.length; i += 2) total += this.#pairs[i] as number;
    return total;
  }

  add(index: number, count: number): void {
    this.#makeDense();
    this.#reach(index);
    const position = index - this.#offset;
    this.#counts[position] = (this.#counts[position] as number) + count;
    if (index < this.#first) this.#first = index;
    if (index > this.#last) this.#last = index;
  }

  /** Adds every count of `other`. */
  addAll(other: BucketStore): void {
    if (other.#first > other.#last) return;
    this.#makeDense();
    this.#reach(other.#first);
    this.#reach(other.#last);
    if (other.#pairs === undefined) this.#addDense(other.#counts, other.#offset, other.#first, other.#last);
    else this.#addPairs(other.#pairs);
    if (other.#first < this.#first) this.#first = other.#first;
    if (other.#last > this.#last) this.#last = other.#last;
  }

  /** Occupied buckets in ascending order of index. */
  *entries(): Generator<readonly [index: number, count: number]> {
    for (let index = this.#first; index <= this.#last; index++) {
      const count = this.countAt(index);
      if (count > 0) yield [index, count];
    }
  }

  #addDense(counts: Uint32Array, offset: number, first: number, last: number): void {
    for (let index = first; index <= last; index++) {
      const position = index - this.#offset;
      this.#counts[position] = (this.#counts[position] as number) + (counts[index - offset] as number);
    }
  }

  /** All indexes must be within reach. */
  #addPairs(pairs: readonly number[]): void {
    for (let i = 0; i < pairs.length; i += 2) {
      const position = (pairs[i] as number) - this.#offset;
      this.#counts[position] = (this.#counts[position] as number) + (pairs[i + 1] as number);
    }
  }

  #makeDense(): void {
    const pairs = this.#pairs;
    if (pairs === undefined) return;
    this.#pairs = undefined;
    this.#offset = this.#first;
    this.#counts = new Uint32Array(this.#last - this.#first + 1);
    this.#addPairs(pairs);
  }

  #reach(index: number): void {
    if (index < this.#offset || index >= this.#offset + this.#counts.length) this.#grow(index);
  }

  /** Room for `index` and a margin beyond it, so that a growing range costs few copies. */
  #grow(index: number): void {
    const isEmpty = this.#counts.length === 0;
    const low = isEmpty ? index - 8 : Math.min(this.#offset, index - 32);
    const high = isEmpty ? index + 24 : Math.max(this.#offset + this.#counts.length, index + 33);
    const grown = new Uint32Array(high - low);
    if (!isEmpty) grown.set(this.#counts, this.#offset - low);
    this.#counts = grown;
    this.#offset = low;
  }
}

/** Shared by all stores that have no dense counts yet; never written to. */
const nothing = new Uint32Array(0);
