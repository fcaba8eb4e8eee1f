export const pauseMs = 5;
/** k6 writes the samples of 200 ms at once. */
const windowMs = 200;
const mostPauses = 10;

/**
 * Pauses between reads, in which k6's next small writes gather. They are rationed to a quarter of the time: when so much
 * comes that they don't suffice (from some 1,500 requests a second on, or where sockets hold little), the rest is read
 * as it comes, so that k6 never waits long.
 */
export class ReadingPauses {
  #windowEndMs = Number.NEGATIVE_INFINITY;
  #left = 0;

  /** Whether the reader may pause now. */
  take(nowMs: number): boolean {
    if (nowMs >= this.#windowEndMs) {
      this.#windowEndMs = nowMs + windowMs;
      this.#left = mostPauses;
    }
    if (this.#left === 0) return false;
    this.#left--;
    return true;
  }
}
