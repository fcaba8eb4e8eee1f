import { findDeployment } from '../adapters/github/find-deployment.ts';
import type { GitHubClient } from '../adapters/github/github-client.ts';
import type { Config, SideAddress } from '../config/config.ts';
import { parseUrl } from '../config/parse-values.ts';
import type { PlatformEvent } from '../core/platform/platform-event.ts';
import { defined } from '../defined.ts';
import { GateError } from '../errors.ts';
import type { Log, NotMeasured } from '../ports.ts';

/** Who knows where deployments are. */
export interface DeploymentSource {
  /** Absent without a token, and outside GitHub. */
  readonly api: GitHubClient | undefined;
  readonly event: PlatformEvent;
  readonly pollEveryMs?: number;
}

interface Waiting {
  /** The commit that is judged, where the event doesn't tell it. */
  readonly commit: string | undefined;
  readonly log: Log;
  readonly signal: AbortSignal;
}

export type LocatedSides =
  | {
      readonly kind: 'located';
      /** With plain addresses. */
      readonly config: Config;
      /** What a deployment that was looked up for the baseline was made of. */
      readonly baselineCommit?: string;
    }
  | NotMeasured;

/**
 * Makes plain addresses of `deployment:ENVIRONMENT`: for the target the deployment of the commit that is judged, waited
 * for as long as for the target itself; for the baseline, where one is needed, the latest successful one of its
 * environment. Throws `GateError` where GitHub can't be asked.
 */
export async function locateSides(
  config: Config,
  needsBaseline: boolean,
  source: DeploymentSource & Waiting,
): Promise<LocatedSides> {
  const { target, duet } = config;
  const candidate = target && (await locate('target-url', target.url, config, source));
  if (candidate?.kind === 'not-measured') return candidate;
  const baseline = duet && needsBaseline ? await locate('baseline-url', duet.baselineUrl, config, source) : undefined;
  if (baseline?.kind === 'not-measured') return baseline;
  return {
    kind: 'located',
    config: {
      ...config,
      ...(target && candidate && { target: { ...target, url: candidate.url } }),
      ...(duet && baseline && { duet: { ...duet, baselineUrl: baseline.url } }),
    },
    ...(baseline?.commit !== undefined && { baselineCommit: baseline.commit }),
  };
}

type Located = { readonly kind: 'located'; readonly url: string; readonly commit?: string } | NotMeasured;

async function locate(
  input: 'target-url' | 'baseline-url',
  address: SideAddress,
  { readiness }: Config,
  source: DeploymentSource & Waiting,
): Promise<Located> {
  if (typeof address === 'string') return { kind: 'located', url: address };
  const { environment } = address;
  const written = `${input}: "deployment:${environment}"`;
  const told = input === 'target-url' ? addressOfEvent(environment, source.event) : undefined;
  if (told !== undefined) return checked(told, written);
  const { api, log, signal, pollEveryMs } = source;
  if (api === undefined) throw noGitHub(written);
  const commit = input === 'target-url' ? (judgedCommit(source) ?? noCommit(written)) : undefined;
  const found = await findDeployment({
    ...{ api, environment, log, signal, timeoutMs: readiness.timeoutMs },
    ...defined({ commit, pollEveryMs }),
  });
  if (found.kind === 'not-found') {
    return {
      kind: 'not-measured',
      reason: 'target-not-ready',
      detail: `${written}: ${found.detail}`,
      hint: found.hint,
    };
  }
  log.info(`${written} is ${found.url} (${found.commit.slice(0, 7)})`);
  const located = checked(found.url, written);
  return located.kind === 'located' ? { ...located, commit: found.commit } : located;
}

/** A `deployment_status` event is about one deployment of the commit that is judged. */
function addressOfEvent(environment: string, { deployment }: PlatformEvent): string | undefined {
  const isAsked = deployment?.environment.toLowerCase() === environment.toLowerCase();
  return isAsked && deployment?.state === 'success' ? deployment.url : undefined;
}

/** Never a merge that GitHub made for a pull request: providers deploy the head. */
function judgedCommit({ event, commit }: DeploymentSource & Waiting): string | undefined {
  const isUnreadPullRequest = event.name.startsWith('pull_request') && event.pullRequest === undefined;
  return isUnreadPullRequest ? undefined : (event.commit ?? commit);
}

function checked(url: string, written: string): Located {
  const parsed = parseUrl(url);
  if (parsed.isValid) return { kind: 'located', url: parsed.value };
  return {
    kind: 'not-measured',
    reason: 'target-not-ready',
    detail: `${written}: the deployment's address is ${JSON.stringify(parsed.got ?? url)}, not ${parsed.expected}`,
    hint: 'Have the provider report the address of the deployment as `environment_url`, or give the address itself.',
  };
}

function noGitHub(written: string): GateError {
  return new GateError(
    'CONFIG_INVALID',
    `${written}: there is no GitHub to ask`,
    'In a workflow, give the step a token (`github-token`) and the job `deployments: read`; elsewhere set GITHUB_API_URL, GITHUB_REPOSITORY and GITHUB_TOKEN, or give the address itself.',
  );
}

function noCommit(written: string): never {
  throw new GateError(
    'CONFIG_INVALID',
    `${written}: which commit is judged is not known`,
    'Run it under an event that has a commit, or in a checkout; or give the address itself.',
  );
}
