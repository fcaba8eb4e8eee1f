export const HEALTH_CHECK = 'GET /health';

/** Whether `names` selects `endpoint`; `*` selects every endpoint but the health check. */
export function isSelected(names: readonly string[], endpoint: string): boolean {
  return names.includes(endpoint) || (names.includes('*') && endpoint !== HEALTH_CHECK);
}
