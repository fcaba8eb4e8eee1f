import { defined } from '../../../defined.ts';
import { endpointSubject, type Subject } from '../../run-record/subject.ts';
import { spentAlpha } from '../../stats/alpha-spending.ts';
import { randomNormal, seededRandom } from '../../stats/random.ts';
import { drawSignVectors } from '../../stats/sign-vectors.ts';
import {
  isQuantile,
  isTail,
  judgedQuantiles,
  perQuantile,
  type Quantile,
  quantiles,
  shownQuantiles,
} from '../../thresholds/quantiles.ts';
import { isIgnored, logOfMargin, type Metric, marginOf, type Thresholds } from '../../thresholds/thresholds.ts';
import { errorShare, pairedLatencyShare } from '../alpha-shares.ts';
import type { ComparisonResult, Suspect } from '../comparison-result.ts';
import {
  absentEndpointRow,
  isDifference,
  latencyIdentity,
  type NotComparedReason,
  notComparedRow,
  type Row,
  type RowVerdict,
  risenErrors,
} from '../row.ts';
import { findTwoModesOfBlocks, twoModedQuantile } from '../two-modes.ts';
import {
  type DuetHypothesis,
  listedHypotheses,
  quantileHypotheses,
  requestRateHypothesis,
  slowRequestsHypothesis,
  unlikeLoads,
} from './duet-hypotheses.ts';
import { judgePlacement, type PlacedFinding, toCases } from './duet-placement.ts';
import { type DuetPlan, signVectorCount } from './duet-plan.ts';
import { LatencyFamily } from './latency-family.ts';
import type { BlockPair } from './paired-blocks.ts';
import { manyPerBlock } from './paired-columns.ts';
import { ErrorFamily, errorRates, pairedCheckRates, type RateFinding } from './paired-errors.ts';
import { latencyRow, pairedVerdict, rateRow, shownRow } from './paired-rows.ts';
import { type EndpointPairs, PairedSeries, type SideSeries } from './paired-series.ts';

/** What a look at the data led to. */
export interface DuetLook {
  readonly decision: 'go-on' | 'stop';
  /**
   * Why to stop: a regression is sure, and the endpoint is named or out of reach (`regressed`), every judged row is shown not slower (`all-shown`), or all planned
   * pairs are measured (`budget-used`), or measuring ended before that (`ended-early`); `undecided` while going on.
   */
  readonly reason: 'regressed' | 'all-shown' | 'budget-used' | 'ended-early' | 'undecided';
  /** Pairs that were looked at. */
  readonly pairs: number;
  /** What is called regressed. */
  readonly regressed: readonly { readonly subject: Subject; readonly metric: Metric }[];
  /**
   * Pairs at which a total first regressed (all endpoints together, all their errors, the load): it ends nothing by itself,
   * since what slowed one endpoint slows the total too, and the endpoint is what people have to be told.
   */
  readonly totalRegressedAt?: number;
  /** Whether all endpoints differ as two environments may; see `ComparisonResult.environmentsDiffer`. */
  readonly environmentsDiffer: boolean;
}

/** A duet under way. */
export interface DuetTest {
  /** Takes all pairs measured so far; looks at them whenever a planned look is reached. After `stop` nothing changes. */
  look(pairs: readonly BlockPair[]): DuetLook;
  /**
   * The last look, at whatever pairs there are, when measuring ended before its budget. It may spend as much of alpha as a
   * planned look at this number of pairs.
   */
  conclude(pairs: readonly BlockPair[]): DuetLook;
  /** What is known as of the last look. */
  result(): ComparisonResult;
}

/**
 * Starts the sequential test of a duet. Everything that could be chosen to please is fixed here: the looks, the budget,
 * the margins and the sign vectors.
 */
export function startDuetTest(plan: DuetPlan): DuetTest {
  return new SequentialDuet(plan);
}

/** Everything found at one look, from which rows are made when asked for. */
interface Found {
  readonly pairs: number;
  readonly present: readonly EndpointPairs[];
  readonly latency: readonly PlacedFinding[];
  /** Endpoints that are judged by the share of their slow requests, in place of a quantile that jumps. */
  readonly moded: readonly ModedEndpoint[];
  readonly errors: readonly Row[];
  readonly rates: readonly RateFinding[];
  readonly rejected: readonly Row[];
  readonly areLoadsUnlike: boolean;
}

