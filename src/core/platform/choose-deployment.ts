/** Which deployment is meant. */
export interface WantedDeployment {
  readonly environment: string;
  /** Absent: whichever serves the environment now, whatever its commit. */
  readonly commit?: string;
}

/** One deployment of an environment, with its newest status. */
export interface Deployment {
  readonly id: number;
  readonly commit: string;
  /** GitHub's word: `success`, `pending`, `in_progress`, `queued`, `failure`, `error`, `inactive`; absent: no status yet. */
  readonly state?: string;
  /** Where it can be reached; only a successful one has it, and some providers tell it a little later. */
  readonly url?: string;
}

export type DeploymentChoice =
  | { readonly kind: 'found'; readonly url: string; readonly commit: string }
  /** Not there yet; `detail` says what is. */
  | { readonly kind: 'waiting'; readonly detail: string }
  /** Will not come by waiting. */
  | { readonly kind: 'failed'; readonly detail: string };

/**
 * Which of an environment's deployments (newest first) is the wanted one? Where a commit is wanted, a deployment of
 * another one is never taken, however successful: it would judge other code.
 */
export function chooseDeployment(wanted: WantedDeployment, deployments: readonly Deployment[]): DeploymentChoice {
  const { environment, commit } = wanted;
  const candidates = commit === undefined ? deployments : deployments.filter((one) => one.commit === commit);
  for (const { state, url, commit: found } of candidates) {
    if (state === 'success' && url !== undefined) return { kind: 'found', url, commit: found };
  }
  const newest = candidates.find(({ state }) => !isOver(state)) ?? candidates[0];
  if (newest === undefined) return notThere(wanted, deployments[0]);
  const subject =
    commit === undefined
      ? `the newest deployment to ${environment}`
      : `the deployment of ${short(commit)} to ${environment}`;
  if (newest.state === 'success') return { kind: 'waiting', detail: `${subject} says no address (environment_url)` };
  if (newest.state === 'inactive')
    return { kind: 'failed', detail: `${subject} was replaced or switched off (inactive)` };
  if (isOver(newest.state)) return { kind: 'failed', detail: `${subject} failed (${newest.state})` };
  return { kind: 'waiting', detail: `${subject} is ${newest.state ?? 'not started'}` };
}

/** Nothing follows these but a new deployment. */
export function isOver(state: string | undefined): boolean {
  return state === 'failure' || state === 'error' || state === 'inactive';
}

function notThere({ environment, commit }: WantedDeployment, other: Deployment | undefined): DeploymentChoice {
  if (commit === undefined) return { kind: 'failed', detail: `${environment} has no deployment at all` };
  const instead = other === undefined ? 'none at all' : `the newest is of ${short(other.commit)}`;
  return { kind: 'waiting', detail: `${environment} has no deployment of ${short(commit)} (${instead})` };
}

function short(commit: string): string {
  return commit.slice(0, 7);
}
