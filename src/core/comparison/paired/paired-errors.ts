import { allEndpoints, endpointSubject, subjectKey } from '../../run-record/subject.ts';
import { varianceInflation } from '../../stats/autocorrelation.ts';
import { holm } from '../../stats/holm.ts';
import { type Count, designEffect, effective, fisherMidP, sumOf } from '../../stats/proportion.ts';
import { SequentialMaxTest } from '../../stats/sequential-max-test.ts';
import type { SignVectors } from '../../stats/sign-vectors.ts';
import { normalUpperTail } from '../../stats/student-t.ts';
import { errorsIdentity, type RowIdentity } from '../row.ts';
import { intervalAlpha, isWithinReach, RowCritical } from './latency-family.ts';
import type { BlockPair } from './paired-blocks.ts';
import type { EndpointPairs, SideSeries } from './paired-series.ts';

/** One rate of failures on both sides, one count per pair. */
export interface PairedRate {
  readonly identity: RowIdentity;
  readonly baseline: readonly Count[];
  readonly candidate: readonly Count[];
}

export interface RateFinding {
  readonly rate: PairedRate;
  readonly baseline: Count;
  readonly candidate: Count;
  /** How many failures count as one, because they clump in time; at least 1. */
  readonly designEffect: number;
  /** More failures at this or an earlier look. */
  readonly hasRisen: boolean;
  readonly hasFallen: boolean;
  readonly pValue: number;
  /** Adjusted within the family; compare with the family's alpha. */
  readonly adjustedPValue: number;
  /** Whether it has a fair chance to have risen by `pairs` pairs; see `isWithinReach`. */
  isWithinReach(pairs: number): boolean;
  /** Confidence of a fixed-sample interval that, at this look, is missed at each end in at most 5 % of builds, wherever the test stops. */
  intervalLevel(): number;
}

/**
 * Have failures become more frequent? Two tests under one alpha, half each: joint sign flips of the differences of
 * rates, exact even where failures clump, and for rare failures, of which fewer than seven pairs know any, Fisher's
 * exact test on counts divided by the clumping that the blocks show. Where no coin decided the order, an outage of several
 * blocks is one event and not several, and both allow for the autocorrelation of the differences.
 */
export class ErrorFamily {
  readonly #alpha: number;
  readonly #isOrderRandomized: boolean;
  readonly #flips: SequentialMaxTest;
  readonly #rowCritical: RowCritical;
  readonly #risen = new Set<string>();
  #spentBefore = 0;

  /** `normalScores`: one standard normal value per planned pair, from which the limits of single rows are taken. */
  constructor(options: {
    alpha: number;
    isOrderRandomized: boolean;
    vectors: SignVectors;
    normalScores: Float64Array;
  }) {
    this.#alpha = options.alpha;
    this.#isOrderRandomized = options.isOrderRandomized;
    this.#flips = new SequentialMaxTest(options.vectors);
    this.#rowCritical = new RowCritical(options.vectors, options.normalScores);
  }

