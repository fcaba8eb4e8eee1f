import { varianceInflation } from '../../stats/autocorrelation.ts';
import { type MaxTestLook, SequentialMaxTest } from '../../stats/sequential-max-test.ts';
import type { SignVectors } from '../../stats/sign-vectors.ts';
import { ColumnView } from './column-view.ts';
import type { DuetHypothesis } from './duet-hypotheses.ts';
import type { PairedColumn } from './paired-columns.ts';
import { RowCritical } from './row-critical.ts';

/** A hypothesis as it enters the test. */
export interface LatencyCase {
  readonly hypothesis: DuetHypothesis;
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
  /** Smallest ln ratio that so many pairs show in 80 % of builds; infinite for what is not gating. */
  detectable(): number;
  /** Pairs that show a true ln ratio of `shift` in 80 % of builds; `Infinity` when none do. */
  pairsFor(shift: number): number;
}

/** Each end of an interval is missed in at most this share of builds. */
export const intervalAlpha = 0.05;

/** A whole change that backs an own part must be this many standard errors above zero (p < .05). */
const backingStatistic = 1.645;

/** The joint sequential test of all latency quantiles of all endpoints. */
export class LatencyFamily {
  readonly #alpha: number;
  readonly #hasCoin: boolean;
  readonly #joint: SequentialMaxTest;
  readonly #rowLower: RowCritical;
  readonly #rowUpper: RowCritical;
  readonly #crossed = new Set<string>();

  /** `normalScores`: one standard normal value per planned pair, from which the limits of single rows are taken. */
  constructor(options: { alpha: number; hasCoin: boolean; vectors: SignVectors; normalScores: Float64Array }) {
    this.#alpha = options.alpha;
    this.#hasCoin = options.hasCoin;
    this.#joint = new SequentialMaxTest(options.vectors);
    this.#rowLower = new RowCritical(options.vectors, options.normalScores);
    this.#rowUpper = new RowCritical(options.vectors, options.normalScores);
  }

