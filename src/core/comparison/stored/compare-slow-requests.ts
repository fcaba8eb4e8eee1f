import { endpointSubject, type Subject } from '../../run-record/subject.ts';
import { LatencySketch, quantileMs } from '../../sketch/latency-sketch.ts';
import { holm } from '../../stats/holm.ts';
import { type Count, newcombeInterval, sumOf } from '../../stats/proportion.ts';
import { mean } from '../../stats/sample-moments.ts';
import { tCritical } from '../../stats/student-t.ts';
import { quantiles } from '../../thresholds/quantiles.ts';
import { marginOf, type Thresholds } from '../../thresholds/thresholds.ts';
import { type Row, rowVerdict, slowRequestsIdentity } from '../row.ts';
import type { EndpointSummary } from '../run-summary.ts';
import { describeTwoModes, slowRequestsMargin, type TwoModes, twoModedQuantile } from '../two-modes.ts';
import { type RateTest, testRates } from './compare-error-rates.ts';
import type { MatchedEndpoint } from './match-endpoints.ts';
import { type CandidateRuns, moderatedTests, pFaster, pSlower, type ShiftTest, totalShifts } from './shift-tests.ts';

/** Confidence of the intervals shown. */
const level = 0.95;

/** An endpoint with two modes, and from where on a request is slow: the window's pooled quantile. */
export interface TwoModedEndpoint {
  readonly endpoint: MatchedEndpoint;
  readonly modes: TwoModes;
  readonly limitMs: number;
}

/** The endpoint with the limit above which its requests are counted. */
export function withLimit(endpoint: MatchedEndpoint, modes: TwoModes): TwoModedEndpoint {
  const pooled = LatencySketch.merged(present(endpoint.window).map(({ latency }) => latency));
  return { endpoint, modes, limitMs: quantileMs(pooled, quantiles[twoModedQuantile].probability) };
}

/** Shares of slow requests of single runs. */
interface Shares {
  readonly before: readonly number[];
  readonly after: readonly number[];
}

/** What the tests know of one endpoint's slow requests. */
interface SlowRequests extends TwoModedEndpoint, Shares {
  /** Between runs, on the scale of `stabilized`. */
  readonly test: ShiftTest;
  /** Between time blocks and runs, by counts. */
  readonly counts: RateTest;
}

/**
 * Did more requests become slow, where p95 jumps between two modes and can't be judged? The share of requests above the
 * window's pooled p95 is compared between runs, by Holm under `share` of the build's alpha. Two tests must agree: one that
 * takes runs as the unit, since the share differs between runs as a cache happened to be filled, and that of the error
 * rates, which knows how far chance moves so few requests. It fails when it rises by 5 points or more and the mean latency
 * by the margins of p95.
 *
 * @param endpoints of which every run has some expected responses
 */
export function compareSlowRequests(
  endpoints: readonly TwoModedEndpoint[],
  runs: CandidateRuns,
  thresholds: Thresholds,
  share: number,
  hasMoreErrors: (subject: Subject) => boolean,
): Row[] {
  const counts = testRates(
    endpoints.map(({ endpoint, limitMs }) => ({
      window: present(endpoint.window).map((run) => countsAbove(run, limitMs)),
      candidate: present(endpoint.candidate).map((run) => countsAbove(run, limitMs)),
    })),
  );
  const sides = endpoints.map(toShares);
  const shifts = totalShifts({
    window: sides.map(({ before }) => before.map(stabilized)),
    candidate: sides.map(({ after }) => after.map(stabilized)),
  });
  // On this scale chance within a run of n requests has the variance 1 / (4 n).
  const chance = endpoints.map(({ endpoint }) =>
    mean(present(endpoint.window).map(({ latency }) => 1 / (4 * latency.count))),
  );
  const tests = moderatedTests(shifts, runs, chance);
  const slow = endpoints.map((entry, i) => ({
    ...entry,
    ...(sides[i] as Shares),
    counts: counts[i] as RateTest,
    test: tests[i] as ShiftTest,
  }));
  const more = holm(slow.map((entry) => Math.max(pSlower(entry.test), entry.counts.pHigher)));
  const fewer = holm(slow.map((entry) => Math.max(pFaster(entry.test), entry.counts.pLower)));
  const scaled = (p: number) => Math.min(1, p / share);
  return slow.map((entry, i) =>
    toRow(entry, scaled(more[i] as number), scaled(fewer[i] as number), thresholds, hasMoreErrors),
  );
}

