import { type PackedReader, packNumber, unpackNumber, unzigzag, zigzag } from './packed-numbers.ts';

/**
 * Counts per bucket index. A store that is being filled keeps one dense, growable array: k6 latencies of one endpoint
 * span a few hundred buckets. A store that is full, or was read from text, is a short text until it is written to or
 * searched: a long run has thousands of them, and a comparison reads hundreds of thousands, mostly to merge them.
 */
export class BucketStore {
  /** Pairs of index (the first zigzag-coded, then gaps) and count; undefined while dense. */
  #packed: string | undefined;
  #counts = nothing;
  #offset = 0;
  #first = Number.POSITIVE_INFINITY;
  #last = Number.NEGATIVE_INFINITY;

  /** The store that packs to `text`, whose outermost indexes are known to be `first` and `last`. */
  static ofPacked(text: string, first: number, last: number): BucketStore {
    const store = new BucketStore();
    store.#packed = text;
    store.#first = first;
    store.#last = last;
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
    this.#unpack();
    return this.#counts[index - this.#offset] ?? 0;
  }

  add(index: number, count: number): void {
    this.#unpack();
    this.#reach(index);
    const position = index - this.#offset;
    this.#counts[position] = (this.#counts[position] as number) + count;
    if (index < this.#first) this.#first = index;
    if (index > this.#last) this.#last = index;
  }

  /** Adds every count of `other`. */
  addAll(other: BucketStore): void {
    if (other.#first > other.#last) return;
    this.#unpack();
    this.#reach(other.#first);
    this.#reach(other.#last);
    if (other.#packed !== undefined) this.#addPacked(other.#packed);
    else this.#addDense(other.#counts, other.#offset, other.#first, other.#last);
    if (other.#first < this.#first) this.#first = other.#first;
    if (other.#last > this.#last) this.#last = other.#last;
  }

  /** Occupied buckets in ascending order of index. */
  *entries(): Generator<readonly [index: number, count: number]> {
    if (this.#packed !== undefined) {
      yield* packedEntries(this.#packed);
      return;
    }
    for (let index = this.#first; index <= this.#last; index++) {
      const count = this.#counts[index - this.#offset] as number;
      if (count > 0) yield [index, count];
    }
  }

  /** Calls `visit` for every occupied bucket in ascending order; quicker than `entries`. */
  forEach(visit: (index: number, count: number) => void): void {
    if (this.#packed !== undefined) {
      for (const [index, count] of packedEntries(this.#packed)) visit(index, count);
      return;
    }
    const last = this.#last - this.#offset;
    for (let position = this.#first - this.#offset; position <= last; position++) {
      const count = this.#counts[position] as number;
      if (count > 0) visit(position + this.#offset, count);
    }
  }

  /** The store as text; empty when nothing is counted. */
  packed(): string {
    if (this.#packed !== undefined) return this.#packed;
    const parts: string[] = [];
    let previous: number | undefined;
    for (const [index, count] of this.entries()) {
      parts.push(packNumber(previous === undefined ? zigzag(index) : index - previous), packNumber(count));
      previous = index;
    }
    // Joined, not added up: a string grown by `+=` stays a chain of its pieces, ten times as large.
    return parts.join('');
  }

  /** Gives the memory of the dense form back; to be called when nothing more is likely to be added. */
  settle(): void {
    if (this.#packed !== undefined || this.#first > this.#last) return;
    this.#packed = this.packed();
    this.#counts = nothing;
  }

  #addDense(counts: Uint32Array, offset: number, first: number, last: number): void {
    for (let index = first; index <= last; index++) {
      const position = index - this.#offset;
      this.#counts[position] = (this.#counts[position] as number) + (counts[index - offset] as number);
    }
  }

  /** All indexes must be within reach. */
  #addPacked(text: string): void {
    const reader: PackedReader = { text, position: 0 };
    let position = unzigzag(unpackNumber(reader)) - this.#offset;
    for (;;) {
      this.#counts[position] = (this.#counts[position] as number) + unpackNumber(reader);
      if (reader.position >= text.length) return;
      position += unpackNumber(reader);
    }
  }

  #unpack(): void {
    const text = this.#packed;
    if (text === undefined) return;
    this.#packed = undefined;
    this.#offset = this.#first;
    this.#counts = new Uint32Array(this.#last - this.#first + 1);
    this.#addPacked(text);
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

/** Shared by all stores without dense counts; never written to. */
const nothing = new Uint32Array(0);

function* packedEntries(text: string): Generator<readonly [index: number, count: number]> {
  const reader: PackedReader = { text, position: 0 };
  let index = unzigzag(unpackNumber(reader));
  for (;;) {
    yield [index, unpackNumber(reader)];
    if (reader.position >= text.length) return;
    index += unpackNumber(reader);
  }
}
