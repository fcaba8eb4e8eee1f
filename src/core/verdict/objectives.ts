import {
  allEndpoints,
  type Comparison,
  type ComparisonResult,
  type Quantile,
  quantileProbability,
} from '../comparison/comparison.ts';
import { matchesEndpoint, type Objective, type Thresholds } from '../thresholds/thresholds.ts';

/**
 * Whether the slowdown `row` leaves every objective of its endpoint kept, so that it doesn't fail under
 * `judge-against: objective`. False for errors, for endpoints without objective, and where an objective's own quantile
 * was not measured. The part common to all endpoints is inside when each compared endpoint is.
 */
export function isWithinObjective(row: Comparison, result: ComparisonResult, thresholds: Thresholds): boolean {
  if (thresholds.judgeAgainst !== 'objective' || !isQuantile(row.metric)) return false;
  if (row.endpoint !== allEndpoints) return keepsObjectives(row.endpoint, result, thresholds);
  const compared = new Set(
    result.comparisons
      .filter(
        (other) => other.endpoint !== allEndpoints && isQuantile(other.metric) && other.verdict !== 'not-compared',
      )
      .map((other) => other.endpoint),
  );
  return [...compared].every((endpoint) => keepsObjectives(endpoint, result, thresholds));
}

function keepsObjectives(endpoint: string, result: ComparisonResult, thresholds: Thresholds): boolean {
  const objectives = objectivesOf(endpoint, thresholds);
  return (
    objectives.length > 0 &&
    objectives.every(({ quantile, limitMs }) => {
      const row = result.comparisons.find((other) => other.endpoint === endpoint && other.metric === quantile);
      return row?.candidate !== undefined && row.candidate.point < limitMs;
    })
  );
}

/** One objective per quantile; of several matching rules the last counts. */
function objectivesOf(endpoint: string, thresholds: Thresholds): Objective[] {
  const byQuantile = new Map<Quantile, Objective>();
  for (const { pattern, objective } of thresholds.rules) {
    if (objective !== undefined && matchesEndpoint(pattern, endpoint)) byQuantile.set(objective.quantile, objective);
  }
  return [...byQuantile.values()];
}

function isQuantile(metric: string): metric is Quantile {
  return Object.hasOwn(quantileProbability, metric);
}
