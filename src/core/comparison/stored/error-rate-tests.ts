import normalQuantile from '@stdlib/stats-base-dists-normal-quantile';
import { betaBinomialUpperTail } from '../../stats/beta-binomial.ts';
import { type Count, effective, fisherMidP, pearsonChiSquare, sumOf } from '../../stats/proportion.ts';

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
 * upper end of a one-sided interval: too calm a guess makes false alarms.
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
