import { allEndpoints, type Quantile } from '../../src/core/comparison/comparison.ts';
import { type EqualCodeDuet, pooledChanges } from '../../src/core/comparison/deployment-model.ts';
import type { Placement } from '../../src/core/comparison/duet-plan.ts';
import { startDuetTest } from '../../src/core/comparison/duet-test.ts';
import { minimumRequests } from '../../src/core/comparison/match-endpoints.ts';
import type { BlockPair } from '../../src/core/comparison/paired-blocks.ts';
import { LatencySketch } from '../../src/core/sketch/latency-sketch.ts';
import { equalLooks } from '../../src/core/stats/alpha-spending.ts';
import { type Random, randomInteger, seededRandom } from '../../src/core/stats/random.ts';
import type { Thresholds } from '../../src/core/thresholds/thresholds.ts';
import type { CellRun } from './cell-runs.ts';
import { type Injection, injected, type SideBlocks, slowHalf } from './injection.ts';

/** One row of the paired table: how builds are cut from the runs, and how they are judged. */
export interface PairedRow {
  readonly name: string;
  /** `within`: neighbouring blocks of one run, a coin per pair. `across`: two runs as if they had run side by side. */
  readonly cut: 'within' | 'across';
  readonly pairs: number;
  readonly blockSeconds: number;
  readonly looks: readonly number[];
  readonly placement: Placement;
  /** Duets of equal code, cut from the other runs of the cell, that are known beforehand. */
  readonly knownDuets: number;
  readonly quantiles?: readonly Quantile[];
  readonly injections: readonly Injection[];
  /** Only cells whose name contains this. */
  readonly cells?: string;
}

const slower = (kind: Injection['kind'], ...factors: number[]) => factors.map((factor) => ({ kind, factor }));
const unchanged: Injection = { kind: 'none', factor: 1 };
const tenLooks = equalLooks(40, 10);

export const pairedRows: readonly PairedRow[] = [
  {
    name: 'paired within a run, 40 x 5 s, ten looks',
    cut: 'within',
    pairs: 40,
    blockSeconds: 5,
    looks: tenLooks,
    placement: 'one-deployment',
    knownDuets: 0,
    injections: [
      unchanged,
      ...slower('one', 1.1, 1.2, 1.3, 1.5),
      ...slower('tail', 1.3, 1.5),
      ...slower('half', 1.2),
      ...slower('all', 1.1, 1.2),
    ],
  },
  {
    name: 'paired within a run, 20 x 10 s, a look per pair',
    cut: 'within',
    pairs: 20,
    blockSeconds: 10,
    looks: equalLooks(20, 20),
    placement: 'one-deployment',
    knownDuets: 0,
    injections: [unchanged, ...slower('one', 1.2, 1.3, 1.5), ...slower('tail', 1.5), ...slower('all', 1.2)],
  },
  {
    name: 'paired within a run, stress cell, 20 x 10 s, p99 alone',
    cut: 'within',
    pairs: 20,
    blockSeconds: 10,
    looks: equalLooks(20, 20),
    placement: 'one-deployment',
    knownDuets: 0,
    quantiles: ['p99'],
    injections: [unchanged, ...slower('one', 1.3), ...slower('tail', 1.5), ...slower('all', 1.2)],
    cells: 'stress',
  },
  {
    name: 'paired across runs, separate hosts, 40 x 5 s, ten looks',
    cut: 'across',
    pairs: 40,
    blockSeconds: 5,
    looks: tenLooks,
    placement: 'separate-hosts',
    knownDuets: 0,
    injections: [
      unchanged,
      ...slower('one', 1.2, 1.3, 1.5),
      ...slower('tail', 1.5),
      ...slower('half', 1.2, 1.5),
      ...slower('all', 1.2, 1.5),
    ],
  },
  {
    name: 'the same, five duets of equal code known',
    cut: 'across',
    pairs: 40,
    blockSeconds: 5,
    looks: tenLooks,
    placement: 'separate-hosts',
    knownDuets: 5,
    injections: [unchanged, ...slower('one', 1.2, 1.3, 1.5), ...slower('half', 1.5), ...slower('all', 1.2, 1.5)],
  },
];

