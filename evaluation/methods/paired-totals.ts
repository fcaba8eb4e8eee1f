import { planDuetTest } from '../../src/core/comparison/paired/duet-plan.ts';
import { startDuetTest } from '../../src/core/comparison/paired/duet-test.ts';
import { seededRandom } from '../../src/core/stats/random.ts';
import { mean } from '../../src/core/stats/sample-moments.ts';
import { evaluationThresholds } from '../evaluation-thresholds.ts';
import { rate } from '../row-result.ts';
import { type SimulatedDuet, simulateDuet, simulatedEndpoints } from '../simulated-duet.ts';
import type { Figure, Method, RowPlan, Table } from '../table.ts';

const pairs = 36;
const nulls = 2000;
const slowedBuilds = 300;
const signVectors = 1000;

const table: Table = {
  id: 'paired-totals',
  title: 'Concurrent sides, simulated: totals and the endpoint behind them',
  note:
    'Whole duets of ten endpoints (20 requests each in a block) whose truth is known, 36 pairs of 5 s, the differences autocorrelated. ' +
    'A total (all endpoints together, the request rate) that is slower ends nothing by itself: measuring goes on for the endpoint behind it. ' +
    '"Named": the slowed endpoint is among those called slower. "Named wrongly": another one is.',
  columns: [
    { id: 'none', title: 'false alarms' },
    { id: 'one25', title: 'one +25 %: fails' },
    { id: 'named25', title: 'one +25 %: named' },
    { id: 'pairs25', title: 'pairs until stop' },
    { id: 'wrong25', title: 'one +25 %: named wrongly' },
    { id: 'half20', title: 'five of ten +20 %: fails' },
    { id: 'wrong20', title: 'five of ten +20 %: named wrongly' },
    { id: 'pairs20', title: 'pairs until stop' },
    { id: 'all30', title: 'all +30 %: fails' },
    { id: 'pairs30', title: 'pairs until stop' },
  ],
};

/** What becomes of an endpoint behind a total that was seen first. */
export const pairedTotalsMethod: Method = {
  id: 'paired-totals',
  tables: [table],
  rows: ({ scale }) =>
    (['open', 'closed'] as const).flatMap((loadModel) =>
      [0, 0.3].map(
        (autocorrelation): RowPlan => ({
          id: `${loadModel}-${autocorrelation}`,
          table: 'paired-totals',
          title: `${loadModel} model, lag-1 ${autocorrelation}`,
          asked: { none: '<= .05', named25: '>= .9', wrong25: '<= .05', wrong20: '<= .05' },
          compute: () => ({ total: measure({ pairs, loadModel, autocorrelation }, scale), cells: [] }),
        }),
      ),
    ),
};

function measure(world: Omit<SimulatedDuet, 'increase'>, scale: number): Record<string, Figure> {
  const slowedCount = Math.ceil(slowedBuilds * scale);
  const builds = (count: number, increase: readonly number[]) =>
    Array.from({ length: count }, (_, build) => judge({ ...world, increase }, build));
  const of = (increase: number, slowed: number) =>
    simulatedEndpoints.map((_, j) => ((j * slowed) % 10 < slowed ? increase : 0));
  const none = builds(Math.ceil(nulls * scale), []);
  const one = Array.from({ length: slowedCount }, (_, build) =>
    judge({ ...world, increase: simulatedEndpoints.map((_name, j) => (j === build % 10 ? 0.25 : 0)) }, build),
  );
  const half = builds(slowedCount, of(0.2, 5));
  const all = builds(slowedCount, of(0.3, 10));
  const pairsOf = (judged: readonly Judged[]): Figure => ({ value: mean(judged.map((build) => build.pairs)) });
  return {
    none: share(none, ({ hasFailed }) => hasFailed),
    one25: share(one, ({ hasFailed }) => hasFailed),
    named25: share(one, ({ isNamed }) => isNamed),
    pairs25: pairsOf(one),
    wrong25: share(one, ({ isOtherNamed }) => isOtherNamed),
    half20: share(half, ({ hasFailed }) => hasFailed),
    wrong20: share(half, ({ isOtherNamed }) => isOtherNamed),
    pairs20: pairsOf(half),
    all30: share(all, ({ hasFailed }) => hasFailed),
    pairs30: pairsOf(all),
  };
}

interface Judged {
  readonly hasFailed: boolean;
  readonly isNamed: boolean;
  readonly isOtherNamed: boolean;
  readonly pairs: number;
}

function judge(world: SimulatedDuet, build: number): Judged {
  const { loadModel, autocorrelation, increase } = world;
  const seed = `totals ${loadModel} ${autocorrelation} ${build}`;
  const test = startDuetTest({
    ...planDuetTest({
      thresholds: evaluationThresholds,
      placement: 'one-deployment',
      order: 'concurrent',
      plannedPairs: world.pairs,
      isClosedModel: loadModel === 'closed',
      seed,
    }),
    signVectors,
  });
  const { regressed, pairs: used } = test.look(simulateDuet(world, seededRandom(seed)));
  const named = regressed.flatMap(({ subject }) => (subject.kind === 'endpoint' ? [subject.name] : []));
  const isSlowed = (name: string) => (increase[simulatedEndpoints.indexOf(name)] ?? 0) > 0;
  return {
    hasFailed: regressed.length > 0,
    isNamed: named.some(isSlowed),
    isOtherNamed: named.some((name) => !isSlowed(name)),
    pairs: used,
  };
}

function share(builds: readonly Judged[], isHit: (build: Judged) => boolean): Figure {
  return rate(builds.filter(isHit).length, builds.length);
}
