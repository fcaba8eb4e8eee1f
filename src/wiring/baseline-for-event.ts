import type { GitHubClient } from '../adapters/github/github-client.ts';
import { readAncestry } from '../adapters/github/read-ancestry.ts';
import { preferAncestors } from '../core/baseline/prefer-ancestors.ts';
import type { PlatformEvent } from '../core/platform/platform-event.ts';
import { rightsOf } from '../core/platform/run-rights.ts';
import { GateError } from '../errors.ts';
import type { BaselineStore, Clock, Log } from '../ports.ts';

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
