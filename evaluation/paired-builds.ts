import { type EqualCodeDuet, pooledChanges } from '../src/core/comparison/paired/deployment-model.ts';
import type { Placement } from '../src/core/comparison/paired/duet-plan.ts';
import { LatencySketch } from '../src/core/sketch/latency-sketch.ts';
import { type Random, randomInteger } from '../src/core/stats/random.ts';
import { type Quantile, quantiles } from '../src/core/thresholds/quantiles.ts';
import type { Thresholds } from '../src/core/thresholds/thresholds.ts';
import type { Cell } from './cell.ts';

/** How builds are cut from the runs, and how they are judged. */
export interface PairedDesign {
  /** `within`: neighboring blocks of one run, a coin per pair. `across`: two runs as if they had run side by side. */
  readonly cut: 'within' | 'across';
  readonly pairs: number;
  /** Stored blocks (5 s) that make one of the pair's blocks. */
  readonly blocksPerSide: number;
  readonly looks: readonly number[];
  readonly placement: Placement;
  /** Duets of equal code, cut from the other runs of the cell, that are known beforehand. */
  readonly knownDuets: number;
  readonly quantiles?: readonly Quantile[];
  /** The candidate is always the later one, and no coin decides; default false. */
  readonly isForward?: true;
  /** Default `evaluationThresholds`. */
  readonly thresholds?: Thresholds;
}

/** Latencies per endpoint in one block. */
export type Block = ReadonlyMap<string, LatencySketch>;

/** Blocks of one run in order of time, ramps left out. */
export interface BlockedRun {
  readonly blocks: readonly Block[];
}

/** Stored blocks left out at both ends of a run: ramps. */
const rampBlocks = 4;

export function blockRuns(cell: Cell, blocksPerSide: number): BlockedRun[] {
  return cell.runs.map((run) => {
    const last = Math.max(...run.endpoints.flatMap((series) => series.blocks.map((block) => block.index)));
    const count = Math.floor((last + 1 - 2 * rampBlocks) / blocksPerSide);
    const parts = Array.from({ length: count }, () => new Map<string, LatencySketch[]>());
    for (const series of run.endpoints) {
      for (const { index, latency } of series.blocks) {
        const part = parts[Math.floor((index - rampBlocks) / blocksPerSide)];
        if (part === undefined || latency.count === 0) continue;
        part.set(series.endpoint, [...(part.get(series.endpoint) ?? []), latency]);
      }
    }
    const blocks = parts.map(
      (part) => new Map([...part].map(([name, sketches]) => [name, LatencySketch.merged(sketches)])),
    );
    return { blocks };
  });
}

/** One build of unchanged code. */
export interface PairedBuild {
  /** Runs by role. */
  readonly roles: readonly (readonly number[])[];
  readonly baseline: readonly Block[];
  readonly candidate: readonly Block[];
  readonly duets: readonly EqualCodeDuet[];
}

/** Build number `build`; undefined where the runs are too short or too few. */
export function cutBuild(
  runs: readonly BlockedRun[],
  design: PairedDesign,
  build: number,
  random: Random,
): PairedBuild | undefined {
  return design.cut === 'within' ? cutWithin(runs, design, build, random) : cutAcross(runs, design, random);
}

function cutWithin(
  runs: readonly BlockedRun[],
  { pairs, isForward }: PairedDesign,
  build: number,
  random: Random,
): PairedBuild | undefined {
  const index = build % runs.length;
  const blocks = runs[index]?.blocks ?? [];
  if (blocks.length < 2 * pairs) return undefined;
  const start = randomInteger(random, blocks.length - 2 * pairs + 1);
  const baseline: Block[] = [];
  const candidate: Block[] = [];
  for (let i = 0; i < pairs; i++) {
    const isCandidateFirst = isForward !== true && random.next() < 0.5;
    const at = start + 2 * i;
    baseline.push(blocks[isCandidateFirst ? at + 1 : at] as Block);
    candidate.push(blocks[isCandidateFirst ? at : at + 1] as Block);
  }
  return { roles: [[index]], baseline, candidate, duets: [] };
}

function cutAcross(runs: readonly BlockedRun[], design: PairedDesign, random: Random): PairedBuild | undefined {
  const [one, another, ...others] = shuffled(
    runs.map((_, index) => index),
    random,
  );
  if (one === undefined || another === undefined) return undefined;
  const [before, after] = design.isForward === true && another < one ? [another, one] : [one, another];
  const cut = (a: number, b: number) => {
    const [first, second] = [(runs[a] as BlockedRun).blocks, (runs[b] as BlockedRun).blocks];
    const start = randomInteger(random, Math.max(0, Math.min(first.length, second.length) - design.pairs) + 1);
    const end = start + design.pairs;
    return { baseline: first.slice(start, end), candidate: second.slice(start, end) };
  };
  const sides = cut(before, after);
  if (Math.min(sides.baseline.length, sides.candidate.length) < design.pairs) return undefined;
  const duets = Array.from({ length: design.knownDuets }, (): EqualCodeDuet => {
    const [a = before, b = after] = shuffled(others, random);
    const { baseline, candidate } = cut(a, b);
    return { changes: pooledChanges(pooled(baseline), pooled(candidate)) };
  });
  return { roles: [[before], [after]], ...sides, duets };
}

function pooled(blocks: readonly Block[]): Map<string, LatencySketch> {
  const names = new Set(blocks.flatMap((block) => [...block.keys()]));
  return new Map([...names].map((name) => [name, pooledOf(blocks, name)]));
}

export function pooledOf(blocks: readonly Block[], endpoint: string): LatencySketch {
  return LatencySketch.merged(blocks.flatMap((block) => block.get(endpoint) ?? []));
}

/** Endpoints that may be slowed: enough requests on each side for p95, or for the only quantile judged. */
export function eligibleEndpoints({ baseline, candidate }: PairedBuild, design: PairedDesign): string[] {
  const needed = quantiles[design.quantiles?.[0] ?? 'p95'].minRequests;
  const count = (blocks: readonly Block[], name: string) =>
    blocks.reduce((sum, block) => sum + (block.get(name)?.count ?? 0), 0);
  const names = [...new Set(baseline.flatMap((block) => [...block.keys()]))].sort();
  return names.filter((name) => Math.min(count(baseline, name), count(candidate, name)) >= needed);
}

function shuffled<T>(values: readonly T[], random: Random): T[] {
  const result = [...values];
  for (let i = result.length - 1; i > 0; i--) {
    const j = randomInteger(random, i + 1);
    [result[i], result[j]] = [result[j] as T, result[i] as T];
  }
  return result;
}
