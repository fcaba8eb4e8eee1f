import type { ComparisonResult } from '../comparison/comparison-result.ts';
import type { Row } from '../comparison/row.ts';
import { isSameSubject, type Subject } from '../run-record/subject.ts';
import { objectivesOf, type Thresholds } from '../thresholds/thresholds.ts';

/**
 * Whether the slowdown `row` leaves every objective of its endpoint kept, so that it doesn't fail under
 * `judge-against: objective`. False for errors, for endpoints without objective, and where an objective's own quantile
 * was not measured. The part common to all endpoints is inside when each compared endpoint is.
 */
export function isWithinObjective(
  { family, subject }: Row,
  { comparisons }: ComparisonResult,
  thresholds: Thresholds,
): boolean {
  if (thresholds.judgeAgainst !== 'objective' || family !== 'latency') return false;
  if (subject.kind === 'endpoint') return keepsObjectives(subject, comparisons, thresholds);
  return comparisons
    .filter((row) => row.family === 'latency' && row.subject.kind === 'endpoint' && row.verdict !== 'not-compared')
    .every((row) => keepsObjectives(row.subject, comparisons, thresholds));
}

function keepsObjectives(subject: Subject, rows: readonly Row[], thresholds: Thresholds): boolean {
  const objectives = objectivesOf(subject, thresholds);
  return (
    objectives.length > 0 &&
    objectives.every(({ quantile, limitMs }) => {
      const row = rows.find((other) => other.metric === quantile && isSameSubject(other.subject, subject));
      return row?.candidate !== undefined && row.candidate.point < limitMs;
    })
  );
}
