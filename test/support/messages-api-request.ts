import { Ajv } from 'ajv';
import type { ReceivedRequest } from './messages-api.ts';

const version = '2026-10-21';

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

/** Why the API would refuse a request; undefined when it would not. */
export function refusalOf(
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
