import * as v from 'valibot';
import type { CommitFacts, PullRequestOfCommit } from '../../core/platform/commit-facts.ts';
import { ask, askAll, type GitHubClient } from './github-client.ts';

const pullSchema = v.object({
  number: v.number(),
  state: v.string(),
  merged_at: v.nullish(v.string()),
  merge_commit_sha: v.nullish(v.string()),
  head: v.object({ sha: v.string(), ref: v.string(), repo: v.nullish(v.object({ full_name: v.string() })) }),
  base: v.object({ sha: v.string(), ref: v.string() }),
});
type Pull = v.InferOutput<typeof pullSchema>;

/** Where a commit comes from, for events that don't tell: whether the default branch holds it, and the open pull requests with it as head. */
export async function lookUpCommit(api: GitHubClient, commit: string, defaultBranch: string): Promise<CommitFacts> {
  const compare = 'GET /repos/{owner}/{repo}/compare/{basehead}';
  const basehead = { basehead: `${defaultBranch}...${commit}`, per_page: 1 };
  const schema = v.object({ status: v.string(), merge_base_commit: v.object({ sha: v.string() }) });
  const { status, merge_base_commit: left } = await ask(api, compare, basehead, schema);
  const isOnDefaultBranch = status === 'identical' || status === 'behind';
  if (isOnDefaultBranch) return { pullRequests: [], isOnDefaultBranch };
  const open = (await pullsOf(api, commit)).filter(({ state }) => state === 'open');
  return { pullRequests: open.map(toPullRequest), isOnDefaultBranch, mergeBase: left.sha };
}

/** The pull request whose merge made `commit` of `branch`; undefined when it was pushed. */
export async function mergedPullRequest(
  api: GitHubClient,
  commit: string,
  branch: string,
): Promise<PullRequestOfCommit | undefined> {
  const merged = (await pullsOf(api, commit)).filter(
    (pull) => pull.merged_at && pull.base.ref === branch && pull.merge_commit_sha === commit,
  );
  return merged.length === 1 && merged[0] !== undefined ? toPullRequest(merged[0]) : undefined;
}

/** A pull request as it is now. */
export async function pullRequestNow(api: GitHubClient, number: number): Promise<PullRequestOfCommit> {
  return toPullRequest(
    await ask(api, 'GET /repos/{owner}/{repo}/pulls/{pull_number}', { pull_number: number }, pullSchema),
  );
}

function pullsOf(api: GitHubClient, commit: string): Promise<Pull[]> {
  return askAll(api, 'GET /repos/{owner}/{repo}/commits/{commit_sha}/pulls', { commit_sha: commit }, pullSchema);
}

function toPullRequest({ number, head, base }: Pull): PullRequestOfCommit {
  return {
    number,
    baseBranch: base.ref,
    baseCommit: base.sha,
    headCommit: head.sha,
    headBranch: head.ref,
    ...(head.repo && { headRepository: head.repo.full_name }),
  };
}
