import { drawBuilds } from '../../evaluation/builds.ts';
import type { Cell } from '../../evaluation/cell.ts';
import type { RecordedAcceptance, RunRecord } from '../../src/core/run-record/run-record.ts';
import { endpointSubject } from '../../src/core/run-record/subject.ts';
import { seededRandom } from '../../src/core/stats/random.ts';
import { judgeValidity } from '../../src/core/validity/judge-validity.ts';
import type { Validity } from '../../src/core/validity/validity.ts';
import { type Judged, type JudgingPlan, judgeNothing, judgeRuns, type StoredFacts } from '../../src/gate/judge.ts';
import { aSteadyRun, type SteadyEndpoint, slowed, someRuns } from '../support/a-steady-run.ts';
import { hostileName } from '../support/narrative-trial/hostile-names.ts';
import { storedMonths } from '../support/stored-months.ts';
import {
  allFailed,
  allOf,
  changes,
  configurations,
  failing,
  oneOf,
  planWith,
  someOf,
  thinned,
  withBlocks,
  withSeries,
  withSeriesBesides,
} from './changes.ts';

/** Runs of one unchanged system. */
interface Runs {
  readonly window: readonly RunRecord[];
  readonly candidate: RunRecord;
}

type World = (seed: string, cells: readonly Cell[]) => Runs;

/** A build before it is numbered. */
export interface NamedBuild {
  /** What is in it, in words without spaces. */
  readonly name: string;
  readonly judge: () => Judged | Promise<Judged>;
}

const names = [
  'GET /items',
  'POST /cart',
  'GET /items/:id',
  'GET /search',
  'GET /cart',
  'POST /checkout',
  'DELETE /cart/:id',
  'POST /login',
];

/** Busy and quiet endpoints, quick and slow ones. */
export function someEndpoints(count: number, requests: readonly number[] = [1200, 400, 250, 700, 120, 300]) {
  return Object.fromEntries(
    Array.from({ length: count }, (_, i): [string, SteadyEndpoint] => {
      const [name = 'GET /', round] = [names[i % names.length], Math.floor(i / names.length)];
      return [
        round === 0 ? name : `${name}/${round}`,
        { medianMs: 12 * 1.35 ** (i % 11), requests: requests[i % requests.length] ?? 300, spread: 1.5 + (i % 3) / 2 },
      ];
    }),
  );
}

/** `count` runs and one more, with checks and metrics besides. */
export function runsOf(
  count: number,
  seed: string,
  {
    endpoints = someEndpoints(5),
    deviation = 0.03,
  }: { endpoints?: Record<string, SteadyEndpoint>; deviation?: number },
): Runs {
  const random = seededRandom(seed);
  const runs = someRuns(count + 1, endpoints, random, deviation).map((run) => withSeriesBesides(run, random, 10));
  return { window: runs.slice(0, count), candidate: runs[count] as RunRecord };
}

/** Real runs of the evaluation data, of some of their endpoints. */
const realRuns =
  (cell: number, windowRuns: number, endpoints: number): World =>
  (seed, cells) => {
    const random = seededRandom(seed);
    const runs = (cells[cell] as Cell).runs;
    const [build] = drawBuilds(runs.length, windowRuns, 1, 1, random);
    const kept = someOf(allOf(runs[0] as RunRecord), endpoints, random);
    const pick = (i: number): RunRecord => {
      const run = runs[i] as RunRecord;
      // Where the data lie on this machine is nobody's business.
      return { ...run, provenance: {}, endpoints: run.endpoints.filter(({ endpoint }) => kept.includes(endpoint)) };
    };
    return { window: (build?.window ?? []).map(pick), candidate: pick(build?.candidates[0] ?? 0) };
  };

function hostileEndpoints(seed: string): Record<string, SteadyEndpoint> {
  const random = seededRandom(`hostile ${seed}`);
  return Object.fromEntries(
    Array.from({ length: 6 }, (_, i) => [`${hostileName(random)}${i}`, { medianMs: 50 + 40 * i, requests: 300 }]),
  );
}

