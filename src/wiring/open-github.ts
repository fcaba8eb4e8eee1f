import * as v from 'valibot';
import type { GitHubApi } from '../adapters/github/github-api.ts';
import { gitHubClient } from '../adapters/github/github-client.ts';
import type { Log } from '../ports.ts';

/** GitHub as this job may use it; undefined outside Actions or without a token. */
export function openGitHub(
  environment: Readonly<Record<string, string | undefined>>,
  token: string | undefined,
  log: Log,
): GitHubApi | undefined {
  const apiUrl = environment['GITHUB_API_URL'];
  const repository = environment['GITHUB_REPOSITORY'];
  if (!apiUrl || !repository || !token) return undefined;
  const client = gitHubClient({ apiUrl, repository, token }, { log });
  let login: Promise<string> | undefined;
  return {
    owner: client.owner,
    repo: client.repo,
    request: (route, parameters) => client.request(route, parameters),
    login: () => {
      login ??= loginOf(token, client);
      return login;
    },
  };
}

/** An installation's token can't ask who it is; the workflow's own one is the usual. */
async function loginOf(token: string, client: Pick<GitHubApi, 'request'>): Promise<string> {
  if (token.startsWith('ghs_')) return 'github-actions[bot]';
  const { data } = await client.request('GET /user', {});
  return v.parse(v.object({ login: v.string() }), data).login;
}
