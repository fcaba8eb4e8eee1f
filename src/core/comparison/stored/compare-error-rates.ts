import normalQuantile from '@stdlib/stats-base-dists-normal-quantile';
import type { CheckSeries, RateBlock } from '../../run-record/run-record.ts';
import { allEndpoints, endpointSubject } from '../../run-record/subject.ts';
import { betaBinomialUpperTail } from '../../stats/beta-binomial.ts';
import { holm } from '../../stats/holm.ts';
import {
  type Count,
  effective,
  fisherMidP,
  newcombeInterval,
  pearsonChiSquare,
  sumOf,
  wilsonInterval,
} from '../../stats/proportion.ts';
import { marginOf, type Thresholds } from '../../thresholds/thresholds.ts';
import { errorsIdentity, isAboveCeiling, notComparedRow, type Row, type RowIdentity, rowVerdict } from '../row.ts';
import type { BlockCount, EndpointSummary, RunSummary } from '../run-summary.ts';
import { minimumWindowRuns } from './match-endpoints.ts';

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
  const rates = [...endpointRates(names, window, candidates), ...storedCheckRates(window, candidates)];
  const tests = testRates(rates.map((rate) => rate.data));
  const higher = holm(tests.map((test) => test.pHigher));
  const lower = holm(tests.map((test) => test.pLower));
  const scaled = (p: number) => Math.min(1, p / share);
  return rates.map((rate, i) =>
    toRow(rate, tests[i] as RateTest, scaled(higher[i] as number), scaled(lower[i] as number), thresholds),
  );
}

/** A rate this many times the ceiling is far above it, and one below this part of it far below. */
const farFactor = 5;

/** At least this share of the requests must fail before it is far above any ceiling. */
const minFarShare = 0.25;

/** Fewer failures could be one hiccup of a rarely called endpoint. */
const minFarFailures = 10;

const farP = 0.001;

/**
 * Whether the candidate failed so often that no test has to say so: far above the ceiling in each of its runs, while each
 * run of the window stayed far below. A target that dies in the middle of a short run fails in a few time blocks only,
 * which the tests take for one event, and they can't tell that event from chance. Equal code would have to break down in
 * this run and in none of the window's.
 */
