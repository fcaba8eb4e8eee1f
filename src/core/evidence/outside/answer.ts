import CachePolicy from 'http-cache-semantics';
import type { Quantities } from '../../run-record/inspection-summary.ts';
import { parseServerTiming } from './server-timing.ts';

/** One answer to one request, as a client saw it. Times are ms of one clock. */
export interface Answer {
  readonly method: string;
  /** Path and query; from outside. */
  readonly path: string;
  readonly status: number;
  /** Names in small letters, several values of one joined by commas; from outside. */
  readonly headers: Readonly<Record<string, string>>;
  /** What of the request decides whether the answer is somebody's own. */
  readonly requestHeaders: Readonly<Record<string, string>>;
  /** From the request to the first byte of the answer's head. */
  readonly firstByteMs: number;
  /** From the request to the last byte of the body. */
  readonly totalMs: number;
  /** Of the body as it was sent. */
  readonly wireBytes: number;
  /** Of the body without `Content-Encoding`; absent where it was not looked into. */
  readonly decodedBytes?: number;
  /** Elements of the longest array in a JSON body; absent for any other body. */
  readonly items?: number;
  /** Tells bodies apart; absent where the body was not looked into. */
  readonly bodyHash?: string;
  /** Whether the same answer comes without credentials; absent where that was not asked. */
  readonly isEverybodys?: boolean;
  /** How long a request that needs nothing waited at most while this one, and no other, was being answered. */
  readonly stallMs?: number;
}

/** They serve async Python, FastAPI for the most part, where a blocking call stops the loop. */
const asyncioServers = /\b(?:uvicorn|hypercorn|daphne|granian)\b/i;

/** Quantities of one answer; a fact that can't be told of it is absent. */
export function quantitiesOf(answer: Answer): Quantities {
  const { headers, totalMs, firstByteMs, wireBytes, decodedBytes, items, stallMs } = answer;
  const encoding = headers['content-encoding'] ?? '';
  const hit = cacheHit(answer);
  const timed = timings(headers['server-timing'] ?? '');
  return {
    totalMs,
    firstByteMs,
    receiveMs: Math.max(0, totalMs - firstByteMs),
    wireBytes,
    ...(decodedBytes !== undefined && { decodedBytes }),
    ...(items !== undefined && { items }),
    ...(stallMs !== undefined && { stallMs }),
    compressed: share(encoding !== '' && encoding !== 'identity'),
    streamed: share(!('content-length' in headers) && wireBytes > 0),
    closes: share(/\bclose\b/i.test(headers['connection'] ?? '')),
    ...(hit !== undefined && { hit: share(hit) }),
    validated: share('etag' in headers || 'last-modified' in headers),
    keepable: share(isKeepable(answer)),
    exposed: share(isExposed(answer)),
    ...(asyncioServers.test(headers['server'] ?? '') && { asyncio: 1 }),
    ...timed,
    ...(Object.keys(timed).length > 0 && { timed: 1 }),
  };
}

function share(holds: boolean): number {
  return holds ? 1 : 0;
}

/**
 * Whether a cache answered, where the answer tells: `X-Cache: hit`, `CF-Cache-Status: HIT`, `Cache-Status: x; hit`, `Age`; or
 * whether what the client had was still good (304), where it asked.
 */
export function cacheHit({ status, headers, requestHeaders }: Answer): boolean | undefined {
  if (status === 304) return true;
  const told = Object.entries(headers).find(([name]) =>
    /^(?:x-(?:[\w-]+-)?cache(?:-status)?|cf-cache-status|cache-status)$/.test(name),
  );
  if (told !== undefined) {
    if (/\b(?:hit|stale|revalidated|updating)\b/i.test(told[1])) return true;
    if (/\b(?:miss|bypass|expired|dynamic|fwd|pass|none)\b/i.test(told[1])) return false;
  }
  const age = Number(headers['age']);
  if (headers['age'] !== undefined && age >= 0) return age > 0;
  const timed = parseServerTiming(headers['server-timing'] ?? '').find(({ name }) => /cache/i.test(name));
  const text = `${timed?.name ?? ''} ${timed?.description ?? ''}`;
  if (timed !== undefined && /hit|miss/i.test(text)) return /hit/i.test(text);
  return 'if-none-match' in requestHeaders || 'if-modified-since' in requestHeaders ? false : undefined;
}

