import type { RunRecord } from '../run-record/run-record.ts';
import { nearestNames } from '../thresholds/nearest-names.ts';
import { type JudgedMetric, marginOf, type Thresholds } from '../thresholds/thresholds.ts';
import type { ComparisonResult } from './comparison-result.ts';
import { listedIdentity, type NotComparedReason, notComparedRow, type Row, rowLabel } from './row.ts';

/** The runs that are compared; one a side in a duet. */
export interface ComparedRuns {
  readonly baseline: readonly RunRecord[];
  readonly candidate: readonly RunRecord[];
}

/**
 * A row for each metric that the configuration lists and `result` has none of, with the reason: what somebody asked to
 * judge must not be left out in silence.
 */
export function withMissingMetrics(
  result: ComparisonResult,
  runs: ComparedRuns,
  thresholds: Thresholds,
): ComparisonResult {
  const known = new Set(result.comparisons.flatMap(({ family, metric }) => (family === 'metrics' ? [metric] : [])));
  const missing = thresholds.metrics.filter(({ metric }) => !known.has(metric));
  if (missing.length === 0) return result;
  const rows = missing.map((metric) => missingMetricRow(metric, runs, thresholds));
  return { ...result, comparisons: [...result.comparisons, ...rows] };
}

/** The row of a listed metric that could not be judged. */
export function missingMetricRow(metric: JudgedMetric, runs: ComparedRuns, thresholds: Thresholds): Row {
  const identity = listedIdentity(metric);
  const { reason, warning } = absenceOf(metric, runs);
  return notComparedRow(identity, marginOf(identity.subject, identity.metric, thresholds), reason, warning);
}

function absenceOf({ metric }: JudgedMetric, { baseline, candidate }: ComparedRuns): Absence {
  const having = (runs: readonly RunRecord[]) => runs.filter((run) => metricsOf([run]).includes(metric)).length;
  const [before, after] = [having(baseline), having(candidate)];
  if (before + after === 0) {
    return { reason: 'not-measured', warning: `no run has it${suggestion(metric, [...baseline, ...candidate])}` };
  }
  if (after === 0) return { reason: 'gone', warning: 'the baseline has it, the candidate has not' };
  if (after < candidate.length) {
    return { reason: 'gone', warning: `only ${after} of ${candidate.length} candidate runs have it` };
  }
  if (before === 0) return { reason: 'new', warning: 'the candidate has it, the baseline has not' };
  if (baseline.length > 1)
    return { reason: 'new', warning: `only ${before} of ${baseline.length} baseline runs have it` };
  return { reason: 'too-few-requests', warning: 'no time block of both sides has a value of it' };
}

interface Absence {
  readonly reason: NotComparedReason;
  readonly warning: string;
}

/** Longer lists are cut. */
const maxNames = 5;

/**
 * What somebody may have meant who lists `metric`, which none of `runs` has, in parentheses: the nearest names of theirs;
 * without one all that they have.
 */
function suggestion(metric: string, runs: readonly RunRecord[]): string {
  const recorded = metricsOf(runs);
  const near = nearestNames(metric, recorded);
  if (near.length > 0) return ` (did you mean ${near.join(' or ')}?)`;
  if (recorded.length === 0) return ' (nor any other series; Counters and Gauges are not recorded)';
  const further = recorded.length > maxNames ? ` and ${recorded.length - maxNames} more` : '';
  return ` (recorded are ${recorded.slice(0, maxNames).join(', ')}${further}; Counters and Gauges are not recorded)`;
}

/** More than these nobody reads in one line. */
const maxTold = 3;

/**
 * What became of the listed metrics among `rows` that could not be judged, in one clause; undefined where all were:
 * `the metric cart_tiem, which the configuration lists, could not be judged: no run has it (did you mean cart_time?)`.
 */
export function describeMissingMetrics(rows: readonly Row[]): string | undefined {
  const missing = rows.filter(({ family, verdict }) => family === 'metrics' && verdict === 'not-compared');
  const [first] = missing;
  if (first === undefined) return undefined;
  if (missing.length === 1) {
    return `the metric ${rowLabel(first)}, which the configuration lists, could not be judged: ${first.warnings[0]}`;
  }
  const told = missing.slice(0, maxTold).map((row) => `${rowLabel(row)}, ${row.warnings[0]}`);
  const further = missing.length > maxTold ? `; and ${missing.length - maxTold} more` : '';
  return `${missing.length} metrics that the configuration lists could not be judged: ${told.join('; ')}${further}`;
}

/** A sentence for each metric that the configuration lists and none of `runs` has. */
export function unknownMetrics({ metrics }: Thresholds, runs: readonly RunRecord[]): string[] {
  const recorded = new Set(metricsOf(runs));
  return metrics
    .filter(({ metric }) => !recorded.has(metric))
    .map(({ metric }) => `the configuration lists the metric ${metric}, and no run has it${suggestion(metric, runs)}`);
}

function metricsOf(runs: readonly RunRecord[]): string[] {
  return [...new Set(runs.flatMap((run) => run.metrics.map(({ metric }) => metric)))].sort();
}
