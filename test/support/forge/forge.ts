import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { keptOutput } from '../kept-output.ts';
import { Artifacts, artifactRoutes, blobAt, sendBlob } from './artifact-routes.ts';
import { BareRepository } from './bare-repository.ts';
import type { Fault, FaultPlan } from './faults.ts';
import { ForgeState } from './forge-state.ts';
import { gitRoutes } from './git-routes.ts';
import { historyRoutes } from './history-routes.ts';
import { keepWhatIsStored } from './keep-what-is-stored.ts';
import { problemsOfAnswer, problemsOfRequest } from './openapi-check.ts';
import { RateLimiter } from './rate-limiter.ts';
import { type Answer, type Route, refuse } from './route.ts';
import { serveGit } from './smart-http.ts';
import { talkingRoutes } from './talking-routes.ts';
import { isAllowed, type Token, type TokenGrant, Tokens } from './tokens.ts';

/** Every family of routes; a new one is a new line. */
const allRoutes: readonly Route[] = [...gitRoutes, ...historyRoutes, ...talkingRoutes, ...artifactRoutes];

export interface ForgeOptions {
  /** `/api/v3` as on GitHub Enterprise Server; empty as on github.com. */
  readonly basePath?: string;
  /** Calls an hour and token; 1,000 as the Actions token has. */
  readonly callsPerHour?: number;
}

/** Something that the client under test must not do. */
export interface Problem {
  readonly kind: 'unknown-route' | 'authorization' | 'headers' | 'schema' | 'permission' | 'forge';
  readonly detail: string;
}

export interface SeenCall {
  readonly method: string;
  /** Without the base path; with the query. */
  readonly path: string;
  readonly status: number;
}

/**
 * GitHub on loopback: its REST API, strict, and one real bare repository behind it and behind `git fetch` and `git push`.
 * Whatever a client does wrong is answered as GitHub would and recorded in `problems`, which every test looks at.
 */
export class Forge {
  readonly state: ForgeState;
  readonly tokens = new Tokens();
  readonly problems: Problem[] = [];
  readonly calls: SeenCall[] = [];
  readonly faults: FaultPlan[] = [];
  readonly #limiter: RateLimiter;
  readonly #basePath: string;
  readonly #root: string;
  readonly #server = createServer((request, response) => void this.#serve(request, response));

  private constructor(state: ForgeState, root: string, { basePath = '', callsPerHour = 1000 }: ForgeOptions) {
    this.state = state;
    this.#root = root;
    this.#basePath = basePath;
    this.#limiter = new RateLimiter(callsPerHour);
  }

