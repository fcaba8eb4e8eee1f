import { RequestError } from '@octokit/request-error';
import { GateError } from '../../errors.ts';

interface Call {
  readonly method: string;
  /** As a template or filled in. */
  readonly url: string;
}

/** Statuses that a caller reads: not there, somebody was first, not possible. */
const outcomes: ReadonlySet<number> = new Set([404, 409, 410, 422]);

/**
 * What a failed call means for the person who reads the log: a `GateError` in terms of the workflow file, or the error as
 * it is where its status is an outcome that the caller knows how to read.
 */
export function explainRefusal(error: unknown, { method, url }: Call): unknown {
  if (!(error instanceof RequestError) || outcomes.has(error.status)) return error;
  const call = `${method} ${pathOf(error.request.url ?? url)}`;
  const answer = error.message.split(' - https://')[0]?.trim() ?? '';
  if (error.status === 401) {
    const hint = 'Pass the token of the job as github-token, or another one that has not expired.';
    return new GateError('GITHUB_REFUSED', `GitHub doesn't know the token of ${call}: ${answer}`, hint, error);
  }
  if (error.status === 403 || error.status === 429) {
    return isLimit(error) ? limitReached(error, call) : permissionMissing(error, call, { method, url });
  }
  const message = error.response === undefined ? `no answer (${answer})` : `${error.status} ${answer}`;
  const hint = 'Run the job again; https://www.githubstatus.com says whether GitHub has a problem.';
  return new GateError('GITHUB_UNREACHABLE', `GitHub's API failed at ${call}: ${message}`, hint, error);
}

function isLimit(error: RequestError): boolean {
  return (
    error.status === 429 ||
    /rate limit/i.test(error.message) ||
    error.response?.headers['x-ratelimit-remaining'] === '0'
  );
}

function limitReached(error: RequestError, call: string): GateError {
  const resetS = Number(error.response?.headers['x-ratelimit-reset']);
  const until = Number.isFinite(resetS) && resetS > 0 ? ` until ${new Date(resetS * 1000).toISOString()}` : '';
  return new GateError(
    'GITHUB_UNREACHABLE',
    `GitHub's API takes no more requests${until}: ${call} was refused by its rate limit`,
    'A repository has 1,000 requests an hour for all its jobs. Run this job again later, or give it a token of its own.',
    error,
  );
}

function permissionMissing(error: RequestError, call: string, { method, url }: Call): GateError {
  const needed =
    acceptedPermission(error.response?.headers['x-accepted-github-permissions']) ?? permissionOf(method, url);
  const answer = error.message.split(' - https://')[0]?.trim() ?? '';
  const line = needed === undefined ? 'the permission that it needs' : `\`${needed}\``;
  return new GateError(
    'GITHUB_REFUSED',
    `GitHub refused ${call}: ${answer}`,
    `Add ${line} under \`permissions:\` of this job. On pull requests from forks and from Dependabot the token may only read, whatever the workflow says.`,
    error,
  );
}

/** `issues=write; pull_requests=write` names alternatives; the last one is the narrower for us. */
function acceptedPermission(header: unknown): string | undefined {
  if (typeof header !== 'string') return undefined;
  const last = header.split(';').at(-1)?.trim();
  const match = /^(\w+)=(read|write)/.exec(last ?? '');
  return match === null ? undefined : `${match[1]?.replaceAll('_', '-')}: ${match[2]}`;
}

/** The scope by the first part of the path behind the repository; GitHub doesn't always send its header. */
const scopes: readonly (readonly [pattern: RegExp, scope: string])[] = [
  [/\/issues|\/pulls/, 'pull-requests'],
  [/\/check-runs|\/check-suites/, 'checks'],
  [/\/statuses/, 'statuses'],
  [/\/deployments/, 'deployments'],
  [/\/actions\//, 'actions'],
  [/\/git\/|\/contents|\/compare|\/commits|\/releases|\/tags/, 'contents'],
];

function permissionOf(method: string, url: string): string | undefined {
  const scope = scopes.find(([pattern]) => pattern.test(url))?.[1];
  return scope === undefined ? undefined : `${scope}: ${method === 'GET' ? 'read' : 'write'}`;
}

function pathOf(url: string): string {
  return URL.canParse(url) ? new URL(url).pathname : url;
}