function toShares({ endpoint, limitMs }: TwoModedEndpoint): Shares {
  const sharesOf = (side: readonly (EndpointSummary | undefined)[]) =>
    present(side).map(({ latency }) => latency.countAbove(limitMs) / latency.count);
  return { before: sharesOf(endpoint.window), after: sharesOf(endpoint.candidate) };
}

function toRow(
  { endpoint, modes, limitMs, before, after, test, counts }: SlowRequests,
  adjustedMore: number,
  adjustedFewer: number,
  thresholds: Thresholds,
  hasMoreErrors: (subject: Subject) => boolean,
): Row {
  const identity = slowRequestsIdentity(endpointSubject(endpoint.endpoint));
  const margin = { relative: slowRequestsMargin };
  const { alpha } = thresholds;
  const [usual, now] = [mean(before), mean(after)];
  const within = newcombeInterval(counts.baseline, counts.candidate, 1 - 2 * alpha)[1];
  const marginShift = stabilized(usual + margin.relative) - stabilized(usual);
  const reach = tCritical((1 - level) / 2, test.df);
  const estimate = (point: number, error: number, n: number) => ({
    point,
    interval: around(point, reach * error),
    level,
    n,
  });
  const change = around(usual, reach * test.standardError, test.shift);
  const isBacked = hasMeanMoved(endpoint, thresholds);
  return {
    ...identity,
    verdict: rowVerdict(
      {
        worseBy: now - usual,
        isWorse: adjustedMore <= alpha,
        isBetter: adjustedFewer <= alpha,
        isBacked,
        isShownWithinMargin: () => within < margin.relative && pFaster(test, marginShift) <= alpha,
        hasMoreErrors: hasMoreErrors(identity.subject),
      },
      identity.family,
      margin,
    ),
    margin,
    isBacked,
    baseline: estimate(usual, test.runDeviation / Math.sqrt(test.windowRuns), test.windowRuns),
    candidate: estimate(now, test.runDeviation, test.candidateRuns),
    relativeChange: {
      point: now - usual,
      interval: [Math.min(now, change[0]) - usual, Math.max(now, change[1]) - usual],
      level,
      n: test.windowRuns + test.candidateRuns,
    },
    pValue: Math.max(pSlower(test), counts.pHigher),
    adjustedPValue: adjustedMore,
    impact: 0,
    warnings: [describeTwoModes(modes, limitMs)],
  };
}

/** Whether the mean latency rose by the margins that p95 would be judged by: that is what more slow requests cost. */
function hasMeanMoved({ endpoint, window, candidate }: MatchedEndpoint, thresholds: Thresholds): boolean {
  const { relative, absolute = 0 } = marginOf(endpointSubject(endpoint), twoModedQuantile, thresholds);
  const meanMs = (side: readonly (EndpointSummary | undefined)[]) =>
    mean(present(side).map(({ latency }) => latency.mean));
  const [before, after] = [meanMs(window), meanMs(candidate)];
  return after >= before * (1 + relative) && after - before >= absolute;
}

function countsAbove({ latencyOfBlocks }: EndpointSummary, limitMs: number): Count[] {
  const counts = latencyOfBlocks.map((block) => ({ failed: block.countAbove(limitMs), total: block.count }));
  // Without any, blocks tell nothing more than their sum.
  return counts.some(({ failed }) => failed > 0) ? counts : [sumOf(counts)];
}

/**
 * On this scale a share's variance hardly depends on the share.
 *
 * Source: Anscombe (1948), The transformation of Poisson, binomial and negative-binomial data, Biometrika 35, 246-254.
 */
function stabilized(share: number): number {
  return Math.asin(Math.sqrt(Math.min(1, share)));
}

/** Ends of an interval around `share` moved by `shift`, `reach` to each side, all on the scale of `stabilized`. */
function around(share: number, reach: number, shift = 0): readonly [number, number] {
  const center = stabilized(share) + shift;
  const back = (value: number) => Math.sin(Math.min(Math.PI / 2, Math.max(0, value))) ** 2;
  return [back(center - reach), back(center + reach)];
}

/** Runs that have an expected response. */
function present(side: readonly (EndpointSummary | undefined)[]): EndpointSummary[] {
  return side.filter((summary) => summary !== undefined).filter(({ latency }) => latency.count > 0);
}
