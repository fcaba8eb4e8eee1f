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
  {
    builds:
      /^(?:paired-(?:022|036)|stored-(?:017|020|022|031|034|042|044|066|068|093|102|115|116|136|138|139|140|164|170|212|291)) /,
    path: /^(?:verdict|reason|exitCode)$/,
    reason: 'a build passed although a metric that the configuration lists could not be judged',
  },
  {
    builds: /metrics|checks-only-now/,
    path: /^comparisons\[\(all endpoints\) \w+\]\.(?:notComparedReason|warnings\[0\])$/,
    reason: 'a metric that is in no run was called new, and one that the candidate lost known to the baseline',
  },
  {
    builds: /^paired-(?:022|036) /,
    path: /^comparisons\[\(all endpoints\) \w+\]$/,
    reason: 'a listed metric that one side of a duet lacks had no row',
  },
  {
    builds: /^stored-(?:021|038|248) /,
    path: /^comparisons\[[^\]]* p9[59]\]\.(?:notComparedReason|warnings\[0\])$/,
    reason: 'where most requests failed, or the baseline had too few of them, the reason named another one',
  },
  {
    builds: /^paired-052 /,
    path: /^(?:verdict|reason|exitCode)$/,
    reason: 'a candidate that fell silent again and again while the baseline went on was a fault of the measuring',
  },
  {
    builds: /^confirm-001 repeats acquitted$/,
    path: /./,
    reason:
      'repeats of one deployment that show no slowdown did not acquit it, since one slow run can pull the mean of all',
  },
  {
    builds: /./,
    path: /(?:errorRate|checkFailureRate)\]\.(?:(?:baseline|candidate|relativeChange)\.interval\[[01]\]|verdict)$/,
    reason: 'intervals of the rates of a duet were those of a single look, though it is looked at up to twenty times',
  },
];