  look(rates: readonly PairedRate[], spend: (alpha: number) => number): readonly RateFinding[] {
    const half = this.#alpha / 2;
    const columns = rates.map(differences);
    const inflations = columns.map((column) => (this.#isOrderRandomized ? 1 : varianceInflation([column])));
    const terms = inflations.map((inflation) => ({ deflation: Math.sqrt(inflation), weight: 1 }));
    const flips = this.#flips.look(columns, spend(half), terms);
    const critical = this.#rowCritical.look(columns[0]?.length ?? 0, spend(intervalAlpha));
    const increment = spend(half) - this.#spentBefore;
    this.#spentBefore = spend(half);
    const exact = rates.map((rate, j) => exactTest(rate, inflations[j] as number));
    const higher = holm(exact.map((test) => test.pHigher));
    const lower = holm(exact.map((test) => test.pLower));
    return rates.map((rate, j) => {
      const test = exact[j] as ExactTest;
      const statistic = flips.statistics[j] as number;
      const byExact = (higher[j] as number) <= increment;
      if (statistic >= flips.critical || byExact) this.#risen.add(keyOf(rate));
      const byFlips = flips.adjustedPValue(j);
      return {
        rate,
        baseline: test.baseline,
        candidate: test.candidate,
        designEffect: test.designEffect,
        hasRisen: this.#risen.has(keyOf(rate)),
        hasFallen: -statistic >= flips.critical || (lower[j] as number) <= increment,
        pValue: test.pHigher,
        intervalLevel: () => 1 - 2 * normalUpperTail(critical()),
        isWithinReach: (pairs) => isWithinReach(statistic, flips.critical, rate.baseline.length / pairs),
        adjustedPValue: Math.min(1, 2 * Math.min(byFlips, ((higher[j] as number) * half) / Math.max(increment, 1e-12))),
      };
    });
  }
}

interface ExactTest {
  readonly baseline: Count;
  readonly candidate: Count;
  readonly designEffect: number;
  readonly pHigher: number;
  readonly pLower: number;
}

function exactTest(rate: PairedRate, inflation: number): ExactTest {
  const baseline = sumOf(rate.baseline);
  const candidate = sumOf(rate.candidate);
  if (baseline.failed + candidate.failed === 0) {
    const p = fisherMidP(baseline, candidate);
    return { baseline, candidate, designEffect: 1, pHigher: p, pLower: p };
  }
  const design = inflation * Math.max(designEffect(rate.baseline), designEffect(rate.candidate));
  const before = effective(baseline, design);
  const after = effective(candidate, design);
  return {
    baseline,
    candidate,
    designEffect: design,
    pHigher: fisherMidP(before, after),
    pLower: fisherMidP(after, before),
  };
}

/** Differences of rates, weighted as in the Mantel-Haenszel test; 0 in a pair that one side has no requests in. */
function differences(rate: PairedRate): Float64Array {
  if (!hasFailures(rate)) return new Float64Array(rate.candidate.length);
  return Float64Array.from(rate.candidate, (after, i) => {
    const before = rate.baseline[i] as Count;
    if (after.total === 0 || before.total === 0) return 0;
    const weight = (after.total * before.total) / (after.total + before.total);
    return weight * (after.failed / after.total - before.failed / before.total);
  });
}

function hasFailures({ baseline, candidate }: PairedRate): boolean {
  return candidate.some(({ failed }) => failed > 0) || baseline.some(({ failed }) => failed > 0);
}

function keyOf({ identity }: PairedRate): string {
  return `${identity.metric} ${subjectKey(identity.subject)}`;
}

/** The error rate of every endpoint, and of all together if there are several. */
export function errorRates(endpoints: readonly EndpointPairs[]): PairedRate[] {
  const rates = endpoints.map(
    ({ endpoint, baseline, candidate }): PairedRate => ({
      identity: errorsIdentity(endpointSubject(endpoint), 'errorRate'),
      baseline: counts(baseline),
      candidate: counts(candidate),
    }),
  );
  if (rates.length < 2) return rates;
  const baseline = added(rates.map((rate) => rate.baseline));
  const candidate = added(rates.map((rate) => rate.candidate));
  return [...rates, { identity: errorsIdentity(allEndpoints, 'errorRate'), baseline, candidate }];
}

/** The failure rate of every check that both sides know. */
export function pairedCheckRates(checks: readonly BlockPair['checks'][]): PairedRate[] {
  const names = [...new Set(checks.flatMap((pair) => [...pair.keys()]))].sort();
  const none = { failed: 0, total: 0 };
  return names
    .map(
      (check): PairedRate => ({
        identity: errorsIdentity({ kind: 'check', name: check }, 'checkFailureRate'),
        baseline: checks.map((pair) => pair.get(check)?.baseline ?? none),
        candidate: checks.map((pair) => pair.get(check)?.candidate ?? none),
      }),
    )
    .filter(({ baseline, candidate }) => [baseline, candidate].every((side) => side.some(({ total }) => total > 0)));
}

function counts(side: SideSeries): Count[] {
  return side.tails.map((tail, i) => {
    const failed = side.failedRequests[i] as number;
    return { failed, total: tail.count + failed };
  });
}

function added(series: readonly (readonly Count[])[]): Count[] {
  const [first = [], ...rest] = series;
  return first.map((start, i) =>
    rest.reduce<Count>((sum, counted) => {
      const { failed, total } = counted[i] as Count;
      return { failed: sum.failed + failed, total: sum.total + total };
    }, start),
  );
}
