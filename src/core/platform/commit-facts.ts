import type { EventPullRequest, PlatformEvent } from './platform-event.ts';

/** An open pull request as GitHub's interface lists it for a commit. */
export interface PullRequestOfCommit extends EventPullRequest {
  readonly headCommit: string;
  readonly headBranch: string;
  /** Absent once the fork was deleted. */
  readonly headRepository?: string;
}

/** What was looked up about the commit of an event that doesn't tell where it comes from. */
export interface CommitFacts {
  readonly pullRequests: readonly PullRequestOfCommit[];
  readonly isOnDefaultBranch: boolean;
  /** Where it left the default branch. */
  readonly mergeBase?: string;
}

/**
 * The event with what was looked up. A commit counts as ours only when it is on the default branch or the head of a pull
 * request from a branch of ours; a pull request is taken only when exactly one open one has this head commit of this
 * repository, since anyone may open one more.
 */
export function withCommitFacts(event: PlatformEvent, facts: CommitFacts): PlatformEvent {
  const ofCommit = facts.pullRequests.filter(({ headCommit }) => headCommit === event.commit);
  const isFromUs = ofCommit.some((pull) => sameRepository(pull.headRepository ?? '', event.repository));
  const isOurs = facts.isOnDefaultBranch || isFromUs;
  const fromForks = new Set(ofCommit.map(({ headRepository }) => headRepository));
  const [onlyRepository] = fromForks.size === 1 ? fromForks : [];
  const headRepository = event.headRepository ?? (isOurs ? event.repository : onlyRepository);
  const matching = ofCommit.filter(
    (pull) => pull.headRepository !== undefined && sameRepository(pull.headRepository, headRepository),
  );
  const [pull] = matching.length === 1 && !facts.isOnDefaultBranch ? matching : [];
  return {
    ...event,
    ...(headRepository !== undefined && { headRepository }),
    ...(pull !== undefined && {
      branch: pull.headBranch,
      pullRequest: {
        ...{ number: pull.number, baseBranch: pull.baseBranch, baseCommit: pull.baseCommit },
        ...(facts.mergeBase !== undefined && pull.baseBranch === event.defaultBranch && { mergeBase: facts.mergeBase }),
      },
    }),
    ...(facts.isOnDefaultBranch && event.defaultBranch !== undefined && { branch: event.defaultBranch }),
  };
}

function sameRepository(a: string, b: string | undefined): boolean {
  return a.toLowerCase() === b?.toLowerCase();
}
