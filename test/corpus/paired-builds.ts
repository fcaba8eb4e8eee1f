import type { Cell } from '../../evaluation/cell.ts';
import { blockRuns, cutBuild } from '../../evaluation/paired-builds.ts';
import { isClosedModel } from '../../src/core/comparison/paired/duet-hypotheses.ts';
import type { DuetOrder, Placement } from '../../src/core/comparison/paired/duet-plan.ts';
import { type BlockPair, pairBlocks, type SideBlock } from '../../src/core/comparison/paired/paired-blocks.ts';
import type { RunRecord } from '../../src/core/run-record/run-record.ts';
import { LatencySketch } from '../../src/core/sketch/latency-sketch.ts';
import { seededRandom } from '../../src/core/stats/random.ts';
import { type DuetContext, measureAndJudgeDuet } from '../../src/gate/duet.ts';
import { type Judged, type JudgingPlan, judgeNothing, judgePair } from '../../src/gate/judge.ts';
import type { DuetMeasurer, DuetSetup } from '../../src/ports.ts';
import { aLifelikeRun } from '../support/a-lifelike-run.ts';
import { slowed } from '../support/a-steady-run.ts';
import { duetPairs, duetRecords } from '../support/paired-runs.ts';
import {
  allFailed,
  allOf,
  changes,
  configurations,
  failing,
  oneOf,
  planWith,
  thinned,
  withBlocks,
  withoutEndpoint,
  withSeries,
  withSeriesBesides,
} from './changes.ts';
import type { NamedBuild } from './stored-builds.ts';

/** Two sides that were measured together. */
export interface Sides {
  readonly baseline: RunRecord;
  readonly candidate: RunRecord;
}

const loads = { open: 'browse: constant-arrival-rate 20/1s for 1m', closed: 'browse: constant-vus 5 VUs for 1m' };

interface SidesPlan {
  readonly pairs?: number;
  readonly model?: keyof typeof loads;
  readonly medians?: Readonly<Record<string, number>>;
  readonly requestsPerBlock?: number;
  /** Factor on the latencies of the candidate in a block. */
  readonly drift?: (endpoint: string, block: number) => number;
}

const fewEndpoints = { 'GET /items': 40, 'GET /search': 120, 'POST /cart': 70 };

/** Both sides of a duet of equal code, told apart by their names. */
export function sidesOf(seed: string, plan: SidesPlan = {}): Sides {
  const { pairs = 16, model = 'open', medians = fewEndpoints, requestsPerBlock = 30, drift } = plan;
  const side = (name: 'baseline' | 'candidate', order: number): RunRecord => {
    const random = seededRandom(`${seed} ${name}`);
    const run = aLifelikeRun(
      {
        ...{ endpoints: medians, blocks: pairs, requestsPerBlock, random },
        ...(name === 'candidate' && drift && { slowness: drift }),
      },
      {
        id: `2026-11-25T10:00:0${order}Z-${seed}`,
        startedAt: `2026-11-25T10:00:0${order}Z`,
        loadModel: model,
        fingerprint: { hard: { name: 'shop', load: loads[model], k6Major: '2' }, soft: {} },
        provenance: {
          commit: `${name === 'baseline' ? 'a' : 'b'}1b2c3d4e5f60718293a4b5c6d7e8f9012345678`,
          pair: { id: seed, side: name, order },
        },
      },
    );
    return withSeriesBesides(run, random, pairs);
  };
  return { baseline: side('baseline', 0), candidate: side('candidate', 1) };
}

/** Two real runs as if they had run side by side, or neighbouring blocks of one. */
function realSides(cell: Cell, cut: 'within' | 'across', seed: string): Sides {
  const design = { cut, pairs: 14, blocksPerSide: 2, looks: [14], placement: 'one-host', knownDuets: 0 } as const;
  const build = cutBuild(blockRuns(cell, 2), design, 1, seededRandom(seed));
  if (build === undefined) throw new RangeError('the real runs are too short');
  const pairs = build.baseline.map((block, i): BlockPair => {
    const other = build.candidate[i];
    const names = [...block.keys()].sort().slice(0, 5);
    const endpoints = names.flatMap((name) => {
      const [before, after] = [block.get(name), other?.get(name)];
      if (before === undefined || after === undefined) return [];
      const [baseline, candidate] = [before, after].map((latency) => ({ latency, failedRequests: 0 })) as [
        SideBlock,
        SideBlock,
      ];
      return [[name, { baseline, candidate }] as const];
    });
    return { endpoints: new Map(endpoints), checks: new Map() };
  });
  return duetRecords(pairs);
}