  static async start(options: ForgeOptions = {}): Promise<Forge> {
    const root = await mkdtemp(join(tmpdir(), 'tailgate-forge-'));
    const git = await BareRepository.create(join(root, 'acme', 'shop.git'));
    const forge = new Forge(new ForgeState('acme', 'shop', git), root, options);
    await new Promise<void>((resolve) => forge.#server.listen(0, '127.0.0.1', resolve));
    return forge;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
    await keepWhatIsStored(this.state.git);
    await rm(this.#root, { recursive: true, force: true });
  }

  /** What a workflow finds in GITHUB_SERVER_URL. */
  get serverUrl(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** What a workflow finds in GITHUB_API_URL. */
  get apiUrl(): string {
    return `${this.serverUrl}${this.#basePath}`;
  }

  get repository(): string {
    return `${this.state.owner}/${this.state.repo}`;
  }

  /** A token with what `permissions:` of a job grants. */
  token(permissions: TokenGrant['permissions'], login?: string): string {
    return this.tokens.issue({ permissions, ...(login !== undefined && { login }) }).value;
  }

  #report(kind: Problem['kind'], detail: string): void {
    this.problems.push({ kind, detail });
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const url = new URL(request.url ?? '/', this.serverUrl);
      if (url.pathname.startsWith(`/${this.repository}.git/`)) {
        await serveGit(request, response, { url, root: this.#root, tokens: this.tokens });
        return;
      }
      const blob = blobAt(url, this.state.of(Artifacts));
      if (blob !== undefined) {
        if (request.headers.authorization !== undefined)
          this.#report('authorization', `the token was sent to ${url.host}`);
        sendBlob(request, response, blob);
        return;
      }
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      await this.#answer(request, response, url, Buffer.concat(chunks).toString('utf8'));
    } catch (error) {
      this.#report('forge', error instanceof Error ? (error.stack ?? error.message) : String(error));
      if (!response.headersSent) response.writeHead(500).end();
    }
  }

  async #answer(request: IncomingMessage, response: ServerResponse, url: URL, text: string): Promise<void> {
    const method = request.method ?? 'GET';
    const path = url.pathname.startsWith(this.#basePath) ? url.pathname.slice(this.#basePath.length) : url.pathname;
    const fault = this.#faultOf(method, path);
    if (fault?.kind === 'reset-before') return void request.socket.destroy();
    if (fault?.kind === 'slow') await sleep(fault.ms);
    if (fault?.kind === 'held') await fault.until;
    if (method !== 'GET') keptOutput(`${method} ${path}`, text);
    const answer = answerOfFault(fault) ?? (await this.#decide(request, { method, path, url, text, fault }));
    this.calls.push({ method, path: `${path}${url.search}`, status: answer.status });
    if (fault?.kind === 'reset-after') return void request.socket.destroy();
    const bytes = Buffer.isBuffer(answer.body) ? answer.body : Buffer.from(JSON.stringify(answer.body ?? '') ?? '');
    const type = Buffer.isBuffer(answer.body) ? 'application/zip' : 'application/json; charset=utf-8';
    response.writeHead(answer.status, { 'content-type': type, 'x-github-request-id': 'FA4E:0', ...answer.headers });
    response.end(answer.body === undefined ? undefined : bytes);
  }

  #faultOf(method: string, path: string): Fault | undefined {
    const earlier = this.calls.filter((call) => call.method === method && call.path.split('?')[0] === path).length;
    for (const plan of this.faults) {
      const fault = plan({ method, path, earlier });
      if (fault !== undefined) return fault;
    }
    return undefined;
  }

  async #decide(request: IncomingMessage, asked: Asked): Promise<Answer> {
    const { method, path, url, text } = asked;
    const token = this.tokens.ofHeader(request.headers.authorization);
    if (token === undefined) {
      const header = request.headers.authorization === undefined ? 'no Authorization header' : 'an unknown token';
      this.#report('authorization', `${method} ${path} with ${header}`);
      return refuse(401, request.headers.authorization === undefined ? 'Requires authentication' : 'Bad credentials');
    }
    const limits = this.#limiter.take(token, method);
    if (limits.refusal !== undefined)
      return { ...limits.refusal, headers: { ...limits.headers, ...limits.refusal.headers } };
    this.#checkHeaders(request, asked);
    const found = matchRoute(method, path);
    if (found === undefined) {
      this.#report('unknown-route', `${method} ${path}`);
      return { ...refuse(404, 'Not Found'), headers: limits.headers };
    }
    const answer = await this.#call(found, { ...asked, token, query: url.searchParams, text });
    return { ...answer, headers: { ...limits.headers, ...answer.headers } };
  }

  #checkHeaders(request: IncomingMessage, { method, path, text }: Asked): void {
    const { accept = '', 'user-agent': agent = '', 'content-type': type = '' } = request.headers;
    if (agent === '') this.#report('headers', `${method} ${path} without User-Agent, which GitHub answers with 403`);
    if (!/application\/(vnd\.github[^,]*\+?json|vnd\.github\.v3|json)/.test(accept)) {
      this.#report('headers', `${method} ${path} accepts ${JSON.stringify(accept)}, not application/vnd.github+json`);
    }
    if (text !== '' && !type.startsWith('application/json')) {
      this.#report('headers', `${method} ${path} sends ${JSON.stringify(type)}, not application/json`);
    }
  }

  async #call({ route, params }: FoundRoute, asked: Asked & { token: Token; query: URLSearchParams }): Promise<Answer> {
    const { method, path, text, token, query, fault } = asked;
    const operation = `${method} ${route.path}`;
    if (params['owner'] !== undefined && `${params['owner']}/${params['repo']}` !== this.repository)
      return refuse(404, 'Not Found');
    if (!isAllowed(token, route.permissions)) {
      this.#report('permission', `${method} ${path} needs ${route.permissions.join(' or ')}`);
      const accepted = route.permissions
        .map((permission) => permission.replace(': ', '=').replaceAll('-', '_'))
        .join('; ');
      const refusal = refuse(403, 'Resource not accessible by integration');
      return { ...refusal, headers: { 'x-accepted-github-permissions': accepted } };
    }
    let body: unknown;
    try {
      body = text === '' ? undefined : JSON.parse(text);
    } catch {
      this.#report('schema', `${operation}: the body isn't JSON`);
      return refuse(400, 'Problems parsing JSON');
    }
    const wrong = problemsOfRequest({ operation, query, body });
    if (wrong.length > 0) {
      this.#report('schema', `${operation}: ${wrong.join('; ')}`);
      return refuse(422, `Invalid request.\n\n${wrong.join('; ')}`);
    }
    const stale = fault?.kind === 'stale-refs' ? { staleForMs: fault.ms } : {};
    const call = { method, params, query, body, token, state: this.state, apiUrl: this.apiUrl, ...stale };
    const answer = await route.handle(call);
    const lies = Buffer.isBuffer(answer.body) ? [] : problemsOfAnswer(operation, answer.status, answer.body);
    for (const lie of lies) this.#report('forge', `the forge's own answer to ${operation}: ${lie}`);
    return answer;
  }
}

