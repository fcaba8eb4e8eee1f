import { scriptOrigin } from '../adapters/git/current-commit.ts';
import { mergeBaseOf } from '../adapters/github/gate-of-merge-base.ts';
import type { GitHubClient } from '../adapters/github/github-client.ts';
import { lookUpCommit } from '../adapters/github/look-up-commit.ts';
import { withCommitFacts } from '../core/platform/commit-facts.ts';
import type { EventPullRequest, PlatformEvent } from '../core/platform/platform-event.ts';
import { rightsOf } from '../core/platform/run-rights.ts';
import { judgeScriptTrust } from '../core/platform/script-trust.ts';
import { GateError } from '../errors.ts';

/** The event with what GitHub knows of its commit, where the event itself doesn't tell whose it is or of which pull request. */
export async function completeEvent(event: PlatformEvent, api: GitHubClient | undefined): Promise<PlatformEvent> {
  const { commit, defaultBranch, pullRequest } = event;
  const { isPrivileged } = rightsOf(event);
  if (api === undefined || commit === undefined) return event;
  if (pullRequest !== undefined) return { ...event, pullRequest: await withMergeBase(pullRequest, commit, api) };
  if (!isPrivileged || defaultBranch === undefined) return event;
  return withCommitFacts(event, await lookUpCommit(api, commit, defaultBranch));
}

/** Several ask for it later; who can't do without it says why it could not be looked up. */
async function withMergeBase(
  pullRequest: EventPullRequest,
  commit: string,
  api: GitHubClient,
): Promise<EventPullRequest> {
  try {
    return { ...pullRequest, mergeBase: await mergeBaseOf(api, pullRequest.baseCommit, commit) };
  } catch {
    return pullRequest;
  }
}

/** Throws `GateError` when a script may be a stranger's and the job holds what a stranger must not have. */
export async function refuseStrangersScripts(event: PlatformEvent, scripts: readonly string[]): Promise<void> {
  const trust = judgeScriptTrust(event, await Promise.all(scripts.map(scriptOrigin)));
  if (trust.kind === 'refused') throw new GateError('SCRIPT_NOT_TRUSTED', trust.reason, trust.hint);
}

/** Throws `GateError` when `event` must not change the baseline. */
export function refuseRecording(event: PlatformEvent): void {
  const { mayRecord } = rightsOf(event);
  if (mayRecord.kind !== 'never') return;
  throw new GateError(
    'CONFIG_INVALID',
    `mode record under ${event.name}: ${mayRecord.reason}`,
    'Record on a push to the default branch; leave out `mode` to have each event do what fits it.',
  );
}
