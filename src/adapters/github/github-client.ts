import { RequestError } from '@octokit/request-error';
import * as v from 'valibot';
import { GateError } from '../../errors.ts';
import type { Log } from '../../ports.ts';
import { outgoingFetch } from '../http/outgoing-http.ts';

export interface GitHubAccess {
  /** GITHUB_API_URL: `https://api.github.com`, or `https://HOST/api/v3` on GitHub Enterprise Server. */
  readonly apiUrl: string;
  /** `owner/name`. */
  readonly repository: string;
  readonly token: string;
}

export interface GitHubClientOptions {
  /** Names the proxies and certificate authorities of this machine. */
  readonly environment: NodeJS.ProcessEnv;
  readonly log: Log;
  /** Milliseconds in a second of waiting; only tests give less than 1000. */
  readonly secondMs?: number;
  /**
   * Writes a second apart, as GitHub asks of whatever notifies people (default). The steps of one commit to the baseline
   * branch are not spaced: between reading the tip and moving it every second invites a conflict.
   */
  readonly spacedWrites?: boolean;
  /**
   * How often a request is sent again after a server's error or a broken connection; 3 unless given. Whoever begins anew
   * by itself wants none: waiting with an old tip in hand only lets others pass.
   */
  readonly retries?: number;
}

/** What a request is filled in with; `owner` and `repo` are given by the client. */
type Parameters = Readonly<Record<string, unknown>>;

interface Answer {
  readonly data: unknown;
}

/** One repository on GitHub, seen through its REST interface. Use `ask` and `askAll`, which check the answers. */
export interface GitHubClient {
  readonly owner: string;
  readonly repo: string;
  /** `route` such as `GET /repos/{owner}/{repo}/pulls/{pull_number}`; a failure carries its HTTP `status`, a refusal says what would allow the call. */
  request(route: string, parameters: Parameters): Promise<Answer>;
  /** The pages of a list, each asked for when it is wanted. */
  pages(route: string, parameters: Parameters): AsyncIterable<Answer>;
  /** Login of whoever the token writes as, `github-actions[bot]` for a workflow's own token. */
  login(): Promise<string>;
}

/** Longest wait for a limit to reset; a job that waited an hour for it would only look hung. */
const longestWaitS = 60;
const maxLimitWaits = 2;
const timeoutMs = 30_000;

/** Outcomes and refusals; another try gives the same. Limits are the throttling plugin's. */
const doNotRetry = [400, 401, 403, 404, 409, 410, 422, 429, 451];

/**
 * GitHub's REST API with retries of server errors and broken connections, and waiting for limits. A refusal that no caller
 * can do anything about is a `GateError` that says what would allow the call; 404, 409 and 422 are the caller's to read.
 */
export function gitHubClient(access: GitHubAccess, options: GitHubClientOptions): GitHubClient {
  const [owner = '', repo = ''] = access.repository.split('/');
  let opened: ReturnType<typeof openOctokit> | undefined;
  const octokit = () => {
    opened ??= openOctokit(access, options);
    return opened;
  };
  let login: Promise<string> | undefined;
  const client: GitHubClient = {
    owner,
    repo,
    request: async (route, parameters) => (await octokit()).request(route, { owner, repo, ...parameters }),
    async *pages(route, parameters) {
      const { paginate } = await octokit();
      yield* paginate.iterator(route, { owner, repo, ...parameters });
    },
    login: () => {
      login ??= loginOf(access.token, client);
      return login;
    },
  };
  return client;
}

