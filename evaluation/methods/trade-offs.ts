import { equalLooks } from '../../src/core/stats/alpha-spending.ts';
import { mean } from '../../src/core/stats/sample-moments.ts';
import type { Thresholds } from '../../src/core/thresholds/thresholds.ts';
import { drawBuilds } from '../builds.ts';
import type { Cell } from '../cell.ts';
import { evaluationThresholds } from '../evaluation-thresholds.ts';
import { oneLook } from '../judge.ts';
import { measureDuets } from '../measure-duets.ts';
import { falseAlarms, measureJudge, type SummarizedCell, scenario, summarizeCell } from '../measure-judge.ts';
import { measureFalseAlarms } from '../measure-world.ts';
import { plainWorld, type World } from '../simulated-world.ts';
import type { Figure, Method, RowPlan, RowResult, Table } from '../table.ts';

/** What a larger or smaller alpha would buy, where one look at one run or p99 alone is at its limit. */

const oneLookTable: Table = {
  id: 'trade-off-one-look',
  title: 'Trade-off: 5 stored runs, one candidate run, by alpha',
  note:
    'The same tests at other alphas, 600 builds on real runs and 400 in each world. A single endpoint of few and widely spread ' +
    'requests can hold the figure down: the column without the least certain endpoint of each cell (by the sampling variance of its ' +
    'p50 and p95) shows how far. In the worlds with outlying runs false alarms depend little on alpha: a single candidate run that is an outlier looks like a slow build at any.',
  columns: [
    { id: 'none', title: 'false alarms' },
    { id: 'one30', title: 'one +30 %' },
    { id: 'one50', title: 'one +50 %' },
    { id: 'usual50', title: 'one +50 %, least certain endpoint of each cell left out' },
    { id: 'all20', title: 'all +20 %' },
    { id: 'all30', title: 'all +30 %' },
    { id: 'normal', title: 'false alarms, normal noise' },
    { id: 'heavy', title: 'false alarms, heavy tails between runs' },
    { id: 'noisyHeavy', title: 'false alarms, noisy and heavy-tailed' },
    { id: 'bursts', title: 'false alarms, bursts' },
  ],
};

const p99Table: Table = {
  id: 'trade-off-p99',
  title: 'Trade-off: paired within a run, stress cell, 20 x 10 s, p99 alone',
  note:
    'By alpha, and by the margin that the pooled p99 must exceed. Few requests lie above the p99 of one side, and they come in clumps: where a ' +
    'slowdown is missed, the p99 measured over all pairs is mostly up by less than the margin or not at all, because more of the clumps fell on the ' +
    'baseline. Neither a larger alpha nor a smaller margin gains much; the same time cut into shorter blocks (last row) shows what more pairs do.',
  columns: [
    { id: 'none', title: 'false alarms' },
    { id: 'all20', title: 'all +20 %' },
  ],
};

const alphas = [0.0125, 0.025, 0.05, 0.1, 0.2];
const buildsOnRuns = 600;
const buildsInWorld = 400;
const duets = 400;

const worlds: Readonly<Record<string, World>> = {
  normal: plainWorld,
  heavy: { ...plainWorld, tails: 'heavy' },
  noisyHeavy: { ...plainWorld, tails: 'heavy', sharedDeviation: 0.12, specificDeviation: 0.08, unlikeness: 0.6 },
  bursts: { ...plainWorld, burstShare: 0.1 },
};

export const tradeOffsMethod: Method = {
  id: 'trade-offs',
  tables: [oneLookTable, p99Table],
  rows: ({ cells, scale }) => [
    ...alphas.map(
      (alpha): RowPlan => ({
        id: `one-look-${alpha}`,
        table: 'trade-off-one-look',
        title: `alpha ${alpha}${alpha === evaluationThresholds.alpha ? ' (default)' : ''}`,
        compute: () => measureOneLook(cells, { ...evaluationThresholds, alpha }, scale),
      }),
    ),
    ...p99Rows(cells, scale),
  ],
};

function measureOneLook(cells: readonly Cell[], thresholds: Thresholds, scale: number): RowResult {
  const judge = oneLook(thresholds);
  const summarized = cells.map((cell) => summarizeCell(cell, 'p95'));
  const builds = Math.ceil((buildsOnRuns * scale) / cells.length);
  const scenarios = [scenario('one', 30), scenario('one', 50), scenario('all', 20), scenario('all', 30)];
  const measure = (of: typeof summarized, used: typeof scenarios) =>
    measureJudge(of, (cell, random) => drawBuilds(cell.runs.length, 5, 1, builds, random), judge, used, 'one-look');
  const usual = summarized.map((cell) => ({ ...cell, eligible: withoutLeastCertain(cell) }));
  const figures: Record<string, Figure | undefined> = {
    ...measure(summarized, [falseAlarms, ...scenarios]).total,
    usual50: measure(usual, [scenario('one', 50)]).total['one50'],
  };
  for (const [id, world] of Object.entries(worlds)) {
    figures[id] = measureFalseAlarms(
      world,
      { windowRuns: 5, candidates: 1, judge },
      Math.ceil(buildsInWorld * scale),
      id,
    );
  }
  const { runs: _, ...total } = figures;
  return { total: total as RowResult['total'], cells: [] };
}

/** Without the endpoint whose quantiles are the least certain within runs: few requests, widely spread. */
function withoutLeastCertain({ runs, eligible }: SummarizedCell): string[] {
  const uncertainty = (endpoint: string) =>
    mean(runs.map((run) => run.endpoints.get(endpoint)?.samplingVariance).map((v) => (v?.p50 ?? 0) + (v?.p95 ?? 0)));
  const least = eligible.reduce((a, b) => (uncertainty(b) > uncertainty(a) ? b : a), eligible[0] ?? '');
  return eligible.filter((endpoint) => endpoint !== least);
}

function p99Rows(cells: readonly Cell[], scale: number): RowPlan[] {
  const stress = cells.filter((cell) => cell.name.includes('stress'));
  if (stress.length === 0) return [];
  const settings = [
    ...alphas.slice(1).map((alpha) => ({ alpha, margin: 0.15, pairs: 20 })),
    ...[0.1, 0].map((margin) => ({ alpha: 0.05, margin, pairs: 20 })),
    { alpha: 0.05, margin: 0.15, pairs: 40 },
  ];
  return settings.map(({ alpha, margin, pairs }): RowPlan => {
    const { margins } = evaluationThresholds;
    const relativeIncrease = { ...margins.relativeIncrease, p99: margin };
    const isDefault = alpha === evaluationThresholds.alpha && margin === margins.relativeIncrease.p99 && pairs === 20;
    return {
      id: `p99-${alpha}-${margin}-${pairs}`,
      table: 'trade-off-p99',
      title: `alpha ${alpha}, margin ${margin * 100} %, ${pairs} x ${200 / pairs} s${isDefault ? ' (default)' : ''}`,
      compute: () =>
        measureDuets(
          stress,
          {
            pairs,
            blocksPerSide: 40 / pairs,
            looks: equalLooks(pairs, 20),
            knownDuets: 0,
            cut: 'within',
            placement: 'one-deployment',
            quantiles: ['p99'],
            thresholds: { ...evaluationThresholds, alpha, margins: { ...margins, relativeIncrease } },
          },
          [falseAlarms, scenario('all', 20)],
          Math.ceil(duets * scale),
          'trade-off p99',
        ),
    };
  });
}
