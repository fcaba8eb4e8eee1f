import { allEndpoints, endpointSubject, type Subject, subjectKey, subjectLabel } from '../run-record/subject.ts';
import { LatencySketch } from '../sketch/latency-sketch.ts';
import { leadQuantile } from '../thresholds/quantiles.ts';
import {
  type JudgedMetric,
  logOfMargin,
  type Margin,
  type Metric,
  marginOf,
  type Thresholds,
} from '../thresholds/thresholds.ts';

/** One number with its uncertainty; `interval` holds `level` (0..1) of the confidence, `n` counts runs or block pairs. */
export interface Estimate {
  readonly point: number;
  readonly interval: readonly [lower: number, upper: number];
  readonly level: number;
  readonly n: number;
}

/**
 * What kind of figure a row is about, which says how its change is measured: `latency` (quantiles, by their ratio and in
 * ms), `shares` (of slow requests where a quantile jumps between two modes, by their difference), `errors` (failed
 * requests and failed checks, by the difference of their rates), `metrics` (listed in the configuration, by their ratio),
 * `load` (totals such as the request rate, by their ratio).
 */
export type Family = 'latency' | 'shares' | 'errors' | 'metrics' | 'load';

/** Whether changes of the family are differences in fractions; ratios otherwise, compared by their logarithm. */
export function isDifference(family: Family): boolean {
  return family === 'errors' || family === 'shares';
}

/** Whether it tells of how long requests take. */
export function isOfLatency(family: Family): boolean {
  return family === 'latency' || family === 'shares';
}

/** From where on a change of the family matters, as tests measure it: a difference, or ln of a ratio. */
export function limitOf(family: Family, margin: Margin): number {
  return isDifference(family) ? margin.relative : logOfMargin(margin);
}

/**
 * `mostly-failed`: there were requests enough, and too few of them were answered as expected. `not-measured`: the
 * configuration asks for it, and it is in no run. `two-modes`: it jumps between runs though nothing changed, and a row of the
 * family `shares` stands for it.
 */
export type NotComparedReason =
  | 'new'
  | 'gone'
  | 'changed'
  | 'too-few-requests'
  | 'mostly-failed'
  | 'ignored'
  | 'not-judged'
  | 'two-modes'
  | 'not-measured';

/** What is known of one metric of one subject. `inconclusive`: neither shown slower nor shown not slower. */
export type RowVerdict =
  | 'regressed'
  | 'slower-within-margin'
  | 'not-regressed'
  | 'inconclusive'
  | 'improved'
  | 'not-compared';

/** One metric of one subject: both sides, the change, and what was concluded. The same in every mode. */
export interface Row {
  readonly subject: Subject;
  readonly family: Family;
  readonly metric: Metric;
  readonly unit: Unit;
  /** Which direction is worse. */
  readonly direction: 'up' | 'down';
  readonly verdict: RowVerdict;
  /** Set exactly when the verdict is `not-compared`. */
  readonly notComparedReason?: NotComparedReason;
  /** Absent on the side that has no data. */
  readonly baseline?: Estimate;
  readonly candidate?: Estimate;
  /** Candidate relative to baseline: 0.1 = 10 % slower. For error rates the absolute difference in fractions. */
  readonly relativeChange?: Estimate;
  /** From where on a change is worth acting on, as the configuration has it for this subject. */
  readonly margin: Margin;
  /** Whether what else has to move with it did, by margins of its own; absent where there is no such thing. */
  readonly isBacked?: boolean;
  readonly pValue?: number;
  /** Adjusted for every test of the build; at most the family's alpha means significant. */
  readonly adjustedPValue?: number;
  /** Smallest true relative change that this measurement finds in 80 % of builds. */
  readonly minimumDetectableEffect?: number;
  /** Paired and inconclusive rows: pairs after which an increase by the margin would be found or excluded in 80 % of builds. */
  readonly pairsNeeded?: number;
  /** Filled in by ranking; 0 for what is no regression. */
  readonly impact: number;
  readonly warnings: readonly string[];
}

export type Unit = 'ms' | 'fraction' | '';

/** What tells one row from all others of a comparison. */
export type RowIdentity = Pick<Row, 'subject' | 'family' | 'metric' | 'unit' | 'direction'>;

/** Identities of the rows that every mode makes; listed metrics and totals of the load bring their own. */
export function latencyIdentity(subject: Subject, metric: Metric): RowIdentity {
  return { subject, family: 'latency', metric, unit: 'ms', direction: 'up' };
}

/** Of the failures of an endpoint, or of a check; their changes are differences in fractions. */
export function errorsIdentity(subject: Subject, metric: 'errorRate' | 'checkFailureRate'): RowIdentity {
  return { subject, family: 'errors', metric, unit: 'fraction', direction: 'up' };
}

/** Of the slow requests of an endpoint with two modes. */
export function slowRequestsIdentity(subject: Subject): RowIdentity {
  return { subject, family: 'shares', metric: 'slowRequests', unit: 'fraction', direction: 'up' };
}

/** Of a metric that the configuration lists; k6 units other than times and rates stay unnamed. */
export function listedIdentity({ metric, unit, direction }: JudgedMetric): RowIdentity {
  const shown = unit === 'ms' || unit === 'fraction' ? unit : '';
  return { subject: { kind: 'metric', name: metric }, family: 'metrics', metric, unit: shown, direction };
}

/** Totals of the load, which tell of all endpoints at once. */
export type LoadMetric = 'requestRate' | 'iterationRate' | 'unendedIterations';

