import { varianceInflation } from '../../stats/autocorrelation.ts';
import { type MaxTestLook, rootOfSquares, SequentialMaxTest } from '../../stats/sequential-max-test.ts';
import type { SignVectors } from '../../stats/sign-vectors.ts';
import { tUpperTail } from '../../stats/student-t.ts';
import type { DuetHypothesis } from './duet-hypotheses.ts';
import type { PairedColumn } from './paired-columns.ts';

/** A hypothesis as it enters the test. */
export interface LatencyCase {
  readonly hypothesis: DuetHypothesis;
  /** Whether it can turn a build red; others are shown with their intervals and use up no alpha. */
  readonly isGating: boolean;
  /**
   * `total`: the change as measured is judged. `specific`: the change less the shared shift, backed by the total. `either`:
   * one of them is enough.
   */
  readonly part: 'total' | 'specific' | 'either';
  /** Slowdown (ln ratio) of the total, and of the specific shift, that equal code may show by its placement. */
  readonly floors: { readonly total: number; readonly specific: number };
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
  /** Smallest ln ratio that so many pairs show in 80 % of builds; infinite for what is not gating. */
  detectable(): number;
  /** Pairs that show a true ln ratio of `shift` in 80 % of builds; `Infinity` when none do. */
  pairsFor(shift: number): number;
  /** Whether it has a fair chance to be called slower by `pairs` pairs; see `isWithinReach`. */
  isWithinReach(pairs: number): boolean;
}

/** Each end of an interval is missed in at most this share of builds. */
export const intervalAlpha = 0.05;

/** A total change that backs a specific shift must be this many standard errors above zero (p < .05). */
const backingStatistic = 1.645;

/** The joint sequential test of all latency quantiles of all endpoints. */
export class LatencyFamily {
  readonly #alpha: number;
  readonly #isOrderRandomized: boolean;
  readonly #joint: SequentialMaxTest;
  readonly #rowLower: RowCritical;
  readonly #rowUpper: RowCritical;
  readonly #crossed = new Set<string>();

  /** `normalScores`: one standard normal value per planned pair, from which the limits of single rows are taken. */
  constructor(options: {
    alpha: number;
    isOrderRandomized: boolean;
    vectors: SignVectors;
    normalScores: Float64Array;
  }) {
    this.#alpha = options.alpha;
    this.#isOrderRandomized = options.isOrderRandomized;
    this.#joint = new SequentialMaxTest(options.vectors);
    this.#rowLower = new RowCritical(options.vectors, options.normalScores);
    this.#rowUpper = new RowCritical(options.vectors, options.normalScores);
  }

  /** Looks at all pairs so far; `spend` says how much of an alpha may be used up by now. */
  look(cases: readonly LatencyCase[], spend: (alpha: number) => number): readonly LatencyFinding[] {
    const gating = cases.filter((entry) => entry.isGating).flatMap(testedColumns);
    const values = gating.map((column) => column.at(0));
    const inflations = this.#isOrderRandomized ? new Map<string, number>() : inflationPerGroup(gating, values);
    const deflationOf = (column: PairedColumn) => Math.sqrt(inflations.get(column.group) ?? 1);
    const terms = gating.map((column) => ({ deflation: deflationOf(column), weight: column.weight }));
    const joint = this.#joint.look(values, spend(this.#alpha), terms);
    const position = new Map(gating.map((column, j) => [column.key, j]));
    // Two columns speak for a lower end, and the higher of their ends is shown: each has half of the chance to miss.
    const pairs = cases[0]?.hypothesis.total[0]?.at(0).length ?? 0;
    const alone = {
      lower: this.#rowLower.look(pairs, spend(intervalAlpha / 2)),
      upper: this.#rowUpper.look(pairs, spend(intervalAlpha)),
    };
    return cases.map((entry) => {
      const view = (column: PairedColumn) => new ColumnView(column, deflationOf(column));
      const { hypothesis } = entry;
      const views = { total: hypothesis.total.map(view), specific: hypothesis.specific.map(view) };
      return this.#find(entry, views, joint, position, alone);
    });
  }