/** Every third run is much slower somewhere. */
function restlessRuns(count: number, seed: string): Runs {
  const { window, candidate } = runsOf(count, seed, {});
  return {
    window: window.map((run, i) => (i % 3 === 0 ? slowed(run, 1.7, [allOf(run)[(i / 3) % 5] ?? '']) : run)),
    candidate,
  };
}

const worlds: Readonly<Record<string, World>> = {
  'five-endpoints': (seed) => runsOf(6, seed, {}),
  'eight-endpoints': (seed) => runsOf(7, seed, { endpoints: someEndpoints(8) }),
  'one-endpoint': (seed) => runsOf(5, seed, { endpoints: { 'GET /items': { medianMs: 80, requests: 1500 } } }),
  'two-endpoints': (seed) => runsOf(8, seed, { endpoints: someEndpoints(2) }),
  'real-baseline': realRuns(0, 6, 5),
  'real-stress': realRuns(1, 5, 6),
  calm: (seed) => runsOf(10, seed, { deviation: 0.004, endpoints: someEndpoints(4) }),
  noisy: (seed) => runsOf(4, seed, { deviation: 0.15 }),
  'three-runs': (seed) => runsOf(3, seed, { endpoints: someEndpoints(4) }),
  'twenty-runs': (seed) => runsOf(20, seed, { endpoints: someEndpoints(3) }),
  'thirty-wild-runs': (seed) => runsOf(26, seed, { endpoints: someEndpoints(3), deviation: 0.12 }),
  restless: (seed) => restlessRuns(9, seed),
  quiet: (seed) => runsOf(6, seed, { endpoints: someEndpoints(5, [30, 60, 150, 250, 90]) }),
  'hostile-names': (seed) => runsOf(6, seed, { endpoints: hostileEndpoints(seed) }),
  'failing-before': (seed) => {
    const { window, candidate } = runsOf(6, seed, {});
    return { window: window.map((run) => failing(run, allOf(run), 0.01)), candidate };
  },
};

/** Judged as the gate does what it has measured. */
export function judgeStored(
  plan: JudgingPlan,
  { window, candidate }: Runs,
  facts: Partial<StoredFacts> = {},
  mode: 'stored' | 'record' = 'stored',
): Judged {
  const validity: Validity = judgeValidity(candidate, { targetWasReady: true });
  return judgeRuns(
    { ...plan, mode },
    { validity, record: candidate, stored: window, storeLabel: 'dir:runs', warnings: [], ...facts },
  );
}

/** Every change under many configurations in many worlds. */
function crossed(cells: readonly Cell[], count: number): NamedBuild[] {
  const [changed, configured, populated] = [changes, configurations, worlds].map(Object.keys) as [
    string[],
    string[],
    string[],
  ];
  const at = (list: readonly string[], i: number) => list[i % list.length] as string;
  return Array.from({ length: count }, (_, i) => {
    const round = Math.floor(i / changed.length);
    const change = at(changed, i);
    // Metrics are judged where they are listed, so their changes are looked at under such a configuration.
    const isAboutMetrics = change.startsWith('metrics');
    const configuration = isAboutMetrics
      ? at(['metrics', 'metrics-strict', 'metrics-the-other-way', 'usual'], round)
      : at(configured, i * 7 + round * 3);
    const world = at(populated, i * 4 + round * 7);
    return {
      name: `${change} ${configuration} ${world}`,
      judge: () => {
        const runs = (worlds[world] as World)(`stored ${i}`, cells);
        const candidate = (changes[change] as (run: RunRecord) => RunRecord)(runs.candidate);
        return judgeStored(configurations[configuration] as JudgingPlan, { ...runs, candidate });
      },
    };
  });
}

const usual = configurations['usual'] as JudgingPlan;
const doubting = configurations['fails-on-doubt'] as JudgingPlan;

/** Six runs and one more, the same in every build that needs no other. */
export function usualRuns(): Runs {
  return runsOf(6, 'usual', {});
}

