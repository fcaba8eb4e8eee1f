import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { Log } from '../../ports.ts';
import { recognizeChallenge } from './bot-challenge.ts';
import { openOutgoingHttp } from './outgoing-http.ts';
import { readinessUrl, readText } from './readiness-answer.ts';

/** When the target counts as ready: an answer to `path` with one of `statuses` whose body contains `body`. */
export interface ReadinessCheck {
  readonly path: string;
  /** Both ends belong to each range. */
  readonly statuses: readonly { readonly lowest: number; readonly highest: number }[];
  readonly body?: string;
  readonly timeoutMs: number;
}

export type Readiness =
  | { readonly kind: 'ready' }
  | {
      readonly kind: 'not-ready';
      readonly reason: 'target-not-ready' | 'bot-challenge';
      readonly detail: string;
      readonly hint: string;
    };

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

/** Waits until the target answers as the check wants it to. A bot challenge ends the wait: it will not pass by itself. */
export async function waitForTarget(options: WaitOptions): Promise<Readiness> {
  const { check, log, signal } = options;
  const url = readinessUrl(options.url, check.path);
  const http = await openOutgoingHttp(options.environment, log);
  const startedMs = performance.now();
  let told = false;
  try {
    for (;;) {
      const attempt = options.probe === 'http' ? await tryOnce(url, http, options) : await tryToConnect(url);
      if (attempt.kind !== 'not-yet') return attempt;
      const leftMs = check.timeoutMs - (performance.now() - startedMs);
      if (leftMs <= 0 || signal.aborted) return notReady(url, attempt.detail, check.timeoutMs);
      if (!told) log.info(`waiting for ${url.href}: ${attempt.detail}`);
      told = true;
      await delay(Math.min(pollEveryMs, leftMs), undefined, { signal }).catch(() => {});
    }
  } finally {
    await http.close();
  }
}

type Attempt = Readiness | { readonly kind: 'not-yet'; readonly detail: string };

async function tryOnce(
  url: URL,
  http: Awaited<ReturnType<typeof openOutgoingHttp>>,
  options: WaitOptions,
): Promise<Attempt> {
  const { check, header } = options;
  try {
    const timeout = AbortSignal.any([options.signal, AbortSignal.timeout(longestAnswerMs)]);
    const answer = await http.get(url, header === undefined ? {} : { [header.name]: header.value }, timeout);
    const body = await readText(answer.body);
    const challenge = recognizeChallenge(answer.statusCode, answer.headers, body);
    if (challenge !== undefined) return botChallenge(url, challenge);
    if (!check.statuses.some((range) => answer.statusCode >= range.lowest && answer.statusCode <= range.highest)) {
      return { kind: 'not-yet', detail: `it answers with status ${answer.statusCode}` };
    }
    if (check.body !== undefined && !body.includes(check.body)) {
      return { kind: 'not-yet', detail: `its answer doesn't contain ${JSON.stringify(check.body)}` };
    }
    return { kind: 'ready' };
  } catch (error) {
    const code = errorCode(error);
    if (options.allowsUntrustedCertificate && /CERT|SELF_SIGNED|ALTNAME/.test(code)) return { kind: 'ready' };
    return { kind: 'not-yet', detail: `it can't be reached (${code})` };
  }
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

function notReady(url: URL, detail: string, timeoutMs: number): Readiness {
  return {
    kind: 'not-ready',
    reason: 'target-not-ready',
    detail: `${url.href} wasn't ready within ${Math.round(timeoutMs / 1000)} s: ${detail}`,
    hint: 'Check `target-url` and that the deployment has started; `wait-path`, `wait-status` and `wait-timeout` say what to wait for and how long.',
  };
}

function botChallenge(url: URL, challenge: string): Readiness {
  return {
    kind: 'not-ready',
    reason: 'bot-challenge',
    detail: `${url.href} answers with a bot challenge (${challenge})`,
    hint: 'Let this machine through the protection: most providers have a bypass token, which `bypass-header` sends along with the load and this check.',
  };
}