/** The first `pairs` time blocks of a run. */
function beginning(run: RunRecord, pairs: number): RunRecord {
  const within = <T extends { readonly index: number }>(blocks: readonly T[]) =>
    blocks.filter(({ index }) => index < pairs);
  return {
    ...run,
    endpoints: run.endpoints.map((series) => ({ ...series, blocks: within(series.blocks) })),
    checks: run.checks.map((series) => ({ ...series, blocks: within(series.blocks) })),
    metrics: run.metrics.map((series) =>
      series.kind === 'trend'
        ? { ...series, blocks: within(series.blocks) }
        : { ...series, blocks: within(series.blocks) },
    ),
  };
}

interface HowMeasured {
  readonly order?: DuetOrder;
  readonly placement?: Placement;
  /** Pairs after which somebody interrupted it. */
  readonly interruptedAfter?: number;
}

function setupOf(
  { baseline, candidate }: Sides,
  { order = 'concurrent', placement = 'one-host' }: HowMeasured,
): DuetSetup {
  return {
    ...{ order, placement, blockLengthMs: baseline.blockLengthMs },
    pairId: candidate.provenance.pair?.id ?? candidate.id,
    plannedPairs: pairBlocks(baseline, candidate).pairs.length,
    isClosedModel: isClosedModel(baseline) || isClosedModel(candidate),
  };
}

/** Hands out pair by pair what was measured, until the judge has seen enough. */
export function measurerOf(sides: Sides, how: HowMeasured = {}): DuetMeasurer {
  return {
    measure: async (begin) => {
      const judge = begin(setupOf(sides, how));
      const { pairs } = pairBlocks(sides.baseline, sides.candidate);
      const most = how.interruptedAfter ?? pairs.length;
      let used = 0;
      for (let isOver = false; !isOver && used < most; ) {
        isOver = judge.look(pairs.slice(0, ++used), { sides: [], endBlock: used }) === 'stop';
      }
      return {
        ...{ kind: 'measured', warnings: [], wasInterrupted: how.interruptedAfter !== undefined },
        baseline: beginning(sides.baseline, used),
        candidate: beginning(sides.candidate, used),
      };
    },
  };
}

function judgeFollowed(
  plan: JudgingPlan,
  sides: Sides,
  how: HowMeasured = {},
  context: Partial<DuetContext> = {},
): Promise<Judged> {
  const world = {
    measurer: measurerOf(sides, how),
    progress: { show: () => {}, end: () => {} },
    signal: new AbortController().signal,
  };
  return measureAndJudgeDuet(plan, world, { stored: [], warnings: [], ...context });
}

/** Two runs that are compared when both are there. */
function judgeAfterwards(plan: JudgingPlan, sides: Sides, how: HowMeasured = {}, targetWasReady = true): Judged {
  const { order = 'concurrent', placement = 'one-host' } = how;
  return judgePair(plan, { ...sides, targetWasReady, paired: { order, placement } });
}

const placements = ['one-deployment', 'one-host', 'separate-hosts'] as const;

const configured = [
  'usual',
  'strict',
  'metrics',
  'sensitive',
  'no-margin-ms',
  'rule-for-gets',
  'objectives-wide',
  'metrics-the-other-way',
  'low-ceiling',
  'alpha-20',
  'ignoring',
] as const;

const changed = [
  'unchanged',
  'one-endpoint-50',
  'all-40',
  'tail-60',
  'errors-1',
  'checks-fail',
  'metrics-double',
  'endpoint-new',
  'all-improved-30',
  'half-20',
  'error-ceiling',
  'load-changed',
  'metrics-halved',
  'endpoint-gone',
  'one-improved-30',
  'checks-recover',
  'all-10',
  'thinned-out',
  'unchanged',
  'one-endpoint-20',
  'slower-and-failing',
  'metrics-gone',
] as const;

function crossed(count: number): NamedBuild[] {
  const at = <T>(list: readonly T[], i: number) => list[i % list.length] as T;
  return Array.from({ length: count }, (_, i): NamedBuild => {
    const change = at(changed, i);
    const configuration = change.startsWith('metrics') ? 'metrics' : at(configured, i);
    const placement = at(placements, i + Math.floor(i / 3));
    const order = i % 2 === 0 ? 'concurrent' : 'alternating';
    const model = i % 5 < 3 ? 'open' : 'closed';
    const isFollowed = i % 3 !== 2;
    const pairs = at([24, 40, 32], i);
    return {
      name: `${change} ${configuration} ${placement} ${order} ${model} ${isFollowed ? 'followed' : 'afterwards'}`,
      judge: () => {
        const { baseline, candidate } = sidesOf(`pair-${i}`, { model, pairs, requestsPerBlock: at([60, 30, 120], i) });
        const sides = { baseline, candidate: (changes[change] as (run: RunRecord) => RunRecord)(candidate) };
        const plan = configurations[configuration] as JudgingPlan;
        const how = { order, placement } as const;
        return isFollowed ? judgeFollowed(plan, sides, how) : judgeAfterwards(plan, sides, how);
      },
    };
  });
}

