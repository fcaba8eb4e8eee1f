import { setTimeout as delay } from 'node:timers/promises';
import * as v from 'valibot';
import { chooseDeployment, type Deployment, type DeploymentChoice } from '../../core/platform/choose-deployment.ts';
import type { Log } from '../../ports.ts';
import { ask, type GitHubApi } from './github-api.ts';

export interface DeploymentQuestion {
  readonly api: GitHubApi;
  readonly environment: string;
  /** The commit that is to be measured. */
  readonly commit: string;
  readonly timeoutMs: number;
  /** Time between two looks; every look costs two requests or more. */
  readonly pollEveryMs?: number;
  readonly log: Log;
  readonly signal: AbortSignal;
}

export type FoundDeployment =
  | { readonly kind: 'found'; readonly url: string }
  | { readonly kind: 'not-found'; readonly detail: string; readonly hint: string };

const deploymentSchema = v.object({ id: v.number(), sha: v.string() });
const statusSchema = v.object({ state: v.string(), environment_url: v.optional(v.string()) });

/** Newest ones looked at; a redeployed commit has a few. */
const mostDeployments = 5;

/** The address of the deployment of `commit` in an environment, waited for while it is on its way. */
export async function findDeployment(question: DeploymentQuestion): Promise<FoundDeployment> {
  const { environment, timeoutMs, log, signal } = question;
  const startedMs = performance.now();
  let told = '';
  for (;;) {
    const choice = await look(question);
    if (choice.kind === 'found') return choice;
    const leftMs = timeoutMs - (performance.now() - startedMs);
    if (choice.kind === 'failed' || leftMs <= 0 || signal.aborted) {
      return { kind: 'not-found', detail: choice.detail, hint: hintFor(environment, timeoutMs) };
    }
    if (choice.detail !== told) log.info(`waiting: ${choice.detail}`);
    told = choice.detail;
    await delay(Math.min(question.pollEveryMs ?? 10_000, leftMs), undefined, { signal }).catch(() => {});
  }
}

async function look({ api, environment, commit }: DeploymentQuestion): Promise<DeploymentChoice> {
  const ofCommit = await listDeployments(api, { environment, sha: commit });
  if (ofCommit.length === 0) {
    return chooseDeployment(commit, environment, await listDeployments(api, { environment }));
  }
  const known: Deployment[] = [];
  for (const deployment of ofCommit) {
    const [latest] = await ask(
      api,
      'GET /repos/{owner}/{repo}/deployments/{deployment_id}/statuses',
      { deployment_id: deployment.id, per_page: 1 },
      v.array(statusSchema),
    );
    const url = latest?.environment_url;
    known.push({ ...deployment, ...(latest && { state: latest.state }), ...(url ? { url } : {}) });
    if (latest?.state === 'success' && url) break;
  }
  return chooseDeployment(commit, environment, known);
}

async function listDeployments(api: GitHubApi, filter: Readonly<Record<string, string>>): Promise<Deployment[]> {
  const parameters = { ...filter, per_page: mostDeployments };
  const found = await ask(api, 'GET /repos/{owner}/{repo}/deployments', parameters, v.array(deploymentSchema));
  return found.map(({ id, sha }) => ({ id, commit: sha }));
}

function hintFor(environment: string, timeoutMs: number): string {
  return `See whether the provider deploys this commit to the GitHub environment ${JSON.stringify(environment)} within ${Math.round(timeoutMs / 1000)} s (\`wait-timeout\`), or give the address itself in \`target-url\`.`;
}
