/** One deployment of an environment, with its newest status. */
export interface Deployment {
  readonly id: number;
  readonly commit: string;
  /** GitHub's word: `success`, `pending`, `in_progress`, `queued`, `failure`, `error`, `inactive`; absent: no status yet. */
  readonly state?: string;
  /** Where it can be reached; only a successful one has it. */
  readonly url?: string;
}

export type DeploymentChoice =
  | { readonly kind: 'found'; readonly url: string }
  /** Not there yet; `detail` says what is. */
  | { readonly kind: 'waiting'; readonly detail: string }
  /** Will not come by waiting. */
  | { readonly kind: 'failed'; readonly detail: string };

/**
 * Which of an environment's deployments (newest first) is the one of `commit`? A deployment of another commit is never
 * taken, however successful: it would judge other code.
 */
export function chooseDeployment(
  commit: string,
  environment: string,
  deployments: readonly Deployment[],
): DeploymentChoice {
  const ofCommit = deployments.filter((deployment) => deployment.commit === commit);
  const ready = ofCommit.find(({ state, url }) => state === 'success' && url !== undefined);
  if (ready?.url !== undefined) return { kind: 'found', url: ready.url };
  const short = commit.slice(0, 7);
  const [newest] = ofCommit;
  if (newest === undefined) {
    const [other] = deployments;
    const instead = other === undefined ? 'none at all' : `the newest is of ${other.commit.slice(0, 7)}`;
    return { kind: 'waiting', detail: `${environment} has no deployment of ${short} (${instead})` };
  }
  if (newest.state === 'success') {
    return { kind: 'failed', detail: `the deployment of ${short} to ${environment} says no address (environment_url)` };
  }
  if (newest.state === 'failure' || newest.state === 'error') {
    return { kind: 'failed', detail: `the deployment of ${short} to ${environment} failed (${newest.state})` };
  }
  if (newest.state === 'inactive') {
    return { kind: 'failed', detail: `the deployment of ${short} to ${environment} was replaced by a newer one` };
  }
  return {
    kind: 'waiting',
    detail: `the deployment of ${short} to ${environment} is ${newest.state ?? 'not started'}`,
  };
}
