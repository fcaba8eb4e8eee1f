import { existsSync } from 'node:fs';
import { debug, getIDToken, setFailed, setSecret } from '@actions/core';
import {
  actionLog,
  jobSummary,
  readActionInputs,
  setActionOutputs,
  writeJobSummary,
} from './adapters/actions/action-log.ts';
import { type EventContext, readEventContext } from './adapters/actions/event-context.ts';
import { reportFiles, reportPaths } from './adapters/files/report-files.ts';
import { currentCommit } from './adapters/git/current-commit.ts';
import { secretForms } from './adapters/target/redact-secret.ts';
import { duetLines } from './adapters/terminal/duet-view.ts';
import type { Config } from './config/config.ts';
import { guardWorkflowCommands } from './core/report/escape.ts';
import { calibrationMarkdown, calibrationText } from './core/report/render/calibration-report.ts';
import { reportOutputs } from './core/report/render/report-outputs.ts';
import { renderText } from './core/report/render/text-report.ts';
import type { Provenance } from './core/run-record/run-record.ts';
import { GateError } from './errors.ts';
import type { GateResult, World } from './gate/gate.ts';
import type { DuetProgress } from './ports.ts';
import { baselineForEvent, guardedStore } from './wiring/baseline-for-event.ts';
import { changedFilesOfEvent, pullRequestChanges } from './wiring/changed-files.ts';
import { decideMeasured } from './wiring/decide-measured.ts';
import { configurationReader } from './wiring/gate-before-change.ts';
import { githubSide } from './wiring/github-side.ts';
import { loadConfig } from './wiring/load-config.ts';
import type { DeploymentSource } from './wiring/locate-sides.ts';
import { measureAndCalibrate, measureAndJudge, type RunMode } from './wiring/measure-and-judge.ts';
import { decideWithoutLoad } from './wiring/measured-before.ts';
import { narrator } from './wiring/narrator.ts';
import { openGitHub } from './wiring/open-github.ts';
import { openStore } from './wiring/open-store.ts';
import { completeEvent, refuseRecording, refuseStrangersScripts } from './wiring/refuse-strangers-scripts.ts';

/** Exit code of a run that the runner canceled; nothing was reported or stored. */
const canceledExitCode = 130;

/** The Action: inputs in, gate, outputs and exit code out. */
async function main(): Promise<void> {
  const signal = cancelSignal();
  const event = await readEventContext(process.env);
  const inputs = readActionInputs(process.env);
  const token = inputs['github-token'] || process.env['GITHUB_TOKEN'];
  const api = openGitHub(process.env, token, actionLog);
  const platform = await completeEvent(event.platform, api);
  const configAs = (needs: 'load' | 'comparison') =>
    loadConfig({
      inputs,
      isAction: true,
      // Without GitHub a branch would be pushed with whatever credentials git finds.
      defaults: { name: event.defaultName, ...(api && { 'baseline-store': 'branch:tailgate-baselines' }) },
      needs,
      readText: configurationReader(platform, api, actionLog),
    });
  const config = await configAs(mayDoWithoutLoad(event) ? 'comparison' : 'load');
  for (const secret of secretsOf(config, token)) setSecret(secret);
  // Deciding runs no script, whoever wrote it.
  if (config.mode !== 'decide') await refuseStrangersScripts(platform, config.scripts);
  const opened = openStore(config, { environment: process.env, log: actionLog, ...(token && { token }) });
  const store = guardedStore(opened, platform);
  if (config.mode === 'calibrate') {
    await calibrate(config, await provenanceOf(event), { store, signal, deployments: { api, event: platform } });
    return;
  }
  const mode = config.mode === 'decide' ? config.mode : modeOf(config.mode, config, event);
  if (mode === 'record') refuseRecording(platform);
  const changes = pullRequestChanges(platform, api);
  const github = await githubSide(config, {
    changes,
    api: config.mode === 'measure' ? undefined : api,
    event: platform,
    run: event.workflowRun,
    inputs,
    environment: process.env,
    log: actionLog,
    isRecorded: mode === 'record',
    onComment: (url) => setActionOutputs({ 'comment-url': url }),
  });
  const world: World & { readonly progress: DuetProgress; readonly deployments: DeploymentSource } = {
    deployments: { api, event: platform },
    ...(github.acceptor && { acceptor: github.acceptor }),
    notices: github.notices,
    progress: duetLines(actionLog, () => performance.now()),
    store: comparesWithStored(mode) ? baselineForEvent(store, { event: platform, api, clock, log: actionLog }) : store,
    ...(config.mode !== 'measure' && {
      narrator: narrator(config, {
        ...{ environment: process.env, log: actionLog, ...runnerIdentity() },
        changedFiles: changedFilesOfEvent(platform, changes, actionLog),
      }),
    }),
    sinks: [jobSummary, reportFiles(config.reportDir), ...github.sinks],
    log: actionLog,
    signal,
    onInterrupt: 'leave-no-trace',
  };
  const provenance = await provenanceOf(event);
  const before = await decideWithoutLoad(config, mode, { api, event: platform, provenance, world });
  if (before?.kind === 'decided') return finish(before.result, config);
  if (mode === 'decide') return finish(await decideMeasured(config, world, { event: platform, api }), config);
  if (before !== undefined) {
    actionLog.warn(`Nothing was taken over from an earlier measurement: ${before.why}.`);
    if (mode === 'record') return;
  }
  // Says what is missing where load is made after all.
  const whole = config.target === undefined || config.scripts.length === 0 ? await configAs('load') : config;
  finish(await measureAndJudge(whole, mode, provenance, world), config);
}

