import type { ReportFacts } from './report-facts.ts';

/** The verdict in one or two words, as it stands before everything else. */
export type Badge =
  | 'PASS'
  | 'FAIL'
  | 'INVALID'
  | 'INCONCLUSIVE'
  | 'NO BASELINE'
  | 'RECORDED'
  | 'MEASURED'
  | 'NOT STORED';

export function badgeOf({ mode, decided, storeFailure, onlyMeasures = false }: ReportFacts): Badge {
  const { verdict } = decided.verdict;
  if (storeFailure !== undefined) return 'NOT STORED';
  if (mode === 'record' && decided.outcome.exitCode === 0) return 'RECORDED';
  if (onlyMeasures && decided.outcome.exitCode === 0) return 'MEASURED';
  if (verdict === 'no-baseline') return 'NO BASELINE';
  return verdict.toUpperCase() as Badge;
}