  #find(
    entry: LatencyCase,
    views: CaseViews,
    joint: MaxTestLook,
    position: ReadonlyMap<string, number>,
    alone: { readonly lower: () => number; readonly upper: () => number },
  ): LatencyFinding {
    const joined = testedColumns(entry).flatMap((column) => position.get(column.key) ?? []);
    const pValues = entry.isGating
      ? joined.map((j) => joint.pValues[j] as number)
      : views.total.map((view) => view.pValue());
    return {
      case: entry,
      isSlower: entry.isGating && this.#isSlower(entry, views, joint.critical),
      isFaster: entry.isGating && isFaster(entry, views, joint.critical),
      pValue: Math.min(1, ...pValues),
      adjustedPValue: () => Math.min(1, ...(entry.isGating ? joined.map((j) => joint.adjustedPValue(j)) : [])),
      isShownBelow: (limit) => views.total.every((view) => view.isBelow(limit, alone.upper())),
      bounds: () => [
        Math.max(...views.total.map((view) => view.lower(alone.lower()))),
        Math.max(...views.total.map((view) => view.upper(alone.upper()))),
      ],
      detectable: () => (entry.isGating ? detectableIn(entry, views, joint.critical) : Number.POSITIVE_INFINITY),
      pairsFor: (shift) => Math.min(...views.total.map((view) => view.pairsFor(shift - entry.floors.total))),
      isWithinReach: (pairs) => entry.isGating && isCaseWithinReach(entry, views, joint.critical, pairs),
    };
  }

  /** Notes which columns have crossed by now, and says whether they make the case slower. */
  #isSlower(entry: LatencyCase, { total, specific }: CaseViews, critical: number): boolean {
    const crosses = (view: ColumnView, floor: number): boolean => {
      const key = `${view.column.key} ${floor}`;
      if (view.column.weight > 0 && view.weighted(floor) >= critical) this.#crossed.add(key);
      return this.#crossed.has(key);
    };
    const totalCrosses = total.map((view) => crosses(view, entry.floors.total)).includes(true);
    if (entry.part === 'total') return totalCrosses;
    if (entry.part === 'specific' && isOthersImprovement(entry)) return totalCrosses;
    const isBacked = total.some((view) => view.statistic(0) >= backingStatistic);
    const specificCrosses = specific.map((view) => crosses(view, entry.floors.specific)).includes(true);
    if (entry.part === 'either') return totalCrosses || (isBacked && specificCrosses);
    const specificMoves = specific.map((view) => crosses(view, 0)).includes(true);
    return isBacked && (specificCrosses || (specificMoves && totalCrosses));
  }
}

/**
 * Whether all endpoints together became faster by more than the placement explains: then it is the code's doing, and
 * subtracting it would be no evidence that this endpoint slowed.
 */
function isOthersImprovement({ hypothesis, floors }: LatencyCase): boolean {
  return hypothesis.shared < -floors.total;
}

/** What `isSlower` finds in 80 % of builds. */
function detectableIn(entry: LatencyCase, { total, specific }: CaseViews, critical: number): number {
  const smallest = (views: readonly ColumnView[], limit: number, floor: number) =>
    Math.min(...views.filter((view) => view.column.weight > 0).map((view) => view.detectable(limit, floor)));
  const byTotal = smallest(total, critical, entry.floors.total);
  if (entry.part === 'total') return byTotal;
  const backing = smallest(total, backingStatistic, 0);
  const bySpecific = Math.max(backing, smallest(specific, critical, entry.floors.specific));
  if (entry.part === 'either') return Math.min(byTotal, bySpecific);
  return Math.min(bySpecific, Math.max(backing, smallest(specific, critical, 0), byTotal));
}

/** Whether any way in which `isSlower` finds it is within reach. */
function isCaseWithinReach(entry: LatencyCase, views: CaseViews, critical: number, pairs: number): boolean {
  const reaches = (side: readonly ColumnView[], floor: number) =>
    side.some((view) => view.column.weight > 0 && isWithinReach(view.weighted(floor), critical, view.pairs / pairs));
  const byTotal = entry.part !== 'specific' && reaches(views.total, entry.floors.total);
  return byTotal || (entry.part !== 'total' && reaches(views.specific, entry.floors.specific));
}

