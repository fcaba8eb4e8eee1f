import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Answer, Route } from './route.ts';

/** The parts of a schema that are looked at. */
interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly allOf?: readonly Schema[];
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
}

const subset = JSON.parse(readFileSync(join(import.meta.dirname, 'openapi-subset.json'), 'utf8')) as {
  readonly operations: Readonly<Record<string, { readonly responses: Readonly<Record<string, Schema | null>> }>>;
  readonly schemas: Readonly<Record<string, Schema>>;
};

/**
 * The route with every further field that GitHub's description requires in its answer, filled with a value of the right
 * shape. Answers of GitHub have hundreds of fields; a handler says those that mean something.
 */
export function filled(route: Route): Route {
  const { responses = {} } = subset.operations[`${route.method} ${route.path}`] ?? {};
  return {
    ...route,
    handle: async (call) => {
      const answer: Answer = await route.handle(call);
      const schema = responses[answer.status];
      if (answer.status >= 300 || answer.body === undefined || schema == null) return answer;
      return { ...answer, body: fill(schema, answer.body) };
    },
  };
}

function fill(unresolved: Schema | undefined, known: unknown): unknown {
  const schema = resolve(unresolved ?? {});
  if (known === null) return null;
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices !== undefined) return fillChoice(choices, known);
  if (schema.allOf !== undefined) return schema.allOf.reduce<unknown>((value, part) => fill(part, value), known);
  if (schema.type === 'array' || Array.isArray(known)) {
    return (Array.isArray(known) ? known : []).map((item) => fill(schema.items, item));
  }
  if (schema.properties === undefined) return known === undefined ? placeholder(schema) : known;
  const given = (known ?? {}) as Readonly<Record<string, unknown>>;
  const names = new Set([...(schema.required ?? []), ...Object.keys(given)]);
  return Object.fromEntries([...names].map((name) => [name, fill(schema.properties?.[name], given[name])]));
}

/** Nothing known and `null` allowed: null; otherwise the first kind of object that has all the known fields. */
function fillChoice(choices: readonly Schema[], known: unknown): unknown {
  if (known === undefined && choices.some(({ type }) => type === 'null')) return null;
  const keys = Object.keys(known ?? {});
  const fits = (choice: Schema) => keys.every((key) => resolve(choice).properties?.[key] !== undefined);
  return fill(choices.find(fits) ?? choices[0], known);
}

function placeholder({ type, enum: values }: Schema): unknown {
  if (values !== undefined) return values[0];
  const [first] = [type ?? 'string'].flat();
  if (first === 'integer' || first === 'number') return 1;
  if (first === 'boolean') return false;
  if (first === 'null') return null;
  return first === 'object' ? {} : 'https://github.com/example';
}

function resolve(schema: Schema): Schema {
  let found = schema;
  while (found.$ref !== undefined) found = subset.schemas[found.$ref.split('/').at(-1) ?? ''] ?? {};
  return found;
}
