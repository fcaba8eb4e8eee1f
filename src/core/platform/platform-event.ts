/**
 * Why this job runs and what it is about, whatever the event was. Read once from the runner's variables and the event's
 * payload by `parsePlatformEvent`; a fact that the event doesn't tell is absent.
 */
export interface PlatformEvent {
  /** GitHub's name of the event, such as `pull_request`. */
  readonly name: string;
  readonly action?: string;
  /** `owner/name`. */
  readonly repository?: string;
  readonly defaultBranch?: string;
  /** The commit whose workflow runs (`GITHUB_SHA`); on pull requests it is a merge of the head. */
  readonly workflowCommit?: string;
  /** The commit that is measured and judged. */
  readonly commit?: string;
  readonly branch?: string;
  readonly tag?: string;
  /** Where `commit` comes from, `owner/name`; absent: not told by the event. */
  readonly headRepository?: string;
  readonly pullRequest?: EventPullRequest;
  /** The label of a `labeled` or `unlabeled` event. It says what happened, never what is true now. */
  readonly label?: string;
  readonly mergeGroup?: MergeGroup;
  readonly upstreamRun?: UpstreamRun;
  readonly deployment?: { readonly environment: string; readonly state: string; readonly url?: string };
}

export interface MergeGroup {
  readonly baseCommit: string;
  readonly baseBranch: string;
  readonly tree?: string;
  /** The one that was queued last; the group's tree holds those before it as well. */
  readonly pullRequest?: number;
}

export interface EventPullRequest {
  readonly number: number;
  readonly baseBranch: string;
  readonly baseCommit: string;
  /** Where the head left its base, once that was looked up. */
  readonly mergeBase?: string;
}

/** The workflow run whose end started this one. */
export interface UpstreamRun {
  readonly id: number;
  readonly attempt: number;
  readonly event: string;
  /** Path of its workflow file within the repository. */
  readonly workflow?: string;
}

/** Whether `commit` comes from another repository; undefined when the event doesn't tell. */
export function isFromFork({ headRepository, repository }: PlatformEvent): boolean | undefined {
  if (headRepository === undefined || repository === undefined) return undefined;
  return headRepository.toLowerCase() !== repository.toLowerCase();
}