class SequentialDuet implements DuetTest {
  readonly #plan: DuetPlan;
  readonly #budget: number;
  readonly #series = new PairedSeries();
  readonly #pairs: BlockPair[] = [];
  readonly #latency: LatencyFamily;
  readonly #errors: ErrorFamily;
  #found: Found = {
    pairs: 0,
    present: [],
    latency: [],
    moded: [],
    errors: [],
    rates: [],
    rejected: [],
    areLoadsUnlike: false,
  };
  #totalRegressedAt: number | undefined;
  #last: DuetLook = { decision: 'go-on', reason: 'undecided', pairs: 0, regressed: [], environmentsDiffer: false };

  constructor(plan: DuetPlan) {
    this.#plan = plan;
    this.#budget = plan.looks.at(-1) ?? 0;
    const { alpha } = plan.thresholds;
    const random = seededRandom(plan.seed);
    const vectors = drawSignVectors(this.#budget, plan.signVectors ?? signVectorCount, random);
    const normalScores = Float64Array.from({ length: this.#budget }, () => randomNormal(random));
    this.#latency = new LatencyFamily({
      alpha: alpha * pairedLatencyShare,
      isOrderRandomized: plan.order === 'alternating',
      vectors,
      normalScores,
    });
    this.#errors = new ErrorFamily({
      alpha: alpha * errorShare,
      isOrderRandomized: plan.order === 'alternating',
      vectors,
      normalScores,
    });
  }

  look(pairs: readonly BlockPair[]): DuetLook {
    for (const at of this.#plan.looks) {
      if (this.#last.decision === 'stop') break;
      if (at > this.#series.pairs && at <= pairs.length) this.#lookAt(pairs.slice(0, at));
    }
    return this.#last;
  }

  conclude(pairs: readonly BlockPair[]): DuetLook {
    this.look(pairs);
    if (this.#last.decision === 'go-on' && pairs.length > this.#series.pairs) this.#lookAt(pairs);
    if (this.#last.decision === 'go-on') this.#last = { ...this.#last, decision: 'stop', reason: 'ended-early' };
    return this.#last;
  }

  result(): ComparisonResult {
    const { pairs, latency, errors, rejected, areLoadsUnlike } = this.#found;
    const thresholds = this.#thresholds();
    const context = { thresholds, pairs, share: pairedLatencyShare };
    const rows = latency.map((judgment) =>
      latencyRow(judgment, context, this.#hasMoreErrors(judgment.finding.case.hypothesis.subject)),
    );
    const shared = rows.filter(({ subject, family }) => subject.kind === 'all-endpoints' && family === 'latency');
    return {
      comparisons: [...rows, ...this.#shownRows(), ...errors, ...rejected],
      baselineRuns: 1,
      candidateRuns: 1,
      sharedChange: Object.fromEntries(shared.map((row) => [row.metric, row.relativeChange])),
      suspects: toSuspects(rows, latency, thresholds),
      warnings: [
        ...(areLoadsUnlike ? [unlikeLoadsWarning] : []),
        ...(this.#pairs.at(-1)?.counting ?? []),
        ...silentEndpoints(this.#series.endpoints),
      ],
      pairs: { planned: this.#budget, used: pairs },
      stoppedEarly: this.#last.reason !== 'ended-early' && this.#last.decision === 'stop' && pairs < this.#budget,
      ...(this.#last.environmentsDiffer && { environmentsDiffer: true }),
    };
  }

  /** Rules may name an endpoint by any label that it could have. */
  #thresholds(): Thresholds {
    return { ...this.#plan.thresholds, ...defined({ otherLabels: this.#pairs.at(-1)?.otherLabels }) };
  }

  /** Quantiles that nobody judges, of the endpoints that have the requests for them. */
  #shownRows(): Row[] {
    const { pairs, present, moded } = this.#found;
    const context = { thresholds: this.#thresholds(), pairs, share: 1 };
    const shown = present.flatMap((series) =>
      shownQuantiles
        .filter((quantile) => hasRequestsFor(series, quantile))
        .map((quantile) => shownRow(series, quantile, context)),
    );
    const jumping = moded.map(({ series, hypothesis }) => ({
      ...shownRow(series, twoModedQuantile, context),
      notComparedReason: 'two-modes' as const,
      warnings: hypothesis.warnings ?? [],
    }));
    return [...shown, ...jumping];
  }

  #lookAt(pairs: readonly BlockPair[]): void {
    for (const pair of pairs.slice(this.#series.pairs)) {
      this.#series.add(pair);
      this.#pairs.push(pair);
    }
    this.#found = this.#find();
    this.#last = this.#decide();
  }

  #find(): Found {
    const pairs = this.#series.pairs;
    const thresholds = this.#thresholds();
    const spend = (alpha: number) => spentAlpha(alpha, pairs / this.#budget);
    const { present, judged, rejected } = sortEndpoints(this.#series.endpoints, thresholds, pairs / this.#budget);
    const requests = requestRateHypothesis(present, pairs);
    const areLoadsUnlike = this.#plan.isClosedModel === true && Math.abs(requests.change) > unlikeLoads;
    const tested: readonly Quantile[] = this.#plan.quantiles ?? judgedQuantiles;
    const moded = tested.includes(twoModedQuantile)
      ? judged[twoModedQuantile].flatMap((series) => findModed(series, thresholds))
      : [];
    const isJudgedBy = (quantile: Quantile) => (series: EndpointPairs) =>
      quantile !== twoModedQuantile || !moded.some((entry) => entry.series === series);
    const hypotheses = [
      ...tested.flatMap((quantile) =>
        quantileHypotheses(judged[quantile].filter(isJudgedBy(quantile)), quantile, thresholds),
      ),
      ...moded.map(({ hypothesis }) => hypothesis),
      ...(this.#plan.isClosedModel === true ? [requests] : []),
      ...listedHypotheses(thresholds.metrics, this.#pairs),
    ];
    const findings = this.#latency.look(toCases(hypotheses, this.#plan, areLoadsUnlike), spend);
    const latency = judgePlacement(findings, this.#plan).map((judgment) =>
      areLoadsUnlike ? { ...judgment, isFaster: false } : judgment,
    );
    const rates = this.#errors.look(
      [...errorRates(present), ...pairedCheckRates(this.#pairs.map((pair) => pair.checks))],
      spend,
    );
    const errors = rates.map((finding) => rateRow(finding, { thresholds, pairs, share: errorShare }));
    return { pairs, present, latency, moded, errors, rates, rejected, areLoadsUnlike };
  }

  #decide(): DuetLook {
    const { pairs, latency, errors } = this.#found;
    const slower = latency.filter((judgment) => judgment.isSlower && this.#verdictOf(judgment) === 'regressed');
    const failing = errors.filter((row) => row.verdict === 'regressed');
    const regressed = [...slower.map(({ finding }) => finding.case.hypothesis), ...failing].map(
      ({ subject, metric }) => ({ subject, metric }),
    );
    const environmentsDiffer = latency.some((judgment) => judgment.isEnvironment);
    const isNamed = regressed.some(({ subject }) => subject.kind !== 'all-endpoints');
    if (regressed.length > 0 && !isNamed) this.#totalRegressedAt ??= pairs;
    const look = {
      ...{ pairs, regressed, environmentsDiffer },
      ...(this.#totalRegressedAt !== undefined && { totalRegressedAt: this.#totalRegressedAt }),
    };
    if (isNamed || (regressed.length > 0 && !this.#isWorthNaming(pairs))) {
      return { decision: 'stop', reason: 'regressed', ...look };
    }
    if (latency.length > 0 && this.#isShown()) return { decision: 'stop', reason: 'all-shown', ...look };
    if (pairs >= this.#budget) return { decision: 'stop', reason: 'budget-used', ...look };
    return { decision: 'go-on', reason: 'undecided', ...look };
  }

  /** Whether an endpoint may yet be named within as many pairs again as a total took, and at least `pairsToName`. */
  #isWorthNaming(pairs: number): boolean {
    const since = this.#totalRegressedAt ?? pairs;
    const end = Math.min(this.#budget, since + Math.max(pairsToName, since));
    if (pairs >= end) return false;
    const { latency, errors, rates } = this.#found;
    if (haveMostMoved(latency) || haveMostFailed(errors)) return false;
    return (
      latency.some(({ finding }) => isEndpoint(finding.case.hypothesis) && finding.isWithinReach(end)) ||
      rates.some((finding) => isEndpoint(finding.rate.identity) && finding.isWithinReach(end))
    );
  }

  /** Whether every row is shown not slower. Whether rates are is known by now, so they are asked first. */
  #isShown(): boolean {
    const { latency, errors } = this.#found;
    const isShown = (verdict: RowVerdict) => verdict === 'not-regressed' || verdict === 'improved';
    return (
      errors.every(({ verdict }) => verdict === 'not-compared' || isShown(verdict)) &&
      latency.every((judgment) => isShown(this.#verdictOf(judgment)))
    );
  }

  #verdictOf(judgment: PlacedFinding): RowVerdict {
    return pairedVerdict(judgment, this.#hasMoreErrors(judgment.finding.case.hypothesis.subject));
  }

  #hasMoreErrors(subject: Subject): boolean {
    return risenErrors(this.#found.errors)(subject);
  }
}

/** An endpoint with two modes, with what is asked of it in place of its p95. */
interface ModedEndpoint {
  readonly series: EndpointPairs;
  readonly hypothesis: DuetHypothesis;
}

/** Found on the baseline's side alone: what is judged must not decide how. */
function findModed(series: EndpointPairs, thresholds: Thresholds): ModedEndpoint[] {
  const { pooled, tails } = series.baseline;
  const modes = findTwoModesOfBlocks(pooled, tails);
  return modes === undefined ? [] : [{ series, hypothesis: slowRequestsHypothesis(series, modes, thresholds) }];
}

/** Fewest pairs that an endpoint has to be named after a total regressed. */
const pairsToName = 8;

/** Whether most endpoints are slower by their margins: then the total says what there is to say. */
function haveMostMoved(latency: readonly PlacedFinding[]): boolean {
  const endpoints = latency
    .map(({ finding }) => finding.case.hypothesis)
    .filter(
      (hypothesis) =>
        hypothesis.subject.kind === 'endpoint' && isQuantile(hypothesis.metric) && !isTail(hypothesis.metric),
    );
  const moved = endpoints.filter(({ change, margin }) => change >= logOfMargin(margin));
  return moved.length * 2 > endpoints.length;
}

/** Whether most endpoints fail more often by their margins, none of them surely yet: likewise. */
function haveMostFailed(errors: readonly Row[]): boolean {
  const endpoints = errors.filter((row) => isEndpoint(row) && row.relativeChange !== undefined);
  const risen = endpoints.filter(({ relativeChange, margin }) => (relativeChange?.point ?? 0) >= margin.relative);
  return risen.length * 2 > endpoints.length;
}

function isEndpoint({ subject }: { readonly subject: Subject }): boolean {
  return subject.kind === 'endpoint';
}

const unlikeLoadsWarning =
  'virtual users wait for their answers, and one side got over 5 % more requests done: the loads were unlike, so nothing ' +
  'is called faster and nothing is subtracted as common to all endpoints';

/** Unadjusted p-value up to which an increase beyond the margin is worth more measuring. */
const suspicionP = 0.05;

/** Rows that look slower beyond the margin, but not surely, with the pairs that would settle it. */
function toSuspects(rows: readonly Row[], latency: readonly PlacedFinding[], thresholds: Thresholds): Suspect[] {
  return latency.flatMap(({ finding }, i) => {
    const row = rows[i] as Row;
    const { subject, family, metric, change, margin } = finding.case.hypothesis;
    // A suspicion is told as a ratio.
    if (isDifference(family)) return [];
    const isSuspect = row.verdict === 'inconclusive' && change >= logOfMargin(margin) && finding.pValue <= suspicionP;
    const needed = finding.pairsFor(change);
    const alphas = (row.adjustedPValue ?? 1) / thresholds.alpha;
    return isSuspect ? [{ subject, metric, relativeChange: Math.expm1(change), alphas, needed }] : [];
  });
}

/** A duet test that is told of all pairs whenever there are more. */
export interface FollowedDuet {
  look(pairs: readonly BlockPair[]): DuetLook;
  /** After the last pair. */
  conclude(): DuetLook;
  result(): ComparisonResult;
}

/**
 * Follows a duet while it runs. What is called by a second scenario, or by one of another name, is matched anew with every
 * block, in the blocks that were looked at before as well, and so is what an endpoint usually answers; where that changes
 * an endpoint's label or what counts as an answer, the test starts anew on the same plan and at the same looks.
 */
export function followDuet(plan: DuetPlan): FollowedDuet {
  let test = startDuetTest(plan);
  let pairs: readonly BlockPair[] = [];
  return {
    look(all) {
      if (namesIn(all.slice(0, pairs.length)) !== namesIn(pairs)) test = startDuetTest(plan);
      pairs = all;
      return test.look(all);
    },
    conclude: () => test.conclude(pairs),
    result: () => test.result(),
  };
}

function namesIn(pairs: readonly BlockPair[]): string {
  const names = [...new Set(pairs.flatMap((pair) => [...pair.endpoints.keys()]))].sort();
  return JSON.stringify([names, pairs[0]?.counting ?? []]);
}

/** Which endpoints can be judged, at which quantiles, and a row for each that can't, with the reason. */
export interface DuetEndpoints {
  readonly present: readonly EndpointPairs[];
  readonly judged: Readonly<Record<Quantile, readonly EndpointPairs[]>>;
  readonly rejected: readonly Row[];
}

/**
 * Sorts the endpoints by what can be said of them. A quantile is judged if each side has, or at this pace will have by
 * the end of the budget, enough expected responses; this looks at counts only, never at latencies.
 *
 * @param progress share of the planned pairs that were measured (0..1]
 */
function sortEndpoints(endpoints: readonly EndpointPairs[], thresholds: Thresholds, progress: number): DuetEndpoints {
  const present: EndpointPairs[] = [];
  const judged = perQuantile((): EndpointPairs[] => []);
  const rejected: Row[] = [];
  for (const series of endpoints) {
    const absence = absenceOf(series, thresholds);
    if (absence !== undefined) {
      rejected.push(absentEndpointRow(series.endpoint, absence.reason, absence.warning, thresholds));
      continue;
    }
    present.push(series);
    const subject = endpointSubject(series.endpoint);
    const scarcer = series.baseline.pooled.count < series.candidate.pooled.count ? 'baseline' : 'candidate';
    const fewest = series[scarcer].pooled.count;
    const { failed } = series[scarcer];
    for (const quantile of judgedQuantiles) {
      const needed = quantiles[quantile].minRequests;
      const reject = (reason: NotComparedReason, warning: string) =>
        rejected.push(
          notComparedRow(latencyIdentity(subject, quantile), marginOf(subject, quantile, thresholds), reason, warning),
        );
      if (isTail(quantile) && isBaselineTooScarce(series)) {
        const warning = `the candidate got over twice as many requests, and the baseline too few to compare ${quantile}`;
        reject('changed', warning);
      } else if (fewest / progress >= needed) judged[quantile].push(series);
      else {
        const areMissing = (fewest + failed) / progress < needed;
        const failures = areMissing ? '' : `, and ${failed} requests that failed`;
        const warning = `${quantile} needs ${needed} expected responses per side; the scarcer side has ${fewest}${failures}`;
        reject(areMissing ? 'too-few-requests' : 'mostly-failed', warning);
      }
    }
  }
  return { present, judged, rejected };
}

/** Whether the scarcer side has by now the expected responses that the quantile needs. */
function hasRequestsFor({ baseline, candidate }: EndpointPairs, quantile: Quantile): boolean {
  return Math.min(baseline.pooled.count, candidate.pooled.count) >= quantiles[quantile].minRequests;
}

/**
 * With far fewer requests on the baseline side its blocks mostly hold none above the limit and seldom several: differences
 * so skewed look like a slowdown. The other way round they hide one, which is no reason not to look.
 */
function isBaselineTooScarce({ baseline, candidate }: EndpointPairs): boolean {
  const { count } = baseline.pooled;
  return candidate.pooled.count > 2.1 * count && count < manyPerBlock * baseline.tails.length;
}

function absenceOf(
  { endpoint, baseline, candidate }: EndpointPairs,
  thresholds: Thresholds,
): { readonly reason: NotComparedReason; readonly warning: string } | undefined {
  if (isIgnored(endpoint, thresholds)) return { reason: 'ignored', warning: 'ignored by the configuration' };
  if (baseline.pooled.count + baseline.failed === 0) {
    return { reason: 'new', warning: 'the candidate has this endpoint, the baseline has not' };
  }
  if (candidate.pooled.count + candidate.failed === 0) {
    return { reason: 'gone', warning: 'the baseline has this endpoint, the candidate has not' };
  }
  return undefined;
}

/** So many requests of one side beside none of the other are no chance. */
const minRequests = 20;

/**
 * Endpoints that one side stopped calling while the other went on: what is left of them is compared, but says nothing of
 * the time after. One sentence each.
 */
function silentEndpoints(endpoints: readonly EndpointPairs[]): string[] {
  return endpoints.flatMap(({ endpoint, baseline, candidate }) => [
    ...silence(endpoint, 'candidate', candidate, baseline),
    ...silence(endpoint, 'baseline', baseline, candidate),
  ]);
}

function silence(endpoint: string, side: string, silent: SideSeries, other: SideSeries): string[] {
  const requestsIn = (series: SideSeries, i: number) => (series.tails[i]?.count ?? 0) + (series.failedRequests[i] ?? 0);
  let from = silent.tails.length;
  let requests = 0;
  while (from > 0 && requestsIn(silent, from - 1) === 0) requests += requestsIn(other, --from);
  // One that was never called is gone or new, and has its own row.
  if (from === 0 || requests < minRequests) return [];
  return [
    `${endpoint}: the ${side} got no request after ${from} of ${silent.tails.length} pairs, the other side ${requests}; nothing is known of the time after`,
  ];
}
