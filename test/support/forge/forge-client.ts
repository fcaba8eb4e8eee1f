import { Octokit } from '@octokit/core';
import type { GitHubApi } from '../../../src/adapters/github-surfaces/github-api.ts';
import type { Forge } from './forge.ts';
import type { TokenGrant } from './tokens.ts';

/** A plain client of the forge, without retries, with what `permissions:` of a job grants. */
export function forgeClient(
  forge: Forge,
  permissions: TokenGrant['permissions'],
  login = 'github-actions[bot]',
): GitHubApi {
  const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
  const auth = forge.token(permissions, login);
  const octokit = new Octokit({ baseUrl: forge.apiUrl, auth, log: silent });
  const { owner, repo } = forge.state;
  return {
    owner,
    repo,
    request: (route, parameters) => octokit.request(route, parameters),
    login: () => Promise.resolve(login),
  };
}
