import type { ComparisonResult } from '../../src/core/comparison/comparison-result.ts';
import {
  type Estimate,
  errorsIdentity,
  type LoadMetric,
  latencyIdentity,
  listedIdentity,
  loadIdentity,
  type Row,
  type RowIdentity,
} from '../../src/core/comparison/row.ts';
import { endpointSubject, type Subject } from '../../src/core/run-record/subject.ts';
import { isQuantile } from '../../src/core/thresholds/quantiles.ts';
import { type Margin, type Metric, marginOf } from '../../src/core/thresholds/thresholds.ts';
import { someThresholds } from './some-thresholds.ts';

export function checkSubject(name: string): Subject {
  return { kind: 'check', name };
}

export function metricSubject(name: string): Subject {
  return { kind: 'metric', name };
}

/** An estimate of `point` with an interval of `spread` (relative) around it. */
export function estimate(point: number, spread = 0.05, n = 6): Estimate {
  return { point, interval: [point - Math.abs(point) * spread, point + Math.abs(point) * spread], level: 0.95, n };
}

/**
 * A row that tells no figures, of p95 of `GET /items` unless `overrides` say otherwise: its family, unit, direction and
 * margin are those that the gate gives to such a subject and metric by default.
 */
export function aRow(overrides: Partial<Row> = {}): Row {
  const { subject = endpointSubject('GET /items') } = overrides;
  const { metric = metricOf(subject) } = overrides;
  return {
    ...identityOf(subject, metric),
    margin: usualMargin(subject, metric),
    verdict: 'inconclusive',
    impact: 0,
    warnings: [],
    ...overrides,
  };
}

function metricOf(subject: Subject): Metric {
  if (subject.kind === 'metric') return subject.name;
  return subject.kind === 'check' ? 'checkFailureRate' : 'p95';
}

function identityOf(subject: Subject, metric: Metric): RowIdentity {
  if (subject.kind === 'metric') return { ...listedIdentity({ metric, ...listed }), subject };
  if (isQuantile(metric)) return latencyIdentity(subject, metric);
  if (isRate(metric)) return errorsIdentity(subject, metric);
  return loadIdentity(metric as LoadMetric, { unit: '', direction: 'down' });
}

const listed = { unit: '', direction: 'up', margin: 0.1 } as const;

function isRate(metric: Metric): metric is 'errorRate' | 'checkFailureRate' {
  return metric === 'errorRate' || metric === 'checkFailureRate';
}

/** Metrics of the team's own and totals of the load have none in the default thresholds. */
function usualMargin(subject: Subject, metric: Metric): Margin {
  const isKnown = subject.kind !== 'metric' && (isQuantile(metric) || isRate(metric));
  return isKnown ? marginOf(subject, metric, someThresholds()) : { relative: listed.margin };
}

/** p95 of one endpoint, 100 ms on the baseline, unchanged unless `overrides` say otherwise. */
export function aComparison(overrides: Partial<Row> = {}): Row {
  const change = overrides.relativeChange?.point ?? 0.01;
  return aRow({
    baseline: estimate(100),
    candidate: estimate(100 * (1 + change)),
    relativeChange: { point: change, interval: [change - 0.08, change + 0.08], level: 0.95, n: 6 },
    pValue: 0.4,
    adjustedPValue: 1,
    minimumDetectableEffect: 0.24,
    ...overrides,
  });
}

/** A rise of p95 from 100 to 152 ms; by as much as the sides differ where `overrides` give them. */
export function aRegression(overrides: Partial<Row> = {}): Row {
  const { baseline = estimate(100), candidate = estimate(152) } = overrides;
  const change = candidate.point / baseline.point - 1;
  const [point = 0, lower = 0, upper = 0] = [change, 0.77 * change, 1.25 * change].map(
    (x) => Math.round(x * 100) / 100,
  );
  return aComparison({
    verdict: 'regressed',
    relativeChange: { point, interval: [lower, upper], level: 0.95, n: 6 },
    candidate: estimate(152),
    pValue: 0.00001,
    adjustedPValue: 0.0003,
    ...overrides,
  });
}

export function aComparisonResult(
  comparisons: readonly Row[],
  overrides: Partial<ComparisonResult> = {},
): ComparisonResult {
  return { comparisons, baselineRuns: 5, candidateRuns: 1, sharedChange: {}, suspects: [], warnings: [], ...overrides };
}
