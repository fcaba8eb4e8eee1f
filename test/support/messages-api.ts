import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Ajv } from 'ajv';
import { keptOutput, usedSecret } from './kept-output.ts';

/**
 * A strict stand-in for the Messages API on a local port. It refuses what the API refuses: another path or method, a
 * missing or wrong bearer, another version header, a body that doesn't have the documented shape, an output schema beyond
 * the supported subset. What it answers is scripted, one step per request; the last step is repeated.
 */
export interface MessagesApi {
  readonly url: string;
  readonly requests: readonly ReceivedRequest[];
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
  | { readonly kind: 'no-headers' | 'no-body' | 'reset' | 'cut-json' | 'no-json' }
  | { readonly kind: 'redirect'; readonly to: string };

export interface MessagesApiOptions {
  readonly key?: string;
  readonly models?: readonly string[];
  /** Identity tokens that the token endpoint takes; what it gives for one is `key`. */
  readonly identityToken?: string;
}

const version = '2026-10-21';

export async function startMessagesApi(steps: readonly Step[], options: MessagesApiOptions = {}): Promise<MessagesApi> {
  const requests: ReceivedRequest[] = [];
  const key = usedSecret(options.key ?? 'sk-ant-test-key');
  usedSecret(options.identityToken ?? '');
  const models = options.models ?? ['claude-haiku-5-5'];
  let answered = 0;
  const server = createServer((request, response) => {
    void (async () => {
      const received = await receive(request);
      requests.push(received);
      if (received.path === '/v1/messages') keptOutput('what Claude was asked', JSON.stringify(received.body));
      if (received.path === '/v1/oauth/token') return exchange(received, response, options.identityToken, key);
      const refusal = refusalOf(received, request.method, key, models);
      if (refusal !== undefined) return sendError(response, refusal.status, refusal.message);
      const step = steps[Math.min(answered++, steps.length - 1)];
      if (step === undefined) throw new TypeError('the stand-in has no step for this request');
      return play(step, received, response);
    })();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
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

const validRequest = new Ajv({ strict: true, allowUnionTypes: true }).compile({
  type: 'object',
  additionalProperties: false,
  required: ['model', 'max_tokens', 'messages'],
  properties: {
    model: { type: 'string', minLength: 1, maxLength: 256 },
    max_tokens: { type: 'integer', minimum: 1, maximum: 128_000 },
    system: { type: 'string' },
    messages: {
      type: 'array',
      minItems: 1,
      items: {
        type: 'object',
        additionalProperties: false,
        required: ['role', 'content'],
        properties: { role: { enum: ['user', 'assistant'] }, content: { type: 'string', pattern: '\\S' } },
      },
    },
    output_config: {
      type: 'object',
      additionalProperties: false,
      required: ['format'],
      properties: {
        format: {
          type: 'object',
          additionalProperties: false,
          required: ['type', 'schema'],
          properties: { type: { const: 'json_schema' }, schema: { type: 'object' } },
        },
      },
    },
  },
});

function refusalOf(
  { path, headers, body }: ReceivedRequest,
  method: string | undefined,
  key: string,
  models: readonly string[],
): { readonly status: number; readonly message: string } | undefined {
  if (path !== '/v1/messages') return { status: 404, message: `no such path: ${path}` };
  if (method !== 'POST') return { status: 405, message: 'method not allowed' };
  if (headers['authorization'] !== `Bearer ${key}` || headers['x-api-key'] !== undefined) {
    return { status: 401, message: 'invalid bearer token' };
  }
  if (headers['anthropic-version'] !== version) return { status: 400, message: 'anthropic-version: unknown version' };
  if (headers['content-type'] !== 'application/json') return { status: 400, message: 'content-type: not JSON' };
  if (!validRequest(body)) return { status: 400, message: `request: ${JSON.stringify(validRequest.errors)}` };
  if (!models.includes(body['model'] as string)) return { status: 404, message: `model: ${String(body['model'])}` };
  const roles = (body['messages'] as { role: string }[]).map(({ role }) => role);
  if (roles.some((role, i) => role !== (i % 2 === 0 ? 'user' : 'assistant')) || roles.at(-1) !== 'user') {
    return { status: 400, message: 'messages: roles must alternate, the last one being the user' };
  }
  const format = body['output_config'] as { format: { schema: unknown } } | undefined;
  const wrong = format === undefined ? undefined : unsupported(format.format.schema, 'schema');
  return wrong === undefined ? undefined : { status: 400, message: `output_config.format.${wrong}` };
}

/** Keywords of the subset that structured output supports. */
const keywords = [
  'type',
  'enum',
  'const',
  'anyOf',
  'properties',
  'required',
  'additionalProperties',
  'items',
  'description',
];

function unsupported(schema: unknown, where: string): string | undefined {
  if (typeof schema !== 'object' || schema === null) return `${where}: not a schema`;
  const node = schema as Record<string, unknown>;
  const strange = Object.keys(node).find((name) => !keywords.includes(name));
  if (strange !== undefined) return `${where}: ${strange} is not supported`;
  if (Array.isArray(node['enum']) && node['enum'].length === 0) return `${where}: enum is empty`;
  if (node['type'] === 'object' && node['additionalProperties'] !== false) {
    return `${where}: additionalProperties must be false`;
  }
  const parts = [
    ...Object.entries((node['properties'] ?? {}) as object).map(([name, part]) => [part, `${where}.${name}`] as const),
    ...((node['anyOf'] as unknown[] | undefined) ?? []).map((part, i) => [part, `${where}.anyOf.${i}`] as const),
    ...(node['items'] === undefined ? [] : [[node['items'], `${where}.items`] as const]),
  ];
  for (const [part, place] of parts) {
    const wrong = unsupported(part, place);
    if (wrong !== undefined) return wrong;
  }
  return undefined;
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
