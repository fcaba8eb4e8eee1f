import * as v from 'valibot';
import { chooseLastRelease, type Release } from '../../core/platform/choose-last-release.ts';
import type { PlatformEvent } from '../../core/platform/platform-event.ts';
import { rightsOf } from '../../core/platform/run-rights.ts';
import { mergeBaseOf } from './gate-of-merge-base.ts';
import { ask, askAll, type GitHubClient } from './github-client.ts';

/** A commit whose speed the candidate is to keep, with the commits before it. */
export interface CommitLine {
  /** What it is to the candidate: `the merge base`, `the release v1.2.0`. */
  readonly what: string;
  readonly anchor: string;
  /** The anchor first; at most a hundred, which is more than a window holds. */
  readonly ancestors: readonly string[];
}

/** The commits that the event's candidate is compared with; undefined where those of the default branch are meant. */
export async function readAncestry(api: GitHubClient, event: PlatformEvent): Promise<CommitLine | undefined> {
  const found = await findAnchor(api, event);
  if (found === undefined) return undefined;
  const route = 'GET /repos/{owner}/{repo}/commits';
  const commits = await ask(api, route, { sha: found.anchor, per_page: 100 }, v.array(v.object({ sha: v.string() })));
  return { ...found, ancestors: commits.map(({ sha }) => sha) };
}

async function findAnchor(api: GitHubClient, event: PlatformEvent): Promise<Omit<CommitLine, 'ancestors'> | undefined> {
  const { comparesWith } = rightsOf(event);
  const { commit, tag } = event;
  if (commit === undefined) return undefined;
  switch (comparesWith.kind) {
    case 'merge-base':
      return {
        what: 'the merge base',
        anchor: event.pullRequest?.mergeBase ?? (await mergeBaseOf(api, comparesWith.baseCommit, commit)),
      };
    case 'commit':
      return { what: 'the commit before it in the merge queue', anchor: comparesWith.commit };
    case 'last-release': {
      const last = tag === undefined ? undefined : await lastRelease(api, tag);
      if (last === undefined) return undefined;
      return { what: `the release ${last}`, anchor: await mergeBaseOf(api, last, commit) };
    }
    case 'default-branch':
      return undefined;
    default:
      return comparesWith satisfies never;
  }
}

/** Teams that only set tags have no releases. */
async function lastRelease(api: GitHubClient, tag: string): Promise<string | undefined> {
  const releaseSchema = v.object({ tag_name: v.string(), draft: v.boolean(), prerelease: v.boolean() });
  const listed = await askAll(api, 'GET /repos/{owner}/{repo}/releases', {}, releaseSchema);
  const releases: Release[] = listed.map(({ tag_name, draft, prerelease }) => ({
    tag: tag_name,
    isDraft: draft,
    isPrerelease: prerelease,
  }));
  const last = chooseLastRelease(tag, releases);
  if (last !== undefined) return last;
  const tags = await askAll(api, 'GET /repos/{owner}/{repo}/tags', {}, v.object({ name: v.string() }));
  return chooseLastRelease(
    tag,
    tags.map(({ name }) => ({ tag: name })),
  );
}
