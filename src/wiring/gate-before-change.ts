import { readFile } from 'node:fs/promises';
import { fileAt, mergeBaseOf } from '../adapters/github/gate-of-merge-base.ts';
import type { GitHubClient } from '../adapters/github/github-client.ts';
import { describeGateChanges, type GateFiles } from '../core/platform/gate-changes.ts';
import type { PlatformEvent } from '../core/platform/platform-event.ts';
import { rightsOf } from '../core/platform/run-rights.ts';
import { isErrno } from '../errors.ts';
import type { Log } from '../ports.ts';
import type { PullRequestChanges } from './changed-files.ts';

/** Reads a file of the checkout's; undefined when it isn't there. */
export type ReadText = (path: string) => Promise<string | undefined>;

/**
 * How the configuration file is read under `event`: on pull requests as it was where the change left its base, so that a
 * change can't loosen its own gate; otherwise from the checkout. Where GitHub can't be asked, the checkout's with a warning.
 */
export function configurationReader(event: PlatformEvent, api: GitHubClient | undefined, log: Log): ReadText {
  const { pullRequest, commit } = event;
  if (rightsOf(event).configurationFrom === 'checkout' || pullRequest === undefined || commit === undefined) {
    return readCheckout;
  }
  return async (path) => {
    if (api === undefined) {
      const text = await readCheckout(path);
      if (text !== undefined)
        log.warn(`${path} is the change's own: without a token it can't be read from before the change.`);
      return text;
    }
    return fileAt(api, path, pullRequest.mergeBase ?? (await mergeBaseOf(api, pullRequest.baseCommit, commit)));
  };
}

/** Lines for the report where the pull request changes the gate that judges it; none where that can't be told. */
export async function gateChangeLines(changes: PullRequestChanges, files: GateFiles, log: Log): Promise<string[]> {
  try {
    const paths = (await changes()).flatMap(({ path, previousPath }) => [path, previousPath ?? []].flat());
    return describeGateChanges(paths, files);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    log.warn(`Whether this change edits the gate itself could not be seen: ${reason}.`);
    return [];
  }
}

async function readCheckout(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return undefined;
    throw error;
  }
}
