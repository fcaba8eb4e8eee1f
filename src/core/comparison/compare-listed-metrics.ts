import type { MetricSeries } from '../run-record/run-record.ts';
import { holm } from '../stats/holm.ts';
import { mean } from '../stats/sample-moments.ts';
import { tCritical } from '../stats/student-t.ts';
import type { JudgedMetric, Thresholds } from '../thresholds/thresholds.ts';
import { allEndpoints, type Comparison, type EndpointVerdict } from './comparison.ts';
import { smallestValue, trendValue } from './listed-metric-value.ts';
import { minimumWindowRuns } from './match-endpoints.ts';
import type { RunSummary } from './run-summary.ts';
import { wholeShifts } from './shift-table.ts';
import { type CandidateRuns, pFaster, plainTest, pSlower, type ShiftTest } from './shift-tests.ts';

const level = 0.95;

/**
 * Judges the metrics that the configuration lists, each on one number per run: the 95th percentile of a trend (the 5th
 * where down is worse), the share of true values of a rate.
 */
export function compareListedMetrics(
  window: readonly RunSummary[],
  candidates: readonly RunSummary[],
  runs: CandidateRuns,
  thresholds: Thresholds,
  share: number,
): Comparison[] {
  const tested = thresholds.metrics.map((metric) => ({ metric, test: testOf(metric, window, candidates, runs) }));
  const directed = (test: ShiftTest, metric: JudgedMetric) =>
    metric.direction === 'up' ? pSlower(test) : pFaster(test);
  const present = tested.filter(
    (entry): entry is { metric: JudgedMetric; test: ShiftTest } => entry.test !== undefined,
  );
  const adjusted = holm(present.map(({ metric, test }) => directed(test, metric)));
  const rows = present.map(({ metric, test }, i) =>
    toRow(
      metric,
      test,
      directed(test, metric),
      Math.min(1, (adjusted[i] as number) / share),
      window,
      candidates,
      thresholds.alpha,
    ),
  );
  const missing = tested.filter((entry) => entry.test === undefined).map(({ metric }) => notCompared(metric, window));
  return [...rows, ...missing];
}

function testOf(
  metric: JudgedMetric,
  window: readonly RunSummary[],
  candidates: readonly RunSummary[],
  runs: CandidateRuns,
): ShiftTest | undefined {
  const before = window.flatMap((run) => metricValue(run, metric));
  const after = candidates.flatMap((run) => metricValue(run, metric));
  if (before.length < minimumWindowRuns || after.length < candidates.length) return undefined;
  const [shifts] = wholeShifts({ window: [before.map(Math.log)], candidate: [after.map(Math.log)] });
  return shifts === undefined ? undefined : plainTest(shifts, runs);
}

function metricValue(run: RunSummary, metric: JudgedMetric): number[] {
  const series = run.record.metrics.find((candidate) => candidate.metric === metric.metric);
  const value = series === undefined ? Number.NaN : summaryValue(series, metric.direction);
  return Number.isNaN(value) ? [] : [Math.max(value, smallestValue)];
}

function summaryValue(series: MetricSeries, direction: 'up' | 'down'): number {
  if (series.kind === 'trend') {
    return trendValue(
      series.blocks.map((block) => block.values),
      direction,
    );
  }
  const total = series.blocks.reduce((sum, block) => sum + block.total, 0);
  const failed = series.blocks.reduce((sum, block) => sum + block.failed, 0);
  return (total - failed) / total;
}

function toRow(
  metric: JudgedMetric,
  test: ShiftTest,
  pValue: number,
  adjustedPValue: number,
  window: readonly RunSummary[],
  candidates: readonly RunSummary[],
  alpha: number,
): Comparison {
  const worse = metric.direction === 'up' ? test.shift : -test.shift;
  const margin = Math.log1p(metric.margin);
  const reach = tCritical((1 - level) / 2, test.df) * test.standardError;
  const centre = Math.exp(mean(window.flatMap((run) => metricValue(run, metric)).map(Math.log)));
  const spread = tCritical((1 - level) / 2, test.df) * test.runDeviation;
  const estimate = (point: number, factor: number, n: number) => ({
    point,
    interval: [point * Math.exp(-spread * factor), point * Math.exp(spread * factor)] as const,
    level,
    n,
  });
  const shownNotWorse = (metric.direction === 'up' ? pFaster(test, margin) : pSlower(test, -margin)) <= alpha;
  const verdict: EndpointVerdict =
    adjustedPValue <= alpha
      ? worse >= margin
        ? 'regressed'
        : 'slower-within-margin'
      : shownNotWorse
        ? 'not-regressed'
        : 'inconclusive';
  return {
    endpoint: allEndpoints,
    metric: metric.metric,
    unit: unitOf(metric),
    direction: metric.direction,
    verdict,
    baseline: estimate(centre, Math.sqrt(1 / test.windowRuns), test.windowRuns),
    candidate: estimate(centre * Math.exp(test.shift), 1, candidates.length),
    relativeChange: {
      point: Math.expm1(test.shift),
      interval: [Math.expm1(test.shift - reach), Math.expm1(test.shift + reach)],
      level,
      n: test.windowRuns + candidates.length,
    },
    pValue,
    adjustedPValue,
    minimumDetectableEffect: Math.expm1(
      Math.max(margin, (tCritical(alpha, test.df) + tCritical(0.2, test.df)) * test.standardError),
    ),
    impact: 0,
    warnings: [],
  };
}

function unitOf(metric: JudgedMetric): Comparison['unit'] {
  return metric.unit === 'ms' ? 'ms' : metric.unit === 'fraction' ? 'fraction' : '';
}

function notCompared(metric: JudgedMetric, window: readonly RunSummary[]): Comparison {
  const known = window.filter((run) => run.record.metrics.some((series) => series.metric === metric.metric)).length;
  return {
    endpoint: allEndpoints,
    metric: metric.metric,
    unit: unitOf(metric),
    direction: metric.direction,
    verdict: 'not-compared',
    notComparedReason: known === 0 ? 'new' : 'gone',
    impact: 0,
    warnings: [`${known} of ${window.length} baseline runs have this metric`],
  };
}
