import type { Row, RowVerdict } from '../../comparison/row.ts';
import { endpointVerdicts } from './endpoint-verdict.ts';
import { severityOf, verdictLabels } from './severity.ts';
import { isUneventful } from './uneventful.ts';

/** How many endpoints came out how, each counted once by its worst row. */
export interface VerdictCount {
  readonly verdict: RowVerdict;
  readonly label: string;
  readonly count: number;
}

/** Worst first; verdicts that no endpoint has are left out. */
export function verdictCounts(rows: readonly Row[]): VerdictCount[] {
  const ordered = endpointVerdicts(rows)
    .map(({ lead }) => lead)
    .filter((lead) => lead.subject.kind === 'endpoint' && !isUneventful(lead))
    .toSorted((a, b) => severityOf(a) - severityOf(b));
  const verdicts = [...new Set(ordered.map((row) => row.verdict))];
  return verdicts.map((verdict) => ({
    verdict,
    label: verdictLabels[verdict],
    count: ordered.filter((row) => row.verdict === verdict).length,
  }));
}
