import { Readable } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import { compressAnswer } from '../compression.ts';
import type { Row } from '../distant-database.ts';
import type { RequestTimings } from '../request-timings.ts';
import { callPartner, idParams, type ShopContext } from '../shop-context.ts';

const PAGE_SIZE = 20;
const FOUND_SIZE = 10;
const EXPORT_PAGE_SIZE = 200;
/** SQLite's word for no limit. */
const ALL = -1;
const ITEM = 'p.id, p.name, p.price_cents as priceCents';

/** Finding products: list, search, detail, recommendations and export. */
export function addCatalogueRoutes(app: FastifyInstance, context: ShopContext): void {
  const { database, categories } = context;
  const onSend = context.switches.compressionLost ? [] : [compressAnswer];

  const listQuery = { type: 'object', properties: { page: { type: 'integer', minimum: 1, default: 1 } } } as const;
  const listOptions = { schema: { querystring: listQuery }, onSend };
  app.get<{ Querystring: { page: number } }>('/products', listOptions, async (request) => {
    const { paginationLost, payloadFactor } = context.switches;
    const size = paginationLost ? ALL : PAGE_SIZE * payloadFactor;
    const offset = paginationLost ? 0 : (request.query.page - 1) * size;
    const counted = await database.row(request.timings, 'select count(*) as total from products');
    const items = context.switches.nPlusOne
      ? await listOneByOne(context, request.timings, size, offset)
      : await database.rows(
          request.timings,
          `select ${ITEM}, p.description, c.name as category, s.quantity as stock
           from products p join categories c on c.id = p.category_id join stock s on s.product_id = p.id
           order by p.popularity desc, p.id limit ? offset ?`,
          size,
          offset,
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
      context.switches.paginationLost ? ALL : FOUND_SIZE,
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

  app.get('/products/export', { onSend }, async (request, reply) => {
    reply.type('application/x-ndjson; charset=utf-8');
    const pages = exportPages(context, request.timings);
    if (context.switches.streamingLost) return await collected(pages);
    // With the first page made before anything is sent, a failure of the database is still told by the status.
    const first = await pages.next();
    return Readable.from(first.done ? [] : continued(first.value, pages));
  });
}

/** All products as lines of JSON, a text for each page; the next page is asked for by the last key of this one. */
async function* exportPages(context: ShopContext, timings: RequestTimings): AsyncGenerator<string> {
  for (let lastId = 0; ; ) {
    const rows: Row[] = await context.database.rows(
      timings,
      `select ${ITEM}, c.name as category, s.quantity as stock
       from products p join categories c on c.id = p.category_id join stock s on s.product_id = p.id
       where p.id > ? order by p.id limit ?`,
      lastId,
      EXPORT_PAGE_SIZE,
    );
    if (rows.length > 0) yield rows.map((row) => `${JSON.stringify(row)}\n`).join('');
    if (rows.length < EXPORT_PAGE_SIZE) return;
    lastId = Number(rows.at(-1)?.['id']);
  }
}

async function collected(parts: AsyncIterable<string>): Promise<string> {
  let text = '';
  for await (const part of parts) text += part;
  return text;
}

async function* continued<T>(first: T, rest: AsyncIterable<T>): AsyncGenerator<T> {
  yield first;
  yield* rest;
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
