/** One `T` per time block, made when first asked for. Blocks arrive nearly in order, so the latest is kept at hand. */
export class BlockSeries<T> {
  readonly #create: () => T;
  readonly #blocks = new Map<number, T>();
  #latestIndex = -1;
  #latest: T | undefined;

  constructor(create: () => T) {
    this.#create = create;
  }

  at(index: number): T {
    if (index === this.#latestIndex) return this.#latest as T;
    let block = this.#blocks.get(index);
    if (block === undefined) {
      block = this.#create();
      this.#blocks.set(index, block);
    }
    this.#latestIndex = index;
    this.#latest = block;
    return block;
  }

  /** Blocks from `first` on, ascending, renumbered so that `first` becomes 0. */
  from(first: number): { index: number; block: T }[] {
    return [...this.#blocks]
      .filter(([index]) => index >= first)
      .sort(([a], [b]) => a - b)
      .map(([index, block]) => ({ index: index - first, block }));
  }

  before(end: number): T[] {
    return [...this.#blocks].filter(([index]) => index < end).map(([, block]) => block);
  }
}
