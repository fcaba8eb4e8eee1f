import { equalLooks } from '../../src/core/stats/alpha-spending.ts';
import type { Cell } from '../cell.ts';
import { measureDuets } from '../measure-duets.ts';
import { falseAlarms, type Scenario, scenario, thinned, thinningNote } from '../measure-judge.ts';
import type { PairedDesign } from '../paired-builds.ts';
import type { Method, RowPlan, Table } from '../table.ts';

/** Builds per row, spread over the cells. */
const buildsPerRow = 1500;

const table: Table = {
  id: 'paired',
  title: 'Paired comparison on real runs',
  note:
    'Within a run: pairs are two neighboring blocks of one run, and a coin decides which is the candidate, as in an alternating ' +
    'duet on one deployment. Across runs: block by block two runs of the same system, as in a concurrent duet of two deployments ' +
    'on separate hosts; they did not run at the same time, so the noise that a real duet shares is not shared here. "Named wrongly": ' +
    'with half of the endpoints slowed, another one is named. "Environments": a shift of all endpoints is put down to the two environments. ' +
    'Forward in time: the candidate is always the later one, no coin decides, and the autocorrelation is allowed for. ' +
    `The engine with 1000 instead of 5000 sign vectors, for speed. ${thinningNote}`,
  columns: [
    { id: 'none', title: 'false alarms' },
    { id: 'one20', title: 'one +20 %' },
    { id: 'one30', title: 'one +30 %' },
    { id: 'one50', title: 'one +50 %' },
    { id: 'tail30', title: 'one, tail +30 %' },
    { id: 'tail50', title: 'one, tail +50 %' },
    { id: 'half20', title: 'half +20 %' },
    { id: 'wronghalf20', title: 'named wrongly' },
    { id: 'all20', title: 'all +20 %' },
    { id: 'environmentall20', title: 'environments, all +20 %' },
    { id: 'pairsone50', title: 'pairs until stop, one +50 %' },
  ],
};

const everything: readonly Scenario[] = [
  falseAlarms,
  scenario('one', 20),
  scenario('one', 30),
  scenario('one', 50),
  scenario('tail', 30),
  scenario('tail', 50),
  scenario('half', 20),
  scenario('all', 20),
];

const fortyPairs = { pairs: 40, blocksPerSide: 1, looks: equalLooks(40, 10), knownDuets: 0 } as const;
const twentyPairs = { pairs: 20, blocksPerSide: 2, looks: equalLooks(20, 20), knownDuets: 0 } as const;

interface PairedRow {
  readonly id: string;
  readonly title: string;
  readonly design: PairedDesign;
  readonly scenarios: readonly Scenario[];
  readonly asked?: Readonly<Record<string, string>>;
  readonly cells?: (cell: Cell) => boolean;
  readonly builds?: number;
}

const rows: readonly PairedRow[] = [
  {
    id: 'within',
    title: 'within a run, 40 x 5 s, ten looks',
    design: { ...fortyPairs, cut: 'within', placement: 'one-deployment' },
    scenarios: everything,
    asked: {
      none: '<= .05',
      one20: '>= .76',
      one30: '>= .93',
      one50: '>= .99',
      tail30: '>= .68',
      tail50: '>= .88',
      all20: '>= .99',
    },
  },
  {
    id: 'within-20',
    title: 'within a run, 20 x 10 s, a look per pair',
    design: { ...twentyPairs, cut: 'within', placement: 'one-deployment' },
    scenarios: [falseAlarms, scenario('one', 20), scenario('one', 30), scenario('one', 50), scenario('all', 20)],
    asked: { pairsone50: '<= 10' },
  },
  {
    id: 'within-p99',
    title: 'within a run, stress cell, 20 x 10 s, p99 alone',
    design: { ...twentyPairs, cut: 'within', placement: 'one-deployment', quantiles: ['p99'] },
    scenarios: [falseAlarms, scenario('one', 30), scenario('tail', 50), scenario('all', 20)],
    asked: { none: '<= .05', one30: '>= .75', tail50: '>= .75', all20: '>= .90' },
    cells: (cell) => cell.name.includes('stress'),
  },
  {
    id: 'across',
    title: 'across runs, separate hosts, 40 x 5 s, ten looks',
    design: { ...fortyPairs, cut: 'across', placement: 'separate-hosts' },
    scenarios: everything,
    asked: { none: '<= .06', one30: '>= .66', one50: '>= .85' },
  },
  {
    id: 'across-known',
    title: 'the same, five duets of equal code known',
    design: { ...fortyPairs, cut: 'across', placement: 'separate-hosts', knownDuets: 5 },
    scenarios: everything.filter(({ kind }) => kind !== 'tail'),
    asked: { none: '<= .06' },
    // Each build needs five more duets.
    builds: 600,
  },
  {
    id: 'within-forward',
    title: 'forward in time: within a run, the candidate block after the baseline block, 40 x 5 s, ten looks',
    design: { ...fortyPairs, cut: 'within', placement: 'one-deployment', isForward: true },
    scenarios: everything.filter(({ kind }) => kind !== 'half'),
    builds: 450,
  },
  {
    id: 'across-forward',
    title: 'forward in time: across runs, the candidate run after the baseline run, 40 x 5 s, ten looks',
    design: { ...fortyPairs, cut: 'across', placement: 'separate-hosts', isForward: true },
    scenarios: everything.filter(({ kind }) => kind !== 'half'),
    builds: 450,
  },
];

/** Paired comparison: within a run and across two runs, with the engine that live duets use. */
export const pairedMethod: Method = {
  id: 'paired',
  tables: [table],
  rows: ({ cells, scale }) =>
    rows.flatMap((row): RowPlan[] => {
      const used = cells.filter(row.cells ?? (() => true));
      if (used.length === 0) return [];
      const builds = Math.max(1, Math.ceil(((row.builds ?? buildsPerRow) * scale) / used.length));
      return [
        {
          id: row.id,
          table: 'paired',
          title: row.title,
          ...(row.asked && { asked: row.asked }),
          compute: () => measureDuets(used, row.design, thinned(row.scenarios, row.asked), builds, `paired ${row.id}`),
        },
      ];
    }),
};
