import type { Row } from '../comparison/row.ts';
import type { AcceptedFigure } from '../run-record/run-record.ts';
import { isSameSubject, type Subject } from '../run-record/subject.ts';
import { isQuantile } from '../thresholds/quantiles.ts';

/** What matters of a comparison's row, be it of this run or read from a report. */
interface JudgedRow {
  readonly subject: Subject;
  readonly metric: string;
  readonly verdict: string;
  readonly relativeChange?: { readonly point: number };
}

/** What is accepted by accepting a comparison: every regression at the level that was seen. */
export function figuresOf(comparisons: readonly JudgedRow[]): AcceptedFigure[] {
  return comparisons
    .filter((row) => row.verdict === 'regressed')
    .map(({ subject, metric, relativeChange }) => ({ subject, metric, relativeChange: relativeChange?.point ?? 0 }));
}

/**
 * The regressions that go beyond what was accepted: by more than the margins, and surely beyond it. The level that was
 * accepted takes the place of the baseline, so after an accepted +30 % a further +30 % is one.
 */
export function beyondAccepted(comparisons: readonly Row[], figures: readonly AcceptedFigure[]): Row[] {
  return comparisons.filter((row) => row.verdict === 'regressed' && exceeds(row, acceptedChange(row, figures)));
}

/**
 * The accepted change for `row`. The same slowdown shows in other quantiles of the endpoint on another day, and in all
 * endpoints together; so the largest of the endpoint's latency quantiles counts for each of them.
 */
function acceptedChange(row: Row, figures: readonly AcceptedFigure[]): number {
  const alike = figures.filter(({ subject, metric }) =>
    row.family === 'latency'
      ? isQuantile(metric) && (covers(subject, row.subject) || covers(row.subject, subject))
      : metric === row.metric && isSameSubject(subject, row.subject),
  );
  const changes = alike.map(({ relativeChange }) => worse(row, relativeChange));
  return Math.max(0, ...changes);
}

/** Whether what is said of `subject` is said of `other` as well: by being it, or all of them, or all of its job. */
function covers(subject: Subject, other: Subject): boolean {
  if (isSameSubject(subject, other)) return true;
  return subject.kind === 'all-endpoints' && (subject.job === undefined || subject.job === other.job);
}

function exceeds(row: Row, accepted: number): boolean {
  const { relativeChange, baseline, candidate, margin, family } = row;
  if (relativeChange === undefined) return true;
  const change = worse(row, relativeChange.point);
  const surely = Math.min(...relativeChange.interval.map((end) => worse(row, end)));
  if (surely <= accepted) return false;
  if (family === 'errors') return change - accepted > margin.relative;
  const further = (1 + change) / (1 + accepted) - 1;
  const furtherMs = baseline && candidate ? candidate.point - baseline.point * (1 + accepted) : undefined;
  const isBeyondMs = margin.absolute === undefined || furtherMs === undefined || furtherMs > margin.absolute;
  // Totals of the load are no matter of degree: whatever is surely worse than what was accepted was not accepted.
  return further > (family === 'load' ? 0 : margin.relative) && isBeyondMs;
}

/** How much worse: positive whichever direction is the bad one. */
function worse({ direction }: Row, change: number): number {
  return direction === 'up' ? change : -change;
}
