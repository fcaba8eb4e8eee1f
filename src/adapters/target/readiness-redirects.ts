import type { HttpAnswer, ReadinessHttp } from './readiness-http.ts';
import { isSignInAddress } from './readiness-stranger.ts';
import { type Address, isSameHost, parseAddress } from './target-host.ts';

interface Asking {
  readonly http: Pick<ReadinessHttp, 'get'>;
  /** A secret, which only the target's host may see. */
  readonly header?: { readonly name: string; readonly value: string };
  readonly signal: AbortSignal;
}

export type Followed =
  | { readonly kind: 'answer'; readonly answer: HttpAnswer; readonly url: URL; readonly isOwnHost: boolean }
  /** Another host wants to know who asks; it wasn't asked. */
  | { readonly kind: 'sign-in'; readonly url: URL };

const mostRedirects = 5;

/** Asks for `url` and goes where it is sent, but not to another host's sign-in; the last answer counts. */
export async function followRedirects(url: URL, { http, header, signal }: Asking): Promise<Followed> {
  const target = parseAddress(url.href);
  let at = url;
  for (let redirects = 0; ; redirects++) {
    const isOwnHost = isOwn(at, target, url);
    const headers = header !== undefined && isOwnHost ? { [header.name]: header.value } : {};
    const answer = await http.get(at, headers, signal);
    const next = redirects < mostRedirects ? locationOf(answer, at) : undefined;
    if (next === undefined) return { kind: 'answer', answer, url: at, isOwnHost };
    if (!isOwn(next, target, url) && isSignInAddress(next)) return { kind: 'sign-in', url: next };
    at = next;
  }
}

/** The target's own host, and not in the clear where the target isn't. */
function isOwn(url: URL, target: Address | undefined, first: URL): boolean {
  const address = parseAddress(url.href);
  const isDowngrade = first.protocol === 'https:' && url.protocol !== 'https:';
  return target !== undefined && address !== undefined && isSameHost(address, target) && !isDowngrade;
}

function locationOf({ status, headers }: HttpAnswer, base: URL): URL | undefined {
  const [location] = [headers['location'] ?? []].flat();
  if (![301, 302, 303, 307, 308].includes(status) || location === undefined) return undefined;
  const next = URL.parse(location, base.href);
  return next !== null && /^https?:$/.test(next.protocol) ? next : undefined;
}
