import { readFile } from 'node:fs/promises';
import { parsePlatformEvent } from '../../core/platform/parse-platform-event.ts';
import type { PlatformEvent } from '../../core/platform/platform-event.ts';
import { rightsOf } from '../../core/platform/run-rights.ts';
import { GateError } from '../../errors.ts';

/** What the runner says about why this job runs. */
export interface EventContext {
  /** What the job is about, and what decides about its rights. */
  readonly platform: PlatformEvent;
  readonly commit?: string;
  readonly branch?: string;
  /** A push to the default branch is what `mode: auto` records. */
  readonly isDefaultBranchPush: boolean;
  readonly workflowRun?: { readonly id: string; readonly attempt: number; readonly url?: string };
  /** The default of `name`: workflow and job. */
  readonly defaultName: string;
}

/** Reads `GITHUB_*` and the event's payload; anything missing is simply unknown. */
export async function readEventContext(
  environment: Readonly<Record<string, string | undefined>>,
): Promise<EventContext> {
  const platform = parsePlatformEvent(environment, await readPayload(environment['GITHUB_EVENT_PATH']));
  const commit = platform.commit ?? environment['GITHUB_SHA'];
  const branch = platform.branch ?? environment['GITHUB_REF_NAME'];
  return {
    platform,
    ...(commit ? { commit } : {}),
    ...(branch ? { branch } : {}),
    isDefaultBranchPush: rightsOf(platform).mayRecord.kind === 'by-default',
    ...workflowRunOf(environment),
    defaultName: [environment['GITHUB_WORKFLOW'], environment['GITHUB_JOB']].filter(Boolean).join(' / ') || 'tailgate',
  };
}

function workflowRunOf(environment: Readonly<Record<string, string | undefined>>): Pick<EventContext, 'workflowRun'> {
  const id = environment['GITHUB_RUN_ID'];
  if (!id) return {};
  const attempt = Number(environment['GITHUB_RUN_ATTEMPT'] ?? '1');
  const [server, repository] = [environment['GITHUB_SERVER_URL'], environment['GITHUB_REPOSITORY']];
  const url = server && repository ? { url: `${server}/${repository}/actions/runs/${id}` } : {};
  return { workflowRun: { id, attempt: Number.isInteger(attempt) ? attempt : 1, ...url } };
}

async function readPayload(path: string | undefined): Promise<unknown> {
  if (!path) return {};
  const text = await readFile(path, 'utf8').catch(() => undefined);
  if (text === undefined) return {};
  try {
    return JSON.parse(text);
  } catch (cause) {
    // Whose change this is stands in it, and so what the job may do.
    throw new GateError(
      'INPUT_UNREADABLE',
      `the event in ${JSON.stringify(path)} (GITHUB_EVENT_PATH) isn't JSON: it begins with ${JSON.stringify(text.slice(0, 40))}`,
      'The runner writes that file; take away the step that changed it, or unset GITHUB_EVENT_PATH outside of a workflow.',
      cause,
    );
  }
}
