import { type AlphaShares, defaultAlphaShares, latencyShares } from '../../src/core/comparison/alpha-shares.ts';
import { type Build, drawBuilds, forwardBuilds } from '../builds.ts';
import { defaultThresholds, evaluationThresholds } from '../evaluation-thresholds.ts';
import { confirmed, type Judge, oneLook, repeatedOnce } from '../judge.ts';
import {
  falseAlarms,
  measureJudge,
  type Scenario,
  type SummarizedCell,
  scenario,
  summarizeCell,
  thinned,
  thinningNote,
} from '../measure-judge.ts';
import type { EvaluationInput, Method, RowPlan, Table } from '../table.ts';

/** Builds per cell and row: two cells make 1,500. */
const buildsPerCell = 750;

const columns = [
  { id: 'none', title: 'false alarms' },
  { id: 'runs', title: 'runs, unchanged' },
  { id: 'one10', title: 'one +10 %' },
  { id: 'one20', title: 'one +20 %' },
  { id: 'one30', title: 'one +30 %' },
  { id: 'one50', title: 'one +50 %' },
  { id: 'tail30', title: 'one, tail +30 %' },
  { id: 'tail50', title: 'one, tail +50 %' },
  { id: 'half30', title: 'half +30 %' },
  { id: 'wronghalf30', title: 'half +30 %: others named' },
  { id: 'all10', title: 'all +10 %' },
  { id: 'all20', title: 'all +20 %' },
  { id: 'all30', title: 'all +30 %' },
  { id: 'all50', title: 'all +50 %' },
];

const table: Table = {
  id: 'stored',
  title: 'Stored mode',
  note:
    'Build level, nominal 5 % over the whole family of p50, p95, p99 and error rates: a false alarm is any of them. ' +
    'Power is the share of builds in which the slowed endpoint is named by any metric (tail: by p95 or p99 when its slowest ' +
    'tenth was slowed). Window and candidates are drawn from the runs of a cell without regard to time, except where the ' +
    'row says otherwise. "p99 judged alone" gives p99 all the alpha of the latencies; by default it has a sixteenth of it, ' +
    "because one look at one run can't tell a noisy p99 from a slow one. " +
    'The relative margins are the defaults; the absolute one is 0 except where the row says 5 ms. ' +
    thinningNote,
  columns,
};

const scenarios: readonly Scenario[] = [
  falseAlarms,
  ...[10, 20, 30, 50].map((percent) => scenario('one', percent)),
  ...[30, 50].map((percent) => scenario('tail', percent)),
  scenario('half', 30),
  ...[10, 20, 30, 50].map((percent) => scenario('all', percent)),
];

/** The whole alpha of the latency quantiles on p99. */
const p99Alone: AlphaShares = {
  ...defaultAlphaShares(false),
  latency: { p50: latencyShares(0), p95: latencyShares(0), p99: latencyShares(0.8) },
};

interface Spec {
  readonly id: string;
  readonly title: string;
  readonly windowRuns: number;
  readonly candidates: number;
  readonly judge: Judge;
  readonly quantile?: 'p99';
  readonly forward?: true;
  readonly asked?: Readonly<Record<string, string>>;
  /** Share of the variance that two runs of the candidate's deployment truly have in common; fresh runs unless given. */
  readonly rho?: number;
}

const level = '<= .05';