/** Of a total of the load; which way is worse depends on the total. */
export function loadIdentity(metric: LoadMetric, figure: Pick<Row, 'unit' | 'direction'>): RowIdentity {
  return { subject: allEndpoints, family: 'load', metric, ...figure };
}

/** `GET /cart p95`, `render_time`, `requestRate`: what a row is about, in a sentence. From outside. */
export function rowLabel({ subject, family, metric }: Pick<Row, 'subject' | 'family' | 'metric'>): string {
  if (isOfLatency(family) || family === 'errors') return `${subjectLabel(subject)} ${metric}`;
  return family === 'metrics'
    ? subjectLabel(subject)
    : subjectLabel({ kind: 'metric', name: metric, ...jobOf(subject) });
}

function jobOf({ job }: Subject): { readonly job?: string } {
  return job === undefined ? {} : { job };
}

/** What the tests of any mode found of one row, as far as its verdict depends on it. */
export interface RowFinding {
  /**
   * By how much it got worse over all that was measured: ln of the ratio, or the difference of rates and shares. Negative where it got better; a half is as far from nothing as the double.
   */
  readonly worseBy: number;
  /** The same in ms; absent where the figure isn't measured in ms. */
  readonly worseByMs?: number;
  /** Whether what else has to move with it did, beyond margins of its own; default yes. */
  readonly isBacked?: boolean;
  /** Significantly worse, or better; the margins are not considered. */
  readonly isWorse: boolean;
  readonly isBetter: boolean;
  /** Whether it is shown to be worse by less than the margin. */
  readonly isShownWithinMargin: () => boolean;
  /** Above an absolute ceiling any significant rise counts, however small; default no. */
  readonly isAboveCeiling?: boolean;
  /** Failures are quick, so what fails more is never called better; default no. */
  readonly hasMoreErrors?: boolean;
  /** The change may as well be one of the environment: then nothing is concluded; default no. */
  readonly mayBeEnvironment?: boolean;
}

/**
 * The verdict on one row, the only place where one is given: stored runs, paired runs, rates of failures and listed
 * metrics differ in their tests, not in what follows from them. Significance and both parts of the margin make a
 * regression; absence of significance is never called a pass on merit.
 */
export function rowVerdict(finding: RowFinding, family: Family, margin: Margin): RowVerdict {
  const limit = limitOf(family, margin);
  // A change in ms that is not known is never within a margin.
  const isBeyond = (change: number, ms = Number.NaN) => change >= limit && !(ms < (margin.absolute ?? 0));
  if (finding.mayBeEnvironment === true) return 'inconclusive';
  if (finding.isWorse) {
    const isFailure = isBeyond(finding.worseBy, finding.worseByMs) && finding.isBacked !== false;
    return finding.isAboveCeiling === true || isFailure ? 'regressed' : 'slower-within-margin';
  }
  const isImprovement = finding.isBetter && finding.hasMoreErrors !== true;
  if (isImprovement && isBeyond(-finding.worseBy, -(finding.worseByMs ?? Number.NaN))) return 'improved';
  return finding.isShownWithinMargin() ? 'not-regressed' : 'inconclusive';
}

/**
 * Whether a rate is above the ceiling of the configuration. Checks have none: many suites carry checks that have failed for
 * months.
 */
export function isAboveCeiling({ metric }: RowIdentity, rate: number, { errorRateCeiling }: Thresholds): boolean {
  return metric === 'errorRate' && rate > errorRateCeiling;
}

/** A row of which nothing could be judged, with the reason. */
export function notComparedRow(identity: RowIdentity, margin: Margin, reason: NotComparedReason, warning: string): Row {
  return { ...identity, margin, verdict: 'not-compared', notComparedReason: reason, impact: 0, warnings: [warning] };
}

/** The figures of `row` without a verdict on them: its metric is not judged. */
export function asShownOnly({ pValue: _, adjustedPValue: __, minimumDetectableEffect: ___, ...row }: Row): Row {
  return { ...row, verdict: 'not-compared', notComparedReason: 'not-judged' };
}

/** The one row of an endpoint that is not compared at all, at whatever metric. */
export function absentEndpointRow(
  endpoint: string,
  reason: NotComparedReason,
  warning: string,
  thresholds: Thresholds,
): Row {
  const subject = endpointSubject(endpoint);
  const margin = marginOf(subject, leadQuantile, thresholds);
  return notComparedRow(latencyIdentity(subject, leadQuantile), margin, reason, warning);
}

/**
 * Where did failures become more frequent? Failures are often quick, so what fails more is never called faster: an
 * endpoint whose errors rose, by however little as long as it is significant; everything when the errors of all together
 * or a check rose, since a check belongs to no endpoint; and all endpoints together when any of them is among these.
 *
 * @param rows of error rates and checks
 */
export function risenErrors(rows: readonly Row[]): (subject: Subject) => boolean {
  const risen = rows.filter(({ verdict }) => verdict === 'regressed' || verdict === 'slower-within-margin');
  const subjects = new Set(risen.map(({ subject }) => subjectKey(subject)));
  const isEverywhere = risen.some(({ subject }) => subject.kind !== 'endpoint');
  return (subject) =>
    isEverywhere || (subject.kind === 'endpoint' ? subjects.has(subjectKey(subject)) : risen.length > 0);
}

/** Values at or below this are taken as this: a logarithm must exist. */
export const smallestValue = 1e-6;

/** The one number of a trend that is judged: its 95th percentile, or the 5th where down is worse. */
export function trendValue(sketches: readonly LatencySketch[], direction: JudgedMetric['direction']): number {
  return LatencySketch.merged(sketches).quantile(direction === 'up' ? 0.95 : 0.05);
}
