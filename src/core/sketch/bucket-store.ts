/** Counts per bucket index in one dense, growable array: k6 latencies of one endpoint span a few hundred buckets. */
export class BucketStore {
  #counts: Uint32Array;
  #offset: number;
  #first = Number.POSITIVE_INFINITY;
  #last = Number.NEGATIVE_INFINITY;

  constructor() {
    this.#counts = new Uint32Array(0);
    this.#offset = 0;
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
    return this.#counts[index - this.#offset] ?? 0;
  }

  total(): number {
    let total = 0;
    for (const count of this.#counts) total += count;
    return total;
  }

  add(index: number, count: number): void {
    this.#reach(index);
    const position = index - this.#offset;
    this.#counts[position] = (this.#counts[position] as number) + count;
    if (index < this.#first) this.#first = index;
    if (index > this.#last) this.#last = index;
  }

  /** Adds every count of `other`. */
  addAll(other: BucketStore): void {
    if (other.#first > other.#last) return;
    this.#reach(other.#first);
    this.#reach(other.#last);
    const shift = other.#offset - this.#offset;
    for (let position = other.#first - other.#offset; position <= other.#last - other.#offset; position++) {
      this.#counts[position + shift] = (this.#counts[position + shift] as number) + (other.#counts[position] as number);
    }
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
