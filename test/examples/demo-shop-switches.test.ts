import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import { burnCpu } from '../../examples/demo-shop/burn-cpu.ts';
import { isSelected } from '../../examples/demo-shop/endpoint-selection.ts';
import { seededRandom } from '../../examples/demo-shop/seeded-random.ts';
import { SlowTail } from '../../examples/demo-shop/slow-tail.ts';
import type { Shop } from '../../examples/demo-shop/start-shop.ts';
import { healthy, parseSwitches, type Switches, switchNames } from '../../examples/demo-shop/switches.ts';
import { ask, cpuOf, startQuickShop } from './demo-shop-client.ts';

const shops: Shop[] = [];
afterEach(async () => {
  await Promise.all(shops.splice(0).map((shop) => shop.close()));
});

async function shopWith(switches: Partial<Switches>): Promise<Shop> {
  const shop = await startQuickShop(switches);
  shops.push(shop);
  return shop;
}

describe('startShop with a switch', () => {
  it('asks once more for each of twenty items with N+1 queries, and answers the same', async () => {
    const well = await ask(await shopWith({}), 'GET /products?page=3');
    const ill = await ask(await shopWith({ nPlusOne: true }), 'GET /products?page=3');
    expect([well.timing['db']?.count, ill.timing['db']?.count]).toEqual([2, 22]);
    expect(ill.body).toEqual(well.body);
  });

  it('answers the same orders from as many queries without the index', async () => {
    const well = await ask(await shopWith({}), 'GET /users/7/orders');
    const ill = await ask(await shopWith({ missingIndex: true }), 'GET /users/7/orders');
    expect(ill.body).toEqual(well.body);
    expect(ill.timing['db']?.count).toBe(well.timing['db']?.count);
  });

  it('waits for a slow partner where it calls one', async () => {
    const shop = await shopWith({ slowDependencyMs: 80 });
    const slow = await ask(shop, 'GET /products/7/recommendations');
    // A timer never fires more than a millisecond early.
    expect(slow.timing['partner']?.ms).toBeGreaterThan(79);
    expect((await ask(shop, 'GET /products/7')).timing['partner']).toBeUndefined();
  });

  it('waits for the round trip of each query', async () => {
    const { timing } = await ask(await shopWith({ databaseRoundTripMs: 20 }), 'GET /carts/7');
    // With seed 1 the first three round trips are 32, 27 and 12 ms; a timer never fires more than a millisecond early.
    expect(timing['db']?.ms).toBeGreaterThan(32 + 27 + 12 - 3);
  });

  it('fails the requests that the seeded generator picks, at the given rate', async () => {
    const [errorRate, seed, requests] = [0.1, 5, 300];
    const random = seededRandom(seed);
    const expected = Array.from({ length: requests }, () => (random() < errorRate ? 500 : 200));
    const shop = await shopWith({ errorRate, seed });
    const statuses: number[] = [];
    for (let count = 0; count < requests; count++) statuses.push((await ask(shop, 'GET /carts/7')).status);
    expect(statuses).toEqual(expected);
    const failed = expected.filter((status) => status === 500).length;
    expect(failed).toBeGreaterThan(15);
    expect(failed).toBeLessThan(45);
  });

  it('never fails the health check, and only the named endpoints when some are named', async () => {
    const all = await shopWith({ errorRate: 1 });
    expect((await ask(all, 'GET /health')).status).toBe(200);
    expect((await ask(all, 'GET /carts/7')).status).toBe(500);
    const one = await shopWith({ errorRate: 1, errorEndpoints: ['GET /products/:id'] });
    expect((await ask(one, 'GET /products/7')).status).toBe(500);
    expect((await ask(one, 'GET /carts/7')).status).toBe(200);
  });

  it('lists ten times as many items with a payload factor of ten, from as many queries', async () => {
    const { body, timing } = await ask(await shopWith({ payloadFactor: 10 }), 'GET /products');
    expect(body.items).toHaveLength(200);
    expect(timing['db']?.count).toBe(2);
  });

  it('reads a category once with the cache and each time without', async () => {
    const sizes = async (shop: Shop) => {
      await ask(shop, 'GET /products/7');
      const { headers, timing } = await ask(shop, 'GET /products/7');
      return [headers.get('x-cache'), timing['db']?.count];
    };
    expect(await sizes(await shopWith({}))).toEqual(['hit', 3]);
    expect(await sizes(await shopWith({ cacheOff: true }))).toEqual(['miss', 4]);
  });

  it('takes the factor times as long on each slow endpoint', async () => {
    const slowEndpoints = ['GET /carts/:id', 'GET /search'];
    const shop = await shopWith({ databaseRoundTripMs: 10, slowEndpoints, slowFactor: 3 });
    for (const request of ['GET /carts/7', 'GET /search?q=amber']) {
      const { timing } = await ask(shop, request);
      // What follows the queries is multiplied too, so three times the queries is the least; 2 ms for the timer's grain.
      expect(timing['total']?.ms).toBeGreaterThan(3 * (timing['db']?.ms ?? 0) - 2);
    }
  });

  it('burns additional CPU per request in percent of the usual work', async () => {
    const usual = await cpuOf(await shopWith({ cpuMs: 2 }), 'GET /carts/7');
    const more = await cpuOf(await shopWith({ cpuMs: 2, cpuPercent: 4_900 }), 'GET /carts/7');
    expect(more).toBeGreaterThan(5 * usual);
  });

  it('keeps the event loop busy in the sales report only', async () => {
    const shop = await shopWith({ blockEventLoopMs: 100 });
    expect(await cpuOf(shop, 'GET /reports/sales')).toBeGreaterThan(5 * (await cpuOf(shop, 'GET /carts/7')));
  });
});

