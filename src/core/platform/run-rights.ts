import { isFromFork, type PlatformEvent } from './platform-event.ts';

/** What a run under some event may read and write, and what it is compared with. Whoever acts asks here, not the event. */
export interface RunRights {
  /** Whose code the head is. `unknown`: the event doesn't tell, so it is treated as a stranger's until looked up. */
  readonly head: 'ours' | 'stranger' | 'unknown';
  /** Whether this job holds secrets and a token that may write, whoever made the head. */
  readonly isPrivileged: boolean;
  /** Whether secrets such as a bypass header can be here at all. */
  readonly secrets: 'given' | 'withheld';
  /** `merge-base`: a change can't loosen the gate that judges it. */
  readonly configurationFrom: 'checkout' | 'merge-base';
  /** Whether the run may become a baseline: by itself, only when `mode: record` asks for it, or never and why. */
  readonly mayRecord:
    | { readonly kind: 'by-default' | 'when-asked' }
    | { readonly kind: 'never'; readonly reason: string };
  readonly mayComment: boolean;
  readonly comparesWith: ComparesWith;
}

export type ComparesWith =
  /** The newest stored run at or before the point where the change left its base. */
  | { readonly kind: 'merge-base'; readonly baseBranch: string; readonly baseCommit: string }
  /** The commit that the merge queue builds on; a verdict on an equal tree is taken over. */
  | { readonly kind: 'commit'; readonly commit: string; readonly takesVerdictOfEqualTree: boolean }
  | { readonly kind: 'default-branch' }
  | { readonly kind: 'last-release' };

/** What `event` allows. Anything that isn't known to be safe is forbidden. */
export function rightsOf(event: PlatformEvent): RunRights {
  const head = headOf(event);
  const isPrivileged = privilegedEvents.has(event.name);
  const isOfPullRequest =
    event.pullRequest !== undefined || event.upstreamRun?.event.startsWith('pull_request') === true;
  return {
    head,
    isPrivileged,
    secrets: head === 'ours' || isPrivileged ? 'given' : 'withheld',
    configurationFrom: isOfPullRequest || head !== 'ours' ? 'merge-base' : 'checkout',
    mayRecord: mayRecord(event, head, isOfPullRequest),
    mayComment: isOfPullRequest && (head === 'ours' || isPrivileged),
    comparesWith: comparesWith(event),
  };
}

/**
 * Events that run with the default branch's rights though someone else may have caused them. What the head brings along
 * (a k6 script is code) must not run in such a job. `deployment_status` belongs here: a preview provider deploys forks too.
 */
const privilegedEvents: ReadonlySet<string> = new Set([
  'pull_request_target',
  'workflow_run',
  'deployment_status',
  'deployment',
  'issue_comment',
  'discussion_comment',
  'issues',
  'repository_dispatch',
  'check_run',
  'check_suite',
  'status',
]);

/** Events that only those can cause who may push to the repository. */
const eventsOfOurs: ReadonlySet<string> = new Set([
  'push',
  'create',
  'release',
  'merge_group',
  'schedule',
  'workflow_dispatch',
]);

function headOf(event: PlatformEvent): RunRights['head'] {
  if (eventsOfOurs.has(event.name)) return 'ours';
  const fromFork = isFromFork(event);
  if (fromFork === undefined) return 'unknown';
  return fromFork ? 'stranger' : 'ours';
}

function mayRecord(event: PlatformEvent, head: RunRights['head'], isOfPullRequest: boolean): RunRights['mayRecord'] {
  if (isOfPullRequest)
    return { kind: 'never', reason: 'a pull request must not change the baseline that it is judged by' };
  if (head !== 'ours') return { kind: 'never', reason: `${event.name} doesn't tell whose commit it is about` };
  if (event.name === 'merge_group') return { kind: 'never', reason: 'a merge group is not merged yet' };
  const isDefaultBranch = event.defaultBranch !== undefined && event.branch === event.defaultBranch;
  return { kind: event.name === 'push' && isDefaultBranch ? 'by-default' : 'when-asked' };
}

function comparesWith({ pullRequest, mergeGroup, tag }: PlatformEvent): ComparesWith {
  if (pullRequest !== undefined) {
    return { kind: 'merge-base', baseBranch: pullRequest.baseBranch, baseCommit: pullRequest.baseCommit };
  }
  if (mergeGroup !== undefined) {
    return { kind: 'commit', commit: mergeGroup.baseCommit, takesVerdictOfEqualTree: true };
  }
  return { kind: tag === undefined ? 'default-branch' : 'last-release' };
}