/** A push of the default branch and a merge group may find that this code was measured before. */
function mayDoWithoutLoad({ platform, isDefaultBranchPush }: EventContext): boolean {
  return isDefaultBranchPush || platform.mergeGroup !== undefined;
}

const clock = { now: () => Date.now() };

/** A duet needs of the store only what equal code showed; a recorded run is judged by every run before it. */
function comparesWithStored(mode: RunMode | 'decide'): boolean {
  return mode === 'stored' || mode === 'decide';
}

/** Everything that must be in no log, in every form that it may be written in. */
function secretsOf({ bypassHeader, narrative }: Config, token = ''): string[] {
  return [...secretForms(bypassHeader?.value ?? ''), token, narrative.apiKey ?? ''].filter(Boolean);
}

/** The runner gives identity tokens only to jobs that may ask for them. */
function runnerIdentity() {
  return process.env['ACTIONS_ID_TOKEN_REQUEST_URL'] ? { runnerToken: getIDToken } : {};
}

/** Measures the same code on both sides; nothing is gated. */
async function calibrate(
  config: Config,
  provenance: Provenance,
  given: Pick<World, 'store' | 'signal'> & { readonly deployments: DeploymentSource },
): Promise<void> {
  const result = await measureAndCalibrate(config, provenance, {
    ...given,
    progress: duetLines(actionLog, () => performance.now()),
    write: async (report) => {
      process.stdout.write(guardWorkflowCommands(calibrationText(report, 100)));
      await writeJobSummary(calibrationMarkdown(report));
    },
    log: actionLog,
    onInterrupt: 'leave-no-trace',
  });
  if (result.kind === 'calibrated') return;
  process.exitCode = result.kind === 'interrupted' ? canceledExitCode : 3;
  if (result.kind === 'not-measured') setFailed(`INVALID: could not measure: ${result.detail}\n${result.hint}`);
}

/** What the run came to, for later steps and for the runner. Reporting is done by now. */
function finish(result: GateResult, config: Config): void {
  if (result.kind === 'interrupted') {
    actionLog.info('Canceled: k6 was stopped, nothing was reported or stored.');
    process.exitCode = canceledExitCode;
    return;
  }
  const { report, record, decided } = result;
  const paths = reportPaths(config.reportDir);
  setActionOutputs({
    ...reportOutputs(report),
    'report-html': existsSync(paths.html) ? paths.html : '',
    'report-json': existsSync(paths.json) ? paths.json : '',
    'report-junit': existsSync(paths.junit) ? paths.junit : '',
    'run-record': record !== undefined && existsSync(paths.runRecord) ? paths.runRecord : '',
  });
  process.stdout.write(renderText(report));
  if (decided.outcome.exitCode === 0) return;
  setFailed(`${report.badge}: ${report.headline}`);
  process.exitCode = decided.outcome.exitCode;
}

function modeOf(mode: RunMode | 'auto' | 'measure', config: Config, event: EventContext): RunMode {
  if (mode !== 'auto' && mode !== 'measure') return mode;
  if (config.duet !== undefined) return 'duet';
  return event.isDefaultBranchPush && mode === 'auto' ? 'record' : 'stored';
}

/** The event knows the commit that is meant; on pull requests the checked-out one is a merge of it. */
async function provenanceOf({ commit, branch, workflowRun }: EventContext): Promise<Provenance> {
  return {
    ...(await currentCommit(process.cwd())),
    ...(commit !== undefined && { commit }),
    ...(branch !== undefined && { branch }),
    ...(workflowRun !== undefined && { workflowRun }),
  };
}

/** The runner cancels with SIGINT, SIGTERM 7.5 s later, and a kill 2.5 s after that. */
function cancelSignal(): AbortSignal {
  const controller = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, () => controller.abort(name));
  return controller.signal;
}

// A log that can't be written must not look like a failed gate.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);

try {
  await main();
} catch (error) {
  if (error instanceof Error && error.stack !== undefined) debug(error.stack);
  if (error instanceof GateError) setFailed(`${error.message}\n${error.hint} (${error.code})`);
  else setFailed(error instanceof Error ? error.message : String(error));
  process.exitCode = error instanceof GateError ? error.exitCode : 3;
}