/** Loaded at the first request: `@actions/github` reads the event's payload while it loads, and throws where it is none. */
async function openOctokit(access: GitHubAccess, options: GitHubClientOptions) {
  const { environment, log, secondMs = 1000, spacedWrites = true, retries = 3 } = options;
  const [{ getOctokit }, { retry }, { throttling }] = await Promise.all([
    import('@actions/github'),
    import('@octokit/plugin-retry'),
    import('@octokit/plugin-throttling'),
  ]);
  const send = outgoingFetch(environment, log);
  const settings = {
    baseUrl: access.apiUrl.replace(/\/$/, ''),
    userAgent: 'tailgate',
    log: {
      debug: ignore,
      info: ignore,
      warn: (message: string) => log.debug(message),
      error: (message: string) => log.debug(message),
    },
    request: { fetch: (url: string, init: object) => send(url, { ...init, signal: AbortSignal.timeout(timeoutMs) }) },
    retry: { retries, retryAfterBaseValue: secondMs, doNotRetry },
    throttle: {
      id: `${access.apiUrl} ${access.repository}`,
      retryAfterBaseValue: secondMs,
      onRateLimit: waitFor('hourly rate limit', log),
      onSecondaryRateLimit: waitFor('secondary rate limit', log),
      // The plugin's own type asks for its own class; it calls nothing but this.
      ...(!spacedWrites && { write: unspaced as never }),
    },
  };
  const octokit = getOctokit(access.token, settings, retry, throttling);
  octokit.hook.wrap('request', async (send, request) => {
    try {
      return await send(request);
    } catch (error) {
      throw explainRefusal(error, { method: request.method, url: request.url });
    }
  });
  return octokit;
}

function waitFor(limit: string, log: Log) {
  return (seconds: number, request: object, _: unknown, tries: number): boolean => {
    if (seconds > longestWaitS || tries >= maxLimitWaits) return false;
    const { method, url } = request as { method: string; url: string };
    log.warn(`GitHub's ${limit} is used up at ${method} ${url}; waiting ${seconds} s.`);
    return true;
  };
}

/** In the place of the plugin's limiter for writes. */
const unspaced = { key: () => ({ schedule: (_: object, task: () => Promise<unknown>) => task() }) };

function ignore(): void {}

const pageSize = 100;

/** Far more than any pull request has; a server that never ends its list must not hold the gate. */
const maxPages = 100;

/** One answer, checked. */
export async function ask<Schema extends v.GenericSchema>(
  client: GitHubClient,
  route: string,
  parameters: Parameters,
  schema: Schema,
): Promise<v.InferOutput<Schema>> {
  return parsed(schema, await client.request(route, parameters), route);
}

/** All pages of a list, in GitHub's order. */
export async function askAll<Schema extends v.GenericSchema>(
  client: GitHubClient,
  route: string,
  parameters: Parameters,
  itemSchema: Schema,
): Promise<v.InferOutput<Schema>[]> {
  const items: v.InferOutput<Schema>[] = [];
  let pages = 0;
  for await (const page of client.pages(route, { ...parameters, per_page: pageSize })) {
    items.push(...parsed(v.array(itemSchema), page, route));
    if (++pages === maxPages) break;
  }
  return items;
}

function parsed<Schema extends v.GenericSchema>(schema: Schema, { data }: Answer, route: string) {
  const result = v.safeParse(schema, data);
  if (result.success) return result.output;
  const issue = result.issues[0];
  throw new GateError(
    'INPUT_UNREADABLE',
    `the answer to ${route} is not what GitHub documents: ${v.getDotPath(issue) ?? ''} ${issue.message}`,
    'See whether GITHUB_API_URL is the address of GitHub’s REST interface.',
  );
}

/** An installation's token can't ask who it is; the workflow's own one is the usual. */
async function loginOf(token: string, client: GitHubClient): Promise<string> {
  if (token.startsWith('ghs_')) return 'github-actions[bot]';
  const { login } = await ask(client, 'GET /user', {}, v.object({ login: v.string() }));
  return login;
}

/** HTTP status of a failed request; undefined when there was no answer. */
export function statusOf(error: unknown): number | undefined {
  const status = error instanceof Error && 'status' in error ? error.status : undefined;
  return typeof status === 'number' ? status : undefined;
}

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
function explainRefusal(error: unknown, { method, url }: Call): unknown {
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
