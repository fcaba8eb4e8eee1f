import { join, resolve } from 'node:path';
import { type Cell, readCells } from '../../evaluation/cell.ts';
import { looksAt } from '../../src/core/comparison/paired/duet-plan.ts';
import type { MeasuredJob } from '../../src/core/joining/measured-job.ts';
import { buildReport } from '../../src/core/report/model/report-model.ts';
import { type ReportJson, renderJson } from '../../src/core/report/render/report-json.ts';
import type { RunRecord } from '../../src/core/run-record/run-record.ts';
import { judgeValidity } from '../../src/core/validity/judge-validity.ts';
import { type Judged, type JudgingPlan, judgeRuns, notStored } from '../../src/gate/judge.ts';
import { type JobsFacts, type JobsPlan, judgeJobs } from '../../src/gate/judge-jobs.ts';
import { type Confirmation, settleSuspicion } from '../../src/gate/settle-suspicion.ts';
import { slowed } from '../support/a-steady-run.ts';
import { recordedLog } from '../support/recorded-log.ts';
import { allFailed, configurations, failing, oneOf, planWith } from './changes.ts';
import { measurerOf, pairedBuilds, type Sides, sidesOf } from './paired-builds.ts';
import {
  acceptedRuns,
  judgeStored,
  type NamedBuild,
  runsOf,
  slow,
  someEndpoints,
  storedBuilds,
  usualRuns,
} from './stored-builds.ts';

/** One build of the corpus. */
export interface CorpusBuild {
  /** Kind, number and what is in it: `stored-017 one-endpoint-50 strict five-endpoints`. */
  readonly id: string;
  /** The report for machines, as it is written to its file. */
  report(): Promise<ReportJson>;
}

/** All builds, in the order in which they are frozen; the same on every machine. */
export async function corpusBuilds(): Promise<CorpusBuild[]> {
  const cells: Cell[] = await readCells(resolve(import.meta.dirname, join('..', '..', 'evaluation', 'data')));
  return [
    ...numbered('stored', storedBuilds(cells)),
    ...numbered('paired', pairedBuilds(cells)),
    ...numbered('matrix', matrixBuilds()),
    ...numbered('confirm', confirmBuilds()),
    ...numbered('record', recordBuilds()),
  ];
}

function numbered(kind: string, builds: readonly NamedBuild[]): CorpusBuild[] {
  return builds.map(({ name, judge }, i) => ({
    id: `${kind}-${String(i + 1).padStart(3, '0')} ${name}`,
    report: async () => JSON.parse(renderJson(buildReport(await judge()))) as ReportJson,
  }));
}

const usual = configurations['usual'] as JudgingPlan;

function jobsPlan(overrides: Partial<JobsPlan> = {}): JobsPlan {
  return { ...usual, unchangedJobs: [], repeats: 'auto', ...overrides };
}

function judge(facts: Partial<JobsFacts>, plan: Partial<JobsPlan> = {}): Judged {
  const none = { jobs: [], furtherRuns: [], stored: [], storeLabel: 'dir:runs', warnings: [] };
  return judgeJobs(jobsPlan(plan), { ...none, ...facts });
}

/** Stored runs and a newer one of the job `name`. */
function jobRuns(name: string): { stored: RunRecord[]; candidate: RunRecord } {
  const { window, candidate } = runsOf(6, `leg ${name}`, { endpoints: someEndpoints(3, [1200, 500]) });
  const ofJob = (run: RunRecord): RunRecord => ({
    ...run,
    id: `${run.id} ${name}`,
    fingerprint: { ...run.fingerprint, hard: { name } },
  });
  return { stored: window.map(ofJob), candidate: ofJob(candidate) };
}

function duetJob(name: string, { baseline, candidate }: Sides): MeasuredJob {
  const named = (run: RunRecord): RunRecord => ({
    ...run,
    fingerprint: { ...run.fingerprint, hard: { ...run.fingerprint.hard, name } },
  });
  return {
    artifact: name,
    records: [named(candidate)],
    duet: { baseline: named(baseline), order: 'alternating', placement: 'one-host', ...fixedFor(16, candidate) },
  };
}

/** What the measuring job fixed before its first request. */
function fixedFor(plannedPairs: number, { id, provenance }: RunRecord) {
  return { plannedPairs, looks: looksAt(plannedPairs), seed: provenance.pair?.id ?? id };
}

type JobChange = (run: RunRecord) => RunRecord;
const same: JobChange = (run) => run;
const slower: JobChange = (run) => slow(run, 1.6);

/** Jobs by name, each with what its change did: stored ones, and `duet-…` beside their baseline. */
function judgeMatrix(
  jobs: Readonly<Record<string, JobChange>>,
  plan: Partial<JobsPlan> = {},
  more: readonly MeasuredJob[] = [],
): Judged {
  const measured = Object.entries(jobs).map(([name, change]): { stored: RunRecord[]; job: MeasuredJob } => {
    if (name.startsWith('duet')) {
      const sides = sidesOf(name);
      return { stored: [], job: duetJob(name, { ...sides, candidate: change(sides.candidate) }) };
    }
    const { stored, candidate } = jobRuns(name);
    return { stored, job: { artifact: name, records: [change(candidate)] } };
  });
  const stored = measured.flatMap((one) => one.stored);
  return judge({ jobs: [...measured.map(({ job }) => job), ...more], stored }, plan);
}