function hasBrokenDown({ identity, data }: NamedRate, { errorRateCeiling: ceiling }: Thresholds): boolean {
  if (identity.metric !== 'errorRate') return false;
  const farAbove = Math.min(Math.max(farFactor * ceiling, minFarShare), (1 + ceiling) / 2);
  const [before, after] = [data.window, data.candidate].map((runs) => runs.map(sumOf).filter(({ total }) => total > 0));
  if (before === undefined || after === undefined || before.length < minimumWindowRuns || after.length === 0)
    return false;
  return (
    before.every((run) => rateOf(run) <= ceiling / farFactor) &&
    after.every((run) => run.failed >= minFarFailures && rateOf(run) >= farAbove) &&
    fisherMidP(sumOf(before), sumOf(after)) <= farP
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

function storedCheckRates(window: readonly RunSummary[], candidates: readonly RunSummary[]): NamedRate[] {
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
  rate: NamedRate,
  test: RateTest,
  adjustedHigher: number,
  adjustedLower: number,
  thresholds: Thresholds,
): Row {
  const { identity } = rate;
  const isSure = adjustedHigher <= thresholds.alpha;
  const hasBroken = !isSure && hasBrokenDown(rate, thresholds);
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
      isWorse: isSure || hasBroken,
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
    warnings: hasBroken ? ['far above error-rate-ceiling, which no run of the baseline came near'] : [],
  };
}

function rateOf(count: Count): number {
  return count.failed / count.total;
}

/** One rate on both sides: counts per time block, grouped by run. */
export interface RateData {
  readonly window: readonly (readonly Count[])[];
  readonly candidate: readonly (readonly Count[])[];
}

/** What is known of one rate after clumping was taken into account. */
export interface RateTest {
  readonly baseline: Count;
  readonly candidate: Count;
  /** How many failures count as one: clumping within runs and between them, at least 1. */
  readonly designEffect: number;
  readonly pHigher: number;
  readonly pLower: number;
}

/** Between-run correlation of failures assumed before runs say otherwise, worth `priorDf` runs. */
const priorCorrelation = 0.001;
const priorDf = 4;

/** The correlation is taken at the upper end of a one-sided interval of this level. */
const upperLevel = 0.8;

/**
 * Tests rates that clump: in a run, where one bad second fails many requests at once, and between runs. Fisher's exact
 * test on effective counts answers for the first, a beta-binomial prediction from the stored runs for the second; the
 * larger p-value counts.
 */
export function testRates(rates: readonly RateData[]): RateTest[] {
  const correlations = betweenRunCorrelations(rates.map((rate) => rate.window.map(sumOf)));
  return rates.map((rate, j) => testRate(rate, correlations[j] as number));
}

function testRate(rate: RateData, correlation: number): RateTest {
  const runs = rate.window.map(sumOf).filter((run) => run.total > 0);
  const baseline = sumOf(runs);
  const candidate = sumOf(rate.candidate.map(sumOf));
  const design = designEffectWithinRuns(rate);
  const perRun = baseline.total / Math.max(1, runs.length);
  const betweenDesign = 1 + (perRun - 1) * correlation;
  const p = (from: Count, to: Count) => {
    if (to.failed === 0) return 1;
    const exact = fisherMidP(effective(from, design), effective(to, design));
    return Math.max(exact, predicted(from, to, runs.length, correlation, design));
  };
  return {
    baseline,
    candidate,
    designEffect: Math.max(design, betweenDesign),
    pHigher: p(baseline, candidate),
    pLower: p(complement(baseline), complement(candidate)),
  };
}

/** Beta-binomial prediction of one more run, the uncertainty of the window's own mean included. */
function predicted(window: Count, candidate: Count, runs: number, correlation: number, design: number): number {
  const total = Math.round(candidate.total / design);
  const perRun = window.total / Math.max(1, runs) / design;
  if (total < 2 || perRun < 1) return 1;
  const rate = (window.failed / design + 0.5) / (window.total / design + 1);
  const variance = correlation + (1 - correlation) / total + (correlation + (1 - correlation) / perRun) / runs;
  const widened = Math.min(1, Math.max(0, (variance - 1 / total) / (1 - 1 / total)));
  return betaBinomialUpperTail(candidate.failed / design, total, rate, widened);
}

/** Clumping within runs, pooled over the runs of both sides: blocks against their own run's rate. */
function designEffectWithinRuns(rate: RateData): number {
  let chiSquare = 0;
  let df = 0;
  for (const blocks of [...rate.window, ...rate.candidate]) {
    const part = pearsonChiSquare(blocks);
    chiSquare += part.chiSquare;
    df += part.df;
  }
  return df > 0 ? Math.max(1, chiSquare / df) : 1;
}

/**
 * Intraclass correlation of each rate between runs. Three runs say next to nothing about one rate, so all rates of a build
 * are taken together (moment estimate, each weighted by what it knows) with the prior, and the result is read at the
 * upper end of a one-sided interval: underestimating overdispersion inflates the type I error.
 */
function betweenRunCorrelations(rates: readonly (readonly Count[])[]): number[] {
  const parts = rates.map((runs) => {
    const used = runs.filter((run) => run.total > 0);
    const others = Math.max(0, sumOf(used).total / Math.max(1, used.length) - 1);
    return { ...pearsonChiSquare(runs), others };
  });
  const sumOver = (value: (part: (typeof parts)[0]) => number) => parts.reduce((sum, part) => sum + value(part), 0);
  // By its variance at the prior correlation, so that the rate with the most requests doesn't speak for all.
  const weightOf = ({ others }: (typeof parts)[0]) => (others / (1 + others * priorCorrelation)) ** 2;
  const excess = sumOver((part) => (part.others > 0 ? ((part.chiSquare - part.df) / part.others) * weightOf(part) : 0));
  const weight = sumOver((part) => part.df * weightOf(part));
  const df = sumOver((part) => part.df);
  const pooled = weight > 0 ? Math.max(0, excess / weight) : 0;
  if (df === 0) return parts.map(() => priorCorrelation);
  const correlation = (df * pooled + priorDf * priorCorrelation) / (df + priorDf);
  const widening = (df + priorDf) / chiSquareQuantile(1 - upperLevel, df + priorDf);
  return parts.map(({ others }) =>
    others < 1 ? correlation : Math.min(1, ((1 + others * correlation) * widening - 1) / others),
  );
}

/** Wilson, Hilferty (1931), The distribution of chi-square, PNAS 17, 684-688: within 1 % from four degrees of freedom on. */
function chiSquareQuantile(probability: number, df: number): number {
  const step = 2 / (9 * df);
  return df * (1 - step + normalQuantile(probability, 0, 1) * Math.sqrt(step)) ** 3;
}

function complement(count: Count): Count {
  return { failed: count.total - count.failed, total: count.total };
}
