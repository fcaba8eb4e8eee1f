/** Time and chance, so that tests have neither. */
export interface Waiting {
  /** Milliseconds from any origin. */
  readonly now: () => number;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  readonly sleep: (ms: number) => Promise<void>;
}

export interface Backoff {
  /** No try begins later than this after the first one. */
  readonly budgetMs: number;
  /** Upper end of the first wait, unless a try takes longer than that; doubled with each conflict. */
  readonly firstMs: number;
  /** Upper end of every wait. */
  readonly longestMs: number;
}

/** Two minutes: a burst of twenty merges has written by then, and a job doesn't look hung. */
const storeBackoff: Backoff = { budgetMs: 120_000, firstMs: 250, longestMs: 16_000 };

/** What another try from the new tip may mend: somebody was first, or the server had trouble of its own. */
export type Redoable = 'conflict' | 'unanswered';

/**
 * Calls `attempt` until it isn't to be redone any more, waiting a random time before each further try: full jitter, which
 * spreads writers that met once so that they don't meet again. A wait shorter than a try would spread nobody, so where the
 * server is slow the waits are longer. Resolves to the last outcome when the budget is used up.
 *
 * Source: Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015.
 */
export async function redoOnConflict<Outcome extends string>(
  attempt: () => Promise<Outcome | Redoable>,
  { now, random, sleep }: Waiting,
  { budgetMs, firstMs, longestMs }: Backoff = storeBackoff,
): Promise<Outcome | Redoable> {
  const began = now();
  for (let conflicts = 0; ; conflicts++) {
    const triedAt = now();
    const outcome = await attempt();
    if (outcome !== 'conflict' && outcome !== 'unanswered') return outcome;
    const shortestMs = Math.max(firstMs, now() - triedAt);
    const waitMs = random() * Math.min(longestMs, shortestMs * 2 ** conflicts);
    if (now() - began + waitMs > budgetMs) return outcome;
    await sleep(waitMs);
  }
}
