import type { ForgeState } from './forge-state.ts';
import type { Token } from './tokens.ts';

/**
 * One route of the API. Routes of one family live in one file that exports a list of them; `forge.ts` joins the lists:
 *
 * 1. write `NAME-routes.ts` beside this file: `export const nameRoutes: readonly Route[] = [ … ]`;
 * 2. keep what it must remember in a class of its own, made on first use by `call.state.of(YourState)`;
 * 3. add the list to `allRoutes` in `forge.ts`.
 *
 * The forge itself sees to authorization, permissions, the headers of a real answer, rate limits, injected faults, and to
 * the check of every request and answer against GitHub's own description (`openapi-subset.json`; run
 * `node test/support/forge/extract-openapi.mjs` after adding a path to its list). What the description doesn't say, such as
 * the 65,536 characters of a comment, is the handler's to enforce.
 */
export interface Route {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE';
  /** As GitHub's description spells it: `/repos/{owner}/{repo}/git/ref/{ref}`. */
  readonly path: string;
  /** Permissions that allow the call, any of them: `contents: read`. A list, because comments accept two. */
  readonly permissions: readonly Permission[];
  readonly handle: (call: Call) => Answer | Promise<Answer>;
}

export type Scope = 'contents' | 'pull-requests' | 'issues' | 'checks' | 'actions' | 'deployments' | 'statuses';
export type Level = 'read' | 'write';
export type Permission = `${Scope}: ${Level}`;

export interface Call {
  readonly method: string;
  /** Values of the braces in the path, decoded. The last one may hold slashes. */
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  /** The parsed JSON body; undefined without one. */
  readonly body: unknown;
  readonly token: Token;
  readonly state: ForgeState;
  /** Absolute address of the API for links in answers: `http://127.0.0.1:PORT` or with `/api/v3`. */
  readonly apiUrl: string;
  /** Set when this read is to show refs as they were so many milliseconds ago. */
  readonly staleForMs?: number;
}

export interface Answer {
  readonly status: number;
  /** Sent as JSON; undefined sends no body. Bytes are sent as they are. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export function refuse(status: number, message: string, errors?: readonly unknown[]): Answer {
  const documentation = 'https://docs.github.com/rest';
  return {
    status,
    body: { message, ...(errors && { errors }), documentation_url: documentation, status: String(status) },
  };
}

/** One page of `items` by `per_page` (at most 100, 30 unless given) and `page`, with the Link header of GitHub. */
export function pageOf(
  items: readonly unknown[],
  call: Call,
  path: string,
  wrap?: (page: unknown[]) => unknown,
): Answer {
  const size = Math.min(Math.max(Number(call.query.get('per_page') ?? 30), 1), 100);
  const page = Math.max(Number(call.query.get('page') ?? 1), 1);
  const last = Math.max(Math.ceil(items.length / size), 1);
  const shown = items.slice((page - 1) * size, page * size);
  const link = (to: number, rel: string) => {
    const query = new URLSearchParams(call.query);
    query.set('page', String(to));
    return `<${call.apiUrl}${path}?${query}>; rel="${rel}"`;
  };
  const links = [
    ...(page > 1 ? [link(page - 1, 'prev')] : []),
    ...(page < last ? [link(page + 1, 'next'), link(last, 'last')] : []),
    ...(page > 1 ? [link(1, 'first')] : []),
  ];
  return {
    status: 200,
    body: wrap === undefined ? shown : wrap(shown),
    ...(links.length > 0 && { headers: { link: links.join(', ') } }),
  };
}
