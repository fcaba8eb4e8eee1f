import { type AlphaShares, defaultAlphaShares } from '../src/core/comparison/alpha-shares.ts';
import type { ComparisonResult } from '../src/core/comparison/comparison-result.ts';
import type { RunSummary } from '../src/core/comparison/run-summary.ts';
import { compareSummaries, guardWindow, type WindowGuard } from '../src/core/comparison/stored/compare-stored.ts';
import { nextMeasurement } from '../src/core/comparison/stored/next-measurement.ts';
import { compareRepeatedSummaries, suspiciousRows } from '../src/core/comparison/stored/repeat.ts';
import { subjectLabel } from '../src/core/run-record/subject.ts';
import type { Thresholds } from '../src/core/thresholds/thresholds.ts';

/** What a way of deciding says of one build. */
export interface Decision {
  /** What it calls slower, as `endpoint metric`. */
  readonly named: readonly { readonly endpoint: string; readonly metric: string }[];
  readonly candidateRuns: number;
}

/** A way of deciding: a window of runs and the candidate runs that may be looked at, in their order. */
export type Judge = (window: readonly RunSummary[], candidates: readonly RunSummary[]) => Decision;

/** The guard looks at the window alone, and the same window is judged under many injections. */
function guardOf(window: readonly RunSummary[], thresholds: Thresholds, alphaShares?: AlphaShares): WindowGuard {
  const key = window[0] as RunSummary;
  const others = window.map(({ id }) => id).join(' ');
  const known = guards.get(key) ?? new Map<string, WindowGuard>();
  guards.set(key, known);
  const shares = alphaShares ?? defaultAlphaShares(false);
  const name = `${others} ${JSON.stringify(shares)}`;
  const guard = known.get(name) ?? guardWindow(window, thresholds, shares.latency);
  known.set(name, guard);
  return guard;
}

const guards = new WeakMap<RunSummary, Map<string, WindowGuard>>();

/** One candidate run decides at the full alpha. */
export function oneLook(thresholds: Thresholds, alphaShares?: AlphaShares): Judge {
  return (window, candidates) => {
    const guard = guardOf(window, thresholds, alphaShares);
    const result = compareSummaries(window, candidates.slice(0, 1), thresholds, {
      guard,
      ...(alphaShares && { alphaShares }),
    });
    return { named: regressions(result), candidateRuns: 1 };
  };
}

/** Fresh candidate runs one by one, as long as `nextMeasurement` asks for them. */
export function confirmed(thresholds: Thresholds, alphaShares?: AlphaShares): Judge {
  return (window, candidates) => {
    const guard = guardOf(window, thresholds, alphaShares);
    for (let runs = 1; ; runs++) {
      const options = { sharedVariance: 0, guard, ...(alphaShares && { alphaShares }) };
      const result = compareSummaries(window, candidates.slice(0, runs), thresholds, options);
      const next = nextMeasurement(result, { canMeasureAfresh: true, maxCandidateRuns: candidates.length });
      if (next.kind === 'stop') return { named: regressions(result), candidateRuns: runs };
    }
  };
}

/** All candidate runs at once, which share `sharedVariance` of the variance between runs. */
export function repeated(thresholds: Thresholds, sharedVariance: number): Judge {
  return (window, candidates) => {
    const result = compareSummaries(window, candidates, thresholds, { sharedVariance });
    return { named: regressions(result), candidateRuns: candidates.length };
  };
}

/**
 * One repeat on the same deployment where the first run is suspicious, judged once. `sharedVariance`: what the gate takes
 * the two runs to share, 1 where nothing is known.
 */
export function repeatedOnce(thresholds: Thresholds, sharedVariance: number): Judge {
  return (window, candidates) => {
    const guard = guardOf(window, thresholds);
    const first = compareSummaries(window, candidates.slice(0, 1), thresholds, { guard });
    if (suspiciousRows(first, thresholds, sharedVariance).length === 0) return { named: [], candidateRuns: 1 };
    const result = compareRepeatedSummaries(window, candidates.slice(0, 2), thresholds, {
      guard,
      sharedVariance,
    });
    return { named: regressions(result), candidateRuns: 2 };
  };
}

function regressions(result: ComparisonResult): Decision['named'] {
  return result.comparisons
    .filter((row) => row.verdict === 'regressed')
    .map(({ subject, metric }) => ({ endpoint: subjectLabel(subject), metric }));
}
