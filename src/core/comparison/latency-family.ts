import { varianceInflation } from '../stats/autocorrelation.ts';
import { type MaxTestLook, rootOfSquares, SequentialMaxTest } from '../stats/sequential-max-test.ts';
import type { SignVectors } from '../stats/sign-vectors.ts';
import type { LatencyHypothesis } from './latency-columns.ts';
import type { PairedColumn } from './paired-columns.ts';

/** A hypothesis as it enters the test. */
export interface LatencyCase {
  readonly hypothesis: LatencyHypothesis;
  /** Whether it can turn a build red; others are shown with their intervals and use up no alpha. */
  readonly isGating: boolean;
  /**
   * `whole`: the change as measured is judged. `own`: the change less the common part, backed by the whole. `either`:
   * one of them is enough.
   */
  readonly part: 'whole' | 'own' | 'either';
  /** Slowdown (ln ratio) of the whole, and of the own part, that equal code may show by its placement. */
  readonly floors: { readonly whole: number; readonly own: number };
}

/** What is known of a case after a look; the intervals are worked out when asked for. */
export interface LatencyFinding {
  readonly case: LatencyCase;
  /** Significantly slower at this or an earlier look; the margins are not considered. */
  readonly isSlower: boolean;
  readonly isFaster: boolean;
  readonly pValue: number;
  /** Adjusted within the family; compare with the family's alpha. 1 for what is not gating. */
  adjustedPValue(): number;
  /** Whether the ln ratio is shown to lie below `limit`, at 95 %. */
  isShownBelow(limit: number): boolean;
  /** Bounds of the ln ratio, each with 95 % confidence, valid wherever the test stops. */
  bounds(): readonly [lower: number, upper: number];
  /** Smallest ln ratio that so many pairs show in 80 % of builds. */
  detectable(): number;
  /** Pairs that show a true ln ratio of `shift` in 80 % of builds; `Infinity` when none do. */
  pairsFor(shift: number): number;
}

/** Each end of an interval is missed in at most this share of builds. */
export const intervalAlpha = 0.05;

/** Standard normal quantile of the power that detectable effects are stated for (80 %). */
const powerQuantile = 0.842;

/** Critical value of a family of some thirty hypotheses; only for forecasts. */
const usualCritical = 3.1;

/** A whole change that backs an own part must be this many standard errors above zero (p < .05). */
const backingStatistic = 1.645;

/** The joint sequential test of all latency quantiles of all endpoints. */
export class LatencyFamily {
  readonly #alpha: number;
  readonly #hasCoin: boolean;
  readonly #joint: SequentialMaxTest;
  readonly #marginalVectors: SignVectors;
  readonly #marginal = new Map<string, SequentialMaxTest>();
  readonly #crossed = new Set<string>();

  /** `vectors` for the joint test, `marginalVectors` (fewer will do) for intervals of single rows. */
  constructor(options: { alpha: number; hasCoin: boolean; vectors: SignVectors; marginalVectors: SignVectors }) {
    this.#alpha = options.alpha;
    this.#hasCoin = options.hasCoin;
    this.#joint = new SequentialMaxTest(options.vectors);
    this.#marginalVectors = options.marginalVectors;
  }

  /** Looks at all pairs so far; `spend` says how much of an alpha may be used up by now. */
  look(cases: readonly LatencyCase[], spend: (alpha: number) => number): readonly LatencyFinding[] {
    const gating = cases.filter((entry) => entry.isGating).flatMap(columnsOf);
    const values = gating.map((column) => column.at(0));
    const deflation = this.#hasCoin ? 1 : Math.sqrt(varianceInflation(values));
    const joint = this.#joint.look(values, spend(this.#alpha), deflation);
    const position = new Map(gating.map((column, j) => [column.key, j]));
    return cases.map((entry) => this.#find(entry, joint, position, deflation, spend(intervalAlpha)));
  }

  #find(
    entry: LatencyCase,
    joint: MaxTestLook,
    position: ReadonlyMap<string, number>,
    deflation: number,
    spent: number,
  ): LatencyFinding {
    const { whole } = entry.hypothesis;
    const looked = whole.map((column) => this.#lookAlone(column, spent));
    const views = whole.map((column, c) => new ColumnView(column, (looked[c] as MaxTestLook).critical, deflation));
    const joined = columnsOf(entry).map((column) => position.get(column.key) ?? -1);
    return {
      case: entry,
      isSlower: entry.isGating && this.#isSlower(entry, joint.critical, deflation),
      isFaster: entry.isGating && isFaster(entry, joint.critical, deflation),
      pValue: Math.min(
        1,
        ...(entry.isGating
          ? joined.map((j) => joint.pValues[j] as number)
          : looked.map((look) => look.pValues[0] as number)),
      ),
      adjustedPValue: () => (entry.isGating ? Math.min(1, ...joined.map((j) => joint.adjustedPValue(j))) : 1),
      isShownBelow: (limit) => views.every((view) => view.isShownBelow(limit)),
      bounds: () => [Math.max(...views.map((view) => view.lower())), Math.max(...views.map((view) => view.upper()))],
      detectable: () => Math.min(...views.map((view) => view.detectable(joint.critical, entry.floors.whole))),
      pairsFor: (shift) => Math.min(...views.map((view) => view.pairsFor(shift - entry.floors.whole))),
    };
  }

  /** Notes which columns have crossed by now, and says whether they make the case slower. */
  #isSlower(entry: LatencyCase, critical: number, deflation: number): boolean {
    const { whole, own } = entry.hypothesis;
    const crosses = (column: PairedColumn, floor: number): boolean => {
      const key = `${column.key} ${floor}`;
      if (standardised(column.at(floor)) / deflation >= critical) this.#crossed.add(key);
      return this.#crossed.has(key);
    };
    const wholeCrosses = whole.map((column) => crosses(column, entry.floors.whole));
    if (entry.part === 'whole') return wholeCrosses.includes(true);
    const isBacked = whole.some((column) => standardised(column.at(0)) / deflation >= backingStatistic);
    const ownCrosses = own.map((column) => crosses(column, entry.floors.own));
    if (entry.part === 'either') return wholeCrosses.includes(true) || (isBacked && ownCrosses.includes(true));
    const ownMoves = own.map((column) => crosses(column, 0));
    return isBacked && (ownCrosses.includes(true) || (ownMoves.includes(true) && wholeCrosses.includes(true)));
  }