/** Whether the client itself, or a cache before it, may keep the answer for a time without asking again (RFC 9111). */
function isKeepable(answer: Answer): boolean {
  return policyOf(answer, false)?.storable() === true && (policyOf(answer, false)?.timeToLive() ?? 0) > 0;
}

/**
 * Whether a cache that many people share may keep an answer that is somebody's own: it was asked for with credentials, or
 * it sets a cookie (RFC 9111, 3 and 3.5; a session cookie forbids nothing by itself).
 */
export function isExposed(answer: Answer): boolean {
  const policy = policyOf(answer, true);
  if (policy === undefined || !policy.storable() || policy.timeToLive() <= 0) return false;
  const { requestHeaders, headers, isEverybodys, method } = answer;
  if (isEverybodys === true || method !== 'GET') return false;
  const vary = (headers['vary'] ?? '').toLowerCase();
  const isOwn = (name: string) => requestHeaders[name] !== undefined && !vary.split(/\s*,\s*/).includes(name);
  return vary !== '*' && (isOwn('authorization') || isOwn('cookie') || 'set-cookie' in headers);
}

function policyOf({ path, status, headers, requestHeaders }: Answer, isShared: boolean): CachePolicy | undefined {
  try {
    // A clock of its own would make the same answer mean different things.
    const date = { date: new Date(0).toUTCString(), ...headers };
    const request = { method: 'GET', url: path, headers: { ...requestHeaders } };
    return new CachePolicy(request, { status, headers: date }, { shared: isShared, cacheHeuristic: 0 });
  } catch {
    return undefined;
  }
}

/** Parts that are the whole of an answer, under names that frameworks give it. */
const wholeNames = /^(?:total|app|request|response|server|handler|web|all|time|duration|rtt|edge|origin)$/i;

/**
 * Each part's time and calls, and by how much the parts together take longer than the answer (`overlapMs`): so much of them
 * went on at once.
 */
function timings(header: string): Record<string, number> {
  const parts = parseServerTiming(header);
  const whole = parts.find(({ name, durationMs }) => wholeNames.test(name) && durationMs !== undefined)?.durationMs;
  const found: Record<string, number> = {};
  let sum = 0;
  for (const { name, durationMs, calls } of parts) {
    if (wholeNames.test(name)) continue;
    const key = `timing:${name.slice(0, 40)}`;
    if (durationMs !== undefined) {
      found[`${key}:ms`] = (found[`${key}:ms`] ?? 0) + durationMs;
      sum += durationMs;
    }
    if (calls !== undefined) found[`${key}:calls`] = (found[`${key}:calls`] ?? 0) + calls;
  }
  return whole === undefined || sum === 0 ? found : { ...found, overlapMs: Math.max(0, sum - whole) };
}

const maxDepth = 4;

/** Elements of the longest array that is not inside another one; undefined for a body that isn't JSON or has none. */
export function itemsIn(body: string): number | undefined {
  if (!/^\s*[[{]/.test(body)) return undefined;
  try {
    return longestArray(JSON.parse(body), maxDepth);
  } catch {
    // One JSON value a line is a list too.
    const lines = body.trimEnd().split('\n');
    return lines.length > 1 && lines.every((line) => line.startsWith('{')) ? lines.length : undefined;
  }
}

function longestArray(value: unknown, depth: number): number | undefined {
  if (Array.isArray(value)) return value.length;
  if (value === null || typeof value !== 'object' || depth === 0) return undefined;
  const lengths = Object.values(value).flatMap((member) => longestArray(member, depth - 1) ?? []);
  return lengths.length === 0 ? undefined : Math.max(...lengths);
}
