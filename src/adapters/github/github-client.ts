import { Octokit } from '@octokit/core';
import { retry } from '@octokit/plugin-retry';
import { throttling } from '@octokit/plugin-throttling';
import { EnvHttpProxyAgent, fetch as proxiedFetch } from 'undici';
import type { Log } from '../../ports.ts';
import { explainRefusal } from './explain-refusal.ts';

export interface GitHubAccess {
  /** GITHUB_API_URL: `https://api.github.com`, or `https://HOST/api/v3` on GitHub Enterprise Server. */
  readonly apiUrl: string;
  /** `owner/name`. */
  readonly repository: string;
  readonly token: string;
}

export interface GitHubClientOptions {
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

/** Requests by route, typed by GitHub's description; `owner` and `repo` are filled in. */
export interface GitHubClient {
  readonly owner: string;
  readonly repo: string;
  readonly request: Octokit['request'];
}

/** Longest wait for a limit to reset; a job that waited an hour for it would only look hung. */
const longestWaitS = 60;
const maxLimitWaits = 2;
const timeoutMs = 30_000;

/** Outcomes and refusals; another try gives the same. Limits are the throttling plugin's. */
const doNotRetry = [400, 401, 403, 404, 409, 410, 422, 429, 451];

const PoliteOctokit = Octokit.plugin(retry, throttling);

/**
 * GitHub's REST API with retries of server errors and broken connections, and waiting for limits. A refusal that no caller
 * can do anything about is a `GateError` that says what would allow the call; 404, 409 and 422 are the caller's to read.
 */
export function gitHubClient(access: GitHubAccess, options: GitHubClientOptions): GitHubClient {
  const { log, secondMs = 1000, spacedWrites = true, retries = 3 } = options;
  const [owner = '', repo = ''] = access.repository.split('/');
  const octokit = new PoliteOctokit({
    auth: access.token,
    baseUrl: access.apiUrl.replace(/\/$/, ''),
    userAgent: 'tailgate',
    log: {
      debug: ignore,
      info: ignore,
      warn: (message: string) => log.debug(message),
      error: (message: string) => log.debug(message),
    },
    request: { fetch: fetchThroughProxy },
    retry: { retries, retryAfterBaseValue: secondMs, doNotRetry },
    throttle: {
      id: `${access.apiUrl} ${access.repository}`,
      retryAfterBaseValue: secondMs,
      onRateLimit: waitFor('hourly rate limit', log),
      onSecondaryRateLimit: waitFor('secondary rate limit', log),
      // The plugin's own type asks for its own class; it calls nothing but this.
      ...(!spacedWrites && { write: unspaced as never }),
    },
  });
  octokit.hook.wrap('request', async (send, request) => {
    try {
      return await send(request);
    } catch (error) {
      throw explainRefusal(error, { method: request.method, url: request.url });
    }
  });
  return { owner, repo, request: octokit.request };
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

/** Reads HTTPS_PROXY and NO_PROXY, which Node itself reads only at its start. */
let agent: EnvHttpProxyAgent | undefined;

function fetchThroughProxy(url: string, init: object): Promise<unknown> {
  agent ??= new EnvHttpProxyAgent();
  return proxiedFetch(url, { ...init, dispatcher: agent, signal: AbortSignal.timeout(timeoutMs) });
}

function ignore(): void {}
