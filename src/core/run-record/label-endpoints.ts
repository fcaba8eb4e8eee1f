import type { BlockRange } from './block-series.ts';
import { type EndpointTable, newSeries, type RequestSeries } from './endpoint-table.ts';
import { otherName } from './named-series.ts';
import type { EndpointSeries } from './run-record.ts';

/**
 * The finished endpoints, in alphabetical order, with their blocks in `range`. The busiest `maxEndpoints` keep their
 * names, the rest is joined as `other`. Scenario and script enter a name only where one endpoint was called by several.
 */
export function labelEndpoints(
  table: EndpointTable,
  maxEndpoints: number,
  range: BlockRange,
): { readonly endpoints: EndpointSeries[]; readonly joined: number } {
  const { series, overflow } = table.all();
  const groups = Map.groupBy(series, (one) => JSON.stringify([one.protocol, one.method, one.name]));
  const busiest = [...groups.values()].sort((a, b) => requestsOf(b) - requestsOf(a) || compareNames(a, b));
  const kept = busiest.slice(0, maxEndpoints);
  const rest = busiest.slice(maxEndpoints).flat();
  const endpoints = kept
    .flatMap((group) => group.map((one) => finished(one, labelOf(one, group), range)))
    .filter((one) => one.blocks.length > 0)
    .sort((a, b) => (a.endpoint < b.endpoint ? -1 : 1));
  if (overflow !== undefined) rest.push(overflow);
  if (rest.length > 0) endpoints.push(finished(join(rest), otherName, range));
  return { endpoints: withUniqueLabels(endpoints), joined: rest.length };
}

function requestsOf(group: readonly RequestSeries[]): number {
  return group.reduce((sum, one) => sum + one.requests, 0);
}

function compareNames([a]: readonly RequestSeries[], [b]: readonly RequestSeries[]): number {
  return `${a?.method} ${a?.name}` < `${b?.method} ${b?.name}` ? -1 : 1;
}

function labelOf(one: RequestSeries, group: readonly RequestSeries[]): string {
  const sameScript = group.filter((other) => other.script === one.script);
  const parts: string[] = [];
  if (sameScript.length < group.length) parts.push(one.script ?? 'no script');
  if (sameScript.length > 1) parts.push(one.scenario ?? 'no scenario');
  const name = one.protocol === 'grpc' ? `GRPC ${one.name}` : `${one.method} ${one.name}`;
  return parts.length === 0 ? name : `${name} [${parts.join(', ')}]`;
}

/** A script may choose names that look like labels of other endpoints; such rare twins get a number. */
function withUniqueLabels(endpoints: readonly EndpointSeries[]): EndpointSeries[] {
  const taken = new Set<string>();
  return endpoints.map((one) => {
    let endpoint = one.endpoint;
    for (let i = 2; taken.has(endpoint); i++) endpoint = `${one.endpoint} (${i})`;
    taken.add(endpoint);
    return endpoint === one.endpoint ? one : { ...one, endpoint };
  });
}

function finished(one: RequestSeries, endpoint: string, range: BlockRange): EndpointSeries {
  const blocks = one.blocks.within(range);
  const outcomes = new Map<string, number>();
  for (const { block } of blocks) {
    for (const [outcome, count] of block.outcomes) outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + count);
  }
  return {
    endpoint,
    protocol: one.protocol,
    method: one.method,
    name: one.name,
    ...(one.scenario !== undefined && { scenario: one.scenario }),
    ...(one.script !== undefined && { script: one.script }),
    ...(one.otherHost !== undefined && { otherHost: one.otherHost }),
    outcomes: Object.fromEntries([...outcomes].sort(([a], [b]) => (a < b ? -1 : 1))),
    blocks: blocks.map(({ index, block }) => ({
      index,
      latency: block.latency,
      failedRequests: block.failedRequests,
    })),
  };
}

const everything: BlockRange = { first: 0, end: Number.POSITIVE_INFINITY };

function join(list: readonly RequestSeries[]): RequestSeries {
  const total = newSeries({ protocol: 'http', method: '', name: otherName });
  for (const one of list) {
    total.requests += one.requests;
    for (const { index, block } of one.blocks.within(everything)) {
      const into = total.blocks.at(index);
      into.latency.merge(block.latency);
      into.failedRequests += block.failedRequests;
      for (const [outcome, count] of block.outcomes)
        into.outcomes.set(outcome, (into.outcomes.get(outcome) ?? 0) + count);
    }
  }
  return total;
}

/** Requests of every series in blocks before `firstBlock`. */
export function requestsBefore(table: EndpointTable, firstBlock: number): number {
  const { series, overflow } = table.all();
  let requests = 0;
  for (const one of overflow === undefined ? series : [...series, overflow]) {
    for (const block of one.blocks.before(firstBlock)) requests += block.latency.count + block.failedRequests;
  }
  return requests;
}
