import { setTimeout as sleep } from 'node:timers/promises';
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

/** The breaks before the second and the third try, where the shop retries. */
const RETRY_AFTER_MS = [50, 100] as const;

/**
 * Calls the partner service and reads its JSON, again after a failure where the shop retries. Throws when the last answer
 * isn't a 200. The breaks count as time with the partner.
 */
export async function callPartner(
  context: ShopContext,
  timings: RequestTimings,
  method: 'GET' | 'POST',
  path: string,
): Promise<Record<string, unknown>> {
  const startedAt = performance.now();
  const breaksMs = context.switches.retries ? [...RETRY_AFTER_MS] : [];
  try {
    for (;;) {
      timings.partnerCalls++;
      const response = await fetch(`${context.partnerUrl}${path}`, { method });
      if (response.ok) return (await response.json()) as Record<string, unknown>;
      // An answer that nobody reads would keep its connection busy.
      await response.arrayBuffer();
      const breakMs = breaksMs.shift();
      if (breakMs === undefined) {
        throw new Error(`The partner service answered ${response.status} to ${method} ${path}.`);
      }
      await sleep(breakMs);
    }
  } finally {
    timings.partnerMs += performance.now() - startedAt;
  }
}
