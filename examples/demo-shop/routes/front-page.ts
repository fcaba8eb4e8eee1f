import { createHash } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import type { RequestTimings } from '../request-timings.ts';
import { callPartner, type ShopContext } from '../shop-context.ts';
import { TimedCache } from '../timed-cache.ts';

/** How long the categories are kept, here and by clients. */
const CATEGORIES_MAX_AGE_S = 60;
/** The product whose recommendations the home page shows. */
const FEATURED_PRODUCT = 7;
const SHOWN = 'p.id, p.name, p.price_cents as priceCents';

/** What everybody sees first, and alike: the home page and the categories. */
export function addFrontPageRoutes(app: FastifyInstance, context: ShopContext): void {
  const { switches } = context;

  app.get('/home', async ({ timings }) => {
    const parts = homeParts(context, timings);
    const [popular, bargains, nearlySoldOut, categories, recommendedIds] = switches.sequential
      ? await oneByOne(parts)
      : await Promise.all(parts.map((part) => part()));
    return { popular, bargains, nearlySoldOut, categories, recommendedIds };
  });

  const kept = new TimedCache<string>(CATEGORIES_MAX_AGE_S * 1_000);
  app.get('/categories', async (request, reply) => {
    const read = () => readCategories(context, request.timings);
    const text = switches.resultCacheOff ? await read() : await kept.get('categories', read);
    reply.type('application/json; charset=utf-8');
    if (switches.httpCacheLost) return reply.header('cache-control', 'no-store').send(text);
    const tag = `"${createHash('sha1').update(text).digest('base64url')}"`;
    reply.header('etag', tag).header('cache-control', `public, max-age=${CATEGORIES_MAX_AGE_S}`);
    if (isKnown(request.headers['if-none-match'] ?? '', tag)) return reply.code(304).send();
    return reply.send(text);
  });
}

/** The parts of the home page; none needs another. */
function homeParts(context: ShopContext, timings: RequestTimings): readonly (() => Promise<unknown>)[] {
  const { database } = context;
  const rows = (sql: string) => () => database.rows(timings, sql);
  return [
    rows(`select ${SHOWN} from products p order by p.popularity desc, p.id limit 6`),
    rows(`select ${SHOWN} from products p order by p.price_cents, p.id limit 6`),
    rows(
      `select ${SHOWN} from stock s join products p on p.id = s.product_id order by s.quantity, s.product_id limit 6`,
    ),
    rows(`select c.id, c.name, (select count(*) from products p where p.category_id = c.id) as products
          from categories c order by c.id limit 6`),
    async () => (await callPartner(context, timings, 'GET', `/recommendations/${FEATURED_PRODUCT}`))['productIds'],
  ];
}

async function oneByOne(parts: readonly (() => Promise<unknown>)[]): Promise<unknown[]> {
  const results = [];
  for (const part of parts) results.push(await part());
  return results;
}

/**
 * All categories as JSON, each with its most popular product. Nothing in it changes when somebody buys, so that the tag
 * stays the same also where the categories aren't kept.
 */
async function readCategories({ database }: ShopContext, timings: RequestTimings): Promise<string> {
  const categories = await database.rows(
    timings,
    `select c.id, c.name, count(*) as products, min(p.price_cents) as fromCents
     from categories c join products p on p.category_id = c.id group by c.id order by c.id`,
  );
  const favorites = await database.rows(
    timings,
    `select ${SHOWN}, p.category_id as categoryId, max(p.popularity) as popularity
     from products p group by p.category_id`,
  );
  const favoriteOf = new Map(favorites.map(({ categoryId, ...favorite }) => [categoryId, favorite]));
  return JSON.stringify({
    categories: categories.map((row) => ({ ...row, favorite: favoriteOf.get(row['id'] ?? 0) })),
  });
}

/** Whether `If-None-Match` names the tag; a weak one names it too, as the comparison for GET has it. */
function isKnown(header: string, tag: string): boolean {
  return header.split(',').some((name) => ['*', tag].includes(name.trim().replace(/^W\//, '')));
}
