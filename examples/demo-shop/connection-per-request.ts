import type { FastifyInstance } from 'fastify';
import type { DistantDatabase } from './distant-database.ts';
import { endpointOf, HEALTH_CHECK } from './endpoint-selection.ts';

/**
 * The hook that gives each request a connection before anything else and takes it back after the answer, as one session
 * or transaction per request does: the connection is also kept while the request waits for the partner service.
 */
export function holdConnectionPerRequest(app: FastifyInstance, database: DistantDatabase): void {
  app.addHook('onRequest', async (request, reply) => {
    if (endpointOf(request) === HEALTH_CHECK) return;
    const taken = database.holdConnection(request.timings);
    // Comes after the answer as well as when the client leaves before it, even while this request still waits.
    reply.raw.once('close', async () => (await taken)());
    await taken;
  });
}
