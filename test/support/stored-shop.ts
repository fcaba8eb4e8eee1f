import type { RunRecord } from '../../src/core/run-record/run-record.ts';
import { seededRandom } from '../../src/core/stats/random.ts';
import { type SteadyEndpoint, someRuns } from './a-steady-run.ts';

/** Eight endpoints of unequal latency and traffic. */
export const shop: Record<string, SteadyEndpoint> = Object.fromEntries(
  [
    'GET /',
    'GET /items',
    'GET /items/:id',
    'GET /search',
    'GET /cart',
    'POST /cart',
    'POST /checkout',
    'POST /login',
  ].map((name, i) => [name, { medianMs: 40 + 30 * i, requests: 400 + 100 * i }]),
);

/** Unchanged runs, oldest first. */
export function history(count: number, endpoints = shop, seed = 'history'): RunRecord[] {
  return someRuns(count, endpoints, seededRandom(seed));
}
