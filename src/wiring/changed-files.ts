import { changesOfCheckout } from '../adapters/git/changed-files.ts';
import { changedHunks } from '../adapters/github-surfaces/gate-of-merge-base.ts';
import type { GitHubApi } from '../adapters/github-surfaces/github-api.ts';
import type { ChangedFile } from '../core/narrative/diff-excerpt.ts';
import { mostTelling } from '../core/narrative/worth-reading.ts';
import type { PlatformEvent } from '../core/platform/platform-event.ts';
import { rightsOf } from '../core/platform/run-rights.ts';
import { GateError } from '../errors.ts';
import type { Log } from '../ports.ts';

/** The files that a change touches; none, with one warning, where they can't be had. Never throws. */
export type ChangedFiles = () => Promise<readonly ChangedFile[]>;

/** Those of the event's pull request, in one request. A stranger's diff is not taken: it could be written for the model. */
export function changedFilesOfEvent(event: PlatformEvent, api: GitHubApi | undefined, log: Log): ChangedFiles {
  const { pullRequest } = event;
  return async () => {
    if (pullRequest === undefined) return none(log, `${event.name} is about no pull request`);
    if (rightsOf(event).head !== 'ours') return none(log, 'the pull request comes from a fork, or may do so');
    if (api === undefined) return none(log, 'there is no token to read them with');
    try {
      return await changedHunks(api, pullRequest.number);
    } catch (error) {
      return none(log, error instanceof GateError ? `${error.message} ${error.hint}` : String(error));
    }
  };
}

/** More are not read from git. */
const mostFiles = 60;

/** Those of the checkout in `directory` since it left the default branch. */
export function changedFilesOfCheckout(directory: string, log: Log): ChangedFiles {
  return async () => {
    const changes = await changesOfCheckout(directory, (paths) =>
      mostTelling(paths.map((path) => ({ path })))
        .slice(0, mostFiles)
        .map(({ path }) => path),
    );
    return changes.kind === 'found' ? changes.files : none(log, changes.why);
  };
}

function none(log: Log, why: string): [] {
  log.warn(`include-diff: the findings are worded without the changed files: ${why.replace(/\.$/, '')}.`);
  return [];
}
