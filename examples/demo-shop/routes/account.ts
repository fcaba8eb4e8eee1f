import { randomUUID, scrypt, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import type { FastifyInstance } from 'fastify';
import * as v from 'valibot';
import { burnCpu } from '../burn-cpu.ts';
import { compressAnswer } from '../compression.ts';
import { SCRYPT } from '../seed-database.ts';
import { idParams, type ShopContext } from '../shop-context.ts';

const hashPassword = promisify<string, string, number, typeof SCRYPT, Buffer>(scrypt);

/** Who buys and what was bought: login, a user's orders, and the reports on sales and stock. */
export function addAccountRoutes(app: FastifyInstance, context: ShopContext): void {
  const { database, switches } = context;
  const onSend = switches.compressionLost ? [] : [compressAnswer];

  const loginBody = {
    type: 'object',
    properties: { email: { type: 'string' }, password: { type: 'string' } },
    required: ['email', 'password'],
  } as const;
  app.post<{ Body: { email: string; password: string } }>(
    '/login',
    { schema: { body: loginBody } },
    async (request, reply) => {
      const { email, password } = request.body;
      const user = await database.row(request.timings, 'select * from users where email = ?', email);
      const hash = await hashPassword(password, String(user?.['salt'] ?? ''), 32, SCRYPT);
      const isRight = user !== undefined && timingSafeEqual(hash, Buffer.from(String(user['password_hash']), 'hex'));
      if (!isRight) return reply.code(401).send({ error: 'wrong email or password' });
      const token = randomUUID();
      await database.write(request.timings, 'insert into sessions values (?, ?)', token, Number(user['id']));
      return { user: user['id'], token };
    },
  );

  app.get<{ Params: { id: number } }>('/users/:id/orders', { schema: { params: idParams } }, async (request, reply) => {
    const counted = await database.row(
      request.timings,
      'select count(*) as total from orders where user_id = ?',
      request.params.id,
    );
    const orders = await database.rows(
      request.timings,
      `select o.id, o.placed_at as placedAt,
         (select sum(i.quantity * i.price_cents) from order_items i where i.order_id = o.id) as totalCents
       from orders o where o.user_id = ? order by o.placed_at desc, o.id desc limit 10`,
      request.params.id,
    );
    reply.header('cache-control', switches.personalCacheable ? 'public, max-age=300' : 'private, no-store');
    return { total: counted?.['total'], orders };
  });

  app.get('/reports/sales', { onSend }, async (request) => {
    if (switches.blockEventLoopMs > 0) burnCpu(switches.blockEventLoopMs);
    const days = await database.rows(
      request.timings,
      `select placed_at / 86400000 as day, count(*) as orders from orders where id > (select max(id) from orders) - 2000
       group by day order by day desc limit 7`,
    );
    const bestSellers = await database.rows(
      request.timings,
      `select product_id as productId, sum(quantity) as sold from order_items
       where id > (select max(id) from order_items) - 2000 group by product_id order by sold desc, product_id limit 10`,
    );
    return { days, bestSellers };
  });

  app.get('/reports/stock', { onSend }, async (request) => {
    const items = await database.rows(
      request.timings,
      `select p.id, p.name, p.price_cents as priceCents, s.quantity as stock
       from stock s join products p on p.id = s.product_id order by s.quantity, p.id limit 1000`,
    );
    let report: unknown = { items };
    // Each layer that doesn't trust the one below copies what it gets, the quick way, and checks the copy.
    for (let layer = 1; layer < switches.serializationTimes; layer++) {
      report = v.parse(stockReportSchema, JSON.parse(JSON.stringify(report)));
    }
    return report;
  });
}

const stockReportSchema = v.object({
  items: v.array(v.object({ id: v.number(), name: v.string(), priceCents: v.number(), stock: v.number() })),
});
