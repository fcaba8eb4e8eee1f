import type { MetricSeries } from '../../run-record/run-record.ts';
import { holm } from '../../stats/holm.ts';
import { mean } from '../../stats/sample-moments.ts';
import { tCritical } from '../../stats/student-t.ts';
import { type JudgedMetric, logOf, marginOf, type Thresholds } from '../../thresholds/thresholds.ts';
import { smallestValue, trendValue } from '../listed-metric-value.ts';
import { listedIdentity, notComparedRow, type Row, rowVerdict } from '../row.ts';
import type { RunSummary } from '../run-summary.ts';
import { minimumWindowRuns } from './match-endpoints.ts';
import { type CandidateRuns, pFaster, plainTest, pSlower, type ShiftTest, totalShifts } from './shift-tests.ts';

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
): Row[] {
  const tested = thresholds.metrics.map((metric) => ({ metric, test: testOf(metric, window, candidates, runs) }));
  const known = tested.flatMap(({ metric, test }) => (test === undefined ? [] : [{ metric, test }]));
  const worse = holm(known.map(({ metric, test }) => pWorse(test, metric)));
  const better = holm(known.map(({ metric, test }) => pBetter(test, metric)));
  const scaled = (p: number | undefined) => Math.min(1, (p as number) / share);
  const rows = known.map(({ metric, test }, i) =>
    toRow(metric, test, { worse: scaled(worse[i]), better: scaled(better[i]) }, window, candidates, thresholds),
  );
  const missing = tested.filter((entry) => entry.test === undefined);
  return [...rows, ...missing.map(({ metric }) => notCompared(metric, window, thresholds))];
}

/** One-sided p-value of no change for the worse. */
function pWorse(test: ShiftTest, { direction }: JudgedMetric): number {
  return direction === 'up' ? pSlower(test) : pFaster(test);
}

/** One-sided p-value of a change for the worse by `margin` (ln ratio) or more. */
function pBetter(test: ShiftTest, { direction }: JudgedMetric, margin = 0): number {
  return direction === 'up' ? pFaster(test, margin) : pSlower(test, -margin);
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
  const [shifts] = totalShifts({ window: [before.map(Math.log)], candidate: [after.map(Math.log)] });
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
  adjusted: { readonly worse: number; readonly better: number },
  window: readonly RunSummary[],
  candidates: readonly RunSummary[],
  thresholds: Thresholds,
): Row {
  const { alpha } = thresholds;
  const identity = listedIdentity(metric);
  const margin = marginOf(identity.subject, identity.metric, thresholds);
  const reach = tCritical((1 - level) / 2, test.df) * test.standardError;
  const center = Math.exp(mean(window.flatMap((run) => metricValue(run, metric)).map(Math.log)));
  const spread = tCritical((1 - level) / 2, test.df) * test.runDeviation;
  const estimate = (point: number, factor: number, n: number) => ({
    point,
    interval: [point * Math.exp(-spread * factor), point * Math.exp(spread * factor)] as const,
    level,
    n,
  });
  const verdict = rowVerdict(
    {
      worseBy: metric.direction === 'up' ? test.shift : -test.shift,
      isWorse: adjusted.worse <= alpha,
      isBetter: adjusted.better <= alpha,
      isShownWithinMargin: () => pBetter(test, metric, logOf(margin)) <= alpha,
    },
    identity.family,
    margin,
  );
  return {
    ...identity,
    verdict,
    margin,
    baseline: estimate(center, Math.sqrt(1 / test.windowRuns), test.windowRuns),
    candidate: estimate(center * Math.exp(test.shift), 1, candidates.length),
    relativeChange: {
      point: Math.expm1(test.shift),
      interval: [Math.expm1(test.shift - reach), Math.expm1(test.shift + reach)],
      level,
      n: test.windowRuns + candidates.length,
    },
    pValue: pWorse(test, metric),
    adjustedPValue: adjusted.worse,
    minimumDetectableEffect: Math.expm1(
      Math.max(logOf(margin), (tCritical(alpha, test.df) + tCritical(0.2, test.df)) * test.standardError),
    ),
    impact: 0,
    warnings: [],
  };
}

function notCompared(metric: JudgedMetric, window: readonly RunSummary[], thresholds: Thresholds): Row {
  const known = window.filter((run) => run.record.metrics.some((series) => series.metric === metric.metric)).length;
  const identity = listedIdentity(metric);
  const margin = marginOf(identity.subject, identity.metric, thresholds);
  const warning = `${known} of ${window.length} baseline runs have this metric`;
  return notComparedRow(identity, margin, known === 0 ? 'new' : 'gone', warning);
}
