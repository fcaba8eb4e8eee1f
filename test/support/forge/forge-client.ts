import { type GitHubClient, gitHubClient } from '../../../src/adapters/github/github-client.ts';
import { recordedLog } from '../recorded-log.ts';
import type { Forge } from './forge.ts';
import type { TokenGrant } from './tokens.ts';

/** A client of the forge with what `permissions:` of a job grants; it waits milliseconds where a real one waits seconds. */
export function forgeClient(
  forge: Forge,
  permissions: TokenGrant['permissions'],
  login = 'github-actions[bot]',
): GitHubClient {
  const token = forge.token(permissions, login);
  const { apiUrl, repository } = forge;
  const client = gitHubClient(
    { apiUrl, repository, token },
    { environment: {}, log: recordedLog(), secondMs: 1, spacedWrites: false },
  );
  return { ...client, login: () => Promise.resolve(login) };
}
