import { setSecret } from '@actions/core';
import { actionLog, readActionInputs } from '../adapters/actions/action-log.ts';
import { type EventContext, readEventContext } from '../adapters/actions/event-context.ts';
import { requireReportFolder } from '../adapters/files/report-files.ts';
import { currentCommit } from '../adapters/git/current-commit.ts';
import type { GitHubClient } from '../adapters/github/github-client.ts';
import { secretForms } from '../adapters/target/redact-secret.ts';
import type { Config } from '../config/config.ts';
import type { PlatformEvent } from '../core/platform/platform-event.ts';
import type { Provenance } from '../core/run-record/run-record.ts';
import { defined } from '../defined.ts';
import type { BaselineStore } from '../ports.ts';
import { configurationReader } from '../wiring/gate-before-change.ts';
import { loadConfig } from '../wiring/load-config.ts';
import { openGitHub } from '../wiring/open-github.ts';
import { guardedStore, openStore } from '../wiring/open-store.ts';
import { completeEvent, refuseRecording, refuseStrangersScripts } from '../wiring/refuse-strangers-scripts.ts';

/** A job of a workflow, read once: what it is about, what it may do, and what it is asked for. */
export interface ActionJob {
  readonly useCase: 'calibrate' | 'measure' | 'decide' | 'record' | 'compare';
  readonly config: Config;
  /** `config`, or every problem that keeps it from making load. Throws `GateError` CONFIG_INVALID. */
  readonly configForLoad: () => Promise<Config>;
  readonly event: EventContext;
  readonly platform: PlatformEvent;
  readonly provenance: Provenance;
  /** Absent without a token. */
  readonly api: GitHubClient | undefined;
  readonly store: BaselineStore;
  readonly inputs: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
}

/** Reads the event, the inputs and the configuration; throws `GateError` for what must not run here. */
export async function readJob(environment: NodeJS.ProcessEnv, signal: AbortSignal): Promise<ActionJob> {
  const event = await readEventContext(environment);
  const inputs = readActionInputs(environment);
  const token = inputs['github-token'] || environment['GITHUB_TOKEN'];
  const api = openGitHub(environment, token, actionLog);
  const platform = await completeEvent(event.platform, api);
  const configFor = (needs: 'load' | 'comparison') =>
    loadConfig({
      inputs,
      isAction: true,
      // Without GitHub a branch would be pushed with whatever credentials git finds.
      defaults: { name: event.defaultName, ...(api && { 'baseline-store': 'branch:tailgate-baselines' }) },
      needs,
      readText: configurationReader(platform, api, actionLog),
    });
  const config = await configFor(mayDoWithoutLoad(event) ? 'comparison' : 'load');
  for (const secret of secretsOf(config, token)) setSecret(secret);
  const useCase = useCaseOf(config, event);
  if (useCase !== 'calibrate') await requireReportFolder(config.reportDir);
  // Deciding runs no script, whoever wrote it.
  if (useCase !== 'decide') await refuseStrangersScripts(platform, config.scripts);
  if (useCase === 'record') refuseRecording(platform);
  const opened = openStore(config, { environment, log: actionLog, ...(token && { token }) });
  return {
    ...{ useCase, config, event, platform, api, inputs, signal },
    configForLoad: async () =>
      config.target === undefined || config.scripts.length === 0 ? await configFor('load') : config,
    provenance: await provenanceOf(event),
    store: guardedStore(opened, platform),
  };
}

function useCaseOf({ mode, duet }: Config, { isDefaultBranchPush }: EventContext): ActionJob['useCase'] {
  switch (mode) {
    case 'stored':
    case 'duet':
      return 'compare';
    case 'auto':
      return duet === undefined && isDefaultBranchPush ? 'record' : 'compare';
    default:
      return mode;
  }
}

/** A push of the default branch and a merge group may find that this code was measured before. */
function mayDoWithoutLoad({ platform, isDefaultBranchPush }: EventContext): boolean {
  return isDefaultBranchPush || platform.mergeGroup !== undefined;
}

/** Everything that must be in no log, in every form that it may be written in. */
function secretsOf({ bypassHeader, narrative }: Config, token = ''): string[] {
  return [...secretForms(bypassHeader?.value ?? ''), token, narrative.apiKey ?? ''].filter(Boolean);
}

/** The event knows the commit that is meant; on pull requests the checked-out one is a merge of it. */
async function provenanceOf({ commit, branch, workflowRun }: EventContext): Promise<Provenance> {
  return {
    ...(await currentCommit(process.cwd())),
    ...defined({ commit, branch, workflowRun }),
  };
}
