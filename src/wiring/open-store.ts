import { openBaselineStore } from '../adapters/baseline-store/open-baseline-store.ts';
import { gitDataBranch } from '../adapters/github/git-data-branch.ts';
import { gitHubClient } from '../adapters/github/github-client.ts';
import type { Config } from '../config/config.ts';
import type { BaselineStore, Log } from '../ports.ts';

interface StoreContext {
  /** The process's own environment. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The job's token; without one a branch is read and written with git's own credentials. */
  readonly token?: string;
  readonly log: Log;
}

/**
 * The store that `config` names. On GitHub (known by GITHUB_REPOSITORY and a token) a branch is written through the API,
 * with the bot as author and no clone, and fetched from GITHUB_SERVER_URL; anywhere else git pushes it to `origin`.
 */
export function openStore({ baselineStore }: Pick<Config, 'baselineStore'>, context: StoreContext): BaselineStore {
  const { environment, token, log } = context;
  const repository = environment['GITHUB_REPOSITORY'];
  if (baselineStore.kind !== 'branch' || !repository || !token) return openBaselineStore(baselineStore);
  const server = environment['GITHUB_SERVER_URL'] || 'https://github.com';
  const apiUrl = environment['GITHUB_API_URL'] || 'https://api.github.com';
  const client = gitHubClient({ apiUrl, repository, token }, { environment, log, spacedWrites: false, retries: 0 });
  return openBaselineStore(baselineStore, {
    remote: { url: `${server}/${repository}.git`, token },
    writer: (branch) => gitDataBranch(client, branch),
  });
}
