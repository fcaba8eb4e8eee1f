import { LatencySketch } from '../sketch/latency-sketch.ts';
import { type EndpointSeries, failedRequestsOf, latenciesOf, requestsOf, type UsualAnswers } from './run-record.ts';

/**
 * Some endpoints are called to be refused: a login with a wrong password answers 401, a missing page 404, a second booking
 * 409. k6 counts such answers as failed unless the script says otherwise. Where (nearly) all answers of both sides have one
 * such status, it is what the endpoint usually answers: the latency of these answers is judged, and every other answer
 * counts as failed.
 */

/** From this share of the requests on, a status is what the endpoint usually answers. */
const usualShare = 0.95;

/** A status with fewer of the requests than this is not kept. */
const minKeptShare = 0.05;

/** A status that the target can be meant to give: no failure of its own, no rate limit, no timeout. */
export function canBeUsual(protocol: EndpointSeries['protocol'], status: string): boolean {
  return protocol === 'grpc'
    ? /^(?:[35679]|11|16)$/.test(status)
    : /^[234]\d\d$/.test(status) && !/^4(?:08|29)$/.test(status);
}

/** Latencies of unexpected answers of one endpoint: per time block, by status. */
export interface UnexpectedBlock {
  readonly index: number;
  readonly byStatus: ReadonlyMap<string, LatencySketch>;
}

/** The commonest unexpected status, where (nearly) no answer was expected; undefined where a record needs none. */
export function usualAnswersOf(
  blocks: readonly UnexpectedBlock[],
  counts: { readonly requests: number; readonly expected: number },
): UsualAnswers | undefined {
  if (counts.expected > (1 - usualShare) * counts.requests) return undefined;
  const byStatus = new Map<string, number>();
  for (const block of blocks) {
    for (const [status, { count }] of block.byStatus) byStatus.set(status, (byStatus.get(status) ?? 0) + count);
  }
  const [commonest] = [...byStatus].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
  if (commonest === undefined || commonest[1] < minKeptShare * counts.requests) return undefined;
  const [status] = commonest;
  return {
    status,
    blocks: blocks.flatMap(({ index, byStatus: latencies }) => {
      const latency = latencies.get(status);
      return latency === undefined ? [] : [{ index, latency }];
    }),
  };
}

/** Of several series that are one; undefined where they usually answer otherwise than each other. */
export function joinUsualAnswers(list: readonly (UsualAnswers | undefined)[]): UsualAnswers | undefined {
  const [first] = list;
  if (first === undefined || list.some((one) => one?.status !== first.status)) return undefined;
  const blocks = Map.groupBy(
    list.flatMap((one) => one?.blocks ?? []),
    ({ index }) => index,
  );
  return {
    status: first.status,
    blocks: [...blocks]
      .sort(([a], [b]) => a - b)
      .map(([index, parts]) => ({ index, latency: LatencySketch.merged(parts.map(({ latency }) => latency)) })),
  };
}

type Series = { readonly endpoints: readonly EndpointSeries[] };

/** What endpoints usually answer although k6 doesn't expect it: statuses by endpoint. */
export type UsualStatuses = ReadonlyMap<string, string>;

/**
 * The endpoints that answer one unexpected status to (nearly) every request in each run of the baseline, and (nearly) none
 * of whose answers is an expected one in the candidate either. What else the candidate answers is another matter: a
 * failure.
 */
export function usualStatuses(baseline: readonly Series[], candidate: readonly Series[]): UsualStatuses {
  const before = seriesByEndpoint(baseline);
  const after = seriesByEndpoint(candidate);
  const statuses = new Map<string, string>();
  for (const [endpoint, list] of before) {
    const [status, ...others] = new Set(list.map(usualStatusOf));
    if (status === undefined || others.length > 0) continue;
    if ((after.get(endpoint) ?? []).every(hasHardlyAnyExpected)) statuses.set(endpoint, status);
  }
  return statuses;
}

function seriesByEndpoint(runs: readonly Series[]): Map<string, EndpointSeries[]> {
  return Map.groupBy(
    runs.flatMap(({ endpoints }) => endpoints).filter((series) => requestsOf(series) > 0),
    ({ endpoint }) => endpoint,
  );
}

/** The status of (nearly) all answers. */
function usualStatusOf(series: EndpointSeries): string | undefined {
  const { usualAnswers } = series;
  if (usualAnswers === undefined) return undefined;
  const usual = usualAnswers.blocks.reduce((sum, { latency }) => sum + latency.count, 0);
  return usual >= usualShare * requestsOf(series) ? usualAnswers.status : undefined;
}

function hasHardlyAnyExpected(series: EndpointSeries): boolean {
  return latenciesOf(series).count <= (1 - usualShare) * requestsOf(series);
}

/** The run with the usual answers of `statuses` taken for expected ones, and all other answers there for failed ones. */
export function withUsualAnswers<R extends Series>(run: R, statuses: UsualStatuses): R {
  if (statuses.size === 0 || !run.endpoints.some(({ endpoint }) => statuses.has(endpoint))) return run;
  const endpoints = run.endpoints.map((series) => {
    const status = statuses.get(series.endpoint);
    return status === undefined ? series : withUsualAnswer(series, status);
  });
  return { ...run, endpoints };
}

const none = new LatencySketch();

function withUsualAnswer(series: EndpointSeries, status: string): EndpointSeries {
  const { usualAnswers } = series;
  const usual = new Map(
    usualAnswers?.status === status ? usualAnswers.blocks.map(({ index, latency }) => [index, latency]) : [],
  );
  return {
    ...series,
    blocks: series.blocks.map(({ index, latency: expected, failedRequests }) => {
      const latency = usual.get(index) ?? none;
      return { index, latency, failedRequests: Math.max(0, expected.count + failedRequests - latency.count) };
    }),
  };
}

/** One sentence per endpoint. */
export function describeUsual(statuses: UsualStatuses): string[] {
  return [...statuses].map(
    ([endpoint, status]) =>
      `${endpoint} is answered with ${status} on both sides: its latency is that of these answers, and any other answer counts as failed`,
  );
}

/** Share of failed checks up to which a script got what it asked for. */
const failedChecksShare = 0.05;

/**
 * The run with its own usual answers, where the script's checks show that they are meant: it checks what it gets, and
 * (nearly) all checks pass.
 */
export function asMeantByChecks<R extends Series & { readonly checks: readonly CheckCounts[] }>(run: R): R {
  const blocks = run.checks.flatMap((series) => series.blocks);
  const [total, failed] = [sum(blocks.map((block) => block.total)), sum(blocks.map((block) => block.failed))];
  if (total === 0 || failed > failedChecksShare * total) return run;
  if (!run.endpoints.some((series) => failedRequestsOf(series) > 0)) return run;
  return withUsualAnswers(run, usualStatuses([run], []));
}

interface CheckCounts {
  readonly blocks: readonly { readonly total: number; readonly failed: number }[];
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
