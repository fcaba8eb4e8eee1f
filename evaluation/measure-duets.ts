import { type DuetLook, startDuetTest } from '../src/core/comparison/paired/duet-test.ts';
import type { BlockPair } from '../src/core/comparison/paired/paired-blocks.ts';
import { bucketIndex } from '../src/core/sketch/bucket-mapping.ts';
import { LatencySketch } from '../src/core/sketch/latency-sketch.ts';
import { randomInteger, seededRandom } from '../src/core/stats/random.ts';
import type { Cell } from './cell.ts';
import { evaluationThresholds } from './evaluation-thresholds.ts';
import type { Scenario } from './measure-judge.ts';
import {
  type Block,
  blockRuns,
  cutBuild,
  eligibleEndpoints,
  type PairedBuild,
  type PairedDesign,
  pooledOf,
} from './paired-builds.ts';
import { rowResult } from './row-result.ts';
import type { BuildOutcome } from './run-bootstrap.ts';
import { scaledSketch, slowedSketch } from './scaled-sketch.ts';
import type { RowResult } from './table.ts';

/** A fifth of the engine's own number, for speed: the levels are the same, only coarser at the first looks. */
const signVectors = 1000;

/**
 * How often does the paired comparison raise a false alarm, how often does it name what was slowed, and after how many
 * pairs? Hits are counted as for stored runs: a false alarm is a build of unchanged code in which anything is named.
 */
export function measureDuets(
  cells: readonly Cell[],
  design: PairedDesign,
  scenarios: readonly Scenario[],
  buildsPerCell: number,
  seed: string,
): RowResult {
  const outcomes = new Map<string, BuildOutcome[]>();
  for (const [index, cell] of cells.entries()) {
    const runs = blockRuns(cell, design.blocksPerSide);
    for (let build = 0; build < buildsPerCell; build++) {
      const random = seededRandom(`${seed} ${cell.name} ${build}`);
      const cut = cutBuild(runs, design, build, random);
      const eligible = cut === undefined ? [] : eligibleEndpoints(cut, design);
      const target = eligible[randomInteger(random, Math.max(1, eligible.length))];
      if (cut === undefined || target === undefined) continue;
      for (const scenario of scenarios) {
        // Builds go round the runs in turn: the quotient thins them evenly over all of them.
        if (Math.floor(build / runs.length) % (scenario.everyBuilds ?? 1) !== 0) continue;
        for (const [column, value] of judge(cut, design, scenario, target, eligible, `${seed} ${build}`)) {
          outcomes.set(column, [...(outcomes.get(column) ?? []), { value, cell: index, roles: cut.roles }]);
        }
      }
    }
  }
  return rowResult(cells, outcomes, seed);
}

type Named = DuetLook['regressed'][number];

function judge(
  build: PairedBuild,
  design: PairedDesign,
  scenario: Scenario,
  target: string,
  eligible: readonly string[],
  seed: string,
): [column: string, value: number][] {
  const slowed = slowedEndpoints(scenario, target, eligible);
  const candidate = slow(build.candidate, scenario, slowed);
  const test = startDuetTest({
    thresholds: design.thresholds ?? evaluationThresholds,
    placement: design.placement,
    order: design.cut === 'within' && !design.isForward ? 'alternating' : 'concurrent',
    looks: design.looks,
    seed,
    signVectors,
    equalCodeDuets: build.duets,
    ...(design.quantiles && { quantiles: design.quantiles }),
  });
  const { pairs, regressed, environmentsDiffer } = test.look(
    build.baseline.map((block, i) => toPair(block, candidate[i] as Block)),
  );
  const isUnslowed = (row: Named) => row.subject.kind !== 'all-endpoints' && !isOf(row, slowed);
  const { column, kind } = scenario;
  return [
    [column, isHit(scenario, regressed, slowed) ? 1 : 0],
    ...(kind === 'one' ? ([[`pairs${column}`, pairs]] as [string, number][]) : []),
    ...(kind === 'half' ? ([[`wrong${column}`, regressed.some(isUnslowed) ? 1 : 0]] as [string, number][]) : []),
    ...(kind === 'all' || kind === 'none'
      ? ([[`environment${column}`, environmentsDiffer ? 1 : 0]] as [string, number][])
      : []),
  ];
}

function slowedEndpoints({ kind }: Scenario, target: string, eligible: readonly string[]): ReadonlySet<string> {
  if (kind === 'none') return new Set();
  return new Set(kind === 'half' ? eligible.filter((_, i) => i % 2 === 0) : kind === 'all' ? eligible : [target]);
}

function isHit({ kind }: Scenario, named: readonly Named[], slowed: ReadonlySet<string>): boolean {
  if (kind === 'none' || kind === 'all') return named.length > 0;
  return named.some((row) => isOf(row, slowed) && (kind !== 'tail' || row.metric === 'p95' || row.metric === 'p99'));
}

function isOf({ subject }: Named, endpoints: ReadonlySet<string>): boolean {
  return subject.kind === 'endpoint' && endpoints.has(subject.name);
}

function slow(blocks: readonly Block[], scenario: Scenario, slowed: ReadonlySet<string>): readonly Block[] {
  if (scenario.kind === 'none') return blocks;
  const factor = 1 + scenario.increase;
  const isSlowed = (name: string) => scenario.kind === 'all' || slowed.has(name);
  const limits = new Map(
    scenario.kind === 'tail'
      ? [...slowed].map((name) => [name, bucketIndex(pooledOf(blocks, name).quantile(0.9))])
      : [],
  );
  const slower = (name: string, sketch: LatencySketch) => {
    if (!isSlowed(name)) return sketch;
    const limit = limits.get(name);
    return limit === undefined ? slowedSketch(sketch, factor) : scaledSketch(sketch, factor, limit);
  };
  return blocks.map((block) => new Map([...block].map(([name, sketch]) => [name, slower(name, sketch)])));
}

const noRequests = new LatencySketch();

function toPair(baseline: Block, candidate: Block): BlockPair {
  const side = (latency: LatencySketch | undefined) => ({ latency: latency ?? noRequests, failedRequests: 0 });
  const names = new Set([...baseline.keys(), ...candidate.keys()]);
  return {
    endpoints: new Map(
      [...names].map((name) => [name, { baseline: side(baseline.get(name)), candidate: side(candidate.get(name)) }]),
    ),
    checks: new Map(),
  };
}
