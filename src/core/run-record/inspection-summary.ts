/**
 * What is compared of answers, each a number so that means, differences and intervals serve all of them: times in ms, sizes
 * in bytes, counts, and facts as shares (0..1) of answers for which they hold. `timing:db:ms` and `timing:db:calls` are the
 * parts of a `Server-Timing` header.
 */
export type Quantities = Readonly<Record<string, number>>;

/** How much longer a request that needs nothing waited while those of one endpoint were being answered, in ms. */
export interface Blocker {
  readonly endpoint: string;
  readonly waitMs: number;
  /** Such requests that were sent meanwhile. */
  readonly n: number;
}

/** What of a look from outside is kept with a run: means over the answers, some 300 bytes for each endpoint. */
export interface InspectionSummary {
  readonly endpoints: readonly { readonly endpoint: string; readonly n: number; readonly means: Quantities }[];
  /** Of the whole side: `canaryMs` under load, `gapMs` for which nothing was answered meanwhile, `idleMs` without load. */
  readonly whole: Quantities;
  /** Endpoints whose being answered keeps others waiting, longest first. */
  readonly blockers: readonly Blocker[];
}
