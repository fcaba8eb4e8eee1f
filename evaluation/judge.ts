import type { AlphaShares } from '../src/core/comparison/alpha-shares.ts';
import { compareSummaries } from '../src/core/comparison/compare-stored.ts';
import type { ComparisonResult } from '../src/core/comparison/comparison.ts';
import { nextMeasurement } from '../src/core/comparison/next-measurement.ts';
import type { RunSummary } from '../src/core/comparison/run-summary.ts';
import type { Thresholds } from '../src/core/thresholds/thresholds.ts';

/** What a way of deciding says of one build. */
export interface Decision {
  /** What it calls slower, as `endpoint metric`. */
  readonly named: readonly { readonly endpoint: string; readonly metric: string }[];
  readonly candidateRuns: number;
}

/** A way of deciding: a window of runs and the candidate runs that may be looked at, in their order. */
export type Judge = (window: readonly RunSummary[], candidates: readonly RunSummary[]) => Decision;

/** One candidate run decides at the full alpha. */
export function oneLook(thresholds: Thresholds, alphaShares?: AlphaShares): Judge {
  return (window, candidates) => {
    const result = compareSummaries(window, candidates.slice(0, 1), thresholds, {
      ...(alphaShares && { alphaShares }),
    });
    return { named: regressions(result), candidateRuns: 1 };
  };
}

/** Fresh candidate runs one by one, as long as `nextMeasurement` asks for them. */
export function confirmed(thresholds: Thresholds, alphaShares?: AlphaShares): Judge {
  return (window, candidates) => {
    for (let runs = 1; ; runs++) {
      const options = { sharedVariance: 0, ...(alphaShares && { alphaShares }) };
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

function regressions(result: ComparisonResult): Decision['named'] {
  return result.comparisons
    .filter((row) => row.verdict === 'regressed')
    .map(({ endpoint, metric }) => ({ endpoint, metric }));
}