/** Earlier duets of equal code, whose hosts differ by `factor` more or less. */
function equalCodeDuets(count: number, factor: number): RunRecord[] {
  return Array.from({ length: count }, (_, i) => {
    const { baseline, candidate } = sidesOf(`equal-${i}`);
    const pairOf = (run: RunRecord, side: 'baseline' | 'candidate'): RunRecord => ({
      ...run,
      provenance: {
        ...{ commit: `c${i}`, deployment: `${side}-${i}` },
        pair: { id: `equal-${i}`, side, order: 0, isEqualCode: true },
      },
    });
    return [pairOf(baseline, 'baseline'), pairOf(slowed(candidate, factor * (1 + 0.01 * (i % 3))), 'candidate')];
  }).flat();
}

type Repair = (run: RunRecord) => RunRecord;

const failingChecks = (run: RunRecord) => (changes['checks-fail'] as Repair)(run);

/** Some blocks without any request. */
const holed = (run: RunRecord, from: number, to: number) =>
  withSeries(run, allOf(run), (series) => ({
    ...series,
    blocks: series.blocks.filter(({ index }) => index < from || index >= to),
  }));

const growing = {
  pairs: 24,
  drift: (endpoint: string, block: number) => (endpoint === 'GET /search' ? 1 + 0.03 * block : 1),
};

