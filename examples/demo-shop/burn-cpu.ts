/** Rounds of `mix` that take about one millisecond on a server core of 2020. */
const ROUNDS_PER_MS = 450_000;

/**
 * Occupies the thread for about `ms` milliseconds of one core, and returns a number so that the work can't be optimized
 * away. The amount of work is fixed, not the time: a busy machine takes longer for it, as for any other work.
 */
export function burnCpu(ms: number): number {
  const rounds = Math.round(ms * ROUNDS_PER_MS);
  let state = 0x9e3779b9;
  for (let round = 0; round < rounds; round++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
  }
  return state;
}
