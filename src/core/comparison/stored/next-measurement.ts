import betaQuantile from '@stdlib/stats-base-dists-beta-quantile';
import { mean } from '../../stats/sample-moments.ts';
import { judgedQuantiles, leadQuantile, quantiles } from '../../thresholds/quantiles.ts';
import type { ComparisonResult } from '../comparison-result.ts';
import type { RunSummary } from '../run-summary.ts';

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
 * Is another candidate run worth its cost? Where fresh runs can be had, earlier looks may only end the matter in favor of
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

/** Fewer deployments with several runs than this say too little about how much runs of one deployment have in common. */
const minDeployments = 5;

/** The estimate is taken at the upper end of a one-sided interval of this level: too small a share makes false alarms. */
const level = 0.8;

/**
 * How much of the variance between runs belongs to the deployment and the machine, so that repeating a run on the same
 * deployment doesn't average it out? One-way analysis of variance of ln p50 and ln p95 by deployment, pooled over the
 * endpoints that all these runs have; endpoints share noise, so they add no degrees of freedom.
 *
 * @returns the share (0..1), at its upper 80 % limit; 1 (repeats add nothing) with fewer than five deployments that were
 * measured several times
 *
 * Source: Searle, Casella, McCulloch (1992), Variance Components, section 3.6 (interval of the intraclass correlation).
 */
export function estimateSharedVariance(runs: readonly RunSummary[]): number {
  const groups = deploymentsWithRepeats(runs);
  if (groups.length < minDeployments) return 1;
  const nested = groups.flat();
  const endpoints = [...(nested[0]?.endpoints.keys() ?? [])].filter((endpoint) =>
    nested.every((run) => (run.endpoints.get(endpoint)?.succeeded ?? 0) >= quantiles[leadQuantile].minRequests),
  );
  const squares = { between: 0, within: 0 };
  for (const endpoint of endpoints) {
    for (const quantile of judgedQuantiles.filter((name) => !quantiles[name].needsBacking)) {
      const log = (run: RunSummary) => Math.log(run.endpoints.get(endpoint)?.latencyMs[quantile] ?? Number.NaN);
      addSquares(
        groups.map((group) => group.map(log)),
        squares,
      );
    }
  }
  const between = groups.length - 1;
  const within = nested.length - groups.length;
  if (!(squares.within > 0)) return 1;
  const ratio = squares.between / between / (squares.within / within);
  const upper = ratio / fQuantile(1 - level, between, within);
  const perGroup = nested.length / groups.length;
  return Math.min(1, Math.max(0, (upper - 1) / (upper + perGroup - 1)));
}

function deploymentsWithRepeats(runs: readonly RunSummary[]): RunSummary[][] {
  const byDeployment = new Map<string, RunSummary[]>();
  for (const run of runs) {
    const { deployment, machine, commit, workflowRun } = run.record.provenance;
    if (deployment === undefined) continue;
    // An address alone names many deployments: what stands there today, and what stands there after the next merge.
    const occasion = workflowRun === undefined ? commit : [workflowRun.id, workflowRun.attempt];
    const key = JSON.stringify([deployment, machine, occasion]);
    byDeployment.set(key, [...(byDeployment.get(key) ?? []), run]);
  }
  return [...byDeployment.values()].filter((group) => group.length > 1);
}

function addSquares(groups: readonly (readonly number[])[], sum: { between: number; within: number }): void {
  const overall = mean(groups.flat());
  for (const group of groups) {
    const center = mean(group);
    sum.between += group.length * (center - overall) ** 2;
    for (const value of group) sum.within += (value - center) ** 2;
  }
}

/** Lower quantile of the F law, by its relation to the beta law. */
function fQuantile(probability: number, df1: number, df2: number): number {
  const x = betaQuantile(probability, df1 / 2, df2 / 2);
  return (df2 * x) / (df1 * (1 - x));
}
