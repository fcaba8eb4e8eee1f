import { existsSync } from 'node:fs';
import { getIDToken, setFailed } from '@actions/core';
import { actionLog, jobSummary, setActionOutputs, writeJobSummary } from '../adapters/actions/action-log.ts';
import { reportFiles, reportPaths } from '../adapters/files/report-files.ts';
import { duetLines } from '../adapters/terminal/duet-view.ts';
import type { Config } from '../config/config.ts';
import { rightsOf } from '../core/platform/run-rights.ts';
import { guardWorkflowCommands } from '../core/report/escape.ts';
import { calibrationMarkdown, calibrationText } from '../core/report/render/calibration-report.ts';
import { reportOutputs } from '../core/report/render/report-outputs.ts';
import { renderText } from '../core/report/render/text-report.ts';
import type { DecidedRun, GateResult, World } from '../gate/gate.ts';
import { promoteMerged, reuseVerdict, type TakeOver } from '../gate/take-over.ts';
import { changedFilesOfEvent, pullRequestChanges } from '../wiring/changed-files.ts';
import { decideMeasured } from '../wiring/decide-measured.ts';
import { judgingPlan, measureAndCalibrate, measureAndJudge, type Surroundings } from '../wiring/measure-and-judge.ts';
import { narrator } from '../wiring/narrator.ts';
import { githubSide, pullRequestRuns, runsOfEarlierAttempt } from '../wiring/open-github.ts';
import { baselineForEvent } from '../wiring/open-store.ts';
import type { ActionJob } from './action-job.ts';

/** Exit code of a run that the runner canceled; nothing was reported or stored. */
const canceledExitCode = 130;

const clock = { now: () => Date.now() };

/** Compares with the baseline beside it or with the stored runs; in a merge queue an equal tree needs no load. */
export async function compare(job: ActionJob): Promise<GateResult> {
  const { config, platform, provenance } = job;
  const mode = config.duet !== undefined && config.mode !== 'stored' ? 'duet' : 'stored';
  const world = await reportingWorld(job, {
    store: mode === 'stored' ? storeForEvent(job) : job.store,
    isRecorded: false,
  });
  if (platform.mergeGroup !== undefined) {
    const plan = { ...judgingPlan(config), unchangedJobs: [], repeats: config.betweenJobs.repeats };
    const before = await reuseVerdict(plan, takeOver(job, world));
    if (before.kind === 'decided') return before.result;
    warnNotTakenOver(before.why);
  }
  const { commit } = provenance;
  const earlierAttempt = () =>
    runsOfEarlierAttempt(job.api, { name: config.name, commit, run: job.event.workflowRun }, actionLog);
  return measureAndJudge(await configForComparison(job), mode, provenance, { ...world, earlierAttempt });
}

/** Who decides about a stranger's change does so from the one run that this job leaves behind. */
async function configForComparison({ configForLoad, platform }: ActionJob): Promise<Config> {
  const config = await configForLoad();
  return rightsOf(platform).head === 'ours' ? config : { ...config, maxRepeats: 0 };
}

/** Stores a run of the default branch; without a target the one that its pull request was measured with. */
export async function record(job: ActionJob): Promise<GateResult | undefined> {
  const { config, provenance } = job;
  const world = await reportingWorld(job, { store: job.store, isRecorded: true });
  if (config.target !== undefined) {
    return measureAndJudge(await job.configForLoad(), 'record', provenance, world);
  }
  const before = await promoteMerged(judgingPlan(config), provenance, takeOver(job, world));
  if (before.kind === 'decided') return before.result;
  warnNotTakenOver(before.why);
  return undefined;
}

/** Measures, and leaves the verdict and everything that is said on GitHub to the job that decides. */
export async function measure(job: ActionJob): Promise<GateResult> {
  const mode = job.config.duet === undefined ? 'stored' : 'duet';
  const store = mode === 'stored' ? storeForEvent(job) : job.store;
  const world = { ...silentWorld(job), store, notices: [], sinks: [jobSummary, reportFiles(job.config.reportDir)] };
  return measureAndJudge(await job.configForLoad(), mode, job.provenance, world);
}