const specs: readonly Spec[] = [
  {
    id: 'one-look-5',
    title: '5 stored runs, one candidate run',
    windowRuns: 5,
    candidates: 1,
    judge: oneLook(evaluationThresholds),
    asked: { none: level, one30: '>= .76', one50: '>= .95', all20: '>= .64', all30: '>= .96' },
  },
  ...[0, 0.25, 0.5, 0.75, 1].flatMap((rho): Spec[] => [
    {
      id: `repeat-unknown-${rho}`,
      title: `5 stored runs, one candidate run and its repeat where it is suspicious; the two truly share ${rho} of the variance, nothing is known of it`,
      windowRuns: 5,
      candidates: 3,
      judge: repeatedOnce(evaluationThresholds, 1),
      rho,
      asked:
        rho <= 0.5
          ? { none: level, runs: '<= 1.2', one30: '>= .68', one50: '>= .90', tail50: '>= .85', all20: '>= .60' }
          : {},
    },
    {
      id: `repeat-learnt-${rho}`,
      title: `the same, .25 is learnt`,
      windowRuns: 5,
      candidates: 3,
      judge: repeatedOnce(evaluationThresholds, 0.25),
      rho,
      asked:
        rho <= 0.5
          ? { none: level, runs: '<= 1.6', one30: '>= .75', one50: '>= .93', tail50: '>= .90', all20: '>= .75' }
          : {},
    },
  ]),
  {
    id: 'confirmed-5',
    title: '5 stored runs, up to two more fresh candidate runs',
    windowRuns: 5,
    candidates: 3,
    judge: confirmed(evaluationThresholds),
    asked: {
      none: level,
      runs: '<= 1.6',
      one20: '>= .76',
      one30: '>= .94',
      one50: '>= .99',
      tail50: '>= .90',
      all20: '>= .96',
    },
  },
  {
    id: 'confirmed-3',
    title: '3 stored runs, up to two more fresh candidate runs',
    windowRuns: 3,
    candidates: 3,
    judge: confirmed(evaluationThresholds),
    asked: { none: level, one30: '>= .84', one50: '>= .97', all20: '>= .81' },
  },
  {
    id: 'confirmed-5-p99',
    title: '5 stored runs, up to two more fresh ones, p99 judged alone',
    windowRuns: 5,
    candidates: 3,
    judge: confirmed(evaluationThresholds, p99Alone),
    quantile: 'p99',
    asked: { none: level, one30: '>= .70', one50: '>= .95', tail50: '>= .85', all30: '>= .97' },
  },
  {
    id: 'one-look-5-p99',
    title: '5 stored runs, one candidate run, p99 judged alone',
    windowRuns: 5,
    candidates: 1,
    judge: oneLook(evaluationThresholds, p99Alone),
    quantile: 'p99',
  },
  {
    id: 'one-look-3',
    title: '3 stored runs, one candidate run',
    windowRuns: 3,
    candidates: 1,
    judge: oneLook(evaluationThresholds),
    asked: { none: level },
  },
  {
    id: 'one-look-8',
    title: '8 stored runs, one candidate run',
    windowRuns: 8,
    candidates: 1,
    judge: oneLook(evaluationThresholds),
  },
  {
    id: 'confirmed-5-5ms',
    title: '5 stored runs, up to two more fresh ones, with the default margin of 5 ms',
    windowRuns: 5,
    candidates: 3,
    judge: confirmed(defaultThresholds),
    asked: { none: level },
  },
  {
    id: 'forward-one-look-5',
    title: 'forward in time: 5 successive runs, then the next',
    windowRuns: 5,
    candidates: 1,
    judge: oneLook(evaluationThresholds),
    forward: true,
  },
  {
    id: 'forward-confirmed-5',
    title: 'forward in time: 5 successive runs, then the next and up to two more',
    windowRuns: 5,
    candidates: 3,
    judge: confirmed(evaluationThresholds),
    forward: true,
  },
];

export const storedMethod: Method = {
  id: 'stored',
  tables: [table],
  rows: (input) => specs.map((spec) => toRow(spec, input)),
};

function toRow(spec: Spec, { cells, scale }: EvaluationInput): RowPlan {
  return {
    id: spec.id,
    table: 'stored',
    title: spec.title,
    ...(spec.asked && { asked: spec.asked }),
    compute: () => {
      const summarized = cells.map((cell) => summarizeCell(cell, spec.quantile ?? 'p95'));
      const used = spec.quantile === undefined ? scenarios : scenarios.filter(({ kind }) => kind !== 'half');
      // Few builds look forward only: all of them are judged.
      const chosen = spec.forward ? used : thinned(used, spec.asked);
      return measureJudge(summarized, buildsFor(spec, scale), spec.judge, chosen, spec.id, spec.rho);
    },
  };
}

function buildsFor(spec: Spec, scale: number) {
  return (cell: SummarizedCell, random: Parameters<typeof drawBuilds>[4]): readonly Build[] => {
    const runs = cell.runs.length;
    if (!spec.forward)
      return drawBuilds(runs, spec.windowRuns, spec.candidates, Math.ceil(buildsPerCell * scale), random);
    // Few such builds exist: each is judged once per eligible endpoint.
    const builds = forwardBuilds(runs, spec.windowRuns, spec.candidates);
    return builds.flatMap((build) => cell.eligible.map(() => build));
  };
}
