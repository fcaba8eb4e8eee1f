import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { Log } from '../../ports.ts';
import { type OutgoingHttp, outgoingHttp } from '../http/outgoing-http.ts';
import { type Address, isSameHost, parseAddress } from './target-host.ts';

/** When the target counts as ready: an answer to `path` with one of `statuses` whose body contains `body`. */
export interface ReadinessCheck {
  readonly path: string;
  /** Both ends belong to each range. */
  readonly statuses: readonly { readonly lowest: number; readonly highest: number }[];
  readonly body?: string;
  readonly timeoutMs: number;
}

export type Readiness = { readonly kind: 'ready' } | NotReady;

interface NotReady {
  readonly kind: 'not-ready';
  readonly reason: 'target-not-ready' | 'bot-challenge';
  readonly detail: string;
  readonly hint: string;
}

interface WaitOptions {
  readonly url: string;
  readonly check: ReadinessCheck;
  readonly header?: { readonly name: string; readonly value: string };
  /** `connection` for a target that doesn't speak plain HTTP, such as a gRPC server: accepting one makes it ready. */
  readonly probe: 'http' | 'connection';
  /** The load doesn't check certificates either. */
  readonly allowsUntrustedCertificate: boolean;
  readonly environment: NodeJS.ProcessEnv;
  readonly log: Log;
  readonly signal: AbortSignal;
}

const pollEveryMs = 1_000;
const longestAnswerMs = 10_000;

/** Good answers in a row that make a target ready: one alone may come from the one instance of several that is up. */
const answersInARow = 3;
const betweenGoodAnswersMs = 200;

/**
 * Waits until the target answers several times in a row as the check wants it to. A bot challenge or a login page ends the
 * wait: it will not pass by itself.
 */
export async function waitForTarget(options: WaitOptions): Promise<Readiness> {
  const { check, log, signal } = options;
  const url = readinessUrl(options.url, check.path);
  const http = await outgoingHttp(options.environment, log);
  const startedMs = performance.now();
  let [told, good, failed, goodEver] = [false, 0, 0, 0];
  let lastFailure = 'no answer yet';
  for (;;) {
    const attempt = options.probe === 'http' ? await tryOnce(url, http, options) : await tryToConnect(url);
    if (attempt.kind === 'not-ready') return attempt;
    if (attempt.kind === 'ready') {
      good++;
      goodEver++;
      if (good === answersInARow || attempt.isSettled) return { kind: 'ready' };
    } else {
      good = 0;
      failed++;
      lastFailure = attempt.detail;
    }
    const leftMs = check.timeoutMs - (performance.now() - startedMs);
    if (signal.aborted || (leftMs <= 0 && good === 0)) {
      return notReady(url, describeFailure(lastFailure, goodEver, failed), check.timeoutMs);
    }
    if (attempt.kind === 'not-yet' && !told) log.info(`waiting for ${url.href}: ${attempt.detail}`);
    told ||= attempt.kind === 'not-yet';
    const pauseMs = good > 0 ? betweenGoodAnswersMs : Math.min(pollEveryMs, leftMs);
    await delay(pauseMs, undefined, { signal }).catch(() => {});
  }
}

function describeFailure(lastFailure: string, good: number, failed: number): string {
  if (good === 0) return lastFailure;
  return `it comes and goes: ${good} of ${good + failed} answers were good, never ${answersInARow} in a row; otherwise ${lastFailure}`;
}

type Attempt =
  /** `isSettled`: more of the same would show no more. */
  | { readonly kind: 'ready'; readonly isSettled?: true }
  | NotReady
  | { readonly kind: 'not-yet'; readonly detail: string };

async function tryOnce(url: URL, http: OutgoingHttp, options: WaitOptions): Promise<Attempt> {
  const { header } = options;
  try {
    const signal = AbortSignal.any([options.signal, AbortSignal.timeout(longestAnswerMs)]);
    const followed = await followRedirects(url, { http, signal, ...(header && { header }) });
    if (followed.kind === 'sign-in') {
      return notYours(url, `sends its callers to a sign-in at ${followed.url.host}`, header !== undefined);
    }
    return judgeAnswer(url, followed, options);
  } catch (error) {
    const code = errorCode(error);
    if (options.allowsUntrustedCertificate && certificateTrouble.test(code)) {
      return { kind: 'ready', isSettled: true };
    }
    return { kind: 'not-yet', detail: `it can't be reached (${code})` };
  }
}

/** OpenSSL's names for what is wrong with a certificate. */
const certificateTrouble = /CERT|SELF_SIGNED|ALTNAME|UNABLE_TO_|INVALID_(CA|PURPOSE)|HOSTNAME_MISMATCH|PATH_LENGTH/;

