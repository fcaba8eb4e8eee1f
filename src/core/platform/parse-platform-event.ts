import * as v from 'valibot';
import { defined } from '../../defined.ts';
import type { PlatformEvent } from './platform-event.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * What the runner's variables (`GITHUB_*`) and the event's payload say together. Anything missing or of another shape is
 * absent in the result, never an error: what may not be done without it is decided by `rightsOf`.
 */
export function parsePlatformEvent(environment: Environment, payload: unknown): PlatformEvent {
  const name = environment['GITHUB_EVENT_NAME'] || 'unknown';
  const parsed = parsePayload(payload);
  return defined({
    name,
    action: parsed.action,
    repository: parsed.repository?.full_name ?? (environment['GITHUB_REPOSITORY'] || undefined),
    defaultBranch: parsed.repository?.default_branch,
    workflowCommit: environment['GITHUB_SHA'] || undefined,
    label: parsed.label?.name,
    ...subjectOf(name, environment, parsed),
  });
}

type JudgedHead = { readonly [Key in Exclude<keyof PlatformEvent, 'name'>]?: PlatformEvent[Key] | undefined };

/** What is judged: the head of a pull request, a merge group, a deployment, an upstream run; otherwise what is checked out. */
function subjectOf(name: string, environment: Environment, payload: EventPayload): JudgedHead {
  const { pull_request: pull, merge_group: group, workflow_run: run, deployment } = payload;
  if (pull !== undefined) {
    return {
      ...headOf(pull.head.sha, pull.head.ref, pull.head.repo?.full_name),
      pullRequest: { number: pull.number, baseBranch: pull.base.ref, baseCommit: pull.base.sha },
    };
  }
  if (name === 'merge_group' && group !== undefined) {
    const baseBranch = group.base_ref.replace(/^refs\/heads\//, '');
    return {
      ...headOf(group.head_sha, undefined, payload.repository?.full_name),
      mergeGroup: defined({
        baseCommit: group.base_sha,
        baseBranch,
        tree: group.head_commit?.tree_id,
        pullRequest: queuedPullRequest(group.head_ref),
      }),
    };
  }
  if (name === 'workflow_run' && run !== undefined) {
    return {
      ...headOf(run.head_sha, run.head_branch ?? undefined, run.head_repository?.full_name),
      // Of a reusable workflow's run the path may end in `@ref`.
      upstreamRun: defined({
        ...{ id: run.id, attempt: run.run_attempt, event: run.event },
        workflow: run.path?.replace(/@.*$/, ''),
      }),
    };
  }
  if (deployment !== undefined) {
    const { state = 'unknown', environment_url: url } = payload.deployment_status ?? {};
    return {
      ...headOf(deployment.sha, deployment.ref === deployment.sha ? undefined : deployment.ref, undefined),
      deployment: defined({ environment: deployment.environment, state, url: url || undefined }),
    };
  }
  return checkedOut(environment, payload);
}

/** `refs/heads/gh-readonly-queue/main/pr-7-SHA`; a group of several is named after its last one. */
function queuedPullRequest(ref: string): number | undefined {
  const number = /\/pr-(\d+)-[0-9a-f]+$/.exec(ref)?.[1];
  return number === undefined ? undefined : Number(number);
}

function checkedOut(environment: Environment, payload: EventPayload): JudgedHead {
  const ref = environment['GITHUB_REF'] ?? '';
  const tag = payload.release?.tag_name ?? /^refs\/tags\/(.+)$/.exec(ref)?.[1];
  const branch = tag === undefined ? /^refs\/heads\/(.+)$/.exec(ref)?.[1] : undefined;
  const repository = payload.repository?.full_name ?? (environment['GITHUB_REPOSITORY'] || undefined);
  return { ...headOf(environment['GITHUB_SHA'] || undefined, branch, repository), tag };
}

function headOf(
  commit: string | undefined,
  branch: string | undefined,
  headRepository: string | undefined,
): JudgedHead {
  return { commit, branch, headRepository };
}

/**
 * The parts of GitHub's event payloads that are read
 * (https://docs.github.com/en/webhooks/webhook-events-and-payloads). A part of another shape counts as absent.
 */
const repository = v.object({ full_name: v.string(), default_branch: v.optional(v.string()) });

/** The repository of a head is `null` once the fork was deleted. */
const head = v.object({ sha: v.string(), ref: v.string(), repo: v.nullish(v.object({ full_name: v.string() })) });

const pullRequest = v.object({
  number: v.pipe(v.number(), v.safeInteger(), v.minValue(1)),
  head,
  base: v.object({ sha: v.string(), ref: v.string() }),
});

const mergeGroup = v.object({
  head_ref: v.optional(v.string(), ''),
  head_sha: v.string(),
  base_sha: v.string(),
  base_ref: v.string(),
  head_commit: v.optional(v.object({ tree_id: v.optional(v.string()) })),
});

const workflowRun = v.object({
  id: v.pipe(v.number(), v.safeInteger()),
  run_attempt: v.optional(v.pipe(v.number(), v.safeInteger()), 1),
  event: v.string(),
  path: absentUnlessValid(v.string()),
  head_sha: v.string(),
  head_branch: v.nullish(v.string()),
  head_repository: v.nullish(v.object({ full_name: v.string() })),
});

const payloadSchema = v.object({
  action: absentUnlessValid(v.string()),
  repository: absentUnlessValid(repository),
  label: absentUnlessValid(v.object({ name: v.string() })),
  pull_request: absentUnlessValid(pullRequest),
  merge_group: absentUnlessValid(mergeGroup),
  workflow_run: absentUnlessValid(workflowRun),
  deployment: absentUnlessValid(v.object({ sha: v.string(), ref: v.string(), environment: v.string() })),
  deployment_status: absentUnlessValid(v.object({ state: v.string(), environment_url: v.optional(v.string()) })),
  release: absentUnlessValid(v.object({ tag_name: v.string() })),
});

export type EventPayload = v.InferOutput<typeof payloadSchema>;

function parsePayload(payload: unknown): EventPayload {
  const parsed = v.safeParse(payloadSchema, payload);
  return parsed.success ? parsed.output : {};
}

function absentUnlessValid<Schema extends v.GenericSchema>(schema: Schema) {
  return v.optional(v.fallback(v.union([schema, v.undefined()]), undefined));
}
