import type { Cause } from '../../src/core/attribution/cause.ts';

/** One mistake of the demo shop, and its true reason. */
export interface CauseCase {
  readonly id: string;
  readonly title: string;
  /** Switches of both sides. */
  readonly shop?: Readonly<Record<string, string>>;
  /** Switches of the candidate alone. */
  readonly change: Readonly<Record<string, string>>;
  /** True reasons of the endpoint that gets slower; several where they come together. */
  readonly truth: readonly Cause[];
  /** Where it shows; absent where nothing gets slower. */
  readonly endpoint?: string;
  /** Whether it can be known from outside (`docs/why-slow.md` says so of each cause). */
  readonly canKnow: boolean;
  /** Over a network of 2 MB/s and 10 ms, since loopback hides sizes and connections. */
  readonly isDistant?: true;
  /** What has to be flagged beside any reason, as `ENDPOINT KIND`. */
  readonly danger?: string;
  readonly inputs?: Readonly<Record<string, string>>;
}

/**
 * Connecting is in none of k6's request durations, so it is judged as a metric of its own: by the time until a request may be
 * sent, which is never exactly 0 as `http_req_connecting` is.
 */
const connecting = {
  metrics: JSON.stringify({ http_req_blocked: { unit: 'ms', direction: 'up', margin: '100%' } }),
};

export const causeCases: readonly CauseCase[] = [
  {
    ...{ id: 'n-plus-one', title: 'a query for each item (N+1)', truth: ['more-calls'], canKnow: true },
    ...{ endpoint: 'GET /products', change: { SHOP_N_PLUS_ONE: '1' } },
  },
  {
    ...{ id: 'missing-index', title: 'no index', truth: ['slow-call'], canKnow: true },
    ...{ endpoint: 'GET /users/:id/orders', change: { SHOP_MISSING_INDEX: '1' } },
  },
  {
    ...{
      id: 'event-loop',
      title: 'event loop blocked by synchronous work',
      truth: ['event-loop-blocked'],
      canKnow: true,
    },
    ...{ endpoint: 'GET /reports/sales', change: { SHOP_BLOCK_EVENT_LOOP_MS: '40' } },
  },
  {
    ...{ id: 'pool', title: 'pool exhausted', truth: ['queueing'], canKnow: true },
    ...{ change: { SHOP_POOL_SIZE: '3', SHOP_POOL_HELD: '1' } },
    shop: { SHOP_SLOW_DEPENDENCY_MS: '20' },
  },
  {
    ...{ id: 'pagination', title: 'pagination lost', truth: ['payload-growth'], canKnow: true },
    ...{ endpoint: 'GET /products', change: { SHOP_PAGINATION_LOST: '1' } },
  },
  {
    ...{ id: 'streaming', title: 'streaming lost', truth: ['streaming-lost'], canKnow: true, isDistant: true },
    ...{ endpoint: 'GET /products/export', change: { SHOP_STREAMING_LOST: '1' } },
  },
  {
    ...{ id: 'compression', title: 'compression lost', truth: ['compression-lost'], canKnow: true, isDistant: true },
    ...{ change: { SHOP_COMPRESSION_LOST: '1' } },
  },
  {
    ...{ id: 'cache', title: 'cache lost, which the answers tell', truth: ['cache-misses'], canKnow: true },
    ...{ endpoint: 'GET /products/:id', change: { SHOP_CACHE_OFF: '1' } },
  },
  {
    ...{ id: 'result-cache', title: 'cache of results lost', truth: ['cache-misses'], canKnow: true },
    ...{ endpoint: 'GET /categories', change: { SHOP_RESULT_CACHE_OFF: '1' } },
  },
  {
    ...{ id: 'dependency', title: 'slow dependency', truth: ['slow-call'], canKnow: true },
    ...{ endpoint: 'GET /products/:id/recommendations', change: { SHOP_SLOW_DEPENDENCY_MS: '40' } },
  },
  {
    ...{ id: 'keep-alive', title: 'keep-alive off', truth: ['connection'], canKnow: true },
    ...{ endpoint: 'http_req_blocked', change: { SHOP_KEEP_ALIVE_OFF: '1' }, inputs: connecting },
  },
  {
    ...{ id: 'sequential', title: 'parallel calls made in sequence', truth: ['lost-parallelism'], canKnow: true },
    ...{ endpoint: 'GET /home', change: { SHOP_SEQUENTIAL: '1' } },
  },
  {
    ...{ id: 'retries', title: 'retries on errors', truth: ['errors-and-retries'], canKnow: false },
    ...{ endpoint: 'GET /products/:id/recommendations', change: { SHOP_PARTNER_ERROR_RATE: '0.4', SHOP_RETRIES: '1' } },
  },
  {
    ...{ id: 'serialization', title: 'extra serialization', truth: ['serialization'], canKnow: false },
    ...{ endpoint: 'GET /reports/stock', change: { SHOP_SERIALIZATION_TIMES: '12' } },
  },
  {
    ...{
      id: 'two',
      title: 'slow dependency, and parallel calls made in sequence',
      truth: ['slow-call', 'lost-parallelism'],
      canKnow: true,
    },
    ...{ endpoint: 'GET /home', change: { SHOP_SEQUENTIAL: '1', SHOP_SLOW_DEPENDENCY_MS: '40' } },
  },
  {
    ...{
      id: 'two-others',
      title: 'blocked event loop, and a slower database',
      truth: ['event-loop-blocked', 'slow-call'],
    },
    ...{ endpoint: 'GET /reports/sales', change: { SHOP_BLOCK_EVENT_LOOP_MS: '30', SHOP_DB_ROUND_TRIP_MS: '16' } },
    canKnow: true,
  },
  {
    ...{
      id: 'personal',
      title: 'personal data made cacheable',
      truth: [],
      canKnow: true,
      change: { SHOP_PERSONAL_CACHEABLE: '1' },
    },
    danger: 'GET /users/:id/orders personal-and-shared',
  },
  { id: 'unchanged', title: 'unchanged', truth: [], canKnow: true, change: {} },
];
