import { allEndpoints, type Comparison, type EndpointVerdict } from '../../comparison/comparison.ts';
import { severityOf, verdictLabels } from '../tables.ts';
import { isUneventful } from './uneventful.ts';

/** How many endpoints came out how, each counted once by its worst row. */
export interface VerdictCount {
  readonly verdict: EndpointVerdict;
  readonly label: string;
  readonly count: number;
}

/** Worst first; verdicts that no endpoint has are left out. */
export function verdictCounts(rows: readonly Comparison[]): VerdictCount[] {
  const worst = new Map<string, Comparison>();
  for (const row of rows) {
    if (row.endpoint === allEndpoints || row.metric === 'checkFailureRate' || isUneventful(row)) continue;
    const known = worst.get(row.endpoint);
    if (known === undefined || severityOf(row) < severityOf(known)) worst.set(row.endpoint, row);
  }
  const ordered = [...worst.values()].sort((a, b) => severityOf(a) - severityOf(b));
  const verdicts = [...new Set(ordered.map((row) => row.verdict))];
  return verdicts.map((verdict) => ({
    verdict,
    label: verdictLabels[verdict],
    count: ordered.filter((row) => row.verdict === verdict).length,
  }));
}
