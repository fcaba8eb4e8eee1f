/** A limited number of connections; who finds none free waits, first come, first served. */
export class ConnectionPool {
  #free: number;
  readonly #waiting: (() => void)[] = [];

  constructor(size: number) {
    this.#free = size;
  }

  /** Takes a connection as soon as one is free; what this resolves to gives it back, and must be called once. */
  async take(): Promise<() => void> {
    if (this.#free > 0) this.#free--;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    return () => this.#giveBack();
  }

  /** Hands the connection to whoever waits longest, so that nobody who comes later can overtake. */
  #giveBack(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#free++;
    else next();
  }
}