function judgeAnswer(
  url: URL,
  { answer, url: at, isOwnHost }: Extract<Followed, { kind: 'answer' }>,
  { check, header }: WaitOptions,
): Attempt {
  const challenge = recognizeChallenge(answer.status, answer.headers, answer.body);
  if (challenge !== undefined) return botChallenge(url, challenge);
  const isMarked = check.body !== undefined && answer.body.includes(check.body);
  // Whoever names a page to log in at, or a text of the page, knows what stands there.
  const login = isMarked || isSignInPath(check.path) ? undefined : recognizeLoginPage(answer);
  if (login !== undefined) {
    const where = at.href === url.href ? '' : ` at ${at.origin}${at.pathname}`;
    return notYours(url, `answers with a login page${where} (${login})`, header !== undefined);
  }
  if (header !== undefined && !isOwnHost) {
    return { kind: 'not-yet', detail: `it sends its callers to ${at.host}, where \`bypass-header\` must not go` };
  }
  if (!check.statuses.some((range) => answer.status >= range.lowest && answer.status <= range.highest)) {
    return { kind: 'not-yet', detail: `it answers with status ${answer.status}` };
  }
  if (check.body !== undefined && !isMarked) {
    return { kind: 'not-yet', detail: `its answer doesn't contain ${JSON.stringify(check.body)}` };
  }
  return { kind: 'ready' };
}

async function tryToConnect(url: URL): Promise<Attempt> {
  const port = Number(url.port) || (url.protocol === 'https:' ? 443 : 80);
  const socket = connect({ host: url.hostname.replace(/^\[|\]$/g, ''), port, timeout: longestAnswerMs });
  try {
    await once(socket, 'connect', { signal: AbortSignal.timeout(longestAnswerMs) });
    return { kind: 'ready' };
  } catch (error) {
    return { kind: 'not-yet', detail: `it can't be reached (${errorCode(error)})` };
  } finally {
    socket.destroy();
  }
}

function errorCode(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === 'TimeoutError') return `no answer within ${longestAnswerMs / 1000} s`;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined;
  return code ?? error.message;
}

function notReady(url: URL, detail: string, timeoutMs: number): NotReady {
  return {
    kind: 'not-ready',
    reason: 'target-not-ready',
    detail: `${url.href} wasn't ready within ${Math.round(timeoutMs / 1000)} s: ${detail}`,
    hint: certificateTrouble.test(detail)
      ? 'Its certificate is not trusted here, and the load would not trust it either: let SSL_CERT_FILE name the authority that signed it, or set `insecureSkipTLSVerify: true` in the options of the script.'
      : 'Check the address (`target-url`, or `baseline-url` where the baseline side is named) and that the deployment has started; `wait-path`, `wait-status`, `wait-body` and `wait-timeout` say what to wait for and how long.',
  };
}

function notYours(url: URL, what: string, wasHeaderSent: boolean): NotReady {
  const bypass = wasHeaderSent
    ? '`bypass-header` was sent and not accepted: see whether its name and value are those that the provider shows.'
    : 'Let this machine through the protection: most providers have a bypass token, which `bypass-header` sends along with the load and this check.';
  return {
    kind: 'not-ready',
    reason: 'target-not-ready',
    detail: `${url.href} ${what}, which is not the service that is to be measured`,
    hint: `${bypass} Where it is your own, name a page that needs no login in \`wait-path\`, or a text of this page in \`wait-body\`.`,
  };
}

function botChallenge(url: URL, challenge: string): NotReady {
  return {
    kind: 'not-ready',
    reason: 'bot-challenge',
    detail: `${url.href} answers with a bot challenge (${challenge})`,
    hint: 'Let this machine through the protection: most providers have a bypass token, which `bypass-header` sends along with the load and this check.',
  };
}

/** The page that is asked whether a target is ready, and who it is. */
export function readinessUrl(targetUrl: string, path: string): URL {
  return new URL(`${targetUrl.replace(/\/+$/, '')}/${path.replace(/^\/+/, '')}`);
}

const maxBodyBytes = 1 << 20;

/** An answer's body as text, of a very long one its beginning. */
async function readText(body: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body) {
    chunks.push(chunk);
    size += chunk.length;
    if (size > maxBodyBytes) break;
  }
  return Buffer.concat(chunks).toString('utf8');
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

/** Asks for one page; where a redirect leads is for the caller to see, since a secret header must not follow. */
async function askPage(
  http: Pick<OutgoingHttp, 'ask'>,
  url: URL,
  asked: Parameters<OutgoingHttp['ask']>[1],
): Promise<HttpAnswer> {
  const { statusCode: status, headers, body } = await http.ask(url, asked);
  return { status, headers, body: await readText(body) };
}

