import type { CategoryCache } from './category-cache.ts';
import type { DistantDatabase } from './distant-database.ts';
import type { RequestTimings } from './request-timings.ts';
import type { Switches } from './switches.ts';

/** What the routes of the shop work with. */
export interface ShopContext {
  readonly database: DistantDatabase;
  readonly categories: CategoryCache;
  readonly partnerUrl: string;
  readonly switches: Switches;
}

/** Path parameters of a route with one id, checked by Fastify. */
export const idParams = {
  type: 'object',
  properties: { id: { type: 'integer', minimum: 1 } },
  required: ['id'],
} as const;

/** Calls the partner service and reads its JSON. Throws when it doesn't answer with 200. */
export async function callPartner(
  context: ShopContext,
  timings: RequestTimings,
  method: 'GET' | 'POST',
  path: string,
): Promise<Record<string, unknown>> {
  const startedAt = performance.now();
  timings.partnerCalls++;
  try {
    const response = await fetch(`${context.partnerUrl}${path}`, { method });
    if (!response.ok) throw new Error(`The partner service answered ${response.status} to ${method} ${path}.`);
    return (await response.json()) as Record<string, unknown>;
  } finally {
    timings.partnerMs += performance.now() - startedAt;
  }
}
