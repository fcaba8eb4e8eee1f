/** A difference from the frozen reports that is meant: what was frozen was wrong. */
export interface NamedDefect {
  /** Ids of the builds that differ. */
  readonly builds: RegExp;
  /** Places in their reports, such as `comparisons[GET /items p95].pValue`. */
  readonly path: RegExp;
  /** What was wrong before. */
  readonly reason: string;
}

/** One that no build shows any more is an error: remove it, or freeze the corpus anew. */
export const namedDefects: readonly NamedDefect[] = [];
