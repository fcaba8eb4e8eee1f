import { once } from 'node:events';
import { get } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { acceptedEncoding } from '../../examples/demo-shop/compression.ts';
import { ConnectionPool } from '../../examples/demo-shop/connection-pool.ts';
import { seededRandom } from '../../examples/demo-shop/seeded-random.ts';
import type { Shop } from '../../examples/demo-shop/start-shop.ts';
import type { Switches } from '../../examples/demo-shop/switches.ts';
import { TimedCache } from '../../examples/demo-shop/timed-cache.ts';
import { ask, cpuOf, getRaw, startQuickShop } from './demo-shop-client.ts';

const RECOMMENDATIONS = 'GET /products/7/recommendations';

const shops: Shop[] = [];
afterEach(async () => {
  await Promise.all(shops.splice(0).map((shop) => shop.close()));
});

async function shopWith(switches: Partial<Switches>): Promise<Shop> {
  const shop = await startQuickShop(switches);
  shops.push(shop);
  return shop;
}

describe('a shop with a small pool', () => {
  it('makes the queries of one request wait for each other when there is one connection', async () => {
    const { timing } = await ask(await shopWith({ poolSize: 1, databaseRoundTripMs: 20 }), 'GET /home');
    // With seed 1 the first three round trips are 32, 27 and 12 ms; a timer never fires more than a millisecond early.
    expect(timing['total']?.ms).toBeGreaterThan(32 + 27 + 12 - 3);
  });

  it('lets queries at the same time share the connection that their request holds', async () => {
    const { status, timing } = await ask(await shopWith({ poolSize: 1, poolHeld: true }), 'GET /home');
    expect([status, timing['db']?.count]).toEqual([200, 4]);
  });

  it('makes a request wait for the partner call of another one where connections are held', async () => {
    const shop = await shopWith({ poolSize: 1, poolHeld: true, slowDependencyMs: 80 });
    const both = await Promise.all([ask(shop, RECOMMENDATIONS), ask(shop, RECOMMENDATIONS)]);
    const waitedMs = both.map(({ timing }) => timing['db']?.ms ?? 0);
    // A timer never fires more than a millisecond early.
    expect(Math.max(...waitedMs)).toBeGreaterThan(79);
  });

  it('answers the health check while every connection is held', async () => {
    const shop = await shopWith({ poolSize: 1, poolHeld: true, slowDependencyMs: 300 });
    const order: string[] = [];
    const holding = ask(shop, RECOMMENDATIONS).then(() => order.push('recommendations'));
    expect((await ask(shop, 'GET /health')).status).toBe(200);
    order.push('health');
    await holding;
    expect(order).toEqual(['health', 'recommendations']);
  });

  it('has its connection back when a client leaves before the answer or while it waits for one', async () => {
    const shop = await shopWith({ poolSize: 1, poolHeld: true, slowDependencyMs: 100 });
    for (let count = 0; count < 3; count++) {
      const request = get(`${shop.url}/products/7/recommendations`, { agent: false });
      await once(request, 'finish');
      // The health check's answer shows that the shop has taken up the request sent before it.
      await ask(shop, 'GET /health');
      request.on('error', () => {}).destroy();
    }
    expect((await ask(shop, 'GET /carts/7')).status).toBe(200);
  });
});

describe('ConnectionPool', () => {
  it('gives what is free at once, and then whatever comes back to who waits longest', async () => {
    const pool = new ConnectionPool(2);
    const [first] = [await pool.take(), await pool.take()];
    const order: string[] = [];
    const waiting = ['third', 'fourth'].map(async (name) => {
      const giveBack = await pool.take();
      order.push(name);
      return giveBack;
    });
    expect(order).toEqual([]);
    first();
    (await waiting[0])?.();
    await waiting[1];
    expect(order).toEqual(['third', 'fourth']);
  });
});

describe('a shop that lost what kept its answers small', () => {
  it('lists all products and everything found', async () => {
    const shop = await shopWith({ paginationLost: true });
    expect((await ask(shop, 'GET /products?page=3')).body.items).toHaveLength(2_000);
    const found = (await ask(shop, 'GET /search?q=amber')).body;
    expect(found.items).toHaveLength(found.total);
    expect(found.total).toBeGreaterThan(100);
  });

  it('compresses nothing for anybody', async () => {
    const shop = await shopWith({ compressionLost: true });
    for (const path of ['/products', '/products/export', '/reports/stock']) {
      const { headers, bytes } = await getRaw(shop, path, { 'accept-encoding': 'gzip, br' });
      expect(headers).not.toHaveProperty('content-encoding');
      expect(bytes).toEqual((await getRaw(shop, path)).bytes);
    }
  });
});

