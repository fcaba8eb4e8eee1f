/** One answer of the script's own load, in the order of time. */
export interface NotedAnswer {
  /** By its label. */
  readonly endpoint: string;
  readonly method: string;
  /** Path and query; from outside. */
  readonly path: string;
  readonly status: number;
  readonly endedAtMs: number;
  /** Tells bodies apart; absent where it isn't known. */
  readonly bodyHash?: string;
}

/** Reads of one endpoint that followed a write to what they read, and how many of them showed no change. */
export interface ReadsAfterWrites {
  readonly endpoint: string;
  readonly unchanged: number;
  readonly of: number;
}

/**
 * What is read after it was written: does it change? Only what the script itself wrote and read: a GET of one URL, a
 * successful write to it or to something below it, and the next GET of it.
 */
export function readsAfterWrites(answers: readonly NotedAnswer[]): ReadsAfterWrites[] {
  const known = new Map<string, { hash: string; isWritten: boolean }>();
  const counts = new Map<string, { unchanged: number; of: number }>();
  for (const { endpoint, method, path, status, bodyHash } of answers.toSorted((a, b) => a.endedAtMs - b.endedAtMs)) {
    if (status >= 400) continue;
    if (method !== 'GET') {
      for (const [read, state] of known) if (isBelow(path, read)) state.isWritten = true;
      continue;
    }
    if (bodyHash === undefined) continue;
    const before = known.get(path);
    if (before?.isWritten === true) {
      const count = counts.get(endpoint) ?? { unchanged: 0, of: 0 };
      counts.set(endpoint, { unchanged: count.unchanged + (before.hash === bodyHash ? 1 : 0), of: count.of + 1 });
    }
    known.set(path, { hash: bodyHash, isWritten: false });
  }
  return [...counts].map(([endpoint, count]) => ({ endpoint, ...count }));
}

/** Whether a write to `written` is one to what `read` shows: `/carts/7/items` and `/carts/7`. */
function isBelow(written: string, read: string): boolean {
  const [to, from] = [withoutQuery(written), withoutQuery(read)];
  return from.length > 1 && (to === from || to.startsWith(`${from}/`));
}

function withoutQuery(path: string): string {
  return (path.split('?')[0] ?? '').replace(/\/$/, '');
}