interface Asked {
  readonly method: string;
  readonly path: string;
  readonly url: URL;
  readonly text: string;
  readonly fault: Fault | undefined;
}

interface FoundRoute {
  readonly route: Route;
  readonly params: Record<string, string>;
}

const patterns = allRoutes.map((route) => {
  const names = [...route.path.matchAll(/\{(\w+)\}/g)].map((match) => match[1] as string);
  // Only these hold slashes on GitHub.
  const source = route.path.replaceAll(/\{(\w+)\}/g, (_, name) =>
    ['ref', 'path', 'basehead'].includes(name) && route.path.endsWith(`{${name}}`) ? '(.+)' : '([^/]+)',
  );
  return { route, names, pattern: new RegExp(`^${source}$`) };
});

function matchRoute(method: string, path: string): FoundRoute | undefined {
  for (const { route, names, pattern } of patterns) {
    const match = route.method === method ? pattern.exec(path) : null;
    if (match === null) continue;
    const params = Object.fromEntries(names.map((name, i) => [name, decodeURIComponent(match[i + 1] ?? '')]));
    return { route, params };
  }
  return undefined;
}

function answerOfFault(fault: Fault | undefined): Answer | undefined {
  if (fault?.kind === 'status') return refuse(fault.status, fault.message ?? 'Server Error');
  if (fault?.kind === 'rate-limit') {
    const reset = String(Math.ceil(Date.now() / 1000) + fault.resetInS);
    const headers = { 'x-ratelimit-limit': '1000', 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': reset };
    return { ...refuse(403, 'API rate limit exceeded for installation ID 1.'), headers };
  }
  if (fault?.kind !== 'secondary-limit') return undefined;
  const message = 'You have exceeded a secondary rate limit. Please wait a few minutes before you try again.';
  return {
    ...refuse(403, message),
    ...(fault.retryAfterS !== undefined && { headers: { 'retry-after': String(fault.retryAfterS) } }),
  };
}
