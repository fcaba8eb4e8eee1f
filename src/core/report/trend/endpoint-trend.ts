import { labelsMeantBy } from '../../run-record/endpoint-name.ts';
import type { RunRecord } from '../../run-record/run-record.ts';
import { subjectLabel } from '../../run-record/subject.ts';
import { changePoints } from '../../stats/change-point.ts';
import { type Creep, creepEnds, creepOf } from '../../stats/creep.ts';
import { holm } from '../../stats/holm.ts';
import { mean } from '../../stats/sample-moments.ts';
import { judgedQuantiles, leadQuantile, perQuantile, type Quantile, quantiles } from '../../thresholds/quantiles.ts';
import type { EndpointHistory, HistoryPoint, RunHistory } from './run-history.ts';

/** How one endpoint fared over the stored runs, in numbers. */
export interface EndpointTrend {
  readonly endpoint: string;
  readonly points: readonly HistoryPoint[];
  /** The judged quantiles, where there are enough requests for them. */
  readonly quantiles: readonly QuantileTrend[];
  /** Quantiles that are surely slower than at their anchor, by a step or by creep, and by more than a change may be. */
  readonly risen: readonly Quantile[];
  /** Those of `risen` that came by little at a time: where their level changes is then no event of its own. */
  readonly crept: readonly Quantile[];
  /** Changes of the error rate's level. */
  readonly errorSteps: readonly ErrorStep[];
  /** Green or red runs whose change was merged with an accepted slowdown of this endpoint. */
  readonly accepted: readonly RunRecord[];
}

export interface ErrorStep {
  readonly run: RunRecord;
  readonly before: number;
  readonly after: number;
}

/** What the gate lets a single change cost unless the project says otherwise; beyond it, a sum of small ones is told. */
export const usualMargin: Readonly<Record<Quantile, number>> = perQuantile(
  (quantile) => quantiles[quantile].usualMargin,
);

/** Chance that a page says of any endpoint that it rose where all only wobble. */
const alpha = 0.01;

/** Chance of a change of level by accident, shared by the endpoints: each makes one series per quantile. */
const levelAlpha = 0.001;

/** Error rates that are nearer than this are one level, in fractions. */
const smallestErrorStep = 0.005;

/** The trends of a history, worst first: errors that rose, then what is surely slower, then the rest by its change. */
export function endpointTrends({ endpoints }: RunHistory): EndpointTrend[] {
  const maxP = levelAlpha / Math.max(1, endpoints.length);
  const unjudged = endpoints.map((history) => toTrend(history, maxP));
  const series = unjudged.flatMap((trend) => trend.quantiles);
  const adjusted = holm(series.map(({ creep }) => creep?.p ?? 1));
  const surelyRose = new Set(series.filter((_, i) => (adjusted[i] ?? 1) <= alpha));
  return unjudged
    .map((trend) => {
      const risen = trend.quantiles.filter(
        (quantile) =>
          (surelyRose.has(quantile) || quantile.isAtHigherLevel) &&
          quantile.relativeChange >= usualMargin[quantile.quantile],
      );
      const crept = risen.filter((rise) => surelyRose.has(rise) && rise.largestStep < usualMargin[rise.quantile]);
      return { ...trend, risen: risen.map(({ quantile }) => quantile), crept: crept.map(({ quantile }) => quantile) };
    })
    .sort(byBadness);
}

function toTrend(history: EndpointHistory, maxP: number): Omit<EndpointTrend, 'risen' | 'crept'> {
  const { endpoint, points } = history;
  const accepted = points.map(({ run }) => run).filter((run) => isAcceptedFor(run, history));
  const starts = new Set(accepted);
  return {
    endpoint,
    points,
    quantiles: judgedQuantiles.flatMap((quantile) => quantileTrend(points, quantile, starts, maxP) ?? []),
    errorSteps: errorStepsOf(points, maxP),
    accepted,
  };
}

function isAcceptedFor({ accepted }: RunRecord, { endpoint, otherLabels }: EndpointHistory): boolean {
  const labels = [endpoint, ...otherLabels];
  return (
    accepted?.figures.some(
      ({ subject }) =>
        subject.kind === 'all-endpoints' ||
        labelsMeantBy(subjectLabel(subject)).some((label) => labels.includes(label)),
    ) === true
  );
}

function errorStepsOf(points: readonly HistoryPoint[], maxP: number): ErrorStep[] {
  const green = points.filter(({ run }) => run.quarantined === undefined);
  // Beside one, a relative change is a difference in fractions, and no level is zero.
  const series = green.map(({ failedRequests, requests }) => 1 + failedRequests / requests);
  const starts = changePoints(series, { maxP, minSegment: 5, minRelativeChange: smallestErrorStep });
  return starts.map((start, i) => ({
    run: (green[start] as HistoryPoint).run,
    before: errorRateOf(green.slice(starts[i - 1] ?? 0, start)),
    after: errorRateOf(green.slice(start, starts[i + 1])),
  }));
}

/** Failed requests among all of `points`; NaN without any. */
export function errorRateOf(points: readonly HistoryPoint[]): number {
  const requests = points.reduce((sum, point) => sum + point.requests, 0);
  return points.reduce((sum, point) => sum + point.failedRequests, 0) / requests;
}

/** Whether the error rate stands above the level at which it began. */
export function hasMoreErrors({ errorSteps }: Pick<EndpointTrend, 'errorSteps'>): boolean {
  const [first, last] = [errorSteps[0], errorSteps.at(-1)];
  return first !== undefined && last !== undefined && last.after - first.before >= smallestErrorStep;
}

