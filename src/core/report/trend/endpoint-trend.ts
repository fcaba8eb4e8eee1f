import type { RunRecord } from '../../run-record/run-record.ts';
import { subjectLabel } from '../../run-record/subject.ts';
import { changePoints } from '../../stats/change-point.ts';
import { holm } from '../../stats/holm.ts';
import { judgedQuantiles, leadQuantile, perQuantile, type Quantile, quantiles } from '../../thresholds/quantiles.ts';
import { type QuantileTrend, quantileTrend } from './quantile-trend.ts';
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
      return { ...trend, risen: risen.map(nameOf), crept: crept.map(nameOf) };
    })
    .sort(byBadness);
}

function nameOf({ quantile }: QuantileTrend): Quantile {
  return quantile;
}

function toTrend({ endpoint, points }: EndpointHistory, maxP: number): Omit<EndpointTrend, 'risen' | 'crept'> {
  const accepted = points.map(({ run }) => run).filter((run) => isAcceptedFor(run, endpoint));
  const starts = new Set(accepted);
  return {
    endpoint,
    points,
    quantiles: judgedQuantiles.flatMap((quantile) => quantileTrend(points, quantile, starts, maxP) ?? []),
    errorSteps: errorStepsOf(points, maxP),
    accepted,
  };
}

function isAcceptedFor({ accepted }: RunRecord, endpoint: string): boolean {
  return (
    accepted?.figures.some(
      (figure) => figure.subject.kind === 'all-endpoints' || subjectLabel(figure.subject) === endpoint,
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
