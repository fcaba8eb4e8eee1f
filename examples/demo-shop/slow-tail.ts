const WINDOW = 200;
const ENOUGH = 20;

/** Knows the slowest share of an endpoint's recent requests, so that only those can be made slower still. */
export class SlowTail {
  readonly #share: number;
  readonly #recentMs: number[] = [];
  #next = 0;

  constructor(share: number) {
    this.#share = share;
  }

  /** Whether a request of `ms` is among the slowest share of the last 200; never before 20 were seen. */
  contains(ms: number): boolean {
    const seen = this.#recentMs.length;
    const sorted = this.#recentMs.toSorted((a, b) => a - b);
    const limit = sorted[Math.ceil(seen * (1 - this.#share)) - 1] ?? 0;
    this.#recentMs[this.#next] = ms;
    this.#next = (this.#next + 1) % WINDOW;
    return seen >= ENOUGH && ms > limit;
  }
}
