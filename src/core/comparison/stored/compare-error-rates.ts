import type { CheckSeries, RateBlock } from '../../run-record/run-record.ts';
import { allEndpoints, endpointSubject } from '../../run-record/subject.ts';
import { holm } from '../../stats/holm.ts';
import { type Count, effective, newcombeInterval, sumOf, wilsonInterval } from '../../stats/proportion.ts';
import { marginOf, type Thresholds } from '../../thresholds/thresholds.ts';
import { errorsIdentity, isAboveCeiling, notComparedRow, type Row, type RowIdentity, rowVerdict } from '../row.ts';
import type { BlockCount, EndpointSummary, RunSummary } from '../run-summary.ts';
import { type RateData, type RateTest, testRates } from './error-rate-tests.ts';

const level = 0.95;

interface NamedRate {
  readonly identity: RowIdentity;
  readonly data: RateData;
}

/**
 * Did requests or checks fail more often? One family of its own: the error rate of every endpoint, of all together, and
 * the failure rate of every check, by Holm under `share` of the build's alpha. Checks are judged by their rise only:
 * many suites carry checks that have failed for months.
 */
export function compareErrorRates(
  names: readonly string[],
  window: readonly RunSummary[],
  candidates: readonly RunSummary[],
  thresholds: Thresholds,
  share: number,
): Row[] {
  const rates = [...endpointRates(names, window, candidates), ...checkRates(window, candidates)];
  const tests = testRates(rates.map((rate) => rate.data));
  const higher = holm(tests.map((test) => test.pHigher));
  const lower = holm(tests.map((test) => test.pLower));
  const scaled = (p: number) => Math.min(1, p / share);
  return rates.map((rate, i) =>
    toRow(rate, tests[i] as RateTest, scaled(higher[i] as number), scaled(lower[i] as number), thresholds),
  );
}

function endpointRates(
  names: readonly string[],
  window: readonly RunSummary[],
  candidates: readonly RunSummary[],
): NamedRate[] {
  const blocksOf = (run: RunSummary, endpoint: string) => countsOf(run.endpoints.get(endpoint));
  const rates = names.map((endpoint) => ({
    identity: errorsIdentity(endpointSubject(endpoint), 'errorRate'),
    data: {
      window: window.map((run) => blocksOf(run, endpoint)),
      candidate: candidates.map((run) => blocksOf(run, endpoint)),
    },
  }));
  if (rates.length < 2) return rates;
  const together = (run: RunSummary) => {
    const summaries = names.map((endpoint) => run.endpoints.get(endpoint)).filter((summary) => summary !== undefined);
    const isFlawless = summaries.every((summary) => summary.failedRequests === 0);
    return isFlawless ? [sumOf(summaries.flatMap(countsOf))] : sumByBlock(summaries.flatMap(({ blocks }) => blocks));
  };
  const total = { window: window.map(together), candidate: candidates.map(together) };
  return [...rates, { identity: errorsIdentity(allEndpoints, 'errorRate'), data: total }];
}

function checkRates(window: readonly RunSummary[], candidates: readonly RunSummary[]): NamedRate[] {
  const names = new Set(candidates.flatMap((run) => run.record.checks.map((series) => series.check)));
  const blocksOf = (run: RunSummary, check: string) => checkCounts(run.record.checks.find((s) => s.check === check));
  return [...names]
    .sort()
    .filter((check) => window.some((run) => run.record.checks.some((series) => series.check === check)))
    .map((check) => ({
      identity: errorsIdentity({ kind: 'check', name: check }, 'checkFailureRate'),
      data: {
        window: window.map((run) => blocksOf(run, check)),
        candidate: candidates.map((run) => blocksOf(run, check)),
      },
    }));
}

function checkCounts(series: CheckSeries | undefined): Count[] {
  return (series?.blocks ?? []).map(({ failed, total }: RateBlock) => ({ failed, total }));
}

/** Counts per block; one for the whole run when nothing failed, since blocks tell nothing more then. */
function countsOf(summary: EndpointSummary | undefined): readonly Count[] {
  if (summary === undefined) return [];
  return summary.failedRequests === 0 ? [{ failed: 0, total: summary.succeeded }] : summary.blocks;
}

function sumByBlock(counts: readonly BlockCount[]): Count[] {
  const byBlock = new Map<number, { failed: number; total: number }>();
  for (const { index, failed, total } of counts) {
    const sum = byBlock.get(index) ?? { failed: 0, total: 0 };
    byBlock.set(index, { failed: sum.failed + failed, total: sum.total + total });
  }
  return [...byBlock.values()];
}

function toRow(
  { identity }: NamedRate,
  test: RateTest,
  adjustedHigher: number,
  adjustedLower: number,
  thresholds: Thresholds,
): Row {
  const before = effective(test.baseline, test.designEffect);
  const after = effective(test.candidate, test.designEffect);
  const margin = marginOf(identity.subject, identity.metric, thresholds);
  if (test.baseline.total === 0 || test.candidate.total === 0) {
    return notComparedRow(identity, margin, 'too-few-requests', 'one side has no requests');
  }
  const { alpha } = thresholds;
  const difference = rateOf(test.candidate) - rateOf(test.baseline);
  const verdict = rowVerdict(
    {
      worseBy: difference,
      isWorse: adjustedHigher <= alpha,
      isBetter: adjustedLower <= alpha,
      isShownWithinMargin: () => newcombeInterval(before, after, 1 - 2 * alpha)[1] < margin.relative,
      isAboveCeiling: isAboveCeiling(identity, rateOf(test.candidate), thresholds),
    },
    identity.family,
    margin,
  );
  return {
    ...identity,
    verdict,
    margin,
    baseline: { point: rateOf(test.baseline), interval: wilsonInterval(before, level), level, n: test.baseline.total },
    candidate: {
      point: rateOf(test.candidate),
      interval: wilsonInterval(after, level),
      level,
      n: test.candidate.total,
    },
    relativeChange: {
      point: difference,
      interval: newcombeInterval(before, after, level),
      level,
      n: test.baseline.total + test.candidate.total,
    },
    pValue: test.pHigher,
    adjustedPValue: adjustedHigher,
    impact: 0,
    warnings: [],
  };
}

function rateOf(count: Count): number {
  return count.failed / count.total;
}
