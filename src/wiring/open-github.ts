import { type GitHubClient, gitHubClient } from '../adapters/github/github-client.ts';
import type { Log } from '../ports.ts';

/** GitHub as this job may use it; undefined outside Actions or without a token. */
export function openGitHub(
  environment: Readonly<Record<string, string | undefined>>,
  token: string | undefined,
  log: Log,
): GitHubClient | undefined {
  const apiUrl = environment['GITHUB_API_URL'];
  const repository = environment['GITHUB_REPOSITORY'];
  if (!apiUrl || !repository || !token) return undefined;
  return gitHubClient({ apiUrl, repository, token }, { environment, log });
}
