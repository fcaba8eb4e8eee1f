import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { keptOutput, usedSecret } from './kept-output.ts';
import { refusalOf } from './messages-api-request.ts';

/**
 * A strict stand-in for the Messages API on a local port. It refuses what the API refuses: another path or method, a
 * missing or wrong bearer, another version header, a body that doesn't have the documented shape, an output schema beyond
 * the supported subset. What it answers is scripted, one step per request; the last step is repeated.
 */
export interface MessagesApi {
  readonly url: string;
  readonly requests: readonly ReceivedRequest[];
  /** Requests that came before the time that `retry-after` had asked for. */
  readonly hasty: readonly ReceivedRequest[];
  close(): Promise<void>;
}

export interface ReceivedRequest {
  readonly path: string;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: Readonly<Record<string, unknown>>;
}

export type Step =
  /** A finished message whose text is `text`, or what `text` makes of the request. */
  | {
      readonly kind: 'answer';
      readonly text: string | ((request: ReceivedRequest) => string);
      readonly tokens?: number;
    }
  | { readonly kind: 'status'; readonly status: number; readonly headers?: Readonly<Record<string, string>> }
  /** A message that ends for another reason than having come to its end. */
  | {
      readonly kind: 'stopped';
      readonly reason: 'refusal' | 'max_tokens' | 'model_context_window_exceeded' | 'pause_turn';
    }
  /** A finished message that comes in small pieces, a while apart. */
  | { readonly kind: 'slow-answer'; readonly text: string }
  | { readonly kind: 'no-headers' | 'no-body' | 'reset' | 'reset-in-body' | 'cut-json' | 'no-json' }
  | { readonly kind: 'redirect'; readonly to: string };

export interface MessagesApiOptions {
  readonly key?: string;
  readonly models?: readonly string[];
  /** Identity tokens that the token endpoint takes; what it gives for one is `key`. */
  readonly identityToken?: string;
}

export async function startMessagesApi(steps: readonly Step[], options: MessagesApiOptions = {}): Promise<MessagesApi> {
  const requests: ReceivedRequest[] = [];
  const hasty: ReceivedRequest[] = [];
  let notBeforeMs = 0;
  const key = usedSecret(options.key ?? 'sk-ant-test-key');
  usedSecret(options.identityToken ?? '');
  const models = options.models ?? ['claude-haiku-5-5'];
  let answered = 0;
  const server = createServer((request, response) => {
    void (async () => {
      const received = await receive(request);
      requests.push(received);
      if (performance.now() < notBeforeMs) hasty.push(received);
      if (received.path === '/v1/messages') keptOutput('what Claude was asked', JSON.stringify(received.body));
      if (received.path === '/v1/oauth/token') return exchange(received, response, options.identityToken, key);
      const refusal = refusalOf(received, request.method, key, models);
      if (refusal !== undefined) return sendError(response, refusal.status, refusal.message);
      const step = steps[Math.min(answered++, steps.length - 1)];
      if (step === undefined) throw new TypeError('the stand-in has no step for this request');
      if (step.kind === 'status') notBeforeMs = performance.now() + askedWaitMs(step.headers);
      return play(step, received, response);
    })();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    hasty,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function askedWaitMs(headers: Readonly<Record<string, string>> = {}): number {
  return Number(headers['retry-after'] ?? 0) * 1000 || Number(headers['retry-after-ms'] ?? 0);
}

async function receive(request: IncomingMessage): Promise<ReceivedRequest> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString('utf8');
  let body: Record<string, unknown> = {};
  try {
    body = JSON.parse(text) as Record<string, unknown>;
  } catch {
    // An unreadable body is refused below, as an empty one is.
  }
  return { path: request.url ?? '', headers: request.headers as ReceivedRequest['headers'], body };
}

function play(step: Step, received: ReceivedRequest, response: ServerResponse): void {
  switch (step.kind) {
    case 'answer': {
      const text = typeof step.text === 'string' ? step.text : step.text(received);
      sendJson(response, 200, message(received, text, 'end_turn', step.tokens));
      return;
    }
    case 'stopped':
      sendJson(response, 200, message(received, step.reason === 'refusal' ? '' : '{"sentences":[', step.reason));
      return;
    case 'status':
      sendError(response, step.status, 'scripted failure with `markup` <b> @everyone', step.headers);
      return;
    case 'redirect':
      response.writeHead(307, { location: step.to }).end();
      return;
    case 'no-headers':
      return;
    case 'no-body':
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': '5000' });
      response.write('{"id":');
      return;
    case 'slow-answer':
      void drip(response, JSON.stringify(message(received, step.text, 'end_turn')));
      return;
    case 'reset-in-body':
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': '5000' });
      response.write('{"id":', () => response.socket?.resetAndDestroy());
      return;
    case 'reset':
      response.socket?.resetAndDestroy();
      return;
    case 'cut-json':
      response
        .writeHead(200, { 'content-type': 'application/json' })
        .end('{"id":"msg_1","type":"message","content":[{"ty');
      return;
    case 'no-json':
      response.writeHead(200, { 'content-type': 'text/html' }).end('<html>gateway</html>');
  }
}

async function drip(response: ServerResponse, text: string): Promise<void> {
  response.writeHead(200, { 'content-type': 'application/json' });
  for (let at = 0; at < text.length; at += 100) {
    response.write(text.slice(at, at + 100));
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  response.end();
}

function message({ body }: ReceivedRequest, text: string, reason: string, tokens = 200) {
  return {
    id: 'msg_01',
    type: 'message',
    role: 'assistant',
    model: body['model'],
    content: text === '' ? [] : [{ type: 'text', text, citations: null }],
    container: null,
    diagnostics: null,
    stop_details: reason === 'refusal' ? { type: 'refusal', category: null, explanation: null } : null,
    stop_reason: reason,
    stop_sequence: null,
    usage: { input_tokens: 1500, output_tokens: tokens, cache_creation_input_tokens: 0, cache_read_input_tokens: 0 },
  };
}

function exchange(
  { headers, body }: ReceivedRequest,
  response: ServerResponse,
  identityToken: string | undefined,
  key: string,
): void {
  const beta = headers['anthropic-beta'] ?? '';
  const isComplete =
    body['grant_type'] === 'urn:ietf:params:oauth:grant-type:jwt-bearer' &&
    typeof body['federation_rule_id'] === 'string' &&
    typeof body['organization_id'] === 'string' &&
    beta.includes('oidc-federation');
  const isKnown = identityToken !== undefined && body['assertion'] === identityToken;
  if (!isComplete) sendJson(response, 400, { error: 'invalid_request' });
  else if (isKnown) sendJson(response, 200, { access_token: key, token_type: 'Bearer', expires_in: 600 });
  else sendJson(response, 401, { error: 'invalid_grant', error_description: `assertion ${String(body['assertion'])}` });
}

function sendJson(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', 'request-id': 'req_01', ...headers });
  response.end(JSON.stringify(body));
}

const errorTypes: Readonly<Record<number, string>> = {
  400: 'invalid_request_error',
  401: 'authentication_error',
  402: 'billing_error',
  403: 'permission_error',
  404: 'not_found_error',
  413: 'request_too_large',
  429: 'rate_limit_error',
  529: 'overloaded_error',
};

function sendError(
  response: ServerResponse,
  status: number,
  text: string,
  headers: Readonly<Record<string, string>> = {},
): void {
  const error = { type: errorTypes[status] ?? 'api_error', message: text };
  sendJson(response, status, { type: 'error', error, request_id: 'req_01' }, headers);
}