export const slow = (run: RunRecord, factor = 1.5) => slowed(run, factor, [oneOf(run)]);

/** What makes a run unfit to be judged, and what of that only leads to a warning. */
const unfit: Readonly<Record<string, (run: RunRecord) => RunRecord>> = {
  'k6-could-not-run': (run) => ({
    ...run,
    exit: { ...run.exit, class: 'could-not-run', code: 107, message: 'ReferenceError: x is not defined' },
  }),
  'k6-bad-options': (run) => ({ ...run, exit: { ...run.exit, class: 'could-not-run', code: 104 } }),
  'k6-aborted': (run) => ({ ...run, exit: { ...run.exit, class: 'aborted', code: 108, message: 'test aborted' } }),
  'k6-killed': (run) => ({ ...run, exit: { ...run.exit, class: 'aborted', signal: 'SIGKILL' } }),
  interrupted: (run) => ({ ...run, exit: { ...run.exit, class: 'aborted', code: 105 } }),
  'all-warm-up': (run) => ({ ...run, durationMs: 4000, endpoints: [], metrics: [] }),
  'no-requests': (run) => ({ ...run, endpoints: [], metrics: [], iterations: 0 }),
  'only-metrics': (run) => ({ ...run, endpoints: [] }),
  'script-throws': (run) => ({
    ...run,
    iterations: 1000,
    exit: { ...run.exit, thrownIterations: 400, message: 'TypeError' },
  }),
  'script-throws-a-little': (run) => ({ ...run, iterations: 1000, exit: { ...run.exit, thrownIterations: 40 } }),
  throttled: (run) => throttled(run, 0.1),
  'throttled-a-little': (run) => throttled(run, 0.02),
  'bot-challenge': (run) => allFailed(run, '403'),
  'all-failed': (run) => allFailed(run, '500'),
  'all-404': (run) => allFailed(run, '404'),
  'died-at-the-end': (run) => allFailed(run, '503', 7),
  'unsent-requests': (run) => allFailed(run, 'error 1101'),
  'generator-saturated': (run) => ({
    ...run,
    generator: { peakCpuShare: 0.95, startLatenessMs: 400, readerLagMs: 6000 },
  }),
  'generator-busy': (run) => ({ ...run, generator: { peakCpuShare: 0.7, startLatenessMs: 80, readerLagMs: 2000 } }),
  'dropped-iterations': (run) => ({ ...run, iterations: 900, droppedIterations: 200 }),
};

function throttled(run: RunRecord, share: number): RunRecord {
  return withSeries(failing(run, allOf(run), share), allOf(run), (series) => ({
    ...series,
    outcomes: { '429': series.blocks.reduce((sum, block) => sum + block.failedRequests, 0) },
  }));
}

const accepted = (run: RunRecord, relativeChange: number, until: string): RecordedAcceptance => ({
  by: 'octocat',
  reason: 'the report now covers *all* shops',
  until,
  pullRequest: 7,
  figures: [{ subject: endpointSubject(oneOf(run)), metric: 'p95', relativeChange }],
});

/** Ten runs, of which the last one began a level that somebody had accepted; the candidate is at that level. */
export function acceptedRuns(candidateFactor: number, until = '2026-12-25', relativeChange = 0.4): Runs {
  const { window, candidate } = runsOf(8, 'accepted', {});
  const [last, ...others] = window.toReversed() as [RunRecord, ...RunRecord[]];
  const level = { ...slow(last, 1.4), accepted: accepted(last, relativeChange, until) };
  return { window: [...others.toReversed(), level], candidate: slow(candidate, candidateFactor) };
}

const withHard = (run: RunRecord, hard: RunRecord['fingerprint']['hard']): RunRecord => ({
  ...run,
  fingerprint: { ...run.fingerprint, hard: { ...run.fingerprint.hard, ...hard } },
});

