import type { Row } from '../../src/core/comparison/row.ts';
import { type Subject, subjectLabel } from '../../src/core/run-record/subject.ts';

/** The row of `metric` of what people read as `label`: `GET /a`, `(all endpoints)`, or `checkout / GET /a` in a matrix. */
export function rowOf(
  { comparisons }: { readonly comparisons: readonly Row[] },
  label: string,
  metric: string,
): Row | undefined {
  return comparisons.find((row) => subjectLabel(row.subject) === label && row.metric === metric);
}

/** What people read of the subjects of `rows`, in their order. */
export function labelsOf(rows: readonly { readonly subject: Subject }[]): string[] {
  return rows.map(({ subject }) => subjectLabel(subject));
}

/** What people read of the subjects that regressed, one for each row of theirs. */
export function regressedIn({ comparisons }: { readonly comparisons: readonly Row[] }): string[] {
  return labelsOf(comparisons.filter(({ verdict }) => verdict === 'regressed'));
}
