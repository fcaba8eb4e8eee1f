import * as v from 'valibot';
import { GateError } from '../../errors.ts';

/** What this folder needs of a client of GitHub's interface; Octokit's `request` is one. */
export interface GitHubApi {
  readonly owner: string;
  readonly repo: string;
  /** `route` such as `GET /repos/{owner}/{repo}/pulls/{pull_number}`; a failure carries its HTTP `status`. */
  request(route: string, parameters: Readonly<Record<string, unknown>>): Promise<{ readonly data: unknown }>;
  /** Login of whoever the token writes as, `github-actions[bot]` for a workflow's own token. */
  login(): Promise<string>;
}

/** A line under `permissions:` of the job, such as `pull-requests: write`. */
export interface Needed {
  readonly permission: string;
  /** What can't be done without it: `comment on the pull request`. */
  readonly purpose: string;
}

const pageSize = 100;

/** Far more than any pull request has; a server that never ends its list must not hold the gate. */
const mostPages = 100;

/** One answer, checked. Throws `GateError` that names the missing permission where that is the reason. */
export async function ask<Schema extends v.GenericSchema>(
  api: GitHubApi,
  route: string,
  parameters: Readonly<Record<string, unknown>>,
  schema: Schema,
  needed: Needed,
): Promise<v.InferOutput<Schema>> {
  const { owner, repo } = api;
  const { data } = await explaining(needed, () => api.request(route, { owner, repo, ...parameters }));
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
  needed: Needed,
): Promise<v.InferOutput<Schema>[]> {
  const items: v.InferOutput<Schema>[] = [];
  for (let page = 1; page <= mostPages; page++) {
    const paging = { ...parameters, per_page: pageSize, page };
    const found = await ask(api, route, paging, v.array(itemSchema), needed);
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

/** A bare 403 tells nobody what to do; a missing permission is one line of the workflow file. */
async function explaining<T>(needed: Needed, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    if (error instanceof GateError || !isDenied(error)) throw error;
    throw new GateError(
      'PERMISSION_MISSING',
      `the token may not ${needed.purpose} (GitHub answered ${statusOf(error)})`,
      `Add \`${needed.permission}\` under \`permissions:\` of this job; pull requests from forks never get it and need the two-workflow recipe.`,
      error,
    );
  }
}

/** Rate limits are answered with 403 as well. */
function isDenied(error: unknown): boolean {
  const status = statusOf(error);
  const message = error instanceof Error ? error.message : '';
  return status === 401 || (status === 403 && !/rate limit|abuse/i.test(message));
}
