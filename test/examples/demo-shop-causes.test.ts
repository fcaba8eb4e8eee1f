import { once } from 'node:events';
import { get } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { ConnectionPool } from '../../examples/demo-shop/connection-pool.ts';
import { seededRandom } from '../../examples/demo-shop/seeded-random.ts';
import type { Shop } from '../../examples/demo-shop/start-shop.ts';
import type { Switches } from '../../examples/demo-shop/switches.ts';
import { ask, startQuickShop } from './demo-shop-client.ts';

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

describe('a shop whose partner fails', () => {
  it('fails with it where it calls it, and nowhere else', async () => {
    const shop = await shopWith({ partnerErrorRate: 1 });
    const failed = await ask(shop, RECOMMENDATIONS);
    expect([failed.status, failed.timing['partner']?.count]).toEqual([500, 1]);
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
