import { evaluationThresholds } from '../evaluation-thresholds.ts';
import { confirmed, type Judge, oneLook, repeated, repeatedOnce } from '../judge.ts';
import { measureWorld } from '../measure-world.ts';
import { plainWorld, type World } from '../simulated-world.ts';
import type { Method, RowPlan, Table } from '../table.ts';

const buildsPerRow = 800;

const table: Table = {
  id: 'simulated',
  title: 'Simulated worlds, stored mode',
  note:
    'Runs drawn from a model whose truth is known: endpoints of unequal size (60 to 4,000 requests), noise common to all, ' +
    'noise of each endpoint, sampling noise. Each build is a new world, so the intervals are binomial. ' +
    'Slowdowns are judged in every fourth build.',
  columns: [
    { id: 'none', title: 'false alarms' },
    { id: 'one30', title: 'one +30 %' },
    { id: 'all30', title: 'all +30 %' },
    { id: 'runs', title: 'runs, unchanged' },
  ],
};

const repeatsTable: Table = {
  id: 'simulated-repeats',
  title: 'Simulated worlds, stored mode with one repeat',
  note:
    'One run, and a repeat on the same deployment where it is suspicious. The two truly share a part of the variance between runs (0 to 1); the gate takes ' +
    'them to share all of it as long as nothing is learnt, or .25.',
  columns: table.columns,
};

const worlds: readonly { readonly id: string; readonly title: string; readonly world: World }[] = [
  { id: 'normal', title: 'normal noise, 12 endpoints', world: plainWorld },
  { id: 'one', title: '1 endpoint', world: { ...plainWorld, endpoints: 1 } },
  { id: 'five', title: '5 endpoints', world: { ...plainWorld, endpoints: 5 } },
  { id: 'forty', title: '40 endpoints', world: { ...plainWorld, endpoints: 40 } },
  { id: 'few', title: 'few requests (about 220 each)', world: { ...plainWorld, requests: [200, 240] } },
  { id: 'unlike', title: 'endpoints unlike one another', world: { ...plainWorld, unlikeness: 1 } },
  {
    id: 'noisy',
    title: 'noisy system',
    world: { ...plainWorld, sharedDeviation: 0.12, specificDeviation: 0.08, unlikeness: 0.6 },
  },
  { id: 'heavy', title: 'heavy tails between runs (t, 3 df)', world: { ...plainWorld, tails: 'heavy' } },
  {
    id: 'noisy-heavy',
    title: 'noisy and heavy-tailed',
    world: { ...plainWorld, tails: 'heavy', sharedDeviation: 0.12, specificDeviation: 0.08, unlikeness: 0.6 },
  },
  { id: 'bursts', title: 'one run in ten hit by a burst', world: { ...plainWorld, burstShare: 0.1 } },
  { id: 'bimodal', title: 'endpoints that switch between two levels', world: { ...plainWorld, bimodalStep: 0.12 } },
  { id: 'sessions', title: 'runs from two sessions', world: { ...plainWorld, sessionDeviation: 0.15 } },
  { id: 'drift', title: 'slow drift (3 % a run)', world: { ...plainWorld, driftDeviation: 0.03 } },
  {
    id: 'ties',
    title: 'latencies in whole milliseconds around 5 ms',
    world: { ...plainWorld, medianMs: 5, roundMs: 1 },
  },
];

interface Way {
  readonly id: string;
  readonly title: string;
  readonly windowRuns: number;
  readonly candidates: number;
  readonly judge: Judge;
}

const ways: readonly Way[] = [
  { id: 'one-5', title: '5 stored, one run', windowRuns: 5, candidates: 1, judge: oneLook(evaluationThresholds) },
  {
    id: 'fresh-5',
    title: '5 stored, up to two more',
    windowRuns: 5,
    candidates: 3,
    judge: confirmed(evaluationThresholds),
  },
  {
    id: 'fresh-3',
    title: '3 stored, up to two more',
    windowRuns: 3,
    candidates: 3,
    judge: confirmed(evaluationThresholds),
  },
];

export const simulatedMethod: Method = {
  id: 'simulated',
  tables: [table, repeatsTable],
  rows: ({ scale }) => [
    ...worlds.flatMap(({ id, title, world }) =>
      ways.map((way) => toRow(`${id}-${way.id}`, `${title}; ${way.title}`, world, way, scale)),
    ),
    ...repeatRows(scale),
    ...[0, 0.5, 1].map((nested) =>
      toRow(
        `nested-${nested}`,
        `three runs on one deployment, which they share to ${nested}; judged as \`same-runner\``,
        { ...plainWorld, nested },
        { id: '', title: '', windowRuns: 5, candidates: 3, judge: repeated(evaluationThresholds, 1) },
        scale,
        { none: '<= .06' },
      ),
    ),
  ],
};

/** Worlds whose outlying runs made a single look fail too often. */
const restless = ['normal', 'heavy', 'noisy-heavy', 'bursts'];

function repeatRows(scale: number): RowPlan[] {
  return worlds
    .filter(({ id }) => restless.includes(id))
    .flatMap(({ id, title, world }) =>
      [0, 0.25, 0.5, 0.75, 1].flatMap((nested) =>
        [1, 0.25].map((assumed) =>
          toRow(
            `repeat-${id}-${nested}-${assumed}`,
            `${title}; 5 stored, one run and its repeat, which share ${nested}, taken for ${assumed}`,
            { ...world, nested },
            { id: '', title: '', windowRuns: 5, candidates: 2, judge: repeatedOnce(evaluationThresholds, assumed) },
            scale,
            // Nothing is asked where they share more than what is usual, but for not being worse than one look.
            nested <= 0.5 ? { none: '<= .05' } : {},
            'simulated-repeats',
          ),
        ),
      ),
    );
}

function toRow(
  id: string,
  title: string,
  world: World,
  way: Way,
  scale: number,
  asked: Readonly<Record<string, string>> = { none: '<= .05' },
  table = 'simulated',
): RowPlan {
  const builds = Math.ceil(buildsPerRow * scale);
  return { id, table, title, asked, compute: () => measureWorld(world, way, builds, id) };
}
