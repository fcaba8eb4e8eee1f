import type { RunRecord } from '../../run-record/run-record.ts';
import { subjectKey } from '../../run-record/subject.ts';
import type { Thresholds } from '../../thresholds/thresholds.ts';
import type { ComparisonResult, Suspect } from '../comparison-result.ts';
import { isAboveCeiling, isDifference, limitOf, type Row } from '../row.ts';
import type { RunSummary } from '../run-summary.ts';
import { compareCounted, compareSummaries, type StoredOptions } from './compare-stored.ts';
import { estimateSharedVariance } from './next-measurement.ts';

/**
 * So many alphas would have made a row of the first run significant for it to be measured again. Asking costs no alpha, but
 * time. Where it is known how much two runs of one deployment differ, a repeat tells much, and asking is worth more.
 */
const suspicionAlphas = { unknown: 6, learnt: 40 };

/** Of both margins: what stays below it in a run is no suspicion. */
const suspiciousShareOfMargin = 0.5;

/**
 * What of a first run has to be measured again: whatever would have failed by itself, and what looks so without being sure.
 * The surest row first.
 *
 * @param sharedVariance share of the variance between runs that two runs of one deployment have in common (0..1); 1 where
 * nothing is known
 */
export function suspiciousRows(first: ComparisonResult, thresholds: Thresholds, sharedVariance: number): Row[] {
  const limit = sharedVariance < 1 ? suspicionAlphas.learnt : suspicionAlphas.unknown;
  const largestMs = largestChangesMs(first.comparisons);
  const reaches = (row: Row) => reachesShare(row, suspiciousShareOfMargin, thresholds, largestMs.get(row.metric));
  // Where two runs of one deployment share all of their luck, what the rank excludes in one it excludes in both.
  const isExcluded = first.isOrdinaryRun === true && sharedVariance === 1;
  const suspects = new Set(
    isExcluded ? [] : first.suspects.filter(({ alphas }) => alphas <= limit).map((suspect) => latencyKey(suspect)),
  );
  const isSuspicious = (row: Row) => {
    if (row.verdict === 'regressed') return true;
    if (row.verdict === 'slower-within-margin') return reaches(row);
    if (row.family === 'latency') return suspects.has(keyOf(row));
    return (row.adjustedPValue ?? 1) <= suspicionAlphas.unknown * thresholds.alpha && reaches(row);
  };
  return first.comparisons
    .filter(isSuspicious)
    .sort(
      (a, b) =>
        Number(b.verdict === 'regressed') - Number(a.verdict === 'regressed') ||
        (a.adjustedPValue ?? 1) - (b.adjustedPValue ?? 1),
    );
}

/** What tells a row from all others of a comparison. */
function keyOf({ subject, family, metric }: Pick<Row, 'subject' | 'family' | 'metric'>): string {
  return `${family} ${subjectKey(subject)} ${metric}`;
}

function latencyKey({ subject, metric }: Suspect): string {
  return keyOf({ subject, metric, family: 'latency' });
}

/**
 * Decides once, on the first run and its repeats together. A row fails if the first run made it suspicious, the mean of
 * all runs is significantly worse and beyond both margins, and the repeats by themselves are beyond both margins too: so
 * no single run can carry a verdict, whatever hit it.
 *
 * @param candidates the first run, then its repeats on the same deployment; at least two
 * @param options how far runs of one deployment share their luck; estimated from the window unless given
 */
export function compareRepeated(
  window: readonly RunRecord[],
  candidates: readonly RunRecord[],
  thresholds: Thresholds,
  options: StoredOptions = {},
): ComparisonResult {
  return compareCounted(window, candidates, (before, after) =>
    compareRepeatedSummaries(before, after, thresholds, options),
  );
}

/** `compareRepeated` on runs that were summarized before. */
export function compareRepeatedSummaries(
  window: readonly RunSummary[],
  [first, ...repeats]: readonly RunSummary[],
  thresholds: Thresholds,
  options: StoredOptions = {},
): ComparisonResult {
  if (first === undefined) throw new RangeError('a run that is repeated is needed');
  const sharedVariance = options.sharedVariance ?? estimateSharedVariance(window);
  const byItself = { ...options, sharedVariance: 1 };
  const suspicions = suspiciousRows(
    compareSummaries(window, [first], thresholds, byItself),
    thresholds,
    sharedVariance,
  ).map(keyOf);
  const alone = compareSummaries(window, repeats, thresholds, byItself).comparisons;
  const together = compareSummaries(window, [first, ...repeats], thresholds, { ...options, sharedVariance });
  const largestMs = largestChangesMs(alone);
  const reaching = (share: number) =>
    new Set(alone.filter((row) => reachesShare(row, share, thresholds, largestMs.get(row.metric))).map(keyOf));
  const [beyond, halfway] = [reaching(1), reaching(suspiciousShareOfMargin)];
  const comparisons = together.comparisons.map((row) => {
    const isConfirmed = suspicions.includes(keyOf(row)) && beyond.has(keyOf(row));
    return row.verdict !== 'regressed' || isConfirmed ? row : { ...row, verdict: 'inconclusive' as const };
  });
  const judgedIn = (rows: readonly Row[]) =>
    new Set(rows.filter(({ verdict }) => verdict !== 'not-compared').map(keyOf));
  const [judgedAlone, judgedTogether] = [judgedIn(alone), judgedIn(comparisons)];
  const isLost = suspicions.some((key) => !judgedAlone.has(key) || !judgedTogether.has(key));
  const isAcquitted = !isLost && !suspicions.some((key) => halfway.has(key));
  return {
    ...together,
    comparisons,
    suspects: [],
    ...(isAcquitted && { isAcquitted: true as const }),
    ...(isLost && { isSuspicionLost: true as const }),
  };
}

/** By metric the largest change of an endpoint in ms: what all endpoints share matters where it matters on one of them. */
function largestChangesMs(rows: readonly Row[]): ReadonlyMap<string, number> {
  const largest = new Map<string, number>();
  for (const row of rows) {
    const change = worseByMs(row);
    if (row.family !== 'latency' || row.verdict === 'not-compared') continue;
    if (change > (largest.get(row.metric) ?? Number.NEGATIVE_INFINITY)) largest.set(row.metric, change);
  }
  return largest;
}

function worseByMs({ baseline, candidate, direction }: Row): number {
  const change = (candidate?.point ?? Number.NaN) - (baseline?.point ?? Number.NaN);
  return direction === 'up' ? change : -change;
}

/** Whether the change for the worse reaches that share of all margins that it has to pass to fail. */
function reachesShare(row: Row, share: number, thresholds: Thresholds, sharedMs?: number): boolean {
  const change = row.relativeChange?.point ?? Number.NaN;
  const worse = row.direction === 'up' ? change : -change;
  // A rise above the ceiling fails however small it is.
  if (worse > 0 && isAboveCeiling(row, row.candidate?.point ?? Number.NaN, thresholds)) return true;
  const isBeyondRelative =
    (isDifference(row.family) ? worse : Math.log1p(worse)) >= share * limitOf(row.family, row.margin);
  const { absolute } = row.margin;
  const ms = row.subject.kind === 'all-endpoints' ? (sharedMs ?? Number.NaN) : worseByMs(row);
  const isBelowMs = row.unit === 'ms' && absolute !== undefined && ms < share * absolute;
  return isBeyondRelative && !isBelowMs && row.isBacked !== false;
}
