import { allEndpoints, type Comparison } from './comparison.ts';

/**
 * Where did failures become more frequent? Failures are often quick, so what fails more is never called faster: an
 * endpoint whose errors rose, by however little as long as it is significant; everything when the errors of all together
 * or a check rose, since a check belongs to no endpoint; and all endpoints together when any of them is among these.
 *
 * @param rows of error rates and checks
 */
export function risenErrors(rows: readonly Comparison[]): (endpoint: string) => boolean {
  const risen = rows.filter(({ verdict }) => verdict === 'regressed' || verdict === 'slower-within-margin');
  const endpoints = new Set(risen.map(({ endpoint }) => endpoint));
  const isEverywhere = risen.some(({ endpoint, metric }) => endpoint === allEndpoints || metric !== 'errorRate');
  return (endpoint) => isEverywhere || (endpoint === allEndpoints ? risen.length > 0 : endpoints.has(endpoint));
}
