import type { ComparisonResult } from '../comparison/comparison-result.ts';
import { isDifference, type Row, rowLabel } from '../comparison/row.ts';
import { labelsMeantBy } from '../run-record/endpoint-name.ts';
import { type AcceptedFigure, acceptedWhere, type RecordedAcceptance } from '../run-record/run-record.ts';
import { isSameSubject, type Subject } from '../run-record/subject.ts';
import { isQuantile } from '../thresholds/quantiles.ts';
import type { BuildVerdict, Decided } from '../verdict/build-verdict.ts';
import type { Acceptance, AcceptedLevel } from './acceptance.ts';

export interface AcceptedVerdict {
  readonly decided: Decided;
  /** What is accepted by now, to be kept with the comment; absent while there was nothing to accept. */
  readonly level?: AcceptedLevel;
}

/**
 * The verdict under an acceptance on the pull request itself. Whatever made the build red no longer does, also that
 * nothing could be measured or that k6's own thresholds were crossed; what was not checked is said. A regression beyond
 * `earlier`, the level that was seen when the label was set, fails as before.
 */
export function applyAcceptance(decided: Decided, acceptance: Acceptance, earlier?: AcceptedLevel): AcceptedVerdict {
  const standing = earlier?.labeledAt === acceptance.labeledAt ? earlier : undefined;
  if (decided.outcome.exitCode === 0) return { decided, ...(standing && { level: standing }) };
  const rows = decided.comparison?.comparisons ?? [];
  const level = standing ?? { labeledAt: acceptance.labeledAt, figures: figuresOf(rows) };
  const further = beyondAccepted(rows, level.figures, decided.comparison?.otherLabels);
  if (further.length > 0) return { decided: beyond(decided, further, acceptance.until), level };
  return { decided: accepted(decided, sentence(acceptance), rows.length > 0), level };
}

/**
 * The verdict on the run that records a merged change: one that was accepted is no red run to be kept aside, and its
 * record says what was accepted, seen by this run or by the last one of the pull request.
 */
export function applyAtMerge(
  decided: Decided,
  acceptance: Omit<RecordedAcceptance, 'figures'>,
  seenBefore: readonly AcceptedFigure[],
): { readonly decided: Decided; readonly recorded: RecordedAcceptance } {
  const seenNow = figuresOf(decided.comparison?.comparisons ?? []);
  const { by, reason, until, pullRequest } = acceptance;
  const recorded = { by, reason, until, pullRequest, figures: seenNow.length > 0 ? seenNow : seenBefore };
  const { verdict } = decided;
  if (verdict.verdict !== 'fail' || verdict.reason !== 'regressed') return { decided, recorded };
  const detail = `${verdict.detail}; ${recordedSentence(recorded)}`;
  return { decided: { ...decided, verdict: { verdict: 'pass', reason: 'accepted', detail } }, recorded };
}

/**
 * The verdict on a later run, compared with a baseline from before an accepted slowdown: only regressions inside what
 * was accepted are excused.
 */
export function applyRecorded(decided: Decided, recorded: RecordedAcceptance): Decided {
  const { verdict, comparison } = decided;
  if (verdict.verdict !== 'fail' || verdict.reason !== 'regressed' || comparison === undefined) return decided;
  const further = beyondAccepted(comparison.comparisons, recorded.figures, comparison.otherLabels);
  if (further.length > 0) return beyond(decided, further, recorded.until);
  return accepted(decided, recordedSentence(recorded), true);
}

/** `accepted by octocat in #7 until 2026-12-25: REASON`, for reports of later runs. */
function recordedSentence(recorded: RecordedAcceptance): string {
  const { by, until, reason } = recorded;
  return `accepted by ${by} ${acceptedWhere(recorded)} until ${until}: ${reason}`;
}

function sentence({ by, reasonBy, reason, until }: Acceptance): string {
  const who = by === reasonBy ? by : `${by} (reason by ${reasonBy})`;
  return `accepted by ${who} until ${until}: ${reason}`;
}

function accepted(decided: Decided, who: string, wasCompared: boolean): Decided {
  const what = describeVerdict(decided.verdict, wasCompared);
  return {
    ...decided,
    verdict: { verdict: 'pass', reason: 'accepted', detail: `${what}; ${who}` },
    outcome: { exitCode: 0, conclusion: 'success' },
  };
}

/** What was accepted, and with it what nobody checked. */
function describeVerdict(verdict: BuildVerdict, wasCompared: boolean): string {
  if (verdict.verdict === 'fail' && verdict.reason === 'regressed') return verdict.detail;
  const unchecked = wasCompared ? '' : 'not checked at all: ';
  return `${unchecked}${verdict.detail}`;
}

function beyond(decided: Decided, further: readonly Row[], until: string): Decided {
  const [first] = further;
  const others = further.length > 1 ? ` and ${further.length - 1} more` : '';
  const detail = `${first === undefined ? '' : rowLabel(first)}${others} beyond what was accepted until ${until}`;
  const { comparison } = decided;
  // What stays inside the accepted level is no finding of this run.
  const rows = comparison?.comparisons.map((row) =>
    row.verdict === 'regressed' && !further.includes(row) ? { ...row, verdict: 'slower-within-margin' as const } : row,
  );
  return {
    ...decided,
    verdict: { verdict: 'fail', reason: 'regressed', detail },
    ...(comparison && rows && { comparison: { ...comparison, comparisons: rows } }),
  };
}

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
export function beyondAccepted(
  comparisons: readonly Row[],
  figures: readonly AcceptedFigure[],
  otherLabels?: ComparisonResult['otherLabels'],
): Row[] {
  return comparisons.filter((row) => {
    if (row.verdict !== 'regressed') return false;
    const labels = row.subject.kind === 'endpoint' ? (otherLabels?.get(row.subject.name) ?? []) : [];
    return exceeds(row, acceptedChange(row, figures.map(asCalledHere(row.subject, labels))));
  });
}

/** The figure under the label that its endpoint has here, where another run called it by one of `labels`. */
function asCalledHere(subject: Subject, labels: readonly string[]): (figure: AcceptedFigure) => AcceptedFigure {
  return (figure) => {
    const known = figure.subject;
    if (known.kind !== 'endpoint' || known.job !== subject.job) return figure;
    return labelsMeantBy(known.name).some((label) => labels.includes(label)) ? { ...figure, subject } : figure;
  };
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
  if (isDifference(family)) return change - accepted > margin.relative;
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