  #lookAlone(column: PairedColumn, spent: number): MaxTestLook {
    const test = this.#marginal.get(column.key) ?? new SequentialMaxTest(this.#marginalVectors);
    this.#marginal.set(column.key, test);
    return test.look([column.at(0)], spent);
  }
}

function columnsOf(entry: LatencyCase): readonly PairedColumn[] {
  const { whole, own } = entry.hypothesis;
  return entry.part === 'whole' ? whole : [...own, ...whole];
}

function isFaster(entry: LatencyCase, critical: number, deflation: number): boolean {
  const crosses = (columns: readonly PairedColumn[], floor: number) =>
    columns.some((column) => -standardised(column.at(-floor)) / deflation >= critical);
  const { whole, own } = entry.hypothesis;
  if (entry.part !== 'own') return crosses(whole, entry.floors.whole);
  return crosses(own, entry.floors.own) && crosses(whole, 0);
}

/** Sum over root of the sum of squares; 0 for a column of zeros. */
function standardised(values: Float64Array): number {
  const norm = rootOfSquares(values);
  return norm === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / norm;
}

/** ln of a factor of 55: no interval is looked for beyond. */
const widestShift = 4;

/** One column with its own critical value, inverted into bounds of the ln ratio. */
class ColumnView {
  readonly #column: PairedColumn;
  readonly #critical: number;
  readonly #deflation: number;
  readonly #pairs: number;

  constructor(column: PairedColumn, critical: number, deflation: number) {
    this.#column = column;
    this.#critical = critical;
    this.#deflation = deflation;
    this.#pairs = column.at(0).length;
  }

  isShownBelow(limit: number): boolean {
    return this.#statistic(limit) <= -this.#critical;
  }

  lower(): number {
    return this.#inverted(this.#critical, Number.NEGATIVE_INFINITY);
  }

  upper(): number {
    return this.#inverted(-this.#critical, Number.POSITIVE_INFINITY);
  }

  detectable(critical: number, floor: number): number {
    return floor + (this.#deviation() * (critical + powerQuantile)) / Math.sqrt(this.#pairs);
  }

  pairsFor(shift: number): number {
    if (shift <= 0) return Number.POSITIVE_INFINITY;
    return Math.ceil(((usualCritical + powerQuantile) * (this.#deviation() / shift)) ** 2);
  }

  #statistic(shift: number): number {
    return standardised(this.#column.at(shift)) / this.#deflation;
  }

  /** The shift at which the statistic, which falls with it, passes `target`; `otherwise` when it never does. */
  #inverted(target: number, otherwise: number): number {
    let low = -widestShift;
    let high = widestShift;
    if (this.#statistic(low) < target || this.#statistic(high) > target) return otherwise;
    for (let step = 0; step < 13; step++) {
      const middle = (low + high) / 2;
      if (this.#statistic(middle) >= target) low = middle;
      else high = middle;
    }
    return (low + high) / 2;
  }

  /** Standard deviation of one pair (ln ratio), from how fast the statistic falls with the shift. */
  #deviation(): number {
    const step = 0.1;
    const fall = this.#statistic(-step) - this.#statistic(step);
    return fall > 0 ? (2 * step * Math.sqrt(this.#pairs)) / fall : Number.POSITIVE_INFINITY;
  }
}
