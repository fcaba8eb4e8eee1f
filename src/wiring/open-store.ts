import { openBaselineStore } from '../adapters/baseline-store/open-baseline-store.ts';
import { gitDataBranch } from '../adapters/github/git-data-branch.ts';
import { type GitHubClient, gitHubClient } from '../adapters/github/github-client.ts';
import { readAncestry } from '../adapters/github/read-ancestry.ts';
import type { Config } from '../config/config.ts';
import { inputs } from '../config/inputs.ts';
import { configError, readText } from '../config/parse-config.ts';
import { preferAncestors } from '../core/baseline/prefer-ancestors.ts';
import type { PlatformEvent } from '../core/platform/platform-event.ts';
import { rightsOf } from '../core/platform/run-rights.ts';
import { GateError } from '../errors.ts';
import type { BaselineStore, Clock, Log } from '../ports.ts';

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

/** Where the stored runs are, from the text of `baseline-store`. Throws `GateError` for a text that names no store. */
export function storeLocation(text: string): Config['baselineStore'] {
  const spec = inputs['baseline-store'];
  const parsed = readText(spec, text);
  if (parsed.isValid) return parsed.value;
  throw configError([
    { where: 'baseline-store', got: JSON.stringify(text), expected: parsed.expected, example: spec.example },
  ]);
}

interface BaselineContext {
  readonly event: PlatformEvent;
  readonly api: GitHubClient | undefined;
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * `store` with the runs that the event's candidate is compared with: those up to where a pull request left its base, up to
 * the commit before it in the merge queue, up to the last release; otherwise all. Where GitHub can't be asked, all as well.
 */
export function baselineForEvent(store: BaselineStore, { event, api, clock, log }: BaselineContext): BaselineStore {
  let listed: ReturnType<BaselineStore['list']> | undefined;
  const list = async () => {
    const { records, warnings } = await store.list();
    const ancestry = records.length === 0 || api === undefined ? undefined : await ancestryOrNone(api);
    const preferred = preferAncestors(records, ancestry, clock.now());
    return { ...preferred, warnings: [...warnings, ...preferred.warnings] };
  };
  const ancestryOrNone = (github: GitHubClient) =>
    readAncestry(github, event).catch((error: unknown) => {
      const reason = error instanceof Error ? error.message : String(error);
      log.warn(`Compared with all stored runs: the history of the commit could not be read: ${reason}.`);
      return undefined;
    });
  return {
    ...store,
    list: () => {
      listed ??= list();
      return listed;
    },
  };
}

/** `store`, into which an event that must not change the baseline stores nothing. */
export function guardedStore(store: BaselineStore, event: PlatformEvent): BaselineStore {
  const { mayRecord } = rightsOf(event);
  if (mayRecord.kind !== 'never') return store;
  return {
    ...store,
    append: async () => {
      const hint = 'Let a push to the default branch, a schedule or a manual run store it.';
      throw new GateError('STORE_WRITE_FAILED', `nothing is stored under ${event.name}: ${mayRecord.reason}`, hint);
    },
  };
}
