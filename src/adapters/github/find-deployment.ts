import { setTimeout as delay } from 'node:timers/promises';
import * as v from 'valibot';
import {
  chooseDeployment,
  type Deployment,
  type DeploymentChoice,
  isOver,
  type WantedDeployment,
} from '../../core/platform/choose-deployment.ts';
import { GateError } from '../../errors.ts';
import type { Log } from '../../ports.ts';
import { ask, type GitHubClient, statusOf } from './github-client.ts';

export interface DeploymentQuestion extends WantedDeployment {
  readonly api: GitHubClient;
  readonly timeoutMs: number;
  /** Time between two looks; every look costs two requests or more. */
  readonly pollEveryMs?: number;
  readonly log: Log;
  readonly signal: AbortSignal;
}

export type FoundDeployment =
  | { readonly kind: 'found'; readonly url: string; readonly commit: string }
  | { readonly kind: 'not-found'; readonly detail: string; readonly hint: string };

const deploymentSchema = v.object({ id: v.number(), sha: v.string() });
const statusSchema = v.object({ state: v.string(), environment_url: v.optional(v.string()) });

const pageSize = 100;

/** Newest ones looked at: each costs a request, and a job has about 1,000 an hour. */
const maxDeployments = 300;

/**
 * The address of the wanted deployment, waited for while it is on its way. Throws `GateError` where GitHub can't be asked
 * or refuses, naming the permission.
 */
export async function findDeployment(question: DeploymentQuestion): Promise<FoundDeployment> {
  const { environment, timeoutMs, log, signal } = question;
  const startedMs = performance.now();
  const over = new Map<number, Deployment>();
  let told = '';
  for (;;) {
    const choice = await look(question, over);
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

/** `over` remembers which deployments have ended, so that they are asked about once. */
async function look(question: DeploymentQuestion, over: Map<number, Deployment>): Promise<DeploymentChoice> {
  const { api, environment, commit } = question;
  const known: Deployment[] = [];
  for await (const listed of newestFirst(api, { environment, ...(commit !== undefined && { sha: commit }) })) {
    const deployment = over.get(listed.id) ?? (await withStatus(api, listed));
    known.push(deployment);
    if (isOver(deployment.state)) over.set(deployment.id, deployment);
    if (deployment.state === 'success' && deployment.url !== undefined) break;
  }
  if (known.length > 0 || commit === undefined) return chooseDeployment(question, known);
  for await (const other of newestFirst(api, { environment })) return chooseDeployment(question, [other]);
  return chooseDeployment(question, []);
}

async function* newestFirst(api: GitHubClient, filter: Readonly<Record<string, string>>): AsyncGenerator<Deployment> {
  for (let page = 1; page <= maxDeployments / pageSize; page++) {
    const found = await askOfDeployments(
      api,
      'GET /repos/{owner}/{repo}/deployments',
      { ...filter, per_page: pageSize, page },
      v.array(deploymentSchema),
    );
    for (const { id, sha } of found) yield { id, commit: sha };
    if (found.length < pageSize) return;
  }
}

async function withStatus(api: GitHubClient, deployment: Deployment): Promise<Deployment> {
  const [latest] = await askOfDeployments(
    api,
    'GET /repos/{owner}/{repo}/deployments/{deployment_id}/statuses',
    { deployment_id: deployment.id, per_page: 1 },
    v.array(statusSchema),
  );
  const url = latest?.environment_url;
  return { ...deployment, ...(latest && { state: latest.state }), ...(url ? { url } : {}) };
}

/** GitHub hides what a token may not see behind 404. */
async function askOfDeployments<Schema extends v.GenericSchema>(
  api: GitHubClient,
  route: string,
  parameters: Readonly<Record<string, unknown>>,
  schema: Schema,
): Promise<v.InferOutput<Schema>> {
  try {
    return await ask(api, route, parameters, schema);
  } catch (error) {
    if (statusOf(error) !== 404) throw error;
    throw new GateError(
      'GITHUB_REFUSED',
      `GitHub shows this job no deployments of ${api.owner}/${api.repo} (404)`,
      'Add `deployments: read` under `permissions:` of this job.',
      error,
    );
  }
}

function hintFor(environment: string, timeoutMs: number): string {
  const seconds = Math.round(timeoutMs / 1000);
  return `See whether the provider deploys to the GitHub environment ${JSON.stringify(environment)} (the repository's page "Deployments" shows their names) and is done within ${seconds} s (\`wait-timeout\`), or give the address itself. The job needs \`deployments: read\` under \`permissions:\`.`;
}