function matrixBuilds(): NamedBuild[] {
  const dead: JobChange = (run) => allFailed(run, '500');
  const crossing: JobChange = (run) => ({ ...run, exit: { ...run.exit, crossedThresholds: ['checks: rate>0.9'] } });
  const broken: JobChange = (run) => ({ ...run, exit: { ...run.exit, class: 'aborted', code: 108 } });
  const named = (name: string, judgeIt: () => Judged): NamedBuild => ({ name, judge: judgeIt });
  const metrics = configurations['metrics'] as JudgingPlan;
  return [
    named('two-stored unchanged', () => judgeMatrix({ shop: same, admin: same })),
    named('two-stored one-slower', () => judgeMatrix({ shop: same, admin: slower })),
    named('three-stored two-slower', () => judgeMatrix({ shop: slower, admin: slower, api: same })),
    named('four-stored unchanged', () => judgeMatrix({ shop: same, admin: same, api: same, search: same })),
    named('four-stored all-slower', () =>
      judgeMatrix({ shop: (run) => slowed(run, 1.5), admin: slower, api: slower, search: slower }),
    ),
    named('stored-and-duet unchanged', () => judgeMatrix({ shop: same, 'duet-api': same })),
    named('stored-and-duet duet-slower', () => judgeMatrix({ shop: same, 'duet-api': slower })),
    named('two-duets one-slower', () => judgeMatrix({ 'duet-a': same, 'duet-b': (run) => slow(run, 1.9) })),
    named('three-mixed errors', () =>
      judgeMatrix({ shop: same, 'duet-a': (run) => failing(run, [oneOf(run)], 0.06), api: same }),
    ),
    named('missing-job', () => judgeMatrix({ shop: same, admin: same }, { jobs: ['shop', 'admin', 'api'] })),
    named('missing-job one-slower', () => judgeMatrix({ shop: slower }, { jobs: ['shop', 'api'] })),
    named('unchanged-job', () => judgeMatrix({ shop: same, admin: slower }, { unchangedJobs: ['api', 'search'] })),
    named('only-unchanged-jobs', () => judgeMatrix({}, { jobs: [], unchangedJobs: ['api', 'search'] })),
    named('all-failed-job', () => judgeMatrix({ shop: same, admin: dead })),
    named('crossed-thresholds-job', () => judgeMatrix({ shop: same, admin: crossing })),
    named('invalid-job', () => judgeMatrix({ shop: same, admin: broken })),
    named('job-without-run', () =>
      judgeMatrix({ shop: same }, {}, [{ artifact: 'api', records: [], notMeasured: 'target-not-ready' }]),
    ),
    named('job-without-baseline', () => {
      const { stored, candidate } = jobRuns('shop');
      const alone = jobRuns('new').candidate;
      const jobs = [candidate, alone].map((record): MeasuredJob => ({ artifact: record.id, records: [record] }));
      return judge({ jobs, stored });
    }),
    named('duet-unsettled-among-four', () => {
      // By itself this job is sure after a part of its pairs; under a quarter of alpha it isn't.
      const sides = sidesOf('duet-doubt', { pairs: 40 });
      const job = duetJob('duet-doubt', { ...sides, candidate: slow(sides.candidate, 1.3) });
      const pairs = 12;
      const first = (run: RunRecord): RunRecord => ({
        ...run,
        endpoints: run.endpoints.map((one) => ({ ...one, blocks: one.blocks.filter(({ index }) => index < pairs) })),
      });
      const cut: MeasuredJob = {
        ...job,
        records: job.records.map(first),
        ...(job.duet && {
          duet: { ...job.duet, baseline: first(job.duet.baseline), ...fixedFor(40, sides.candidate) },
        }),
      };
      return judgeMatrix({ shop: same, admin: same, api: same }, {}, [cut]);
    }),
    named('metrics rules hostile-names', () =>
      judgeMatrix(
        { 'shop | *a*': slower, '<b>admin</b>': same },
        { ...metrics, thresholds: { ...metrics.thresholds, rules: [{ pattern: 'GET *', weight: 3 }] } },
      ),
    ),
  ];
}

/** Five deployments that were measured twice, so that it is known what repeats add. */
function repeatedDeployments(): { stored: RunRecord[]; fresh: RunRecord[] } {
  const { window } = runsOf(16, 'deployments', { endpoints: someEndpoints(4) });
  const stored = window.slice(0, 12).map((run, i) => ({ ...run, provenance: { deployment: `d${Math.floor(i / 2)}` } }));
  const fresh = window.slice(12).map((run, i) => ({ ...run, provenance: { deployment: `f${i}`, machine: `m${i}` } }));
  return { stored, fresh };
}

