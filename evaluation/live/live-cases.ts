import { randomInteger, seededRandom } from '../../src/core/stats/random.ts';

/** The endpoints that `k6-scripts/steady.js` asks, each a tenth of the requests, by the shop's names for them. */
export const shopEndpoints: readonly string[] = [
  'GET /products',
  'GET /products/:id',
  'GET /products/:id/recommendations',
  'GET /search',
  'POST /login',
  'GET /users/:id/orders',
  'POST /carts/:id/items',
  'GET /carts/:id',
  'POST /checkout',
  'GET /reports/sales',
];

type ShopSwitches = Readonly<Record<string, string>>;

/** One kind of change that a candidate may have, and what the gate is meant to say of it. */
export interface LiveCase {
  readonly id: string;
  readonly title: string;
  /** How many of the ten endpoints are changed; which ones is drawn anew in each build. */
  readonly changed: 0 | 1 | 5 | 10;
  /** Of both sides. */
  readonly shop: ShopSwitches;
  /** Of the candidate alone. */
  readonly change: (endpoints: string) => ShopSwitches;
  /** Inputs that differ from the defaults. */
  readonly inputs: Readonly<Record<string, string>>;
  /** Of the load; `k6-scripts/steady.js` unless given. */
  readonly script?: string;
  readonly asked?: Asked;
}

export interface Asked {
  /** At most, or at least, so many of so many builds. */
  readonly count: 'fails' | 'finds' | 'names-only-changed';
  readonly comparison: 'at-most' | 'at-least';
  readonly builds: readonly [count: number, of: number];
  /** Median of judged load a side. */
  readonly medianS?: number;
}

/**
 * The shop waits 20 ms for its database, so that 20 % of any endpoint's p95 is more than the default margin of 5 ms.
 */
const waitingShop: ShopSwitches = { SHOP_DB_ROUND_TRIP_MS: '20' };

/**
 * A shop whose latency is processor time: 4 ms of its own work on each request and no waiting for a database. 30 % of
 * that is between 1 and 3 ms, which no default margin would call a regression, so the margin is what such a team would set.
 */
const workingShop: ShopSwitches = { SHOP_DB_ROUND_TRIP_MS: '0', SHOP_CPU_MS: '4' };
const fastServiceInputs = { 'min-latency-increase': '1ms' };

const slower = (factor: string) => (endpoints: string) => ({
  SHOP_SLOW_ENDPOINT: endpoints,
  SHOP_SLOW_FACTOR: factor,
});

const atLeast = (count: Asked['count'], ...builds: readonly [number, number]): Asked => ({
  count,
  comparison: 'at-least',
  builds,
});

const waiting = { shop: waitingShop, inputs: {} };
const working = { shop: workingShop, inputs: fastServiceInputs };

export const liveCases: readonly LiveCase[] = [
  {
    ...waiting,
    id: 'unchanged',
    title: 'unchanged',
    changed: 0,
    change: () => ({}),
    asked: { count: 'fails', comparison: 'at-most', builds: [4, 40] },
  },
  { ...waiting, id: 'one-10', title: 'one endpoint +10 %', changed: 1, change: slower('1.1') },
  {
    ...waiting,
    id: 'one-20',
    title: 'one endpoint +20 %',
    changed: 1,
    change: slower('1.2'),
    asked: atLeast('finds', 9, 10),
  },
  {
    ...waiting,
    id: 'one-50',
    title: 'one endpoint +50 %',
    changed: 1,
    change: slower('1.5'),
    asked: { ...atLeast('finds', 10, 10), medianS: 60 },
  },
  {
    ...waiting,
    id: 'half-20',
    title: 'half of the endpoints +20 %',
    changed: 5,
    change: slower('1.2'),
    asked: atLeast('names-only-changed', 9, 10),
  },
  {
    ...waiting,
    id: 'tail-50',
    title: 'slowest 10 % of one endpoint +50 %',
    changed: 1,
    change: (endpoints) => ({ SHOP_SLOW_TAIL: endpoints, SHOP_SLOW_TAIL_FACTOR: '1.5', SHOP_SLOW_TAIL_SHARE: '0.1' }),
    asked: atLeast('finds', 7, 10),
  },
  {
    ...working,
    id: 'cpu-30',
    title: 'CPU work per request +30 % on all',
    changed: 10,
    change: () => ({ SHOP_CPU_PERCENT: '30' }),
    asked: atLeast('fails', 10, 10),
  },
  {
    ...waiting,
    id: 'errors-all-1',
    title: 'errors 0 → 1 % on all',
    changed: 10,
    change: () => ({ SHOP_ERROR_RATE: '0.01' }),
    asked: atLeast('fails', 9, 10),
  },
  {
    ...waiting,
    id: 'errors-one-2',
    title: 'errors 0 → 2 % on one endpoint',
    changed: 1,
    change: (endpoints) => ({ SHOP_ERROR_RATE: '0.02', SHOP_ERROR_ENDPOINT: endpoints }),
    asked: atLeast('finds', 9, 10),
  },
  {
    ...waiting,
    id: 'users-one-25',
    title: 'one endpoint +25 %, six virtual users that wait',
    changed: 1,
    change: slower('1.25'),
    script: 'k6-scripts/users.js',
    asked: atLeast('finds', 9, 10),
  },
  { ...working, id: 'cpu-unchanged', title: 'unchanged, latency being CPU work', changed: 0, change: () => ({}) },
];

export type BuildOrder = 'concurrent' | 'alternating';

/** One build of a case: everything about it follows from its case and number. */
export interface LiveBuild {
  readonly liveCase: LiveCase;
  readonly order: BuildOrder;
  /** From 1. */
  readonly build: number;
  readonly seed: string;
  readonly changedEndpoints: readonly string[];
  readonly baselineShop: ShopSwitches;
  readonly candidateShop: ShopSwitches;
}

export function planBuild(liveCase: LiveCase, order: BuildOrder, build: number): LiveBuild {
  // Both orders judge the same pair of shops.
  const seed = `${liveCase.id} ${build}`;
  const random = seededRandom(seed);
  const changedEndpoints = drawEndpoints(liveCase, build);
  const shop = () => ({ ...liveCase.shop, SHOP_SEED: String(randomInteger(random, 2 ** 31)) });
  const baselineShop = shop();
  const candidateShop = { ...shop(), ...liveCase.change(changedEndpoints.join(',')) };
  return { liveCase, order, build, seed, changedEndpoints, baselineShop, candidateShop };
}

/** In every ten builds each endpoint is changed equally often; the sequence is drawn anew for each ten. */
function drawEndpoints({ id, changed }: LiveCase, build: number): string[] {
  const index = build - 1;
  const random = seededRandom(`${id} endpoints ${Math.floor(index / shopEndpoints.length)}`);
  const left = [...shopEndpoints];
  const sequence = shopEndpoints.map(() => left.splice(randomInteger(random, left.length), 1)[0] as string);
  return Array.from({ length: changed }, (_, i) => sequence[(index + i) % sequence.length] as string);
}

/**
 * All builds of the given cases and orders, taking turns, so that a broken-off evaluation has about as many of each and
 * what the machine does meanwhile meets all of them.
 */
export function planBuilds(cases: readonly LiveCase[], orders: readonly BuildOrder[], builds: number): LiveBuild[] {
  return Array.from({ length: builds }, (_, index) =>
    cases.flatMap((liveCase) => orders.map((order) => planBuild(liveCase, order, index + 1))),
  ).flat();
}
