import { EndpointTable } from '../../run-record/endpoint-table.ts';
import type { EndpointSeries } from '../../run-record/run-record.ts';
import type { RequestSample } from '../../run-record/sample.ts';

/** More endpoints than a record can have, so that none is joined with others. */
const maxEndpoints = 1_000;

/**
 * Which of a record's endpoints does a later request belong to? By the same identity as in the record: protocol, method,
 * name, and caller where the record tells callers apart. Undefined for a request that the record doesn't know.
 */
export function endpointLabels(
  endpoints: readonly EndpointSeries[],
  targetHosts: readonly string[],
): (sample: RequestSample) => string | undefined {
  const table = new EndpointTable(maxEndpoints, targetHosts);
  const byName = Map.groupBy(endpoints, ({ protocol, method, name }) => JSON.stringify([protocol, method, name]));
  return (sample) => {
    const { protocol, method, name, scenario, script, otherHost } = table.seriesOf(sample);
    if (otherHost !== undefined) return undefined;
    const known = byName.get(JSON.stringify([protocol, method, name])) ?? [];
    const fits = (one: EndpointSeries) =>
      (one.scenario === undefined || one.scenario === scenario) && (one.script === undefined || one.script === script);
    return (known.find(fits) ?? (known.length === 1 ? known[0] : undefined))?.endpoint;
  };
}
