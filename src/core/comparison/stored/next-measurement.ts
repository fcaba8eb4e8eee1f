import type { ComparisonResult } from '../comparison-result.ts';

/** Whether measuring goes on, and how. */
export type NextMeasurement =
  | { readonly kind: 'stop'; readonly reason: 'nothing-suspicious' | 'settled' | 'budget-spent' }
  /**
   * Take up to `runs` more fresh candidate runs and judge the mean of all of them. They may be taken at once or one by
   * one with a look after each, which needs fewer.
   */
  | { readonly kind: 'confirm'; readonly runs: number; readonly reason: string };

export interface MeasurementBudget {
  /** Most candidate runs in all, the first included; 3 unless given. */
  readonly maxCandidateRuns?: number;
  /** Whether fresh runs (another deployment on another machine) can be had at all. */
  readonly canMeasureAfresh: boolean;
}

/**
 * Is another candidate run worth its cost? Where fresh runs can be had, earlier looks may only end the matter in favour of
 * the candidate or ask for more, and the verdict falls on the mean of all runs that the budget allows: so the looks spend
 * none of the alpha. A `regressed` before the budget is used up is therefore a suspicion like any other. Where fresh runs
 * can't be had, the one run decides at the full alpha.
 */
export function nextMeasurement(result: ComparisonResult, budget: MeasurementBudget): NextMeasurement {
  const most = budget.maxCandidateRuns ?? 3;
  if (!budget.canMeasureAfresh) return { kind: 'stop', reason: 'settled' };
  const red = result.comparisons.filter((row) => row.verdict === 'regressed').length;
  if (result.candidateRuns >= most)
    return { kind: 'stop', reason: red > 0 || result.suspects.length === 0 ? 'settled' : 'budget-spent' };
  if (red === 0 && result.suspects.length === 0) return { kind: 'stop', reason: 'nothing-suspicious' };
  const what = `${red + result.suspects.length} suspicious ${red + result.suspects.length === 1 ? 'result' : 'results'}`;
  return { kind: 'confirm', runs: most - result.candidateRuns, reason: what };
}
