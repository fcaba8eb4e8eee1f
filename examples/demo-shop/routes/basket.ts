import type { FastifyInstance } from 'fastify';
import type { RequestTimings } from '../request-timings.ts';
import { callPartner, idParams, type ShopContext } from '../shop-context.ts';
import { TimedCache } from '../timed-cache.ts';

/** How long a cart may be out of date when it is kept. */
const CART_MAX_AGE_MS = 30_000;

/** Buying: put into the cart, look at it, check out. A cart belongs to a user and has the user's id. */
export function addBasketRoutes(app: FastifyInstance, context: ShopContext): void {
  const { database } = context;

  const itemBody = {
    type: 'object',
    properties: { productId: { type: 'integer', minimum: 1 }, quantity: { type: 'integer', minimum: 1, maximum: 99 } },
    required: ['productId', 'quantity'],
  } as const;
  app.post<{ Params: { id: number }; Body: { productId: number; quantity: number } }>(
    '/carts/:id/items',
    { schema: { params: idParams, body: itemBody } },
    async (request, reply) => {
      const { productId, quantity } = request.body;
      const stock = await database.row(request.timings, 'select quantity from stock where product_id = ?', productId);
      if (stock === undefined) return reply.code(404).send({ error: `no product ${productId}` });
      await database.write(
        request.timings,
        `insert into cart_items values (?, ?, ?)
         on conflict do update set quantity = min(99, quantity + excluded.quantity)`,
        request.params.id,
        productId,
        quantity,
      );
      const counted = await database.row(
        request.timings,
        'select count(*) as items from cart_items where user_id = ?',
        request.params.id,
      );
      return reply.code(201).send({ cart: request.params.id, items: counted?.['items'] });
    },
  );

  const keptCarts = new TimedCache<object>(CART_MAX_AGE_MS);
  app.get<{ Params: { id: number } }>('/carts/:id', { schema: { params: idParams } }, async (request) => {
    const read = () => readCart(context, request.timings, request.params.id);
    return context.switches.staleAfterWrite ? keptCarts.get(request.params.id, read) : read();
  });

  const checkoutBody = {
    type: 'object',
    properties: { cart: { type: 'integer', minimum: 1 } },
    required: ['cart'],
  } as const;
  app.post<{ Body: { cart: number } }>('/checkout', { schema: { body: checkoutBody } }, async (request, reply) => {
    const { cart } = request.body;
    const items = await database.rows(
      request.timings,
      `select c.product_id as productId, c.quantity, p.price_cents as priceCents
       from cart_items c join products p on p.id = c.product_id where c.user_id = ?`,
      cart,
    );
    if (items.length === 0) return reply.code(409).send({ error: `cart ${cart} is empty` });
    const { payment } = await callPartner(context, request.timings, 'POST', '/payments');
    const order = await database.transaction(request.timings, (run) => {
      const id = run(
        'insert into orders (user_id, placed_at, payment) values (?, ?, ?)',
        cart,
        Date.now(),
        String(payment),
      );
      for (const { productId = 0, quantity = 0, priceCents = 0 } of items) {
        const line = 'insert into order_items (order_id, product_id, quantity, price_cents) values (?, ?, ?, ?)';
        run(line, id, productId, quantity, priceCents);
        run('update stock set quantity = quantity - ? where product_id = ?', quantity, productId);
      }
      run('delete from cart_items where user_id = ?', cart);
      return id;
    });
    return reply.code(201).send({ order, payment, items: items.length });
  });
}

async function readCart({ database }: ShopContext, timings: RequestTimings, cart: number): Promise<object> {
  const items = await database.rows(
    timings,
    `select c.product_id as productId, p.name, c.quantity, p.price_cents as priceCents
     from cart_items c join products p on p.id = c.product_id where c.user_id = ? order by c.product_id`,
    cart,
  );
  const total = await database.row(
    timings,
    `select coalesce(sum(c.quantity * p.price_cents), 0) as totalCents
     from cart_items c join products p on p.id = c.product_id where c.user_id = ?`,
    cart,
  );
  const user = await database.row(timings, 'select email from users where id = ?', cart);
  return { cart, email: user?.['email'], items, totalCents: total?.['totalCents'] };
}
