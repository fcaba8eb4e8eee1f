import { changesOfCheckout } from '../adapters/git/changed-files.ts';
import { filesOfPullRequest, type PullRequestFile } from '../adapters/github/gate-of-merge-base.ts';
import type { GitHubClient } from '../adapters/github/github-client.ts';
import { type ChangedFile, mostTelling } from '../core/narrative/diff-excerpt.ts';
import type { PlatformEvent } from '../core/platform/platform-event.ts';
import { rightsOf } from '../core/platform/run-rights.ts';
import { explain } from '../errors.ts';
import type { Log } from '../ports.ts';

/** The files that a change touches; none, with one warning, where they can't be had. Never throws. */
export type ChangedFiles = () => Promise<readonly ChangedFile[]>;

/** What the event's pull request touches, asked for once, by whoever comes first; nothing without one or without a token. */
export type PullRequestChanges = () => Promise<readonly PullRequestFile[]>;

/** Asks nothing yet; none where there is no pull request or no token. */
export function pullRequestChanges({ pullRequest }: PlatformEvent, api: GitHubClient | undefined): PullRequestChanges {
  let files: Promise<readonly PullRequestFile[]> | undefined;
  return () => {
    files ??= pullRequest && api ? filesOfPullRequest(api, pullRequest.number) : Promise.resolve([]);
    return files;
  };
}

/** Those of the event's pull request. A stranger's are not taken: they could be written for the model. */
export function changedFilesOfEvent(event: PlatformEvent, changes: PullRequestChanges, log: Log): ChangedFiles {
  return async () => {
    if (event.pullRequest === undefined) return none(log, `${event.name} is about no pull request`);
    if (rightsOf(event).head !== 'ours') return none(log, 'the pull request comes from a fork, or may do so');
    try {
      const files = await changes();
      return files.length > 0 ? files : none(log, 'GitHub shows none, or there is no token to ask with');
    } catch (error) {
      return none(log, explain(error));
    }
  };
}

/** More are not read from git. */
const maxFiles = 60;

/** Those of the checkout in `directory` since it left the default branch. */
export function changedFilesOfCheckout(directory: string, log: Log): ChangedFiles {
  return async () => {
    const changes = await changesOfCheckout(directory, (paths) =>
      mostTelling(paths.map((path) => ({ path })))
        .slice(0, maxFiles)
        .map(({ path }) => path),
    );
    return changes.kind === 'found' ? changes.files : none(log, changes.why);
  };
}

function none(log: Log, why: string): [] {
  log.warn(`include-diff: the findings are worded without the changed files: ${why.replace(/\.$/, '')}.`);
  return [];
}