interface Asking {
  readonly http: Pick<OutgoingHttp, 'ask'>;
  /** A secret, which only the target's host may see. */
  readonly header?: { readonly name: string; readonly value: string };
  readonly signal: AbortSignal;
}

export type Followed =
  | { readonly kind: 'answer'; readonly answer: HttpAnswer; readonly url: URL; readonly isOwnHost: boolean }
  /** Another host wants to know who asks; it wasn't asked. */
  | { readonly kind: 'sign-in'; readonly url: URL };

const maxRedirects = 5;

/** Asks for `url` and goes where it is sent, but not to another host's sign-in; the last answer counts. */
export async function followRedirects(url: URL, { http, header, signal }: Asking): Promise<Followed> {
  const target = parseAddress(url.href);
  let at = url;
  for (let redirects = 0; ; redirects++) {
    const isOwnHost = isOwn(at, target, url);
    const headers = header !== undefined && isOwnHost ? { [header.name]: header.value } : {};
    const answer = await askPage(http, at, { headers, signal });
    const next = redirects < maxRedirects ? locationOf(answer, at) : undefined;
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

const signInHosts =
  /(^|\.)(login\.microsoftonline\.com|accounts\.google\.com|okta\.com|oktapreview\.com|auth0\.com|onelogin\.com|cloudflareaccess\.com|amazoncognito\.com)$|^(login|signin|sso|auth|idp|iam|id|accounts)\./i;
const signInSegment =
  /^(login|log-in|signin|sign-in|sso|sso-api|saml2?|oauth2?|authorize|auth|adfs|cas|openid-connect)$/i;

/** Does `url` look like the place where a person proves who they are? */
function isSignInAddress(url: URL): boolean {
  const query = url.searchParams;
  return (
    signInHosts.test(url.hostname) ||
    isSignInPath(url.pathname) ||
    query.has('SAMLRequest') ||
    (query.has('client_id') && (query.has('redirect_uri') || query.has('response_type')))
  );
}

function isSignInPath(path: string): boolean {
  return path.split('/').some((segment) => signInSegment.test(segment));
}

const passwordField = /<input\b[^>]*\b(type|name)\s*=\s*["']?password\b/i;
const signInTitle =
  /<title[^>]*>[^<]*\b(sign[ -]?in|log[ -]?in|single sign-on|authentication required|password[ -]protect(ed|ion))\b/i;

/**
 * What shows that an answer is a page to log in at, whoever made it; undefined when nothing does. Only pages count: a
 * service's own refusal of an unknown caller is an answer of the service.
 */
function recognizeLoginPage({ status, headers, body }: HttpAnswer): string | undefined {
  if (status >= 500 || status === 404) return undefined;
  const type = [headers['content-type'] ?? ''].flat()[0] ?? '';
  if (!(type === '' ? /^\s*</.test(body) : /html/i.test(type))) return undefined;
  if (passwordField.test(body)) return `a password field, status ${status}`;
  return signInTitle.test(body) ? `by its title, status ${status}` : undefined;
}

type Headers = Readonly<Record<string, string | readonly string[] | undefined>>;

const headerMarks: readonly { readonly header: string; readonly value: RegExp; readonly provider: string }[] = [
  { header: 'cf-mitigated', value: /challenge/i, provider: 'Cloudflare' },
  { header: 'x-vercel-mitigated', value: /challenge|deny/i, provider: 'Vercel' },
  { header: 'x-amzn-waf-action', value: /challenge|captcha/i, provider: 'AWS WAF' },
  { header: 'x-datadome', value: /./, provider: 'DataDome' },
  { header: 'x-sucuri-block', value: /./, provider: 'Sucuri' },
];

const bodyMarks: readonly { readonly text: RegExp; readonly provider: string }[] = [
  { text: /<title>Just a moment\.\.\.<\/title>|cdn-cgi\/challenge-platform/i, provider: 'Cloudflare' },
  { text: /_Incapsula_Resource/i, provider: 'Imperva' },
  { text: /Vercel Security Checkpoint/i, provider: 'Vercel' },
  { text: /errors\.edgesuite\.net/i, provider: 'Akamai' },
];

/** Which provider's bot protection gave this answer, if one did: only refusals count, whatever marks a page carries. */
export function recognizeChallenge(status: number, headers: Headers, body: string): string | undefined {
  if (![202, 401, 403, 405, 429, 503].includes(status)) return undefined;
  const byHeader = headerMarks.find(({ header, value }) => value.test([headers[header] ?? ''].flat().join(',')));
  const mark = byHeader ?? bodyMarks.find(({ text }) => text.test(body));
  return mark === undefined ? undefined : `${mark.provider}, status ${status}`;
}