/** Standard normal quantile of the chance from which on waiting is worth it: a fifth. */
const fairChanceQuantile = -0.842;

/**
 * Does a statistic that stands at `statistic` after the share `progress` (0..1) of the pairs reach `critical` at the end
 * with a chance of a fifth or more, should its trend go on? Early critical values are higher than the last, for which a
 * usual one stands.
 *
 * Source: Lan, Wittes (1988), The B-value: a tool for monitoring data, Biometrics 44, 579-585 (current trend).
 */
export function isWithinReach(statistic: number, critical: number, progress: number): boolean {
  const last = Math.min(critical, usualCritical);
  if (progress >= 1) return statistic >= last;
  // The drift of B(t) = Z sqrt(t) is B(t) / t: at the end Z / sqrt(t) is expected, with the variance of what is left.
  return statistic / Math.sqrt(progress) - last >= fairChanceQuantile * Math.sqrt(1 - progress);
}

interface CaseViews {
  readonly total: readonly ColumnView[];
  readonly specific: readonly ColumnView[];
}

function testedColumns(entry: LatencyCase): readonly PairedColumn[] {
  const { total, specific } = entry.hypothesis;
  return (entry.part === 'total' ? total : [...specific, ...total]).filter((column) => column.weight > 0);
}

/** Variance inflation by autocorrelation, one per group of columns that are alike. */
function inflationPerGroup(columns: readonly PairedColumn[], values: readonly Float64Array[]): Map<string, number> {
  const groups = new Map<string, Float64Array[]>();
  columns.forEach((column, j) => {
    groups.set(column.group, [...(groups.get(column.group) ?? []), values[j] as Float64Array]);
  });
  return new Map([...groups].map(([group, members]) => [group, varianceInflation(members)]));
}

function isFaster(entry: LatencyCase, { total, specific }: CaseViews, critical: number): boolean {
  const crosses = (views: readonly ColumnView[], floor: number) =>
    views.some((view) => view.column.weight > 0 && -view.weighted(-floor) >= critical);
  if (entry.part !== 'specific') return crosses(total, entry.floors.total);
  return crosses(specific, entry.floors.specific) && crosses(total, 0);
}

/** Standard normal quantile of the power that detectable effects are stated for (80 %). */
const powerQuantile = 0.842;

/** Critical value of a family of some thirty hypotheses; only for forecasts. */
const usualCritical = 3.1;

/** Shift (ln ratio) to either side by which the slope of the statistic is measured. */
const step = 0.1;

/** ln of a factor of 55: no interval is looked for beyond. */
const widestShift = 4;

/**
 * One column seen as a test of every shift (ln ratio) at once: which shifts are too small or too large to have given
 * these differences? `deflation` (at least 1) allows for autocorrelation.
 */
export class ColumnView {
  readonly column: PairedColumn;
  readonly #deflation: number;
  readonly pairs: number;

  constructor(column: PairedColumn, deflation: number) {
    this.column = column;
    this.#deflation = deflation;
    this.pairs = column.at(0).length;
  }

  /** Sum over root of the sum of squares if the candidate were faster by `shift`; falls with it. 0 for a column of zeros. */
  statistic(shift: number): number {
    const values = this.column.at(shift);
    const norm = rootOfSquares(values);
    if (norm === 0) return 0;
    let sum = 0;
    for (const value of values) sum += value;
    return sum / norm / this.#deflation;
  }

  /** The statistic as it counts in the joint test. */
  weighted(shift: number): number {
    return this.statistic(shift) * this.column.weight;
  }

  /** One-sided p-value of no shift, by the t-distribution; for rows that no sign vectors are spent on. */
  pValue(): number {
    const statistic = this.statistic(0);
    const df = this.pairs - 1;
    return tUpperTail(statistic * Math.sqrt(df / Math.max(1e-9, this.pairs - statistic ** 2)), df);
  }

  /** Whether the statistic excludes shifts of `limit` and more; a column of zeros, as ties give it, has no objection. */
  isBelow(limit: number, critical: number): boolean {
    return this.#isSilent(limit) || this.statistic(limit) <= -critical;
  }

