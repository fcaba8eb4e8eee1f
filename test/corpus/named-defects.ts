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
export const namedDefects: readonly NamedDefect[] = [
  {
    builds: /metrics/,
    path: /^comparisons\[\(all endpoints\) (?:render_time|cart_filled)\]\.verdict$/,
    reason: 'a metric that the configuration lists was never called improved',
  },
  {
    builds: /^matrix-(?:005|009) /,
    path: /^comparisons\[[^\]]* \/ \(all endpoints\) (?:p50|p95|p99|errorRate)\]\.impact$/,
    reason: 'what all endpoints of one job have in common was ranked as if it cost as much as one of them, or nothing',
  },
  {
    builds: /^matrix-020 /,
    path: /^comparisons\[[^\]]* \/ \(all endpoints\) (?:render_time|cart_filled)\]$/,
    reason: 'metrics that the configuration lists vanished from the joint report of a matrix, as totals do',
  },
  {
    builds: /^stored-289 /,
    path: /./,
    reason: 'requests to another host than the target were judged as if they were its own',
  },
];