  /** Looks at all pairs so far; `spend` says how much of an alpha may be used up by now. */
  look(cases: readonly LatencyCase[], spend: (alpha: number) => number): readonly LatencyFinding[] {
    const gating = cases.filter((entry) => entry.isGating).flatMap(testedColumns);
    const values = gating.map((column) => column.at(0));
    const inflations = this.#hasCoin ? new Map<string, number>() : inflationPerGroup(gating, values);
    const deflationOf = (column: PairedColumn) => Math.sqrt(inflations.get(column.group) ?? 1);
    const terms = gating.map((column) => ({ deflation: deflationOf(column), weight: column.weight }));
    const joint = this.#joint.look(values, spend(this.#alpha), terms);
    const position = new Map(gating.map((column, j) => [column.key, j]));
    // Two columns speak for a lower end, and the higher of their ends is shown: each has half of the chance to miss.
    const pairs = cases[0]?.hypothesis.whole[0]?.at(0).length ?? 0;
    const alone = {
      lower: this.#rowLower.look(pairs, spend(intervalAlpha / 2)),
      upper: this.#rowUpper.look(pairs, spend(intervalAlpha)),
    };
    return cases.map((entry) => {
      const view = (column: PairedColumn) => new ColumnView(column, deflationOf(column));
      const { hypothesis } = entry;
      const views = { whole: hypothesis.whole.map(view), own: hypothesis.own.map(view) };
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
      : views.whole.map((view) => view.pValue());
    return {
      case: entry,
      isSlower: entry.isGating && this.#isSlower(entry, views, joint.critical),
      isFaster: entry.isGating && isFaster(entry, views, joint.critical),
      pValue: Math.min(1, ...pValues),
      adjustedPValue: () => Math.min(1, ...(entry.isGating ? joined.map((j) => joint.adjustedPValue(j)) : [])),
      isShownBelow: (limit) => views.whole.every((view) => view.isBelow(limit, alone.upper())),
      bounds: () => [
        Math.max(...views.whole.map((view) => view.lower(alone.lower()))),
        Math.max(...views.whole.map((view) => view.upper(alone.upper()))),
      ],
      detectable: () => (entry.isGating ? detectable(entry, views, joint.critical) : Number.POSITIVE_INFINITY),
      pairsFor: (shift) => Math.min(...views.whole.map((view) => view.pairsFor(shift - entry.floors.whole))),
    };
  }

  /** Notes which columns have crossed by now, and says whether they make the case slower. */
  #isSlower(entry: LatencyCase, { whole, own }: CaseViews, critical: number): boolean {
    const crosses = (view: ColumnView, floor: number): boolean => {
      const key = `${view.column.key} ${floor}`;
      if (view.column.weight > 0 && view.weighted(floor) >= critical) this.#crossed.add(key);
      return this.#crossed.has(key);
    };
    const wholeCrosses = whole.map((view) => crosses(view, entry.floors.whole)).includes(true);
    if (entry.part === 'whole') return wholeCrosses;
    if (entry.part === 'own' && isOthersImprovement(entry)) return wholeCrosses;
    const isBacked = whole.some((view) => view.statistic(0) >= backingStatistic);
    const ownCrosses = own.map((view) => crosses(view, entry.floors.own)).includes(true);
    if (entry.part === 'either') return wholeCrosses || (isBacked && ownCrosses);
    const ownMoves = own.map((view) => crosses(view, 0)).includes(true);
    return isBacked && (ownCrosses || (ownMoves && wholeCrosses));
  }
}

/**
 * Whether all endpoints together became faster by more than the placement explains: then it is the code's doing, and
 * subtracting it would be no evidence that this endpoint slowed.
 */
function isOthersImprovement({ hypothesis, floors }: LatencyCase): boolean {
  return hypothesis.common < -floors.whole;
}

/** What `isSlower` finds in 80 % of builds. */
function detectable(entry: LatencyCase, { whole, own }: CaseViews, critical: number): number {
  const smallest = (views: readonly ColumnView[], limit: number, floor: number) =>
    Math.min(...views.filter((view) => view.column.weight > 0).map((view) => view.detectable(limit, floor)));
  const byWhole = smallest(whole, critical, entry.floors.whole);
  if (entry.part === 'whole') return byWhole;
  const backing = smallest(whole, backingStatistic, 0);
  const byOwn = Math.max(backing, smallest(own, critical, entry.floors.own));
  if (entry.part === 'either') return Math.min(byWhole, byOwn);
  return Math.min(byOwn, Math.max(backing, smallest(own, critical, 0), byWhole));
}

interface CaseViews {
  readonly whole: readonly ColumnView[];
  readonly own: readonly ColumnView[];
}

function testedColumns(entry: LatencyCase): readonly PairedColumn[] {
  const { whole, own } = entry.hypothesis;
  return (entry.part === 'whole' ? whole : [...own, ...whole]).filter((column) => column.weight > 0);
}

/** Variance inflation by autocorrelation, one per group of columns that are alike. */
function inflationPerGroup(columns: readonly PairedColumn[], values: readonly Float64Array[]): Map<string, number> {
  const groups = new Map<string, Float64Array[]>();
  columns.forEach((column, j) => {
    groups.set(column.group, [...(groups.get(column.group) ?? []), values[j] as Float64Array]);
  });
  return new Map([...groups].map(([group, members]) => [group, varianceInflation(members)]));
}

function isFaster(entry: LatencyCase, { whole, own }: CaseViews, critical: number): boolean {
  const crosses = (views: readonly ColumnView[], floor: number) =>
    views.some((view) => view.column.weight > 0 && -view.weighted(-floor) >= critical);
  if (entry.part !== 'own') return crosses(whole, entry.floors.whole);
  return crosses(own, entry.floors.own) && crosses(whole, 0);
}