  /** Lower bound of the shift: where the statistic falls to `critical`; minus infinity where it never reaches it. */
  lower(critical: number): number {
    return this.#inverted(critical, Number.NEGATIVE_INFINITY);
  }

  /**
   * Upper bound of the shift: where the statistic falls to the opposite of `critical`; infinite where it never does, but
   * minus infinity for a column that is silent about large shifts, so that another column's bound counts.
   */
  upper(critical: number): number {
    return this.#inverted(-critical, this.#isSilent(widestShift) ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY);
  }

  /**
   * Smallest shift that so many pairs show to exceed `floor` in 80 % of builds, by the joint test's `critical`; infinite
   * where no shift is large enough, since the statistic never exceeds the root of the number of pairs.
   */
  detectable(critical: number, floor: number): number {
    const needed = (critical * this.#deflation) / this.column.weight;
    const room = this.pairs - needed ** 2;
    if (!(room > 0)) return Number.POSITIVE_INFINITY;
    const power = (powerQuantile * this.#deflation) / Math.sqrt(this.pairs);
    return floor + this.#deviation() * (needed / Math.sqrt(room) + power);
  }

  /** Pairs that show a true shift of `shift` in 80 % of builds. */
  pairsFor(shift: number): number {
    if (shift <= 0) return Number.POSITIVE_INFINITY;
    const least = (usualCritical * this.#deflation) ** 2;
    return Math.ceil(least + ((usualCritical + powerQuantile) * this.#deflation * (this.#deviation() / shift)) ** 2);
  }

  #isSilent(shift: number): boolean {
    return this.column.at(shift).every((value) => value === 0);
  }

  #inverted(target: number, otherwise: number): number {
    let low = -widestShift;
    let high = widestShift;
    if (this.statistic(low) < target || this.statistic(high) > target) return otherwise;
    for (let step = 0; step < 13; step++) {
      const middle = (low + high) / 2;
      if (this.statistic(middle) >= target) low = middle;
      else high = middle;
    }
    return (low + high) / 2;
  }

  /**
   * Standard deviation of one pair (ln ratio), from how fast the statistic falls around the shift that was measured: far
   * from it the statistic is saturated and says nothing of noise.
   */
  #deviation(): number {
    const measured = this.#inverted(0, 0);
    const fall = (this.statistic(measured - step) - this.statistic(measured + step)) * this.#deflation;
    // A mean of `step` with deviation s gives the share step / sqrt(step^2 + s^2) of the largest possible statistic.
    const share = Math.min(1, fall / 2 / Math.sqrt(this.pairs));
    return share > 0 ? step * Math.sqrt(share ** -2 - 1) : Number.POSITIVE_INFINITY;
  }
}

/**
 * Critical value of one column by itself, of the same spending function as the joint test. Standardized sums of flipped
 * differences are distributed nearly alike whatever the differences, and less widely where a few large ones rule, so one
 * column of normal scores stands for all. Worked out when first asked for: most looks never need it.
 */
export class RowCritical {
  readonly #test: SequentialMaxTest;
  readonly #normalScores: Float64Array;
  readonly #looks: { readonly pairs: number; readonly spent: number }[] = [];
  readonly #criticals: number[] = [];

  /** `normalScores`: one standard normal value per planned pair. */
  constructor(vectors: SignVectors, normalScores: Float64Array) {
    this.#test = new SequentialMaxTest(vectors);
    this.#normalScores = normalScores;
  }

  /** Notes a look at `pairs` pairs, `spent` being the alpha used up by then; returns its critical value when called. */
  look(pairs: number, spent: number): () => number {
    const index = this.#looks.push({ pairs, spent }) - 1;
    return () => {
      while (this.#criticals.length <= index) {
        const next = this.#looks[this.#criticals.length] as { pairs: number; spent: number };
        const scores = this.#normalScores.subarray(0, next.pairs);
        this.#criticals.push(this.#test.look([scores], next.spent).critical);
      }
      return this.#criticals[index] as number;
    };
  }
}
