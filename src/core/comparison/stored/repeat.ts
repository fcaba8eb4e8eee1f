import type { RunRecord } from '../../run-record/run-record.ts';
import { subjectKey } from '../../run-record/subject.ts';
import type { Thresholds } from '../../thresholds/thresholds.ts';
import type { ComparisonResult } from '../comparison-result.ts';
import { isDifference, limitOf, type Row } from '../row.ts';
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

/** Rows that the first run made suspicious, by what tells them from all others; only these may fail after the repeat. */
type Suspicions = ReadonlySet<string>;

/**
 * What of a first run has to be measured again: whatever would have failed by itself, and what looks so without being sure.
 *
 * @param sharedVariance share of the variance between runs that two runs of one deployment have in common (0..1); 1 where
 * nothing is known
 */
export function suspicionsOf(first: ComparisonResult, thresholds: Thresholds, sharedVariance: number): Suspicions {
  const limit = sharedVariance < 1 ? suspicionAlphas.learnt : suspicionAlphas.unknown;
  const rows = first.comparisons.filter(
    (row) => row.verdict === 'regressed' || (row.family !== 'latency' && isSuspiciousRate(row, thresholds)),
  );
  const latency = first.suspects
    .filter(({ alphas }) => alphas <= limit)
    .map((suspect) => ({ ...suspect, family: 'latency' as const }));
  return new Set([...rows, ...latency].map(keyOf));
}

function isSuspiciousRate(row: Row, { alpha }: Thresholds): boolean {
  return (row.adjustedPValue ?? 1) <= suspicionAlphas.unknown * alpha && isBeyond(row, suspiciousShareOfMargin);
}

function keyOf({ subject, family, metric }: Pick<Row, 'subject' | 'family' | 'metric'>): string {
  return `${family} ${subjectKey(subject)} ${metric}`;
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
  const suspicions = suspicionsOf(compareSummaries(window, [first], thresholds, byItself), thresholds, sharedVariance);
  const alone = compareSummaries(window, repeats, thresholds, byItself).comparisons;
  const largestMs = largestChangesMs(alone);
  const reaching = (share: number) =>
    new Set(alone.filter((row) => isBeyond(row, share, largestMs.get(row.metric))).map(keyOf));
  const [beyond, halfway] = [reaching(1), reaching(suspiciousShareOfMargin)];
  const together = compareSummaries(window, [first, ...repeats], thresholds, { ...options, sharedVariance });
  const comparisons = together.comparisons.map((row) => {
    const isConfirmed = suspicions.has(keyOf(row)) && beyond.has(keyOf(row));
    return row.verdict !== 'regressed' || isConfirmed ? row : { ...row, verdict: 'inconclusive' as const };
  });
  const isAcquitted = ![...suspicions].some((key) => halfway.has(key));
  return { ...together, comparisons, suspects: [], ...(isAcquitted && { isAcquitted: true as const }) };
}

/** By metric the largest change of an endpoint in ms: what all endpoints share matters where it matters on one of them. */
function largestChangesMs(rows: readonly Row[]): ReadonlyMap<string, number> {
  const largest = new Map<string, number>();
  for (const row of rows) {
    const change = changeMs(row);
    if (row.family === 'latency' && change > (largest.get(row.metric) ?? Number.NEGATIVE_INFINITY)) {
      largest.set(row.metric, change);
    }
  }
  return largest;
}

function changeMs({ baseline, candidate }: Row): number {
  return (candidate?.point ?? Number.NaN) - (baseline?.point ?? Number.NaN);
}

/** Whether the change for the worse reaches that share of both parts of the margin. */
function isBeyond(row: Row, share: number, sharedMs?: number): boolean {
  const change = row.relativeChange?.point ?? Number.NaN;
  const worse = row.direction === 'up' ? change : -change;
  const isBeyondRelative =
    (isDifference(row.family) ? worse : Math.log1p(worse)) >= share * limitOf(row.family, row.margin);
  const ms = row.subject.kind === 'all-endpoints' ? (sharedMs ?? Number.NaN) : changeMs(row);
  return isBeyondRelative && !(row.unit === 'ms' && ms < share * (row.margin.absolute ?? 0));
}
