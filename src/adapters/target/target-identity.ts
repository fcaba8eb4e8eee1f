import { createHash } from 'node:crypto';
import type { Log } from '../../ports.ts';
import { outgoingHttp } from '../http/outgoing-http.ts';
import { followRedirects, type HttpAnswer, type ReadinessCheck, readinessUrl } from './wait-for-target.ts';

/** What the answer to the readiness check's path tells about who gave it. */
export interface TargetIdentity {
  readonly status: number;
  /**
   * Headers, and members of a JSON answer, by which services commonly name their version. An entity tag is none of them:
   * it follows the data, which the load may change.
   */
  readonly versions: Readonly<Record<string, string>>;
  readonly contentType: string;
  readonly isLoginPage: boolean;
  /** Whether it contains what `wait-body` asks for; true where nothing is asked for. */
  readonly hasBody: boolean;
}

/** Whom to ask, and how. */
export interface AskedTarget {
  readonly target: { readonly url: string };
  readonly wait: Pick<ReadinessCheck, 'path' | 'body'>;
  readonly bypassHeader?: { readonly name: string; readonly value: string };
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly log: Log;
}

const versionName =
  /^(x-)?((app|application|api|build|service|git)[-_]?)?(version|commit|commit[-_]?sha|revision|release|build|build[-_]?id|sha)$/i;

const longestAnswerMs = 5_000;

/**
 * Asks once, following redirects, the secret header going to the target's own host alone; undefined when no answer came,
 * or one that says that the target is overloaded.
 */
async function askTarget(asked: AskedTarget): Promise<TargetIdentity | undefined> {
  const { wait, bypassHeader, target } = asked;
  const url = readinessUrl(target.url, wait.path);
  try {
    const http = await outgoingHttp(asked.environment, asked.log);
    const signal = AbortSignal.timeout(longestAnswerMs);
    const followed = await followRedirects(url, { http, signal, ...(bypassHeader && { header: bypassHeader }) });
    return followed.kind === 'sign-in' ? signIn : identityOf(followed.answer, wait.body);
  } catch {
    return undefined;
  }
}

/** Another host wants to know who asks. */
const signIn: TargetIdentity = { status: 302, versions: {}, contentType: '', isLoginPage: true, hasBody: false };

function identityOf({ status, headers, body }: HttpAnswer, wanted: string | undefined): TargetIdentity | undefined {
  if (status >= 500 || status === 429) return undefined;
  const named = [...Object.entries(headers), ...membersOf(body)].filter(([name]) =>
    versionName.test(name.replaceAll('"', '')),
  );
  const contentType = [headers['content-type'] ?? ''].flat()[0] ?? '';
  return {
    status,
    versions: Object.fromEntries(named.map(([name, value]) => [name, shorten([value ?? ''].flat().join(', '))])),
    contentType: contentType.split(';')[0]?.trim() ?? '',
    isLoginPage: /<input[^>]+(type|name)=["']?password/i.test(body),
    hasBody: wanted === undefined || body.includes(wanted),
  };
}

/**
 * Who answers at a target's address: what two answers in a row agree on, so that a header which differs from request to
 * request says nothing. Undefined when the target speaks no HTTP or doesn't answer.
 */
export async function identifyTarget(target: AskedTarget): Promise<TargetIdentity | undefined> {
  const first = await askTarget(target);
  const second = first && (await askTarget(target));
  if (first === undefined || second === undefined) return undefined;
  const isStable = first.status === second.status && first.contentType === second.contentType;
  if (!isStable || first.isLoginPage !== second.isLoginPage || first.hasBody !== second.hasBody) return undefined;
  const stable = Object.entries(first.versions).filter(([name, value]) => second.versions[name] === value);
  return { ...first, versions: Object.fromEntries(stable) };
}

/**
 * How somebody else answers than before, in one clause with both values; undefined when it is the same, or when it can't
 * be told. A target that is gone after the load shows in its errors.
 */
export function describeIdentityChange(
  before: TargetIdentity | undefined,
  after: TargetIdentity | undefined,
): string | undefined {
  if (before === undefined || after === undefined) return undefined;
  const answered = (identity: TargetIdentity) =>
    `status ${identity.status} and ${identity.contentType || 'no content type'}`;
  if (after.isLoginPage && !before.isLoginPage) return `it answers with a login page now (before: ${answered(before)})`;
  if (before.hasBody && !after.hasBody) return 'its answer no longer contains what wait-body asks for';
  for (const [name, value] of Object.entries(before.versions)) {
    const now = after.versions[name];
    if (now !== undefined && now !== value) return `${name} was ${value} before the load and is ${now} after it`;
  }
  if (before.status !== after.status || before.contentType !== after.contentType) {
    return `it answered with ${answered(before)} before the load and with ${answered(after)} after it`;
  }
  return undefined;
}

/** Texts and numbers of a JSON object; empty for any other body. */
function membersOf(body: string): [name: string, value: string][] {
  try {
    const parsed: unknown = JSON.parse(body);
    if (typeof parsed !== 'object' || parsed === null) return [];
    return Object.entries(parsed).flatMap(([name, value]) =>
      typeof value === 'string' || typeof value === 'number' ? [[`"${name}"`, String(value)]] : [],
    );
  } catch {
    return [];
  }
}

/** Versions are short; what is longer is told apart by a hash. */
function shorten(value: string): string {
  if (value.length <= 80) return value;
  return `${value.slice(0, 40)}… (${createHash('sha256').update(value).digest('hex').slice(0, 8)})`;
}
