import { isOfLatency, type NotComparedReason, type Row, type RowVerdict } from '../../comparison/row.ts';
import { subjectKey } from '../../run-record/subject.ts';
import { leadRankOf } from './rank-findings.ts';

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

/** Latencies, slow requests and errors, of one endpoint or of all together. */
export function isOfEndpoints({ subject, family }: Row): boolean {
  return isOfLatency(family) || (family === 'errors' && subject.kind !== 'check');
}

const severityOrder: readonly RowVerdict[] = [
  'regressed',
  'slower-within-margin',
  'inconclusive',
  'improved',
  'not-regressed',
  'not-compared',
];

/** Place of a row in the order in which people want to see them: 0 is the worst. */
export function severityOf({ verdict }: Row): number {
  return severityOrder.indexOf(verdict);
}

/** As people read them. */
const verdictLabels: Readonly<Record<RowVerdict, string>> = {
  regressed: 'worse',
  'slower-within-margin': 'worse within the margin',
  inconclusive: 'inconclusive',
  improved: 'better',
  'not-regressed': 'shown not slower',
  'not-compared': 'not compared',
};

/** The row's verdict as people read it: `worse`, `not compared: too few requests`. */
export function verdictLabel({ verdict, notComparedReason }: Row): string {
  return verdictWords(verdict, notComparedReason);
}

/** The same where a cell holds only the verdict and, for what wasn't compared, the reason. */
export function verdictWords(verdict: RowVerdict, reason: NotComparedReason | undefined): string {
  return reason === undefined ? verdictLabels[verdict] : `${verdictLabels[verdict]}: ${reason.replaceAll('-', ' ')}`;
}

/** No failure on either side, as on most endpoints most of the time. */
export function isZeroOnBothSides({ unit, baseline, candidate }: Row): boolean {
  return unit === 'fraction' && baseline?.point === 0 && candidate?.point === 0;
}

/**
 * Whether a row tells of failed requests where there were none on either side. Whatever the test made of so little, nobody
 * wants to read that such an endpoint is inconclusive.
 */
export function isUneventful(row: Row): boolean {
  return row.metric === 'errorRate' && isZeroOnBothSides(row);
}

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
