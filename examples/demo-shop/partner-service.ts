import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { PRODUCTS } from './seed-database.ts';
import { lognormal, type Random } from './seeded-random.ts';

/** Median and spread (standard deviation of the logarithm) of a healthy answer. */
const ANSWER_MS = 8;
const ANSWER_SPREAD = 0.3;

/**
 * A second, small HTTP service that the shop depends on: recommendations (`GET /recommendations/7`) and payment
 * (`POST /payments`). `slowMs` is added to each answer; a share of `errorRate` are a 503, after as long a time.
 */
export async function startPartnerService(options: {
  readonly slowMs: number;
  readonly errorRate: number;
  readonly latencies: Random;
  readonly errors: Random;
}): Promise<{ url: string; close(): Promise<void> }> {
  let payments = 0;
  const server = createServer(async (request, response) => {
    request.resume();
    await sleep(Math.round(lognormal(options.latencies, ANSWER_MS, ANSWER_SPREAD) + options.slowMs));
    const product = /^\/recommendations\/(\d+)$/.exec(request.url ?? '')?.[1];
    response.setHeader('content-type', 'application/json');
    if (options.errors() < options.errorRate) response.writeHead(503).end('{}');
    else if (product !== undefined) response.end(JSON.stringify({ productIds: recommendedFor(Number(product)) }));
    else if (request.url === '/payments') response.end(JSON.stringify({ payment: `payment-${++payments}` }));
    else response.writeHead(404).end('{}');
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Five other products, always the same for one product. */
function recommendedFor(productId: number): number[] {
  return [7, 31, 127, 511, 1_023].map((step) => 1 + ((productId - 1 + step) % PRODUCTS));
}
