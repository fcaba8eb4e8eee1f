import { type Call, pageOf, type Route, refuse } from './route.ts';

export interface ForgeDeployment {
  readonly id: number;
  readonly sha: string;
  readonly environment: string;
  /** Newest last. */
  readonly statuses: { readonly state: string; readonly environment_url?: string }[];
}

/** Deployments, newest last. */
export class Deployments {
  readonly all: ForgeDeployment[] = [];
}

const permissions = ['deployments: read'] as const;

export const deploymentRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: '/repos/{owner}/{repo}/deployments',
    permissions,
    handle: (call) => {
      const wanted = (name: 'sha' | 'environment', value: string) => (call.query.get(name) ?? value) === value;
      const found = call.state
        .of(Deployments)
        .all.filter(({ sha, environment }) => wanted('sha', sha) && wanted('environment', environment))
        .map(({ id, sha, environment }) => ({ id, sha, environment, ref: sha, task: 'deploy' }));
      return pageOf(found.reverse(), call, `/repos/${call.state.owner}/${call.state.repo}/deployments`);
    },
  },
  {
    method: 'GET',
    path: '/repos/{owner}/{repo}/deployments/{deployment_id}/statuses',
    permissions,
    handle: (call) => {
      const deployment = find(call);
      if (deployment === undefined) return refuse(404, 'Not Found');
      const path = `/repos/${call.state.owner}/${call.state.repo}/deployments/${deployment.id}/statuses`;
      return pageOf(deployment.statuses.toReversed(), call, path);
    },
  },
];

function find({ state, params }: Call): ForgeDeployment | undefined {
  return state.of(Deployments).all.find(({ id }) => id === Number(params['deployment_id']));
}
