/** More entries than this aren't kept: the oldest goes. */
const MAX_ENTRIES = 1_000;

interface Entry<T> {
  readonly value: Promise<T>;
  readonly madeAt: number;
}

/** Keeps what was made for a key, for a time. Who asks while it is being made waits for the same making. */
export class TimedCache<T> {
  readonly #maxAgeMs: number;
  readonly #now: () => number;
  readonly #entries = new Map<string | number, Entry<T>>();

  /** `now` tells the time in ms. */
  constructor(maxAgeMs: number, now: () => number = () => performance.now()) {
    this.#maxAgeMs = maxAgeMs;
    this.#now = now;
  }

  /** What is kept for `key`, or what `make` makes. What fails isn't kept. */
  async get(key: string | number, make: () => Promise<T>): Promise<T> {
    const known = this.#entries.get(key);
    if (known !== undefined && this.#now() - known.madeAt < this.#maxAgeMs) return known.value;
    const entry = { value: make(), madeAt: this.#now() };
    this.#keep(key, entry);
    try {
      return await entry.value;
    } catch (error) {
      if (this.#entries.get(key) === entry) this.#entries.delete(key);
      throw error;
    }
  }

  #keep(key: string | number, entry: Entry<T>): void {
    // A map keeps the order in which keys were added, so a renewed key has to be added anew.
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    const oldest = this.#entries.keys().next();
    if (this.#entries.size > MAX_ENTRIES && !oldest.done) this.#entries.delete(oldest.value);
  }
}
