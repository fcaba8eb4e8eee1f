import { readFile } from 'node:fs/promises';
import * as v from 'valibot';

/** What the runner says about why this job runs. */
export interface EventContext {
  readonly event: string;
  readonly commit?: string;
  readonly branch?: string;
  /** A push to the default branch is what `mode: auto` records. */
  readonly isDefaultBranchPush: boolean;
  readonly workflowRun?: { readonly id: string; readonly attempt: number; readonly url?: string };
  /** The default of `name`: workflow and job. */
  readonly defaultName: string;
}

const payloadSchema = v.object({
  repository: v.optional(v.object({ default_branch: v.optional(v.string()) })),
  pull_request: v.optional(v.object({ head: v.optional(v.object({ sha: v.string(), ref: v.string() })) })),
});

/** Reads `GITHUB_*` and the event's payload; anything missing is simply unknown. */
export async function readEventContext(
  environment: Readonly<Record<string, string | undefined>>,
): Promise<EventContext> {
  const event = environment['GITHUB_EVENT_NAME'] ?? 'unknown';
  const payload = await readPayload(environment['GITHUB_EVENT_PATH']);
  const head = payload.pull_request?.head;
  const commit = head?.sha ?? environment['GITHUB_SHA'];
  const branch = head?.ref ?? environment['GITHUB_REF_NAME'];
  const defaultBranch = payload.repository?.default_branch;
  return {
    event,
    ...(commit ? { commit } : {}),
    ...(branch ? { branch } : {}),
    isDefaultBranchPush:
      event === 'push' && defaultBranch !== undefined && environment['GITHUB_REF'] === `refs/heads/${defaultBranch}`,
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

async function readPayload(path: string | undefined): Promise<v.InferOutput<typeof payloadSchema>> {
  if (!path) return {};
  try {
    const parsed = v.safeParse(payloadSchema, JSON.parse(await readFile(path, 'utf8')));
    return parsed.success ? parsed.output : {};
  } catch {
    return {};
  }
}
