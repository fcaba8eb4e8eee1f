import type { FastifyRequest } from 'fastify';

export const HEALTH_CHECK = 'GET /health';

/** Whether `names` selects `endpoint`; `*` selects every endpoint but the health check. */
export function isSelected(names: readonly string[], endpoint: string): boolean {
  return names.includes(endpoint) || (names.includes('*') && endpoint !== HEALTH_CHECK);
}

/** The endpoint that a request is for, such as `GET /products/:id`. */
export function endpointOf(request: FastifyRequest): string {
  return `${request.method} ${request.routeOptions.url ?? request.url}`;
}