async function settled(factors: readonly number[], duet?: Sides): Promise<Judged> {
  const { stored, fresh } = repeatedDeployments();
  const runs = fresh.map((run, i) => slow(run, factors[i] ?? 1));
  const [record, ...repeats] = runs as [RunRecord, ...RunRecord[]];
  const plan = { ...usual, mode: 'stored' } as const;
  const validity = judgeValidity(record, { targetWasReady: true });
  const facts = { validity, record, stored, storeLabel: 'dir:runs', warnings: ['a notice'] };
  const left = [...repeats];
  const confirmation: Confirmation =
    duet === undefined
      ? {
          kind: 'repeats',
          maxRepeats: 2,
          measurer: { measure: async () => ({ kind: 'measured', record: left.shift() as RunRecord }) },
        }
      : { kind: 'duet', duet: { measurer: measurerOf(duet), progress: { show: () => {}, end: () => {} } } };
  const { signal } = new AbortController();
  return settleSuspicion(plan, facts, judgeRuns(plan, facts), {
    confirmation,
    signal,
    log: recordedLog(),
    beforeRepeat: async () => {},
  });
}

function confirmBuilds(): NamedBuild[] {
  const { window, candidate } = usualRuns();
  const again = (factors: readonly number[]) => {
    const { stored, fresh } = repeatedDeployments();
    const [first, ...furtherRuns] = fresh.map((run, i) => slow(run, factors[i] ?? 1)) as [RunRecord, ...RunRecord[]];
    return { stored, jobs: [{ artifact: 'shop', records: [first] }], furtherRuns };
  };
  const sides = sidesOf('settles');
  const unfit = { ...sides.baseline, exit: { ...sides.baseline.exit, class: 'aborted' } } as const;
  return [
    { name: 'repeats acquitted', judge: () => settled([1.5, 1, 1]) },
    { name: 'repeats confirmed', judge: () => settled([1.5, 1.5, 1.5]) },
    { name: 'duet acquitted', judge: () => settled([1.5], sides) },
    { name: 'duet confirmed', judge: () => settled([1.5], { ...sides, candidate: slow(sides.candidate, 1.7) }) },
    { name: 'duet unsettled', judge: () => settled([1.5], { ...sides, baseline: unfit }) },
    { name: 'further-runs acquitted', judge: () => judge(again([1.5, 1, 1, 1])) },
    { name: 'further-runs confirmed', judge: () => judge(again([1.4, 1.4, 1.4, 1.4]), { repeats: 'fresh' }) },
    {
      name: 'further-runs left-out same-runner',
      judge: () => {
        const { furtherRuns, ...facts } = again([1.4, 1.3, 1.2, 1.1]);
        const [one, ...others] = furtherRuns as [RunRecord, ...RunRecord[]];
        const broken: RunRecord = { ...one, exit: { ...one.exit, class: 'aborted' } };
        return judge({ ...facts, furtherRuns: [broken, ...others, ...others] }, { repeats: 'same-runner' });
      },
    },
    {
      name: 'leg unsettled',
      judge: () =>
        judge({ stored: window, jobs: [{ artifact: 'shop', records: [slow(candidate)], isUnsettled: true }] }),
    },
    {
      name: 'repeats half-shared',
      judge: () => {
        const repeats = runsOf(8, 'usual', {})
          .window.slice(-2)
          .map((run) => slow(run, 1.25));
        return judgeStored(usual, { window, candidate: slow(candidate, 1.25) }, { repeats, sharedVariance: 0.5 });
      },
    },
  ];
}

function recordBuilds(): NamedBuild[] {
  const { window, candidate } = usualRuns();
  const record = (
    name: string,
    changed: RunRecord,
    {
      stored = window,
      storeFailure,
      plan = usual,
    }: { stored?: readonly RunRecord[]; storeFailure?: string; plan?: JudgingPlan } = {},
  ): NamedBuild => ({
    name,
    judge: () => {
      const judged = judgeStored(plan, { window: stored, candidate: changed }, {}, 'record');
      return storeFailure === undefined ? judged : notStored(judged, storeFailure);
    },
  });
  const ofAccepted = acceptedRuns(1.4);
  const red = (run: RunRecord) => ({ ...slow(run), quarantined: { reason: 'it rose' } });
  return [
    record('unchanged', candidate),
    record('slower', slow(candidate)),
    record('first-run', candidate, { stored: [] }),
    record('quarantined-before', candidate, { stored: window.map((run, i) => (i === 4 ? red(run) : run)) }),
    record('quarantined three-agree', slow(candidate), { stored: window.map((run, i) => (i > 2 ? red(run) : run)) }),
    record('store-failure', candidate, { storeFailure: 'the branch is protected.' }),
    record('store-failure slower', slow(candidate), { storeFailure: 'the disk is full.' }),
    record('accepted-level', ofAccepted.candidate, { stored: ofAccepted.window }),
    record('all-failed', allFailed(candidate, '500')),
    record('only-measures metrics', candidate, {
      plan: planWith(
        { metrics: (configurations['metrics'] as JudgingPlan).thresholds.metrics },
        { onlyMeasures: true },
      ),
    }),
  ];
}
