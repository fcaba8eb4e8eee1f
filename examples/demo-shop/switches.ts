import * as v from 'valibot';

/** What can be made worse about the shop; every field has a default that leaves it healthy. */
export interface Switches {
  /** The product list asks for the stock of each item by a query of its own. */
  readonly nPlusOne: boolean;
  /** `order_items` has no index on `order_id`. */
  readonly missingIndex: boolean;
  /** Added to each answer of the partner service (recommendations and payment). */
  readonly slowDependencyMs: number;
  /** Share of requests (0..1) that are answered with status 500. */
  readonly errorRate: number;
  /** Endpoints that `errorRate` concerns; empty means all but the health check. */
  readonly errorEndpoints: readonly string[];
  /** The sales report keeps the only thread busy for about so long in one piece. */
  readonly blockEventLoopMs: number;
  /** The product list answers with so many times the usual number of items. */
  readonly payloadFactor: number;
  /** Connections to the database; 0 for as many as there are queries. */
  readonly poolSize: number;
  /** A request keeps one connection from its beginning to its end, in place of one for each query while it runs. */
  readonly poolHeld: boolean;
  /** The product list and the search answer with everything there is to find. */
  readonly paginationLost: boolean;
  /** The export is collected first and sent at once. */
  readonly streamingLost: boolean;
  /** Nothing is compressed. */
  readonly compressionLost: boolean;
  /** The categories come without `ETag` and may not be kept by clients. */
  readonly httpCacheLost: boolean;
  /** The list of categories is read from the database for each request instead of once in a time. */
  readonly resultCacheOff: boolean;
  /** A user's orders allow every cache on the way to keep them. */
  readonly personalCacheable: boolean;
  /** Every answer ends its connection. */
  readonly keepAliveOff: boolean;
  /** Share of the partner service's answers (0..1) that are a 503. */
  readonly partnerErrorRate: number;
  /** A call that the partner service fails is repeated, up to three calls in all with breaks between them. */
  readonly retries: boolean;
  /** The home page waits for each of its parts before it asks for the next. */
  readonly sequential: boolean;
  /** How often the stock report is turned into JSON; each time but the last it is read and checked again. */
  readonly serializationTimes: number;
  /** Carts are answered from a cache that a change of the cart doesn't clear. */
  readonly staleAfterWrite: boolean;
  /** No `Server-Timing`. */
  readonly serverTimingOff: boolean;
  /** Categories are read from the database each time instead of from memory. */
  readonly cacheOff: boolean;
  /** CPU work of each request apart from queries and JSON. */
  readonly cpuMs: number;
  /** Additional CPU work in percent of `cpuMs`. */
  readonly cpuPercent: number;
  /** Endpoints whose whole time is multiplied by `slowFactor`; `*` stands for all but the health check. */
  readonly slowEndpoints: readonly string[];
  readonly slowFactor: number;
  /** Endpoints of which the slowest `slowTailShare` of requests take `slowTailFactor` times as long. */
  readonly slowTailEndpoints: readonly string[];
  readonly slowTailFactor: number;
  readonly slowTailShare: number;
  /** Median time that a query spends on the way to the database and back. */
  readonly databaseRoundTripMs: number;
  /** Seed of latencies and errors; the data have a seed of their own and are always the same. */
  readonly seed: number;
}

const flag = v.pipe(
  v.picklist(['0', '1'], (issue) => `is ${issue.received}, expected 0 or 1`),
  v.transform((value) => value === '1'),
);

function numberIn(low: number, high: number) {
  return v.pipe(
    v.string(),
    v.check(
      (text) => text.trim() !== '' && Number(text) >= low && Number(text) <= high,
      (issue) => `is ${issue.received}, expected a number from ${low} to ${high}`,
    ),
    v.transform(Number),
  );
}

function wholeNumberIn(low: number, high: number) {
  return v.pipe(
    numberIn(low, high),
    v.integer((issue) => `is ${issue.received}, expected a whole number from ${low} to ${high}`),
  );
}

const endpoints = v.pipe(
  v.string(),
  v.transform((text) =>
    text
      .split(',')
      .map((name) => name.trim())
      .filter((name) => name !== ''),
  ),
  v.array(
    v.pipe(
      v.string(),
      v.regex(/^(\*|[A-Z]+ \/\S*)$/, (issue) => `names ${issue.received}, expected such as "GET /products/:id" or "*"`),
    ),
  ),
);

