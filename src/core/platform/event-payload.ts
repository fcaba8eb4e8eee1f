import * as v from 'valibot';

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

export function parsePayload(payload: unknown): EventPayload {
  const parsed = v.safeParse(payloadSchema, payload);
  return parsed.success ? parsed.output : {};
}

function absentUnlessValid<Schema extends v.GenericSchema>(schema: Schema) {
  return v.optional(v.fallback(v.union([schema, v.undefined()]), undefined));
}
