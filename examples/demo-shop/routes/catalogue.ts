import type { FastifyInstance } from 'fastify';
import type { RequestTimings } from '../request-timings.ts';
import { callPartner, idParams, type ShopContext } from '../shop-context.ts';

const PAGE_SIZE = 20;
const FOUND_SIZE = 10;
const ITEM = 'p.id, p.name, p.price_cents as priceCents';

/** Finding products: list, search, detail and recommendations. */
export function addCatalogueRoutes(app: FastifyInstance, context: ShopContext): void {
  const { database, categories } = context;

  const listQuery = { type: 'object', properties: { page: { type: 'integer', minimum: 1, default: 1 } } } as const;
  app.get<{ Querystring: { page: number } }>('/products', { schema: { querystring: listQuery } }, async (request) => {
    const size = PAGE_SIZE * context.switches.payloadFactor;
    const counted = await database.row(request.timings, 'select count(*) as total from products');
    const items = context.switches.nPlusOne
      ? await listOneByOne(context, request.timings, size, (request.query.page - 1) * size)
      : await database.rows(
          request.timings,
          `select ${ITEM}, p.description, c.name as category, s.quantity as stock
           from products p join categories c on c.id = p.category_id join stock s on s.product_id = p.id
           order by p.popularity desc, p.id limit ? offset ?`,
          size,
          (request.query.page - 1) * size,
        );
    return { page: request.query.page, total: counted?.['total'], items };
  });

  const searchQuery = { type: 'object', properties: { q: { type: 'string', minLength: 1 } }, required: ['q'] } as const;
  app.get<{ Querystring: { q: string } }>('/search', { schema: { querystring: searchQuery } }, async (request) => {
    const pattern = `%${request.query.q.replaceAll(/[\\%_]/g, (sign) => `\\${sign}`)}%`;
    const where = `where p.name like ? escape '\\'`;
    const counted = await database.row(request.timings, `select count(*) as total from products p ${where}`, pattern);
    const items = await database.rows(
      request.timings,
      `select ${ITEM} from products p ${where} order by p.popularity desc, p.id limit ?`,
      pattern,
      FOUND_SIZE,
    );
    const facets = await database.rows(
      request.timings,
      `select p.category_id as categoryId, count(*) as count from products p ${where} group by p.category_id order by count desc limit 5`,
      pattern,
    );
    return { total: counted?.['total'], items, facets };
  });

  app.get<{ Params: { id: number } }>('/products/:id', { schema: { params: idParams } }, async (request, reply) => {
    const { timings } = request;
    const product = await database.row(
      timings,
      `select ${ITEM}, p.description, p.category_id as categoryId from products p where p.id = ?`,
      request.params.id,
    );
    if (product === undefined) return reply.code(404).send({ error: `no product ${request.params.id}` });
    const categoryId = Number(product['categoryId']);
    const category = await categories.name(timings, categoryId);
    const stock = await database.row(timings, 'select quantity from stock where product_id = ?', request.params.id);
    const related = await database.rows(
      timings,
      `select ${ITEM} from products p where p.category_id = ? order by p.popularity desc limit 6`,
      categoryId,
    );
    reply.header('cache-control', 'private, max-age=0').header('x-cache', category.outcome);
    return { ...product, category: category.name, stock: stock?.['quantity'], related };
  });

  app.get<{ Params: { id: number } }>(
    '/products/:id/recommendations',
    { schema: { params: idParams } },
    async (request) => {
      const path = `/recommendations/${request.params.id}`;
      const { productIds } = await callPartner(context, request.timings, 'GET', path);
      const items = await database.rows(
        request.timings,
        `select ${ITEM} from products p where p.id in (select value from json_each(?)) order by p.id`,
        JSON.stringify(productIds),
      );
      return { items };
    },
  );
}

/** The list as a careless use of an object mapper makes it: one query for the page, then one more for each item. */
async function listOneByOne(context: ShopContext, timings: RequestTimings, size: number, offset: number) {
  const products = await context.database.rows(
    timings,
    `select ${ITEM}, p.description, c.name as category
     from products p join categories c on c.id = p.category_id order by p.popularity desc, p.id limit ? offset ?`,
    size,
    offset,
  );
  const items = [];
  for (const product of products) {
    const id = product['id'] ?? 0;
    const stock = await context.database.row(timings, 'select quantity as stock from stock where product_id = ?', id);
    items.push({ ...product, ...stock });
  }
  return items;
}
