/** The Action's outputs, all text, with what each one holds. */
export const outputs = {
  verdict: 'pass, fail, inconclusive, no-baseline or invalid.',
  reason: 'Why, in one word, such as regressed or nothing-found; empty for no-baseline.',
  regressions:
    'JSON list of what regressed, worst first: subject, metric, baseline, candidate, change. Empty list when nothing did.',
  'report-html':
    'Path of the report as one page with charts that opens in any browser; upload it as an artifact to pass it on.',
  'report-json': 'Path of the JSON report (tailgate.report/2).',
  'report-junit': 'Path of the report as JUnit XML, for viewers of tests such as those of GitLab and Jenkins.',
  'run-record': 'Path of the run record; empty when nothing was measured.',
  'comment-url': 'Address of the comment on the pull request; empty when this run wrote none.',
  summary: 'The verdict in one line.',
  'baseline-runs': 'Number of stored runs that this one was compared with.',
  'minimum-detectable-effect':
    'Smallest slowdown of p95 that this measurement would have seen on the busiest endpoint, as a fraction; empty when nothing was compared.',
  'confirm-runs': 'How many fresh runs would settle what is suspected; 0 when nothing is.',
} as const;
