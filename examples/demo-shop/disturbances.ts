import { setTimeout as sleep } from 'node:timers/promises';
import type { FastifyInstance } from 'fastify';
import { burnCpu } from './burn-cpu.ts';
import { endpointOf, HEALTH_CHECK, isSelected } from './endpoint-selection.ts';
import { RequestTimings } from './request-timings.ts';
import type { Random } from './seeded-random.ts';
import { SlowTail } from './slow-tail.ts';
import type { Switches } from './switches.ts';

declare module 'fastify' {
  interface FastifyRequest {
    timings: RequestTimings;
  }
}

/** Everything that concerns requests whatever their route: CPU work, errors, slower endpoints, headers. */
export function addDisturbances(app: FastifyInstance, switches: Switches, random: Random): void {
  const cpuMs = switches.cpuMs * (1 + switches.cpuPercent / 100);
  const failing = switches.errorEndpoints.length === 0 ? ['*'] : switches.errorEndpoints;
  const tails = new Map<string, SlowTail>();

  app.addHook('onRequest', async (request) => {
    request.timings = new RequestTimings();
  });

  app.addHook('preHandler', async (request) => {
    const endpoint = endpointOf(request);
    if (endpoint === HEALTH_CHECK) return;
    burnCpu(cpuMs);
    if (isSelected(failing, endpoint) && random() < switches.errorRate) throw new Error('The shop made a mistake.');
  });

  app.addHook('onSend', async (request, reply) => {
    const endpoint = endpointOf(request);
    const elapsedMs = request.timings.elapsedMs();
    let factor = isSelected(switches.slowEndpoints, endpoint) ? switches.slowFactor : 1;
    if (isSelected(switches.slowTailEndpoints, endpoint)) {
      const tail = tails.get(endpoint) ?? new SlowTail(switches.slowTailShare);
      tails.set(endpoint, tail);
      if (tail.contains(elapsedMs)) factor *= switches.slowTailFactor;
    }
    if (factor > 1) await sleep(Math.round(elapsedMs * (factor - 1)));
    if (!switches.serverTimingOff) reply.header('server-timing', request.timings.serverTiming());
    if (switches.keepAliveOff) reply.header('connection', 'close');
  });
}
