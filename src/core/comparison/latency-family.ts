import { varianceInflation } from '../stats/autocorrelation.ts';
import { rootOfSquares, SequentialMaxTest } from '../stats/sequential-max-test.ts';
import type { SignVectors } from '../stats/sign-vectors.ts';
import type { Quantile } from './comparison.ts';
import { exceedanceColumn, type LatencyColumn, ratioColumn } from './paired-columns.ts';
import type { EndpointPairs } from './paired-series.ts';

/** One quantile of one endpoint that has enough requests to be judged. */
export interface LatencyHypothesis {
  readonly series: EndpointPairs;
  readonly quantile: Quantile;
  /** Slowdown (ln ratio) that the test must clear. */
  readonly floor: number;
}

/** What is known of a hypothesis after a look. */
export interface LatencyFinding {
  readonly hypothesis: LatencyHypothesis;
  /** Slower than the floor at this or an earlier look. */
  readonly isSlower: boolean;
  /** Faster by more than the floor at this look, by the same critical value. */
  readonly isFaster: boolean;
  readonly pValue: number;
  readonly adjustedPValue: number;
  /** Bounds of the ln ratio, each with 95 % confidence, valid whenever the test stops. */
  readonly bounds: readonly [lower: number, upper: number];
  /** Smallest ln ratio that this many pairs show in 80 % of builds. */
  readonly detectable: number;
  /** Pairs needed to show it when the true ln ratio is `shift`, for 80 % of builds. */
  pairsFor(shift: number): number;
}

/** The joint sequential test of all latency quantiles of all endpoints. */
export class LatencyFamily {
  readonly #alpha: number;
  readonly #hasCoin: boolean;
  readonly #joint: SequentialMaxTest;
  readonly #marginalVectors: SignVectors;
  readonly #marginal = new Map<string, SequentialMaxTest>();
  readonly #crossed = new Set<string>();

  constructor(options: { alpha: number; hasCoin: boolean; vectors: SignVectors; marginalVectors: SignVectors }) {
    this.#alpha = options.alpha;
    this.#hasCoin = options.hasCoin;
    this.#joint = new SequentialMaxTest(options.vectors);
    this.#marginalVectors = options.marginalVectors;
  }

  /** `progress`: share of the planned pairs that were measured, as the spending function takes it. */
  look(hypotheses: readonly LatencyHypothesis[], spend: (alpha: number) => number): readonly LatencyFinding[] {
    const columns = hypotheses.flatMap(({ series, quantile, floor }, index) =>
      [ratioColumn(series, quantile), exceedanceColumn(series, quantile)].map((column) => ({ column, floor, index })),
    );
    const values = columns.map(({ column }) => column.at(0));
    const deflation = this.#hasCoin ? 1 : Math.sqrt(varianceInflation(values));
    const joint = this.#joint.look(values, spend(this.#alpha), deflation);

    return hypotheses.map((hypothesis, index) => {
      const own = columns.flatMap((entry, j) =>
        entry.index === index ? [{ ...entry, values: values[j] as Float64Array, j }] : [],
      );
      let isFaster = false;
      let lower = Number.NEGATIVE_INFINITY;
      let upper = Number.NEGATIVE_INFINITY;
      let detectable = Number.POSITIVE_INFINITY;
      let deviation = Number.POSITIVE_INFINITY;
      for (const { column, values: measured } of own) {
        if (rootOfSquares(measured) === 0) continue;
        const statistic = (shift: number) => standardised(column.at(shift)) / deflation;
        if (statistic(hypothesis.floor) >= joint.critical) this.#crossed.add(keyOf(column));
        if (statistic(-hypothesis.floor) <= -joint.critical) isFaster = true;
        const critical = this.#marginalCritical(column, measured, spend(intervalAlpha));
        lower = Math.max(lower, inverted(statistic, critical, measured.length));
        upper = Math.max(upper, inverted(statistic, -critical, measured.length));
        const spread = deflation * spreadOf(column);
        deviation = Math.min(deviation, spread);
        const k = measured.length;
        if (Number.isFinite(joint.critical) && joint.critical ** 2 < k) {
          detectable = Math.min(
            detectable,
            hypothesis.floor + (spread * (joint.critical + powerQuantile)) / Math.sqrt(k),
          );
        }
      }
      const js = own.map((entry) => entry.j);
      return {
        hypothesis,
        isSlower: own.some(({ column }) => this.#crossed.has(keyOf(column))),
        isFaster,
        pValue: Math.min(1, ...js.map((j) => joint.pValues[j] as number)),
        adjustedPValue: Math.min(1, ...js.map((j) => joint.adjustedPValues[j] as number)),
        bounds: [lower, upper === Number.NEGATIVE_INFINITY ? Number.POSITIVE_INFINITY : upper],
        detectable,
        pairsFor: (shift) =>
          Math.ceil((((usualCritical + powerQuantile) * deviation) / Math.max(shift - hypothesis.floor, 1e-3)) ** 2),
      };
    });
  }

  #marginalCritical(column: LatencyColumn, values: Float64Array, spent: number): number {
    const key = keyOf(column);
    const test = this.#marginal.get(key) ?? new SequentialMaxTest(this.#marginalVectors);
    this.#marginal.set(key, test);
    return test.look([values], spent).critical;
  }
}

/** Each end of an interval is missed in at most this share of builds. */
export const intervalAlpha = 0.05;

/** Standard normal quantile of the power that detectable effects are stated for (80 %). */
const powerQuantile = 0.842;

/** Critical value of a family of some thirty hypotheses; only for forecasts. */
const usualCritical = 3;

function keyOf(column: LatencyColumn): string {
  return `${column.kind} ${column.quantile} ${column.endpoint}`;
}

function standardised(values: Float64Array): number {
  const norm = rootOfSquares(values);
  return norm === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / norm;
}

/**
 * The shift (ln ratio) at which the falling function `statistic` passes `target`; infinite when `target` can't be
 * reached by `pairs` pairs, whose statistic is at most the root of their number.
 */
function inverted(statistic: (shift: number) => number, target: number, pairs: number): number {
  if (target ** 2 >= pairs) return target > 0 ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  let low = -widestShift;
  let high = widestShift;
  if (statistic(low) < target) return Number.NEGATIVE_INFINITY;
  if (statistic(high) > target) return Number.POSITIVE_INFINITY;
  for (let step = 0; step < 14; step++) {
    const middle = (low + high) / 2;
    if (statistic(middle) >= target) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** ln of a factor of 55. */
const widestShift = 4;

/** Standard deviation (ln ratio) of one pair, for exceedance by the slope of its statistic. */
function spreadOf(column: LatencyColumn): number {
  const step = 0.1;
  const root = Math.sqrt(column.at(0).length);
  const slope = (standardised(column.at(-step)) - standardised(column.at(step))) / (2 * step * root);
  return slope > 0 ? 1 / slope : Number.POSITIVE_INFINITY;
}
