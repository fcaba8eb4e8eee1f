import { createServer } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

/** Medians in milliseconds, and the standard deviation of their logarithm. */
const ANSWER_MS = 6;
const GREETING_MS = 20;
const SPREAD = 0.25;

/**
 * The partner service: payments, recommendations and shipping quotes. It is meant to be a network away, so a new connection
 * to it takes two more round trips and a TLS handshake, of which the first answer of each connection takes account.
 */
export async function startPartner(fault) {
  const random = seededRandom(7);
  const lognormal = (median) => median * Math.exp(SPREAD * normal(random));
  const greeted = new WeakSet();
  const calls = new Map();
  let payments = 0;

  const server = createServer({ keepAliveTimeout: 120_000 }, async (request, response) => {
    request.resume();
    const [, what, ...rest] = (request.url ?? '').split('/');
    let wait = lognormal(ANSWER_MS);
    if (fault === 'f16') wait += lognormal(24);
    if (!greeted.has(request.socket)) wait += lognormal(GREETING_MS);
    greeted.add(request.socket);
    await sleep(Math.round(wait));
    response.setHeader('content-type', 'application/json');
    calls.set(what, (calls.get(what) ?? 0) + 1);
    if (fault === 'f13' && calls.get(what) % 3 === 0 && what !== 'health') {
      response.writeHead(503).end('{"error":"try again"}');
      return;
    }
    const answer = {
      health: () => ({ status: 'ok' }),
      payments: () => ({ payment: `payment-${10_000 + ++payments}` }),
      recommendations: () => ({ productIds: recommendedFor(Number(rest[0])) }),
      quotes: () => ({ country: rest[0], price_cents: 490 + 300 * Number(rest[1]), days: 2 + Number(rest[1]) }),
    }[what];
    if (answer === undefined) response.writeHead(404).end('{}');
    else response.end(JSON.stringify(answer()));
  });
  await new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

/** Five other products, always the same for one product. */
function recommendedFor(product) {
  return [7, 31, 127, 511, 1_023].map((step) => 1 + ((product - 1 + step) % 2_000));
}

/** Numbers from 0 to 1 (mulberry32). */
function seededRandom(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

function normal(random) {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}