/** Decides about what other jobs measured, without load. */
export async function decide(job: ActionJob): Promise<GateResult> {
  const world = await reportingWorld(job, { store: storeForEvent(job), isRecorded: false });
  return decideMeasured(job.config, world, { event: job.platform, api: job.api });
}

/** Measures the same code on both sides; nothing is gated. */
export async function calibrate(job: ActionJob): Promise<void> {
  const result = await measureAndCalibrate(job.config, job.provenance, {
    ...silentWorld(job),
    store: job.store,
    write: async (report) => {
      process.stdout.write(guardWorkflowCommands(calibrationText(report, 100)));
      await writeJobSummary(calibrationMarkdown(report));
    },
  });
  if (result.kind === 'calibrated') return;
  process.exitCode = result.kind === 'interrupted' ? canceledExitCode : 3;
  if (result.kind === 'not-measured') setFailed(`INVALID: could not measure: ${result.detail}\n${result.hint}`);
}

/** What the run came to, for later steps and for the runner; undefined: there was nothing to do. Reporting is done by now. */
export function finish(result: GateResult | undefined, { config }: ActionJob): void {
  if (result === undefined) return;
  if (result.kind === 'interrupted') {
    if (result.interim !== undefined) setReportOutputs(result.interim, config);
    const left =
      result.interim === undefined ? 'nothing was reported or stored' : 'what was suspected is left unsettled';
    actionLog.info(`Canceled: k6 was stopped, ${left}.`);
    process.exitCode = canceledExitCode;
    return;
  }
  const { report, decided } = result;
  setReportOutputs(result, config);
  process.stdout.write(renderText(report));
  if (decided.outcome.exitCode === 0) return;
  setFailed(`${report.badge}: ${report.headline}`);
  process.exitCode = decided.outcome.exitCode;
}

function setReportOutputs({ report, record: measured }: DecidedRun, { reportDir }: Config): void {
  const paths = reportPaths(reportDir);
  setActionOutputs({
    ...reportOutputs(report),
    'report-html': existsSync(paths.html) ? paths.html : '',
    'report-json': existsSync(paths.json) ? paths.json : '',
    'report-junit': existsSync(paths.junit) ? paths.junit : '',
    'run-record': measured !== undefined && existsSync(paths.runRecord) ? paths.runRecord : '',
  });
}

function silentWorld({ api, platform, signal }: ActionJob) {
  return {
    deployments: { api, event: platform },
    progress: duetLines(actionLog, () => performance.now()),
    log: actionLog,
    signal,
    onInterrupt: 'leave-no-trace' as const,
  };
}

/** The world of a run that is told of on the pull request. */
async function reportingWorld(
  job: ActionJob,
  given: Pick<World, 'store'> & { readonly isRecorded: boolean },
): Promise<World & Surroundings> {
  const { config, platform, api, event, inputs } = job;
  const changes = pullRequestChanges(platform, api);
  const github = await githubSide(config, {
    ...{ changes, api, event: platform, run: event.workflowRun, inputs, environment: process.env, log: actionLog },
    isRecorded: given.isRecorded,
    onComment: (url) => setActionOutputs({ 'comment-url': url }),
  });
  return {
    ...silentWorld(job),
    store: given.store,
    ...(github.acceptor && { acceptor: github.acceptor }),
    notices: github.notices,
    narrator: narrator(config, {
      ...{ environment: process.env, log: actionLog, ...runnerIdentity() },
      changedFiles: changedFilesOfEvent(platform, changes, actionLog),
    }),
    sinks: [jobSummary, reportFiles(config.reportDir), ...github.sinks],
  };
}

/** A duet needs of the store only what equal code showed; a recorded run is judged by every run before it. */
function storeForEvent({ store, platform, api }: ActionJob) {
  return baselineForEvent(store, { event: platform, api, clock, log: actionLog });
}

function takeOver({ api, platform }: ActionJob, world: World): TakeOver {
  return { runs: api && pullRequestRuns(api), event: platform, world };
}

function warnNotTakenOver(why: string): void {
  actionLog.warn(`Nothing was taken over from an earlier measurement: ${why}.`);
}

/** The runner gives identity tokens only to jobs that may ask for them. */
function runnerIdentity() {
  return process.env['ACTIONS_ID_TOKEN_REQUEST_URL'] ? { runnerToken: getIDToken } : {};
}