/** What one build came to. */
export interface BuildOutcome {
  /** Positions of the runs that it was cut from; with multiplicity one each. */
  readonly runs: readonly number[];
  readonly cell: string;
  /** Any endpoint or metric called regressed. */
  readonly isRed: boolean;
  /** The slowed endpoint named; with half or all slowed: red. Tail: by p95 or p99. */
  readonly isFound: boolean;
  readonly namesHealthy: boolean;
  readonly isEnvironment: boolean;
  readonly pairs: number;
}

export const evaluationThresholds: Thresholds = {
  margins: {
    relativeIncrease: { p50: 0.1, p95: 0.1, p99: 0.15 },
    latencyIncreaseMs: 5,
    errorRateIncrease: 0.005,
  },
  rules: [],
  metrics: [],
  sensitivity: 'balanced',
  alpha: 0.05,
  errorRateCeiling: 0.05,
  judgeAgainst: 'baseline',
};

interface Sides {
  readonly runs: readonly number[];
  readonly cell: string;
  readonly baseline: SideBlocks;
  readonly candidate: SideBlocks;
  readonly duets: readonly EqualCodeDuet[];
}

/**
 * Cuts and judges build number `build` of `row`. Builds with the same number are cut alike whatever the injection. An
 * endpoint is slowed only if it has enough requests to be judged by; `undefined` where no endpoint of the build has.
 */
export function evaluatePairedBuild(
  runs: readonly CellRun[],
  row: PairedRow,
  injection: Injection,
  build: number,
): BuildOutcome | undefined {
  const random = seededRandom(`${row.name} ${build}`);
  const sides = row.cut === 'within' ? cutWithin(runs, row, build, random) : cutAcross(runs, row, build, random);
  if (sides === undefined) return undefined;
  const eligible = eligibleEndpoints(sides, row);
  const target = eligible[randomInteger(random, eligible.length)];
  if (target === undefined) return undefined;
  const candidate = injected(sides.candidate, injection, target, eligible);
  const test = startDuetTest({
    thresholds: evaluationThresholds,
    placement: row.placement,
    order: row.cut === 'within' ? 'alternating' : 'concurrent',
    looks: row.looks,
    seed: `${row.name} ${build}`,
    equalCodeDuets: sides.duets,
    ...(row.quantiles && { quantiles: row.quantiles }),
  });
  const { pairs } = test.look(sides.baseline.map((block, i) => toPair(block, candidate[i] ?? new Map())));
  const result = test.result();
  const regressed = result.comparisons.filter((comparison) => comparison.verdict === 'regressed');
  const slowed = new Set(injection.kind === 'half' ? slowHalf(eligible) : [target]);
  const names = regressed.filter(
    (comparison) =>
      comparison.endpoint === target &&
      (injection.kind !== 'tail' || comparison.metric === 'p95' || comparison.metric === 'p99'),
  );
  const isLocal = injection.kind === 'one' || injection.kind === 'tail';
  return {
    runs: sides.runs,
    cell: sides.cell,
    isRed: regressed.length > 0,
    isFound: isLocal ? names.length > 0 : regressed.length > 0,
    namesHealthy: injection.kind !== 'all' && regressed.some(({ endpoint }) => isHealthy(endpoint, slowed)),
    isEnvironment: result.environmentsDiffer === true,
    pairs,
  };
}

function isHealthy(endpoint: string, slowed: ReadonlySet<string>): boolean {
  return endpoint !== allEndpoints && !slowed.has(endpoint);
}

/** Pair i is made of two neighbouring blocks; a coin decides which of them is the candidate's. */
function cutWithin(runs: readonly CellRun[], row: PairedRow, build: number, random: Random): Sides | undefined {
  const usable = indicesOf(runs, row);
  const index = usable[build % usable.length];
  if (index === undefined) return undefined;
  const blocks = (runs[index] as CellRun).blocks(row.blockSeconds);
  const spare = blocks.length - 2 * row.pairs;
  if (spare < 0) return undefined;
  const start = randomInteger(random, spare + 1);
  const baseline: SideBlocks[number][] = [];
  const candidate: SideBlocks[number][] = [];
  for (let i = 0; i < row.pairs; i++) {
    const [first, second] = [blocks[start + 2 * i], blocks[start + 2 * i + 1]] as [
      SideBlocks[number],
      SideBlocks[number],
    ];
    const isCandidateFirst = random.next() < 0.5;
    baseline.push(isCandidateFirst ? second : first);
    candidate.push(isCandidateFirst ? first : second);
  }
  return { runs: [index], cell: (runs[index] as CellRun).cell, baseline, candidate, duets: [] };
}