function special(cells: readonly Cell[]): NamedBuild[] {
  const usual = configurations['usual'] as JudgingPlan;
  const sides = sidesOf('special');
  const { baseline, candidate } = sides;
  const apart = { placement: 'separate-hosts' } as const;
  const build = (name: string, judge: NamedBuild['judge']): NamedBuild => ({ name, judge });
  const afterwards = (name: string, changedSides: Partial<Sides>, how: HowMeasured = {}) =>
    build(name, () => judgeAfterwards(usual, { ...sides, ...changedSides }, how));
  return [
    build('environments-differ', () => judgeFollowed(usual, { baseline, candidate: slowed(candidate, 1.4) }, apart)),
    build('environments-known', () =>
      judgeFollowed(usual, { baseline, candidate: slowed(candidate, 1.4) }, apart, { stored: equalCodeDuets(6, 1.35) }),
    ),
    build('environments-known one-slower', () =>
      judgeFollowed(
        usual,
        { baseline, candidate: slowed(slowed(candidate, 1.1), 1.7, [oneOf(candidate)]) },
        { ...apart, order: 'alternating' },
        { stored: equalCodeDuets(7, 1.1), story: ['A first look at 6 stored runs: something looked slower.'] },
      ),
    ),
    build('data-grew-on-one-side', () => judgeAfterwards(planWith({ margins: wide }), sidesOf('grows', growing))),
    build('all-slower one-deployment', () =>
      judgeFollowed(usual, { baseline, candidate: slowed(candidate, 1.4) }, { placement: 'one-deployment' }),
    ),
    build('within-margin', () =>
      judgeAfterwards(planWith({ margins: wide }), {
        baseline: candidate,
        candidate: failing(slowed(baseline, 1.5), allOf(baseline), 0.05),
      }),
    ),
    build('errors-and-checks-recover', () =>
      judgeFollowed(usual, { baseline: failing(failingChecks(baseline), allOf(baseline), 0.08), candidate }),
    ),
    build('request-rate-falls closed', () => {
      const waiting = sidesOf('waiting', { model: 'closed', requestsPerBlock: 90 });
      return judgeFollowed(usual, {
        ...waiting,
        candidate: thinned(waiting.candidate, allOf(waiting.candidate), 0.75),
      });
    }),
    build('load-changed', () => judgeFollowed(usual, { baseline: thinned(baseline, ['GET /search'], 0.1), candidate })),
    ...(['metrics-double', 'metrics-halved', 'metrics-gone'] as const).map((change) =>
      build(`${change} long alternating`, () => {
        const long = sidesOf('metrics', { pairs: 40, medians: { 'GET /items': 40 } });
        const changedSide = (changes[change] as Repair)(long.candidate);
        const plan = configurations[change === 'metrics-gone' ? 'metrics-strict' : 'metrics'] as JudgingPlan;
        return judgeAfterwards(
          plan,
          { ...long, candidate: changedSide },
          { order: 'alternating', placement: 'one-deployment' },
        );
      }),
    ),
    build('listed-metric within-margin', () => {
      const { metrics } = (configurations['metrics'] as JudgingPlan).thresholds;
      const plan = planWith({ metrics: metrics.map((metric) => ({ ...metric, margin: 3 })) });
      return judgeAfterwards(plan, { baseline, candidate: (changes['metrics-double'] as Repair)(candidate) });
    }),
    build('interrupted', () => judgeFollowed(usual, sides, { interruptedAfter: 9 })),
    build('shown', () =>
      judgeFollowed(usual, sidesOf('shown', { pairs: 24, requestsPerBlock: 300 }), { placement: 'one-deployment' }),
    ),
    build('unended-iterations', () => {
      const held = { ...thinned(candidate, ['GET /search'], 0.8), iterations: Math.round(baseline.iterations * 0.8) };
      return judgeAfterwards(usual, { baseline, candidate: held });
    }),
    build('unended-iterations in-few-blocks', () => {
      const waits = withBlocks(candidate, ['GET /search'], (block) =>
        block.index < 12 ? block : { ...block, latency: LatencySketch.of(Array.from({ length: 9 }, () => 120)) },
      );
      return judgeAfterwards(usual, {
        baseline,
        candidate: { ...waits, iterations: Math.round(baseline.iterations * 0.8) },
      });
    }),
    build('data-grew-on-both-sides', () => {
      const { candidate: one } = sidesOf('grows', growing);
      const { candidate: other } = sidesOf('grows too', growing);
      return judgeAfterwards(usual, { baseline: one, candidate: other });
    }),
    build('above-ceiling within-margin', () =>
      judgeFollowed(configurations['low-ceiling'] as JudgingPlan, {
        baseline,
        candidate: failing(candidate, allOf(candidate), 0.05),
      }),
    ),
    ...(['one-host', 'separate-hosts'] as const).map((placement) =>
      afterwards(
        `lost-load ${placement}`,
        { candidate: { ...thinned(candidate, allOf(candidate), 0.07), iterations: 60 } },
        { placement },
      ),
    ),
    build('silent-endpoint', () => {
      const silent = withSeries(candidate, ['GET /search'], (series) => ({
        ...series,
        blocks: series.blocks.filter(({ index }) => index < 9),
      }));
      return judgeFollowed(usual, { baseline, candidate: silent });
    }),
    afterwards('dead-candidate', { candidate: allFailed(candidate, '500', 10) }),
    afterwards('dead-baseline', { baseline: allFailed(baseline, '500', 10) }),
    afterwards('both-dead', { baseline: allFailed(baseline, '500', 10), candidate: allFailed(candidate, '500', 10) }),
    afterwards('both-overloaded', {
      baseline: { ...baseline, droppedIterations: 90 },
      candidate: { ...candidate, droppedIterations: 90 },
    }),
    afterwards('target-changed', {
      candidate: withSeries(candidate, allOf(candidate), (series) => ({
        ...series,
        outcomes: { '302': 200, '200': 280 },
      })),
    }),
    afterwards('blocks-missing many', { candidate: holed(candidate, 2, 10) }),
    afterwards('blocks-missing few', { candidate: holed(candidate, 3, 5) }),
    build('imported files', () =>
      judgeAfterwards(
        usual,
        { baseline, candidate: holed(failing(candidate, allOf(candidate), 0.03), 12, 16) },
        {},
        false,
      ),
    ),
    build('script-changed', () => {
      const detail = 'the script differs between the two sides';
      return judgeNothing(
        { ...usual, mode: 'duet' },
        { kind: 'invalid', reason: 'script-changed', detail, hint: 'See why.' },
        [],
      );
    }),
    build('real across', () => judgeAfterwards(usual, realSides(cells[0] as Cell, 'across', 'real one'))),
    build('real within one-slower', () => {
      const real = realSides(cells[1] as Cell, 'within', 'real two');
      return judgeFollowed(usual, { ...real, candidate: slowed(real.candidate, 1.3, [oneOf(real.candidate)]) });
    }),
    build('restless blocks', () => {
      const world = { endpoints: 4, pairs: 16, requestsPerBlock: 25, blockDeviation: 0.4, seed: 'restless' };
      return judgeFollowed(usual, duetRecords(duetPairs({ ...world, slowdown: (j) => (j === 1 ? 1.6 : 1) })));
    }),
    build('nothing-judged', () => judgeFollowed(usual, sidesOf('few', { pairs: 8, requestsPerBlock: 4 }))),
    build('only-one-endpoint', () => {
      const alone = (run: RunRecord) => withoutEndpoint(withoutEndpoint(run, 'GET /search'), 'POST /cart');
      return judgeFollowed(usual, { baseline: alone(baseline), candidate: alone(slowed(candidate, 1.5)) });
    }),
  ];
}

const wide = { relativeIncrease: { p50: 2, p95: 2, p99: 2 }, latencyIncreaseMs: 200, errorRateIncrease: 0.1 };

/** 60 builds whose two sides were measured side by side. */
export function pairedBuilds(cells: readonly Cell[]): NamedBuild[] {
  const ofEachKind = special(cells);
  return [...crossed(60 - ofEachKind.length), ...ofEachKind];
}