/** The environment variable of each switch with its default, as text. */
const environmentSchema = v.object({
  SHOP_N_PLUS_ONE: v.optional(flag, '0'),
  SHOP_MISSING_INDEX: v.optional(flag, '0'),
  SHOP_SLOW_DEPENDENCY_MS: v.optional(numberIn(0, 60_000), '0'),
  SHOP_ERROR_RATE: v.optional(numberIn(0, 1), '0'),
  SHOP_ERROR_ENDPOINT: v.optional(endpoints, ''),
  SHOP_BLOCK_EVENT_LOOP_MS: v.optional(numberIn(0, 10_000), '0'),
  SHOP_PAYLOAD_FACTOR: v.optional(numberIn(1, 100), '1'),
  SHOP_CACHE_OFF: v.optional(flag, '0'),
  SHOP_POOL_SIZE: v.optional(wholeNumberIn(0, 1_000), '0'),
  SHOP_POOL_HELD: v.optional(flag, '0'),
  SHOP_PAGINATION_LOST: v.optional(flag, '0'),
  SHOP_STREAMING_LOST: v.optional(flag, '0'),
  SHOP_COMPRESSION_LOST: v.optional(flag, '0'),
  SHOP_HTTP_CACHE_LOST: v.optional(flag, '0'),
  SHOP_RESULT_CACHE_OFF: v.optional(flag, '0'),
  SHOP_PERSONAL_CACHEABLE: v.optional(flag, '0'),
  SHOP_KEEP_ALIVE_OFF: v.optional(flag, '0'),
  SHOP_PARTNER_ERROR_RATE: v.optional(numberIn(0, 1), '0'),
  SHOP_RETRIES: v.optional(flag, '0'),
  SHOP_SEQUENTIAL: v.optional(flag, '0'),
  SHOP_SERIALIZATION_TIMES: v.optional(wholeNumberIn(1, 100), '1'),
  SHOP_STALE_AFTER_WRITE: v.optional(flag, '0'),
  SHOP_SERVER_TIMING_OFF: v.optional(flag, '0'),
  SHOP_CPU_MS: v.optional(numberIn(0, 1_000), '1'),
  SHOP_CPU_PERCENT: v.optional(numberIn(0, 10_000), '0'),
  SHOP_SLOW_ENDPOINT: v.optional(endpoints, ''),
  SHOP_SLOW_FACTOR: v.optional(numberIn(1, 100), '1'),
  SHOP_SLOW_TAIL: v.optional(endpoints, ''),
  SHOP_SLOW_TAIL_FACTOR: v.optional(numberIn(1, 100), '1.5'),
  SHOP_SLOW_TAIL_SHARE: v.optional(numberIn(0, 1), '0.1'),
  SHOP_DB_ROUND_TRIP_MS: v.optional(numberIn(0, 1_000), '8'),
  SHOP_SEED: v.optional(numberIn(0, 2 ** 32 - 1), '1'),
});

/** Names of all environment variables that the shop reads. */
export const switchNames: readonly string[] = Object.keys(environmentSchema.entries);

/** The switches that `environment` asks for. Throws one error that lists every wrong or unknown `SHOP_` variable. */
export function parseSwitches(environment: Readonly<Record<string, string | undefined>>): Switches {
  const given = Object.fromEntries(Object.entries(environment).filter(([name]) => name.startsWith('SHOP_')));
  const unknown = Object.keys(given)
    .filter((name) => !switchNames.includes(name))
    .map((name) => `${name} is unknown, expected one of ${switchNames.join(', ')}`);
  const parsed = v.safeParse(environmentSchema, given);
  const wrong = parsed.success ? [] : parsed.issues.map((issue) => `${String(issue.path?.[0]?.key)} ${issue.message}`);
  if (!parsed.success || unknown.length > 0) {
    throw new Error(`The demo shop can't start:\n${[...unknown, ...wrong].map((line) => `- ${line}`).join('\n')}`);
  }
  const values = parsed.output;
  return {
    nPlusOne: values.SHOP_N_PLUS_ONE,
    missingIndex: values.SHOP_MISSING_INDEX,
    slowDependencyMs: values.SHOP_SLOW_DEPENDENCY_MS,
    errorRate: values.SHOP_ERROR_RATE,
    errorEndpoints: values.SHOP_ERROR_ENDPOINT,
    blockEventLoopMs: values.SHOP_BLOCK_EVENT_LOOP_MS,
    payloadFactor: values.SHOP_PAYLOAD_FACTOR,
    cacheOff: values.SHOP_CACHE_OFF,
    poolSize: values.SHOP_POOL_SIZE,
    poolHeld: values.SHOP_POOL_HELD,
    paginationLost: values.SHOP_PAGINATION_LOST,
    streamingLost: values.SHOP_STREAMING_LOST,
    compressionLost: values.SHOP_COMPRESSION_LOST,
    httpCacheLost: values.SHOP_HTTP_CACHE_LOST,
    resultCacheOff: values.SHOP_RESULT_CACHE_OFF,
    personalCacheable: values.SHOP_PERSONAL_CACHEABLE,
    keepAliveOff: values.SHOP_KEEP_ALIVE_OFF,
    partnerErrorRate: values.SHOP_PARTNER_ERROR_RATE,
    retries: values.SHOP_RETRIES,
    sequential: values.SHOP_SEQUENTIAL,
    serializationTimes: values.SHOP_SERIALIZATION_TIMES,
    staleAfterWrite: values.SHOP_STALE_AFTER_WRITE,
    serverTimingOff: values.SHOP_SERVER_TIMING_OFF,
    cpuMs: values.SHOP_CPU_MS,
    cpuPercent: values.SHOP_CPU_PERCENT,
    slowEndpoints: values.SHOP_SLOW_ENDPOINT,
    slowFactor: values.SHOP_SLOW_FACTOR,
    slowTailEndpoints: values.SHOP_SLOW_TAIL,
    slowTailFactor: values.SHOP_SLOW_TAIL_FACTOR,
    slowTailShare: values.SHOP_SLOW_TAIL_SHARE,
    databaseRoundTripMs: values.SHOP_DB_ROUND_TRIP_MS,
    seed: values.SHOP_SEED,
  };
}

/** A healthy shop. */
export const healthy: Switches = parseSwitches({});
