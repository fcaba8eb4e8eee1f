import { fetchedArtifacts } from '../adapters/artifacts/fetched-artifacts.ts';
import type { GitHubClient } from '../adapters/github/github-client.ts';
import { mergedPullRequest, pullRequestNow } from '../adapters/github/look-up-commit.ts';
import type { PullRequestRuns } from '../gate/take-over.ts';

/** What was measured for pull requests, as GitHub knows it. */
export function pullRequestRuns(api: GitHubClient): PullRequestRuns {
  return {
    mergedAs: (commit, branch) => mergedPullRequest(api, commit, branch),
    pullRequest: (number) => pullRequestNow(api, number),
    jobsOf: (commit, name) => fetchedArtifacts(api, { names: [name], commit }).read(),
  };
}