function byBadness(a: EndpointTrend, b: EndpointTrend): number {
  const errors = Number(hasMoreErrors(b)) - Number(hasMoreErrors(a));
  return errors || surelyRisen(b) - surelyRisen(a) || changeOf(b) - changeOf(a) || (a.endpoint < b.endpoint ? -1 : 1);
}

function surelyRisen({ quantiles: trends, risen }: EndpointTrend): number {
  return Math.max(0, ...trends.filter(({ quantile }) => risen.includes(quantile)).map((t) => t.relativeChange));
}

function changeOf({ quantiles: trends }: EndpointTrend): number {
  return (
    (trends.find(({ quantile }) => quantile === leadQuantile) ?? trends[0])?.relativeChange ?? Number.NEGATIVE_INFINITY
  );
}

/** One quantile of an endpoint over the stored green runs. */
export interface QuantileTrend {
  readonly quantile: Quantile;
  /** Oldest first. */
  readonly points: readonly TrendPoint[];
  /** Stretches between changes of level; one where nothing changed. */
  readonly levels: readonly TrendLevel[];
  /** Where it began, and began anew with each accepted slowdown; the last one counts. */
  readonly anchors: readonly TrendAnchor[];
  /** Level of the newest runs, as many as the last anchor is made of. */
  readonly nowMs: number;
  /** From the last anchor to now: 0.1 = 10 % slower. */
  readonly relativeChange: number;
  /** Absent with too few runs since the last anchor. */
  readonly creep: Creep | undefined;
  /** Whether the level of the newest runs is another, higher one than that at the last anchor. */
  readonly isAtHigherLevel: boolean;
  /** The largest rise at a change of level since the last anchor, from the runs right before to those right after. */
  readonly largestStep: number;
}

export interface TrendPoint {
  readonly run: RunRecord;
  readonly ms: number;
}

export interface TrendLevel {
  /** First and last point of the stretch. */
  readonly from: number;
  readonly to: number;
  readonly ms: number;
  /** Against the level before; 0 for the first. */
  readonly relativeChange: number;
}

export interface TrendAnchor {
  /** Points from the anchor's first to the last that is measured against it. */
  readonly from: number;
  readonly to: number;
  /** Runs whose level it is. */
  readonly runs: number;
  readonly ms: number;
}

/** A step is told by so many runs on either side of it. */
const besideStep = 5;

/**
 * The trend of `quantile` in the green runs of `points`; undefined where fewer than three have it.
 *
 * @param accepted runs from which on a slowdown of this endpoint had been accepted
 * @param maxP limit of a change of level
 */
function quantileTrend(
  points: readonly HistoryPoint[],
  quantile: Quantile,
  accepted: ReadonlySet<RunRecord>,
  maxP: number,
): QuantileTrend | undefined {
  const own = points.flatMap(({ run, latencyMs }) => {
    const ms = latencyMs[quantile];
    return ms === undefined || run.quarantined !== undefined ? [] : [{ run, ms }];
  });
  if (own.length < 3) return undefined;
  const logs = own.map(({ ms }) => Math.log(ms));
  const anchors = anchorsOf(own, logs, accepted);
  const anchor = anchors.at(-1) as TrendAnchor;
  const levels = levelsOf(
    own.map(({ ms }) => ms),
    maxP,
  );
  const nowMs = Math.exp(mean(logs.slice(-anchor.runs)));
  const levelAtAnchor = levels.findLast(({ from }) => from <= anchor.from) as TrendLevel;
  const steps = levels.filter(({ from }) => from > anchor.from).map(({ from }) => stepAt(logs, from));
  return {
    quantile,
    points: own,
    levels,
    anchors,
    nowMs,
    relativeChange: nowMs / anchor.ms - 1,
    creep: creepOf(logs.slice(anchor.from)),
    isAtHigherLevel: (levels.at(-1) as TrendLevel).ms > levelAtAnchor.ms,
    largestStep: Math.max(0, ...steps),
  };
}

function anchorsOf(
  points: readonly TrendPoint[],
  logs: readonly number[],
  accepted: ReadonlySet<RunRecord>,
): TrendAnchor[] {
  const starts = [0, ...points.flatMap(({ run }, i) => (i > 0 && accepted.has(run) ? [i] : []))];
  return starts.map((from, i) => {
    const end = starts[i + 1] ?? points.length;
    const runs = Math.min(creepEnds, Math.max(1, Math.floor((end - from) / 3)));
    return { from, to: end - 1, runs, ms: Math.exp(mean(logs.slice(from, from + runs))) };
  });
}

function levelsOf(series: readonly number[], maxP: number): TrendLevel[] {
  const starts = [0, ...changePoints(series, { maxP, minSegment: 5, minRelativeChange: 0.05 })];
  const ms = starts.map((start, i) => mean(series.slice(start, starts[i + 1])));
  return starts.map((from, i) => ({
    from,
    to: (starts[i + 1] ?? series.length) - 1,
    ms: ms[i] as number,
    relativeChange: i === 0 ? 0 : (ms[i] as number) / (ms[i - 1] as number) - 1,
  }));
}

function stepAt(logs: readonly number[], at: number): number {
  const before = mean(logs.slice(Math.max(0, at - besideStep), at));
  return Math.expm1(mean(logs.slice(at, at + besideStep)) - before);
}
