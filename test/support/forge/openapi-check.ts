import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv, type ValidateFunction } from 'ajv';

interface Operation {
  readonly query: readonly string[];
  readonly request?: object | null;
  readonly isRequestRequired?: boolean;
  readonly responses: Readonly<Record<string, object | null>>;
}

interface Subset {
  readonly operations: Readonly<Record<string, Operation>>;
  readonly schemas: object;
}

const subset = JSON.parse(readFileSync(join(import.meta.dirname, 'openapi-subset.json'), 'utf8')) as Subset;
const ajv = new Ajv({ strict: false, validateFormats: false, allErrors: true, allowUnionTypes: true });
ajv.addSchema({ $id: 'github', schemas: subset.schemas });
const compiled = new Map<object, ValidateFunction>();

export interface Exchange {
  /** `GET /repos/{owner}/{repo}/git/ref/{ref}`. */
  readonly operation: string;
  readonly query: URLSearchParams;
  readonly body: unknown;
}

/** What GitHub's description says against this request; empty when it agrees. */
export function problemsOfRequest({ operation, query, body }: Exchange): string[] {
  const known = subset.operations[operation];
  if (known === undefined) return [`GitHub has no ${operation}, or the subset lacks it`];
  const problems = [...query.keys()]
    .filter((key) => !known.query.includes(key))
    .map((key) => `query parameter ${key} is unknown`);
  if (known.request === undefined) return body === undefined ? problems : [...problems, 'a body where none is read'];
  if (body === undefined) return known.isRequestRequired === true ? [...problems, 'the body is missing'] : problems;
  if (known.request === null) return problems;
  return [...problems, ...unknownKeys(known.request, body), ...violations(known.request, body)];
}

/** What GitHub's description says against this answer. */
export function problemsOfAnswer(operation: string, status: number, body: unknown): string[] {
  const known = subset.operations[operation];
  if (known === undefined || status >= 400 || status === 302) return [];
  const schema = known.responses[status];
  if (schema === undefined) return [`GitHub never answers ${status} to ${operation}`];
  return schema === null || body === undefined ? [] : violations(schema, body);
}

/** GitHub's description forbids no further keys, but a misspelled one is a mistake all the same. */
function unknownKeys(schema: object, body: unknown): string[] {
  const properties = (schema as { properties?: object }).properties;
  if (properties === undefined || typeof body !== 'object' || body === null) return [];
  return Object.keys(body)
    .filter((key) => !(key in properties))
    .map((key) => `body.${key} is unknown`);
}

function violations(schema: object, value: unknown): string[] {
  let validate = compiled.get(schema);
  if (validate === undefined) {
    validate = ajv.compile(absolute(schema) as object);
    compiled.set(schema, validate);
  }
  if (validate(value)) return [];
  return (validate.errors ?? []).slice(0, 5).map(({ instancePath, message }) => `body${instancePath} ${message}`);
}

/** Local references point into the shared schema. */
function absolute(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(absolute);
  if (typeof node !== 'object' || node === null) return node;
  return Object.fromEntries(
    Object.entries(node).map(([key, value]) => [
      key,
      key === '$ref' && typeof value === 'string' ? value.replace(/^#/, 'github#') : absolute(value),
    ]),
  );
}
