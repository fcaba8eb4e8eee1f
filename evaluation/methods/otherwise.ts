import type { RunSummary } from '../../src/core/comparison/run-summary.ts';
import { LatencySketch } from '../../src/core/sketch/latency-sketch.ts';
import { mean, median, sampleVariance } from '../../src/core/stats/sample-moments.ts';
import { drawBuilds } from '../builds.ts';
import type { Decision, Judge } from '../judge.ts';
import { falseAlarms, measureJudge, type Scenario, scenario, summarizeCell } from '../measure-judge.ts';
import { rankSumP } from '../rank-sum.ts';
import type { Method, RowPlan, Table } from '../table.ts';

/** What a team would do without a gate of this kind, on the same builds: 5 stored runs, one candidate run. */

const buildsPerCell = 400;

const table: Table = {
  id: 'otherwise',
  title: 'What a team would do otherwise',
  note:
    'The same builds (5 stored runs, one candidate run; benchstat needs three), judged at p95 of every endpoint by rules in common use. ' +
    'Mann-Whitney: raw requests of the last stored run against the candidate, two-sided 5 %, no correction, candidate slower. ' +
    'k6 threshold: p95 of the candidate above the mean p95 of the stored runs plus 20 %.',
  columns: [
    { id: 'none', title: 'false alarms' },
    { id: 'one20', title: 'one +20 %' },
    { id: 'one30', title: 'one +30 %' },
    { id: 'one50', title: 'one +50 %' },
    { id: 'tail50', title: 'one, tail +50 %' },
    { id: 'all20', title: 'all +20 %' },
  ],
};

const scenarios: readonly Scenario[] = [
  falseAlarms,
  scenario('one', 20),
  scenario('one', 30),
  scenario('one', 50),
  scenario('tail', 50),
  scenario('all', 20),
];

type Rule = (window: readonly number[], candidates: readonly number[]) => boolean;

const rules: readonly {
  readonly id: string;
  readonly title: string;
  readonly candidates: number;
  readonly judge: Judge;
}[] = [
  {
    id: 'last-10',
    title: 'last run + 10 %',
    candidates: 1,
    judge: byP95((window, [c = 0]) => c > 1.1 * (window.at(-1) ?? 0)),
  },
  {
    id: 'last-25',
    title: 'last run + 25 %',
    candidates: 1,
    judge: byP95((window, [c = 0]) => c > 1.25 * (window.at(-1) ?? 0)),
  },
  {
    id: 'mean-3sd',
    title: 'mean + 3 standard deviations',
    candidates: 1,
    judge: byP95((window, [c = 0]) => c > mean(window) + 3 * Math.sqrt(sampleVariance(window))),
  },
  { id: 'mann-whitney', title: 'Mann-Whitney on raw requests', candidates: 1, judge: mannWhitney },
  {
    id: 'k6-threshold',
    title: 'k6 threshold: p95 + 20 %',
    candidates: 1,
    judge: byP95((window, [c = 0]) => c > 1.2 * mean(window)),
  },
  {
    id: 'benchstat',
    title: "benchstat's rule: U test on 5 against 3 runs",
    candidates: 3,
    judge: byP95(
      (window, candidates) => rankSumP(window, candidates) <= 0.05 && median([...candidates]) > median([...window]),
    ),
  },
];

export const otherwiseMethod: Method = {
  id: 'otherwise',
  tables: [table],
  rows: ({ cells, scale }) =>
    rules.map(
      (rule): RowPlan => ({
        id: rule.id,
        table: 'otherwise',
        title: rule.title,
        compute: () =>
          measureJudge(
            cells.map((cell) => summarizeCell(cell, 'p95')),
            (cell, random) =>
              drawBuilds(cell.runs.length, 5, rule.candidates, Math.ceil(buildsPerCell * scale), random),
            rule.judge,
            scenarios,
            'otherwise',
          ),
      }),
    ),
};

