import { betaBinomialUpperTail } from '../stats/beta-binomial.ts';
import { type Count, effective, fisherMidP, pearsonChiSquare, sumOf } from '../stats/proportion.ts';

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

/**
 * Tests rates that clump: in a run, where one bad second fails many requests at once, and between runs. Fisher's exact
 * test on effective counts answers for the first, a beta-binomial prediction from the stored runs for the second; the
 * larger p-value counts.
 */
export function testRates(rates: readonly RateData[]): RateTest[] {
  const correlations = rates.map((rate) => betweenRunCorrelation(rate.window.map(sumOf)));
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

/** Moment estimate of the intraclass correlation from the runs' rates, pulled towards the prior. */
function betweenRunCorrelation(runs: readonly Count[]): number {
  const { chiSquare, df } = pearsonChiSquare(runs);
  const used = runs.filter((run) => run.total > 0);
  const perRun = sumOf(used).total / Math.max(1, used.length);
  if (df === 0 || perRun <= 1) return priorCorrelation;
  const excess = chiSquare / df - 1;
  return Math.max(0, (df * (excess / (perRun - 1)) + priorDf * priorCorrelation) / (df + priorDf));
}

function complement(count: Count): Count {
  return { failed: count.total - count.failed, total: count.total };
}