describe('acceptedEncoding', () => {
  it.each([
    ['gzip, deflate, br', 'br'],
    ['GZIP;q=0.5', 'gzip'],
    ['br;q=0, gzip', 'gzip'],
    ['gzip; q=0.000', undefined],
    ['identity', undefined],
    ['', undefined],
  ])('takes from "%s" %s', (header, encoding) => {
    expect(acceptedEncoding(header)).toBe(encoding);
  });
});

describe('the export', () => {
  it.each(['identity', 'gzip'])('begins to come before all of it is read (%s)', async (encoding) => {
    const shop = await shopWith({ databaseRoundTripMs: 20 });
    const response = await fetch(`${shop.url}/products/export`, { headers: { 'accept-encoding': encoding } });
    const reader = response.body?.getReader();
    const first = new TextDecoder().decode((await reader?.read())?.value);
    expect(first.split('\n').length).toBeGreaterThan(1);
    expect(first.split('\n').length).toBeLessThan(2_000);
    await reader?.cancel();
  });

  it('comes at once and with its length when streaming is lost, and is the same', async () => {
    const lost = await getRaw(await shopWith({ streamingLost: true }), '/products/export');
    const streamed = await getRaw(await shopWith({}), '/products/export');
    expect(lost.bytes).toEqual(streamed.bytes);
    expect(lost.headers).toMatchObject({
      'content-type': streamed.headers['content-type'],
      'content-length': String(lost.bytes.length),
    });
    expect(streamed.headers).not.toHaveProperty('content-length');
  });
});

describe('a shop that lost a cache', () => {
  it('sends the categories to who knows them, and forbids to keep them', async () => {
    const { headers } = await getRaw(await shopWith({}), '/categories');
    const shop = await shopWith({ httpCacheLost: true });
    const lost = await getRaw(shop, '/categories', { 'if-none-match': headers.etag ?? '' });
    expect(lost).toMatchObject({ status: 200, headers: { 'cache-control': 'no-store' } });
    expect(lost.headers).not.toHaveProperty('etag');
    expect((await ask(shop, 'GET /categories')).timing['db']?.count).toBe(0);
  });

  it('reads the categories for each request, and answers the same with the same tag, whatever is bought', async () => {
    const [well, ill] = [await shopWith({}), await shopWith({ resultCacheOff: true })];
    const { headers, bytes } = await getRaw(well, '/categories');
    await ask(ill, 'GET /categories');
    expect((await ask(ill, 'GET /categories')).timing['db']?.count).toBe(2);
    await ask(ill, 'POST /carts/7/items', { productId: 9, quantity: 1 });
    expect((await ask(ill, 'POST /checkout', { cart: 7 })).status).toBe(201);
    expect(await getRaw(ill, '/categories')).toMatchObject({ headers: { etag: headers.etag }, bytes });
    const known = await getRaw(ill, '/categories', { 'if-none-match': headers.etag ?? '' });
    expect(known.status).toBe(304);
  });
});

describe('a shop that caches what it should not', () => {
  it('allows every cache to keep the orders of a user', async () => {
    const { headers } = await ask(await shopWith({ personalCacheable: true }), 'GET /users/7/orders');
    expect(headers.get('cache-control')).toBe('public, max-age=300');
  });

  it('shows a cart as it was before something was put into it', async () => {
    const products = async (shop: Shop) => {
      await ask(shop, 'GET /carts/7');
      await ask(shop, 'POST /carts/7/items', { productId: 9, quantity: 1 });
      const { body } = await ask(shop, 'GET /carts/7');
      return body.items.map((item: { productId: number }) => item.productId);
    };
    expect(await products(await shopWith({}))).toEqual([9]);
    expect(await products(await shopWith({ staleAfterWrite: true }))).toEqual([]);
  });
});

