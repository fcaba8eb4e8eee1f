import * as v from 'valibot';
import { GateError } from '../../errors.ts';

/** What this folder needs of a client of GitHub's interface; Octokit's `request` is one. */
export interface GitHubApi {
  readonly owner: string;
  readonly repo: string;
  /** `route` such as `GET /repos/{owner}/{repo}/pulls/{pull_number}`; a failure carries its HTTP `status`, a refusal says what would allow the call. */
  request(route: string, parameters: Readonly<Record<string, unknown>>): Promise<{ readonly data: unknown }>;
  /** Login of whoever the token writes as, `github-actions[bot]` for a workflow's own token. */
  login(): Promise<string>;
}

const pageSize = 100;

/** Far more than any pull request has; a server that never ends its list must not hold the gate. */
const maxPages = 100;

/** One answer, checked. */
export async function ask<Schema extends v.GenericSchema>(
  api: GitHubApi,
  route: string,
  parameters: Readonly<Record<string, unknown>>,
  schema: Schema,
): Promise<v.InferOutput<Schema>> {
  const { owner, repo } = api;
  const { data } = await api.request(route, { owner, repo, ...parameters });
  const parsed = v.safeParse(schema, data);
  if (parsed.success) return parsed.output;
  const issue = parsed.issues[0];
  throw new GateError(
    'INPUT_UNREADABLE',
    `the answer to ${route} is not what GitHub documents: ${v.getDotPath(issue) ?? ''} ${issue.message}`,
    'See whether GITHUB_API_URL is the address of GitHub’s REST interface.',
  );
}

/** All pages of a list, in GitHub's order. */
export async function askAll<Schema extends v.GenericSchema>(
  api: GitHubApi,
  route: string,
  parameters: Readonly<Record<string, unknown>>,
  itemSchema: Schema,
): Promise<v.InferOutput<Schema>[]> {
  const items: v.InferOutput<Schema>[] = [];
  for (let page = 1; page <= maxPages; page++) {
    const paging = { ...parameters, per_page: pageSize, page };
    const found = await ask(api, route, paging, v.array(itemSchema));
    items.push(...found);
    if (found.length < pageSize) break;
  }
  return items;
}

/** HTTP status of a failed request; undefined when there was no answer. */
export function statusOf(error: unknown): number | undefined {
  const status = error instanceof Error && 'status' in error ? error.status : undefined;
  return typeof status === 'number' ? status : undefined;
}
