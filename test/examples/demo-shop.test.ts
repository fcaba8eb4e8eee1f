import { createHash } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PASSWORD, seedDatabase } from '../../examples/demo-shop/seed-database.ts';
import type { Shop } from '../../examples/demo-shop/start-shop.ts';
import { ask, getRaw, startQuickShop } from './demo-shop-client.ts';

let shop: Shop;
beforeAll(async () => {
  shop = await startQuickShop();
});
afterAll(() => shop.close());

describe('startShop', () => {
  it('answers the health check without a query', async () => {
    const { status, body, timing } = await ask(shop, 'GET /health');
    expect({ status, body }).toEqual({ status: 200, body: { status: 'ok' } });
    expect(timing['db']?.count).toBe(0);
  });

  it('lists products by popularity, twenty on a page, pages without overlap', async () => {
    const [first, second] = [await ask(shop, 'GET /products'), await ask(shop, 'GET /products?page=2')];
    expect(first.body).toMatchObject({ page: 1, total: 2_000 });
    expect(first.body.items).toHaveLength(20);
    expect(first.body.items[0]).toEqual({
      id: expect.any(Number),
      name: expect.any(String),
      priceCents: expect.any(Number),
      description: expect.any(String),
      category: expect.any(String),
      stock: expect.any(Number),
    });
    const ids = [...first.body.items, ...second.body.items].map((item) => item.id);
    expect(new Set(ids).size).toBe(40);
    expect(first.timing['db']?.count).toBe(2);
  });

  it('shows a product with category, stock and related products', async () => {
    const { status, body, timing } = await ask(shop, 'GET /products/7');
    expect(status).toBe(200);
    expect(body).toMatchObject({ id: 7, category: expect.any(String), stock: expect.any(Number) });
    expect(body.related).toHaveLength(6);
    expect(timing['db']?.count).toBeGreaterThanOrEqual(3);
  });

  it('answers 404 for a product that is not there and 400 for what is no number', async () => {
    expect((await ask(shop, 'GET /products/2001')).status).toBe(404);
    expect((await ask(shop, 'GET /products/seven')).status).toBe(400);
  });

  it('recommends five products by asking the partner service once', async () => {
    const { body, timing } = await ask(shop, 'GET /products/7/recommendations');
    expect(body.items.map((item: { id: number }) => item.id)).toEqual([14, 38, 134, 518, 1_030]);
    expect(timing['partner']?.count).toBe(1);
  });

  it('finds products whose name contains a word, and takes a percent sign literally', async () => {
    const { body, timing } = await ask(shop, 'GET /search?q=amber');
    expect(body.total).toBeGreaterThan(100);
    expect(body.items).toHaveLength(10);
    for (const item of body.items) expect(item.name).toContain('amber');
    expect(timing['db']?.count).toBe(3);
    expect((await ask(shop, 'GET /search?q=%25')).body).toMatchObject({ total: 0, items: [] });
  });

  it('gives a token for the right password only', async () => {
    const email = 'user7@shop.example';
    const right = await ask(shop, 'POST /login', { email, password: PASSWORD });
    expect(right).toMatchObject({ status: 200, body: { user: 7, token: expect.any(String) } });
    expect((await ask(shop, 'POST /login', { email, password: 'guess' })).status).toBe(401);
    expect((await ask(shop, 'POST /login', { email: 'nobody@shop.example', password: PASSWORD })).status).toBe(401);
  });

  it('takes a product from cart to order and empties the cart', async () => {
    const before = await ask(shop, 'GET /users/42/orders');
    expect(before.body.total).toBe(6);
    const added = await ask(shop, 'POST /carts/42/items', { productId: 7, quantity: 2 });
    expect(added).toMatchObject({ status: 201, body: { cart: 42, items: 1 } });
    const { priceCents } = (await ask(shop, 'GET /products/7')).body;
    const cart = await ask(shop, 'GET /carts/42');
    expect(cart.body).toMatchObject({ email: 'user42@shop.example', totalCents: 2 * priceCents });
    expect(cart.body.items).toEqual([{ productId: 7, name: expect.any(String), quantity: 2, priceCents }]);
    const order = await ask(shop, 'POST /checkout', { cart: 42 });
    expect(order).toMatchObject({ status: 201, body: { items: 1, payment: expect.stringMatching(/^payment-\d+$/) } });
    expect((await ask(shop, 'GET /carts/42')).body.items).toEqual([]);
    const after = await ask(shop, 'GET /users/42/orders');
    expect(after.body.total).toBe(7);
    expect(after.body.orders[0]).toMatchObject({ id: order.body.order, totalCents: 2 * priceCents });
  });

  it('refuses to check out an empty cart and to sell what is not there', async () => {
    expect((await ask(shop, 'POST /checkout', { cart: 999 })).status).toBe(409);
    expect((await ask(shop, 'POST /carts/999/items', { productId: 2_001, quantity: 1 })).status).toBe(404);
  });

  it('reports sales by day and the ten best sellers', async () => {
    const { body } = await ask(shop, 'GET /reports/sales');
    expect(body.days[0]).toEqual({ day: expect.any(Number), orders: expect.any(Number) });
    expect(body.bestSellers).toHaveLength(10);
    const sold = body.bestSellers.map((row: { sold: number }) => row.sold);
    expect(sold).toEqual(sold.toSorted((a: number, b: number) => b - a));
  });

  it('reports the thousand smallest stocks, the smallest first', async () => {
    const { body, timing } = await ask(shop, 'GET /reports/stock');
    expect(body.items).toHaveLength(1_000);
    const stocks = body.items.map((item: { stock: number }) => item.stock);
    expect(stocks).toEqual(stocks.toSorted((a: number, b: number) => a - b));
    expect(timing['db']?.count).toBe(1);
  });

  it('puts a home page together from four queries and one call of the partner', async () => {
    const { body, timing } = await ask(shop, 'GET /home');
    for (const part of ['popular', 'bargains', 'nearlySoldOut', 'categories']) expect(body[part]).toHaveLength(6);
    expect(body.popular).toEqual((await ask(shop, 'GET /products')).body.items.slice(0, 6).map(shown));
    expect(body.recommendedIds).toEqual([14, 38, 134, 518, 1_030]);
    expect([timing['db']?.count, timing['partner']?.count]).toEqual([4, 1]);
  });

  it('reads all categories once, each with its most popular product, and answers from memory then', async () => {
    const first = await ask(shop, 'GET /categories');
    expect(first.body.categories).toHaveLength(24);
    const products = first.body.categories.map((category: { products: number }) => category.products);
    expect(products.reduce((sum: number, count: number) => sum + count, 0)).toBe(2_000);
    const { id, favorite } = first.body.categories[0];
    const shownProduct = await ask(shop, `GET /products/${favorite.id}`);
    expect(shownProduct.body).toMatchObject({ categoryId: id, name: favorite.name, priceCents: favorite.priceCents });
    expect(shownProduct.body.related[0].id).toBe(favorite.id);
    const second = await ask(shop, 'GET /categories');
    expect(second.body).toEqual(first.body);
    expect(second.timing['db']?.count).toBe(0);
  });

  it('tells who knows the categories that they are still the same, and sends them to others', async () => {
    const { headers, bytes } = await getRaw(shop, '/categories');
    expect(headers['cache-control']).toBe('public, max-age=60');
    const tag = headers.etag ?? '';
    for (const known of [tag, `W/${tag}`, `"other", ${tag}`, '*']) {
      const again = await getRaw(shop, '/categories', { 'if-none-match': known });
      expect(again).toMatchObject({ status: 304, headers: { etag: tag } });
      expect(again.bytes).toHaveLength(0);
    }
    expect(await getRaw(shop, '/categories', { 'if-none-match': '"other"' })).toMatchObject({ status: 200, bytes });
  });

  it('forbids caches to keep the orders of a user', async () => {
    expect((await ask(shop, 'GET /users/7/orders')).headers.get('cache-control')).toBe('private, no-store');
  });

  it('exports each product once, a line each, without telling the length before', async () => {
    const { headers, bytes } = await getRaw(shop, '/products/export');
    const lines = bytes.toString().trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line).id)).toEqual(Array.from({ length: 2_000 }, (_, index) => index + 1));
    expect(headers).toMatchObject({
      'content-type': 'application/x-ndjson; charset=utf-8',
      'transfer-encoding': 'chunked',
    });
  });

  it.each(['/products', '/products/export', '/reports/stock'])('compresses %s for who accepts it', async (path) => {
    const plain = await getRaw(shop, path);
    const brotli = await getRaw(shop, path, { 'accept-encoding': 'gzip, deflate, br' });
    const gzip = await getRaw(shop, path, { 'accept-encoding': 'gzip' });
    expect(brotliDecompressSync(brotli.bytes)).toEqual(plain.bytes);
    expect(gunzipSync(gzip.bytes)).toEqual(plain.bytes);
    expect(gzip.bytes.length).toBeLessThan(plain.bytes.length / 3);
    expect([brotli, gzip].map(({ headers }) => headers['content-encoding'])).toEqual(['br', 'gzip']);
    expect([brotli, gzip].map(({ headers }) => headers.vary)).toEqual(['accept-encoding', 'accept-encoding']);
    expect(plain.headers).not.toHaveProperty('content-encoding');
    expect(plain.headers).not.toHaveProperty('vary');
  });

  it.each(['/reports/sales', '/search?q=amber', '/products/7', '/products?page=0', '/home', '/categories'])(
    'sends %s as it is to everybody',
    async (path) => {
      const answer = await getRaw(shop, path, { 'accept-encoding': 'gzip' });
      expect(answer.headers).not.toHaveProperty('content-encoding');
      expect(JSON.parse(answer.bytes.toString())).toEqual(JSON.parse((await getRaw(shop, path)).bytes.toString()));
    },
  );
});

describe('seedDatabase', () => {
  it('makes the same data each time', () => {
    expect(digestOf(seedDatabase(false))).toBe(digestOf(seedDatabase(true)));
  });

  it('searches order lines by an index, and scans them when the index is missing', () => {
    const plan = (database: DatabaseSync) =>
      JSON.stringify(database.prepare('explain query plan select * from order_items where order_id = 7').all());
    expect(plan(seedDatabase(false))).toContain('SEARCH order_items USING INDEX order_items_by_order');
    expect(plan(seedDatabase(true))).toContain('SCAN order_items');
  });
});

function shown({ id, name, priceCents }: { id: number; name: string; priceCents: number }) {
  return { id, name, priceCents };
}

function digestOf(database: DatabaseSync): string {
  const hash = createHash('sha256');
  for (const table of ['categories', 'products', 'stock', 'users', 'orders', 'order_items']) {
    const rows = database.prepare(`select * from ${table} order by 1`).all();
    expect(rows.length).toBeGreaterThan(20);
    hash.update(JSON.stringify(rows));
  }
  return hash.digest('hex');
}
