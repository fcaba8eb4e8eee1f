import { type FastifyInstance, fastify } from 'fastify';
import { CategoryCache } from './category-cache.ts';
import { holdConnectionPerRequest } from './connection-per-request.ts';
import { ConnectionPool } from './connection-pool.ts';
import { DistantDatabase } from './distant-database.ts';
import { addDisturbances } from './disturbances.ts';
import { startPartnerService } from './partner-service.ts';
import { addAccountRoutes } from './routes/account.ts';
import { addBasketRoutes } from './routes/basket.ts';
import { addCatalogueRoutes } from './routes/catalogue.ts';
import { addFrontPageRoutes } from './routes/front-page.ts';
import { seedDatabase } from './seed-database.ts';
import { seededRandom } from './seeded-random.ts';
import { healthy, type Switches } from './switches.ts';

export interface Shop {
  /** Such as `http://127.0.0.1:3333`. */
  readonly url: string;
  /** Lets running requests finish, then stops the shop and its partner service. */
  close(): Promise<void>;
}

/** Starts a shop with fresh data on a loopback port; port 0 takes a free one. Switches that aren't given are healthy. */
export async function startShop(options: {
  readonly port: number;
  readonly switches?: Partial<Switches>;
}): Promise<Shop> {
  const switches: Switches = { ...healthy, ...options.switches };
  // Latencies and errors each have a generator of their own, so that the errors don't depend on the queries.
  const partner = await startPartnerService({
    slowMs: switches.slowDependencyMs,
    errorRate: switches.partnerErrorRate,
    latencies: seededRandom(switches.seed + 1),
    errors: seededRandom(switches.seed + 3),
  });
  const roundTrips = seededRandom(switches.seed + 2);
  const data = seedDatabase(switches.missingIndex);
  const pool = switches.poolSize === 0 ? undefined : new ConnectionPool(switches.poolSize);
  const database = new DistantDatabase(data, switches.databaseRoundTripMs, roundTrips, pool);
  const categories = new CategoryCache(database, switches.cacheOff);
  const context = { database, categories, partnerUrl: partner.url, switches };

  const app = fastify();
  addDisturbances(app, switches, seededRandom(switches.seed));
  if (switches.poolHeld) holdConnectionPerRequest(app, database);
  app.get('/health', async () => ({ status: 'ok' }));
  addCatalogueRoutes(app, context);
  addFrontPageRoutes(app, context);
  addBasketRoutes(app, context);
  addAccountRoutes(app, context);

  let closing: Promise<void> | undefined;
  const close = () => {
    closing ??= closeInOrder(app, partner, database);
    return closing;
  };
  try {
    return { url: await app.listen({ port: options.port, host: '127.0.0.1' }), close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** The shop goes first, because its running requests still need the partner and the database. */
async function closeInOrder(
  app: FastifyInstance,
  partner: { close(): Promise<void> },
  database: DistantDatabase,
): Promise<void> {
  // A connection that became idle after closing began would otherwise be kept until its keep-alive time is over.
  const timer = setInterval(() => app.server.closeIdleConnections(), 20);
  await app.close();
  clearInterval(timer);
  await partner.close();
  database.close();
}