describe('TimedCache', () => {
  it('makes a value once in its time, also for who asks meanwhile, and anew afterwards', async () => {
    let nowMs = 0;
    let made = 0;
    const cache = new TimedCache<number>(30, () => nowMs);
    const ask = () => cache.get('key', async () => ++made);
    expect(await Promise.all([ask(), ask()])).toEqual([1, 1]);
    nowMs = 29;
    expect(await ask()).toBe(1);
    nowMs = 30;
    expect(await ask()).toBe(2);
  });

  it("doesn't keep a failure", async () => {
    const cache = new TimedCache<string>(30, () => 0);
    await expect(cache.get('key', () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(await cache.get('key', async () => 'yes')).toBe('yes');
  });

  it('keeps the thousand newest', async () => {
    const cache = new TimedCache<number>(30, () => 0);
    for (let key = 0; key <= 1_000; key++) await cache.get(key, async () => 1);
    expect(await cache.get(1, async () => 2)).toBe(1);
    expect(await cache.get(0, async () => 2)).toBe(2);
  });
});

describe('a shop whose partner fails', () => {
  it('fails with it where it calls it, and nowhere else', async () => {
    const shop = await shopWith({ partnerErrorRate: 1 });
    const failed = await ask(shop, RECOMMENDATIONS);
    expect([failed.status, failed.timing['partner']?.count]).toEqual([500, 1]);
    expect((await ask(shop, 'GET /home')).status).toBe(500);
    expect((await ask(shop, 'GET /products/7')).status).toBe(200);
  });

  it('tries three times in all with breaks of 50 and 100 ms when it retries', async () => {
    const { status, timing } = await ask(await shopWith({ partnerErrorRate: 1, retries: true }), RECOMMENDATIONS);
    expect([status, timing['partner']?.count]).toEqual([500, 3]);
    // A timer never fires more than a millisecond early.
    expect(timing['partner']?.ms).toBeGreaterThan(150 - 2);
  });

  it('calls again after each failure that the seeded generator picks, until an answer comes', async () => {
    const [partnerErrorRate, seed] = [0.5, 5];
    const random = seededRandom(seed + 3);
    const expected = Array.from({ length: 10 }, () => {
      for (let calls = 1; calls <= 3; calls++) if (random() >= partnerErrorRate) return [200, calls];
      return [500, 3];
    });
    const shop = await shopWith({ partnerErrorRate, retries: true, seed });
    const seen = [];
    for (let count = 0; count < expected.length; count++) {
      const { status, timing } = await ask(shop, RECOMMENDATIONS);
      seen.push([status, timing['partner']?.count]);
    }
    expect(seen).toEqual(expected);
    expect(new Set(expected.map(([, calls]) => calls)).size).toBe(3);
  });

  it('asks a healthy partner once though it would retry', async () => {
    expect((await ask(await shopWith({ retries: true }), RECOMMENDATIONS)).timing['partner']?.count).toBe(1);
  });
});

describe('a shop that takes its time', () => {
  it('makes the home page of parts at the same time, and one after the other when that is lost', async () => {
    const parallel = await ask(await shopWith({ databaseRoundTripMs: 100 }), 'GET /home');
    const sequential = await ask(await shopWith({ databaseRoundTripMs: 100, sequential: true }), 'GET /home');
    expect(sequential.body).toEqual(parallel.body);
    const spare = ({ timing }: typeof parallel) =>
      (timing['total']?.ms ?? 0) - (timing['db']?.ms ?? 0) - (timing['partner']?.ms ?? 0);
    expect(spare(parallel)).toBeLessThan(0);
    // The header rounds each part to a tenth.
    expect(spare(sequential)).toBeGreaterThan(-0.2);
  });

  it('spends more CPU on a report that each layer copies and checks, and sends the same bytes', async () => {
    const [well, ill] = [await shopWith({}), await shopWith({ serializationTimes: 100 })];
    const path = '/reports/stock';
    expect((await getRaw(ill, path)).bytes).toEqual((await getRaw(well, path)).bytes);
    expect(await cpuOf(ill, `GET ${path}`)).toBeGreaterThan(3 * (await cpuOf(well, `GET ${path}`)));
  });

  it('ends the connection with each answer, the health check included', async () => {
    const [well, ill] = [await shopWith({}), await shopWith({ keepAliveOff: true })];
    for (const path of ['/health', '/carts/7', '/products/export', '/nowhere']) {
      expect((await getRaw(ill, path)).headers.connection).toBe('close');
      expect((await getRaw(well, path)).headers.connection).toBe('keep-alive');
    }
  });

  it('tells nothing of its timings when they are off', async () => {
    const { status, headers } = await getRaw(await shopWith({ serverTimingOff: true }), '/home');
    expect(status).toBe(200);
    expect(headers).not.toHaveProperty('server-timing');
  });
});