/** The candidate comes through so few iterations that most endpoints can't be judged. */
function lostLoad(): Runs {
  const endpoints = someEndpoints(3, [120, 200, 90]);
  const { window, candidate } = runsOf(6, 'lost load', { endpoints });
  return {
    window: window.map((run) => ({ ...run, iterations: 600 })),
    candidate: { ...thinned(candidate, allOf(candidate), 0.2), iterations: 120 },
  };
}

/** Nine months in which the level changed twice, and red runs that agree. */
function monthsOf(red: readonly number[], level: (endpoint: string, run: number) => number): Runs {
  const runs = storedMonths({ endpoints: someEndpoints(3), runs: 24, seed: 'months', red, level });
  return { window: runs.slice(0, -1), candidate: runs.at(-1) as RunRecord };
}

const spike = (run: RunRecord) => ({
  ...run,
  exit: { ...run.exit, crossedThresholds: ['http_req_duration: p(95)<300'] },
});

function special(): NamedBuild[] {
  const build = (name: string, judge: () => Judged): NamedBuild => ({ name, judge });
  const { window, candidate } = usualRuns();
  const runs = { window, candidate };
  const sixty = () => runsOf(5, 'sixty', { endpoints: someEndpoints(60, [300, 220, 60]) });
  const [first, second, ...others] = window as [RunRecord, RunRecord, ...RunRecord[]];
  const named = (mode: 'one' | 'all', deployment: string) => (run: RunRecord, i: number) => ({
    ...run,
    provenance: { ...run.provenance, deployment: mode === 'one' ? deployment : `${deployment}-${i}` },
  });
  return [
    ...[0, 1, 2].map((count) =>
      build(`window-of-${count} slower`, () =>
        judgeStored(doubting, { window: window.slice(0, count), candidate: slow(candidate) }),
      ),
    ),
    build('window-of-2 usual', () => judgeStored(usual, { window: window.slice(0, 2), candidate })),
    ...Object.entries(unfit).map(([reason, spoil], i) =>
      build(`unfit ${reason}`, () =>
        judgeStored(i % 4 === 3 ? doubting : usual, { window, candidate: spoil(candidate) }),
      ),
    ),
    build('unfit never-fails', () =>
      judgeStored(planWith({}, { failOn: ['never'] }), { window, candidate: allFailed(candidate, '403') }),
    ),
    build('unfit all-failed only-measures', () =>
      judgeStored(planWith({}, { onlyMeasures: true }), { window, candidate: allFailed(candidate, '500') }),
    ),
    build('unfit target-gone', () => {
      const dead = allFailed(candidate, 'error 1050');
      return judgeStored(
        usual,
        { window, candidate: dead },
        { validity: judgeValidity(dead, { targetWasReady: false }) },
      );
    }),
    ...(['target-not-ready', 'hook-failed', 'target-not-used', 'job-missing'] as const).map((reason) =>
      build(`nothing-measured ${reason.replace('job-', 'leg-')}`, () =>
        judgeNothing(
          { ...usual, mode: 'stored' },
          { kind: 'invalid', reason, detail: `it was ${reason}`, hint: 'Look at the log.' },
          ['a warning'],
        ),
      ),
    ),
    build('crossed-thresholds unchanged', () => judgeStored(usual, { window, candidate: spike(candidate) })),
    build('crossed-thresholds slower', () => judgeStored(usual, { window, candidate: spike(slow(candidate)) })),
    build('crossed-thresholds slower only-k6', () =>
      judgeStored(planWith({}, { failOn: ['k6-thresholds'] }), { window, candidate: spike(slow(candidate)) }),
    ),
    build('crossed-thresholds ignored', () =>
      judgeStored(planWith({}, { failOn: ['regressed'] }), { window, candidate: spike(candidate) }),
    ),
    build('crossed-thresholds no-baseline', () =>
      judgeStored(usual, { window: window.slice(0, 1), candidate: spike(candidate) }),
    ),
    build('lost-load', () => judgeStored(usual, lostLoad())),
    build('accepted inside', () => judgeStored(usual, acceptedRuns(1.4))),
    build('accepted beyond', () => judgeStored(usual, acceptedRuns(2.2))),
    build('accepted over', () => judgeStored(usual, acceptedRuns(1.4, '2026-01-02'))),
    build('accepted strict', () =>
      judgeStored(planWith({ sensitivity: 'strict' }), acceptedRuns(1.5, '2026-12-25', 0.2)),
    ),
    build('quarantined some', () =>
      judgeStored(usual, {
        window: [...window, { ...slow(first), id: 'red', quarantined: { reason: 'it rose' } }],
        candidate,
      }),
    ),
    build('quarantined new-level', () =>
      judgeStored(
        usual,
        monthsOf([19, 20, 21, 22], (_, run) => (run >= 19 ? 1.6 : 1)),
      ),
    ),
    build('level-changed', () =>
      judgeStored(
        usual,
        monthsOf([], (_, run) => (run >= 12 ? 1.5 : 1)),
      ),
    ),
    build('level-changed slower', () =>
      judgeStored(
        usual,
        monthsOf([], (_, run) => (run >= 12 ? 1.5 : 1) * (run === 23 ? 1.4 : 1)),
      ),
    ),
    build('left-out', () =>
      judgeStored(
        usual,
        {
          window: [
            withHard({ ...first, id: 'other load' }, { load: 'a: constant-vus 5 VUs for 1m' }),
            { ...second, provenance: { pair: { id: 'p', side: 'baseline', order: 0 } } },
            { ...second, id: 'aborted', exit: { ...second.exit, class: 'aborted' } },
            ...others,
            others[0] as RunRecord,
          ],
          candidate: withHard(candidate, { load: 'a: constant-arrival-rate 5/1s for 1m' }),
        },
        { baselineChoice: 'up to the merge base 1234567', warnings: ['a run could not be read', ''] },
      ),
    ),
    build('other-machine', () =>
      judgeStored(usual, {
        window: window.map((run, i) => ({
          ...run,
          fingerprint: { ...run.fingerprint, soft: { k6Version: `2.${i % 2}.0`, cpu: 'A', image: 'ubuntu|24' } },
        })),
        candidate: { ...candidate, fingerprint: { ...candidate.fingerprint, soft: { k6Version: '2.2.0', cpu: 'B' } } },
      }),
    ),
    build('one-deployment', () => judgeStored(usual, { window: window.map(named('one', 'd')), candidate })),
    build('unsettled', () =>
      judgeStored(doubting, { window, candidate: slow(candidate) }, { unsettled: 'a slowdown is suspected' }),
    ),
    build('unsettled crossed-thresholds', () =>
      judgeStored(usual, { window, candidate: spike(slow(candidate)) }, { unsettled: 'a slowdown is suspected' }),
    ),
    build('objective-kept all-slower', () =>
      judgeStored(configurations['objectives-wide'] as JudgingPlan, { window, candidate: slowed(candidate, 1.6) }),
    ),
    build('objective-broken', () =>
      judgeStored(configurations['objectives-tight'] as JudgingPlan, { window, candidate: slowed(candidate, 8) }),
    ),
    build('only-measures slower', () =>
      judgeStored(planWith({}, { onlyMeasures: true }), { ...runs, candidate: slow(candidate) }),
    ),
    build('sixty-endpoints unchanged', () => judgeStored(usual, sixty())),
    build('sixty-endpoints one-slower', () => {
      const many = sixty();
      return judgeStored(usual, { ...many, candidate: slow(many.candidate, 1.8) });
    }),
    build('too-weak few-requests', () =>
      judgeStored(doubting, runsOf(5, 'weak', { endpoints: someEndpoints(3, [120, 110, 150]) })),
    ),
    build('too-weak wild', () => judgeStored(usual, runsOf(3, 'wild', { deviation: 0.5 }))),
    build('nothing-judged', () => judgeStored(usual, runsOf(5, 'few', { endpoints: someEndpoints(3, [20, 30, 40]) }))),
    build('shown calm', () =>
      judgeStored(usual, runsOf(12, 'calm', { deviation: 0.001, endpoints: someEndpoints(3, [3000]) })),
    ),
    build('shown calm tiny-rise', () => {
      const calm = runsOf(12, 'calm', { deviation: 0.001, endpoints: someEndpoints(3, [3000]) });
      return judgeStored(usual, { ...calm, candidate: slowed(calm.candidate, 1.06) });
    }),
    build('other-host', () => {
      const elsewhere = (run: RunRecord) =>
        withSeries(run, [oneOf(run)], (series) => ({ ...series, otherHost: 'cdn' }));
      return judgeStored(usual, { window: window.map(elsewhere), candidate: elsewhere(slow(candidate)) });
    }),
    build('endpoint-in-few-runs', () =>
      judgeStored(usual, {
        window: window.map((run, i) => (i < 2 ? run : { ...run, endpoints: run.endpoints.slice(1) })),
        candidate,
      }),
    ),
    build('checks-only-now', () =>
      judgeStored(configurations['metrics'] as JudgingPlan, {
        window: window.map((run) => ({ ...run, checks: [], metrics: [] })),
        candidate,
      }),
    ),
    build('checks-empty', () => {
      const none = candidate.checks.map((series) => ({ ...series, blocks: [] }));
      return judgeStored(usual, { window, candidate: { ...candidate, checks: none } });
    }),
    build('zero-latency', () => {
      const instant = aSteadyRun({ 'GET /': { medianMs: 0, requests: 400 } });
      return judgeStored(usual, {
        window: window.map(({ id, startedAt }) => ({ ...instant, id, startedAt })),
        candidate: { ...instant, id: candidate.id, startedAt: candidate.startedAt },
      });
    }),
    build('equal-latencies', () => {
      const equal = {
        'GET /': { medianMs: 100, requests: 2000, spread: 1 },
        'GET /b': { medianMs: 9, requests: 2000 },
      };
      const same = runsOf(6, 'equal', { endpoints: equal, deviation: 0 });
      return judgeStored(usual, { ...same, candidate: slowed(same.candidate, 1.2, ['GET /']) });
    }),
    build('check and metrics within-margin', () => {
      const { thresholds } = configurations['metrics'] as JudgingPlan;
      const metrics = thresholds.metrics.map((metric) => ({ ...metric, margin: 3 }));
      const margins = { ...thresholds.margins, errorRateIncrease: 0.5 };
      const change = (name: string) => changes[name] as (run: RunRecord) => RunRecord;
      return judgeStored(planWith({ metrics, margins }), {
        window,
        candidate: change('checks-fail')(change('metrics-double')(failing(candidate, allOf(candidate), 0.04))),
      });
    }),
    ...[1.14, 1.18, 1.22].map((factor) =>
      build(`vetoed-by-rank ${factor}`, () => {
        // One stored run stands out more than the candidate does, and elsewhere.
        const many = runsOf(20, 'rank', { endpoints: someEndpoints(3, [1500, 900]) });
        return judgeStored(usual, {
          window: many.window.map((run, i) => (i === 8 ? slowed(run, 4, ['GET /items']) : run)),
          candidate: slow(many.candidate, factor),
        });
      }),
    ),
    build('above-ceiling within-margin', () =>
      judgeStored(configurations['low-ceiling'] as JudgingPlan, {
        window,
        candidate: failing(candidate, allOf(candidate), 0.03),
      }),
    ),
    build('block-lost', () => {
      const holed = withBlocks(candidate, [oneOf(candidate)], (block) => ({ ...block, index: block.index + 3 }));
      return judgeStored(usual, { window, candidate: holed });
    }),
  ];
}

/** 300 builds that are judged against stored runs. */
export function storedBuilds(cells: readonly Cell[]): NamedBuild[] {
  const ofEachKind = special();
  return [...crossed(cells, 300 - ofEachKind.length), ...ofEachKind];
}