describe('SlowTail', () => {
  it('picks about its share of varied requests, and those above the rest', () => {
    const tail = new SlowTail(0.1);
    const random = seededRandom(3);
    const values = Array.from({ length: 2_000 }, () => random());
    const picked = values.filter((value) => tail.contains(value));
    expect(picked.length).toBeGreaterThan(150);
    expect(picked.length).toBeLessThan(250);
    expect(Math.min(...picked)).toBeGreaterThan(0.75);
  });

  it('picks none of the first twenty and none of equal ones', () => {
    const tail = new SlowTail(0.1);
    expect([1, 2, 3, 4, 5, 6, 7, 8, 9, 10].some((ms) => tail.contains(ms))).toBe(false);
    const equal = new SlowTail(0.5);
    expect(Array.from({ length: 100 }, () => equal.contains(7)).includes(true)).toBe(false);
  });
});

describe('isSelected', () => {
  it('matches names exactly, and everything but the health check by a star', () => {
    expect(isSelected(['GET /a'], 'GET /a')).toBe(true);
    expect(isSelected(['GET /a'], 'GET /a/b')).toBe(false);
    expect(isSelected(['*'], 'GET /a')).toBe(true);
    expect(isSelected(['*'], 'GET /health')).toBe(false);
    expect(isSelected([], 'GET /a')).toBe(false);
  });
});

describe('burnCpu', () => {
  it('does the same work for the same amount and other work for another', () => {
    expect(burnCpu(0.5)).toBe(burnCpu(0.5));
    expect(burnCpu(0.5)).not.toBe(burnCpu(0.6));
  });
});

describe('parseSwitches', () => {
  it('leaves the shop healthy when nothing is set, and ignores what is not for the shop', () => {
    expect(parseSwitches({ PATH: '/bin', PORT: 'x' })).toEqual(healthy);
  });

  it('reads flags, numbers and lists of endpoints', () => {
    const switches = parseSwitches({
      SHOP_N_PLUS_ONE: '1',
      SHOP_ERROR_RATE: '0.02',
      SHOP_SLOW_ENDPOINT: 'GET /products/:id, POST /checkout',
    });
    expect(switches).toEqual({
      ...healthy,
      nPlusOne: true,
      errorRate: 0.02,
      slowEndpoints: ['GET /products/:id', 'POST /checkout'],
    });
  });

  it('reports every wrong and unknown variable at once with its value', () => {
    const wrong = {
      SHOP_N_PLUS_ONE: 'yes',
      SHOP_ERROR_RATE: '2',
      SHOP_SLOW_ENDPOINT: 'products',
      SHOP_CPU_MS: '',
      SHOP_TYPO: '1',
    };
    expect(() => parseSwitches(wrong)).toThrowError(
      /SHOP_TYPO is unknown[\s\S]*SHOP_N_PLUS_ONE is "yes"[\s\S]*SHOP_ERROR_RATE is "2"[\s\S]*SHOP_CPU_MS is ""[\s\S]*SHOP_SLOW_ENDPOINT names "products"/,
    );
  });

  it('takes no part of a connection and no half serialization', () => {
    expect(() => parseSwitches({ SHOP_POOL_SIZE: '1.5', SHOP_SERIALIZATION_TIMES: '0' })).toThrowError(
      /SHOP_POOL_SIZE is 1.5, expected a whole number from 0 to 1000[\s\S]*SHOP_SERIALIZATION_TIMES is "0", expected a number/,
    );
  });

  it('reads exactly the variables that the README lists', () => {
    const readme = readFileSync(new URL('../../examples/demo-shop/README.md', import.meta.url), 'utf8');
    const listed = [...readme.matchAll(/^\| `(SHOP_\w+)`/gm)].map((match) => match[1]);
    expect(listed.toSorted()).toEqual(switchNames.toSorted());
  });
});