function byP95(rule: Rule): Judge {
  return (window, candidates) => {
    const named: { endpoint: string; metric: string }[] = [];
    for (const endpoint of candidates[0]?.endpoints.keys() ?? []) {
      const p95 = (run: RunSummary) => run.endpoints.get(endpoint);
      const enough = [...window, ...candidates].every((run) => (p95(run)?.succeeded ?? 0) >= 200);
      if (!enough) continue;
      const values = (runs: readonly RunSummary[]) => runs.map((run) => p95(run)?.latencyMs.p95 ?? Number.NaN);
      if (rule(values(window), values(candidates))) named.push({ endpoint, metric: 'p95' });
    }
    return { named, candidateRuns: candidates.length };
  };
}

/** On sketches, whose buckets are 1 % wide: ties within a bucket get mid-ranks, as the test prescribes. */
function mannWhitney(window: readonly RunSummary[], candidates: readonly RunSummary[]): Decision {
  const [before, after] = [window.at(-1), candidates[0]];
  const named: { endpoint: string; metric: string }[] = [];
  for (const [endpoint, summary] of after?.endpoints ?? []) {
    const old = before?.endpoints.get(endpoint);
    if (before === undefined || after === undefined || old === undefined) continue;
    const stretch = summary.latencyMs.p50 / sketchOf(after, endpoint).quantile(0.5);
    const tailStretch = summary.latencyMs.p95 / sketchOf(after, endpoint).quantile(0.95);
    if (isSlower(sketchOf(before, endpoint), sketchOf(after, endpoint), stretch, tailStretch)) {
      named.push({ endpoint, metric: 'p95' });
    }
  }
  return { named, candidateRuns: 1 };
}

const sketches = new WeakMap<object, Map<string, LatencySketch>>();

function sketchOf(run: RunSummary, endpoint: string): LatencySketch {
  let known = sketches.get(run.record);
  if (known === undefined) {
    known = new Map(
      run.record.endpoints.map((series) => [
        series.endpoint,
        LatencySketch.merged(series.blocks.map((block) => block.latency)),
      ]),
    );
    sketches.set(run.record, known);
  }
  return known.get(endpoint) ?? new LatencySketch();
}

/** Injection on buckets: all values stretched, or those above the ninetieth percentile. */
function isSlower(before: LatencySketch, after: LatencySketch, stretch: number, tailStretch: number): boolean {
  const gamma = 1.005 / 0.995;
  const shift = (factor: number) => Math.round(Math.log(factor) / Math.log(gamma));
  const limit = after.quantile(0.9);
  const counts = new Map<number, [number, number]>();
  const add = (index: number, side: 0 | 1, count: number) => {
    const cell = counts.get(index) ?? [0, 0];
    cell[side] += count;
    counts.set(index, cell);
  };
  for (const [index, count] of before.buckets()) add(index, 0, count);
  for (const [index, count] of after.buckets()) {
    const isTail = Math.exp(index * Math.log(gamma)) > limit;
    add(index + shift(isTail ? tailStretch : stretch), 1, count);
  }
  return mannWhitneyZ(counts) > 1.96;
}

/** Normal approximation with tie correction; positive when the second side is larger. */
function mannWhitneyZ(counts: ReadonlyMap<number, readonly [number, number]>): number {
  let [n1, n2, seen, u, ties] = [0, 0, 0, 0, 0];
  for (const [a, b] of counts.values()) {
    n1 += a;
    n2 += b;
  }
  for (const [, [a, b]] of [...counts].sort(([i], [j]) => i - j)) {
    u += b * (seen + a / 2);
    seen += a;
    ties += (a + b) ** 3 - (a + b);
  }
  const n = n1 + n2;
  const variance = ((n1 * n2) / 12) * (n + 1 - ties / (n * (n - 1)));
  return (u - (n1 * n2) / 2) / Math.sqrt(variance);
}
