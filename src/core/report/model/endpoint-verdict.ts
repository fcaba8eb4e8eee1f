import type { Row } from '../../comparison/row.ts';
import { subjectKey } from '../../run-record/subject.ts';
import { leadRankOf } from './rank-findings.ts';
import { severityOf } from './severity.ts';
import { isUneventful } from './uneventful.ts';

/** What is said of one endpoint, or of all together, as a whole. */
export interface EndpointVerdict {
  /** The row that stands for it: the worst one. Its verdict is the endpoint's, wherever the report tells of it. */
  readonly lead: Row;
  /** Its rows of latencies and errors. */
  readonly rows: readonly Row[];
}

/**
 * One verdict per endpoint, the same in header, tables and cards. A row of errors without any failure on either side
 * has no say where there is another one.
 */
export function endpointVerdicts(rows: readonly Row[]): EndpointVerdict[] {
  const groups = Map.groupBy(rows.filter(isOfEndpoints), ({ subject }) => subjectKey(subject));
  return [...groups.values()].map((group) => {
    const eventful = group.filter((row) => !isUneventful(row));
    const candidates = eventful.length > 0 ? eventful : group;
    const [lead] = candidates.toSorted((a, b) => severityOf(a) - severityOf(b) || leadRankOf(a) - leadRankOf(b));
    return { lead: lead as Row, rows: group };
  });
}

/** Latencies and errors, of one endpoint or of all together. */
export function isOfEndpoints({ subject, family }: Row): boolean {
  return family === 'latency' || (family === 'errors' && subject.kind !== 'check');
}
