import { cleanName } from './endpoint-name.ts';

/** How many of the newest blocks still get late samples. */
const unsettledBlocks = 2;

/** Blocks from `first` on and before `end`. */
export interface BlockRange {
  readonly first: number;
  readonly end: number;
}

/** One `T` per time block, made when first asked for. Blocks arrive nearly in order, so the latest is kept at hand. */
export class BlockSeries<T> {
  readonly #create: () => T;
  readonly #settle: ((block: T) => void) | undefined;
  readonly #blocks = new Map<number, T>();
  readonly #unsettled: T[] = [];
  #latestIndex = -1;
  #latest: T | undefined;

  /** `settle` is called once for each block that is unlikely to change any more. */
  constructor(create: () => T, settle?: (block: T) => void) {
    this.#create = create;
    this.#settle = settle;
  }

  at(index: number): T {
    if (index === this.#latestIndex) return this.#latest as T;
    let block = this.#blocks.get(index);
    if (block === undefined) {
      block = this.#create();
      this.#blocks.set(index, block);
      this.#unsettled.push(block);
      if (this.#unsettled.length > unsettledBlocks) this.#settle?.(this.#unsettled.shift() as T);
    }
    this.#latestIndex = index;
    this.#latest = block;
    return block;
  }

  /** Blocks of the range, ascending, renumbered so that its first becomes 0. */
  within({ first, end }: BlockRange): { index: number; block: T }[] {
    return [...this.#blocks]
      .filter(([index]) => index >= first && index < end)
      .sort(([a], [b]) => a - b)
      .map(([index, block]) => ({ index: index - first, block }));
  }

  before(end: number): T[] {
    return [...this.#blocks].filter(([index]) => index < end).map(([, block]) => block);
  }
}

/** Name of the series that takes what goes beyond the limit. */
export const otherName = 'other';

/** How many spellings are remembered before the memory is emptied: distinct names must not cost memory for ever. */
export const maxRememberedNames = 20_000;

/** One `T` per cleaned name, at most `limit` of them; later names share one called `other`. */
export class NamedSeries<T> {
  readonly #create: () => T;
  readonly #limit: number;
  readonly #byName = new Map<string, T>();
  readonly #bySpelling = new Map<string, T>();
  #overflow: T | undefined;

  constructor(limit: number, create: () => T) {
    this.#limit = limit;
    this.#create = create;
  }

  get hasOverflow(): boolean {
    return this.#overflow !== undefined;
  }

  get(spelling: string): T {
    const known = this.#bySpelling.get(spelling);
    if (known !== undefined) return known;
    const series = this.#find(cleanName(spelling));
    if (this.#bySpelling.size >= maxRememberedNames) this.#bySpelling.clear();
    this.#bySpelling.set(spelling, series);
    return series;
  }

  /** In alphabetical order, `other` last. */
  entries(): [name: string, series: T][] {
    const entries = [...this.#byName].sort(([a], [b]) => (a < b ? -1 : 1));
    return this.#overflow === undefined ? entries : [...entries, [otherName, this.#overflow]];
  }

  #find(name: string): T {
    let series = this.#byName.get(name);
    if (series !== undefined) return series;
    if (this.#byName.size >= this.#limit) {
      this.#overflow ??= this.#create();
      return this.#overflow;
    }
    series = this.#create();
    this.#byName.set(name, series);
    return series;
  }
}