/** Blocks of equal place in two different runs of one cell. */
function cutAcross(runs: readonly CellRun[], row: PairedRow, build: number, random: Random): Sides | undefined {
  const usable = indicesOf(runs, row);
  const cells = [...new Set(usable.map((index) => (runs[index] as CellRun).cell))];
  const cell = cells[build % cells.length] as string;
  const ofCell = shuffled(
    usable.filter((index) => (runs[index] as CellRun).cell === cell),
    random,
  );
  const [before, after, ...others] = ofCell;
  if (before === undefined || after === undefined) return undefined;
  const cut = (a: number, b: number) => {
    const first = (runs[a] as CellRun).blocks(row.blockSeconds);
    const second = (runs[b] as CellRun).blocks(row.blockSeconds);
    const start = randomInteger(random, Math.max(0, Math.min(first.length, second.length) - row.pairs) + 1);
    return { baseline: first.slice(start, start + row.pairs), candidate: second.slice(start, start + row.pairs) };
  };
  const sides = cut(before, after);
  const duets = Array.from({ length: row.knownDuets }, () => {
    const [a, b] = shuffled(others, random);
    return a === undefined || b === undefined ? { changes: new Map() } : toDuet(cut(a, b));
  });
  return { runs: [before, after], cell, ...sides, duets };
}

function toDuet(sides: { readonly baseline: SideBlocks; readonly candidate: SideBlocks }): EqualCodeDuet {
  return { changes: pooledChanges(pooled(sides.baseline), pooled(sides.candidate)) };
}

function pooled(blocks: SideBlocks): Map<string, LatencySketch> {
  const sketches = new Map<string, LatencySketch>();
  for (const endpoint of new Set(blocks.flatMap((block) => [...block.keys()]))) {
    sketches.set(endpoint, LatencySketch.of(blocks.flatMap((block) => block.get(endpoint) ?? [])));
  }
  return sketches;
}

/** Endpoints that may be slowed: with enough requests on each side for p95, or for the only quantile judged. */
function eligibleEndpoints({ baseline, candidate }: Sides, row: PairedRow): string[] {
  const needed = minimumRequests[row.quantiles?.[0] ?? 'p95'];
  const count = (blocks: SideBlocks, endpoint: string) =>
    blocks.reduce((sum, block) => sum + (block.get(endpoint)?.length ?? 0), 0);
  const names = [...new Set(baseline.flatMap((block) => [...block.keys()]))].sort();
  return names.filter((name) => Math.min(count(baseline, name), count(candidate, name)) >= needed);
}

function toPair(baseline: SideBlocks[number], candidate: SideBlocks[number]): BlockPair {
  const side = (latencies: readonly number[] | undefined) => ({
    latency: LatencySketch.of(latencies ?? []),
    failedRequests: 0,
  });
  const names = new Set([...baseline.keys(), ...candidate.keys()]);
  return {
    endpoints: new Map(
      [...names].map((name) => [name, { baseline: side(baseline.get(name)), candidate: side(candidate.get(name)) }]),
    ),
    checks: new Map(),
  };
}

function indicesOf(runs: readonly CellRun[], row: PairedRow): number[] {
  return runs.flatMap((run, index) => (row.cells === undefined || run.cell.includes(row.cells) ? [index] : []));
}

function shuffled<T>(values: readonly T[], random: Random): T[] {
  const result = [...values];
  for (let i = result.length - 1; i > 0; i--) {
    const j = randomInteger(random, i + 1);
    [result[i], result[j]] = [result[j] as T, result[i] as T];
  }
  return result;
}
